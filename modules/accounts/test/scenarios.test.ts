import { addressFromBytes } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { uhub } from '../../_kernel/units.ts';
import { accounts } from '../module.ts';
import { defaultParameters } from '../parameters.ts';
import type { AdmitTransaction, Signer } from '../types.ts';

const [ada, ben, eve] = [1, 2, 3].map((byte) =>
  addressFromBytes(new Uint8Array(20).fill(byte)),
) as [
  ReturnType<typeof addressFromBytes>,
  ReturnType<typeof addressFromBytes>,
  ReturnType<typeof addressFromBytes>,
];
const key = Uint8Array.of(10, 1, 97);

/** Ada has signed three times, Ben never; Eve has no account. */
function given() {
  return new Scenario(accounts, undefined).given(
    { type: 'ParametersSet', ...defaultParameters },
    { type: 'AccountOpened', address: ada, number: 0n },
    { type: 'AccountOpened', address: ben, number: 1n },
    { type: 'PublicKeySet', address: ada, pubKey: key },
    { type: 'SequenceAdvanced', address: ada, sequence: 3n },
  );
}

function admit(signers: readonly Signer[], more: Partial<AdmitTransaction> = {}): AdmitTransaction {
  const feePayer = signers[0]?.address ?? ada;
  const facts = { signers, feePayer, feeUhub: uhub(5n), memoBytes: 0, signatures: signers.length };
  return { type: 'AdmitTransaction', ...facts, ...more };
}

describe('AdmitTransaction', () => {
  test('a transaction advances the sequence and pays its fee', () => {
    expect(given().when(admit([{ address: ada, sequence: 3n }])).events).toEqual([
      { type: 'SequenceAdvanced', address: ada, sequence: 4n },
      { type: 'FeeCharged', payer: ada, amountUhub: 5n },
    ]);
  });

  test('the first signature sets the public key, a later one does not', () => {
    const scenario = given();
    const first = scenario.when(admit([{ address: ben, pubKeyAny: key, sequence: 0n }]));
    expect(first.events[0]).toEqual({ type: 'PublicKeySet', address: ben, pubKey: key });
    const second = scenario.when(
      admit([{ address: ben, pubKeyAny: Uint8Array.of(9), sequence: 1n }]),
    );
    expect(second.events.map(({ type }) => type)).toEqual(['SequenceAdvanced', 'FeeCharged']);
    expect(scenario.view.accounts.get(ben)).toEqual({ number: 1n, sequence: 2n, pubKey: key });
  });

  test('without a fee nothing is charged', () => {
    const outcome = given().when(admit([{ address: ada, sequence: 3n }], { feeUhub: uhub(0n) }));
    expect(outcome.events).toEqual([{ type: 'SequenceAdvanced', address: ada, sequence: 4n }]);
  });

  test('every signer advances, the fee payer pays', () => {
    const signers = [
      { address: ada, sequence: 3n },
      { address: ben, pubKeyAny: key, sequence: 0n },
    ];
    const { events } = given().when(admit(signers, { feePayer: ben }));
    expect(events.filter(({ type }) => type === 'SequenceAdvanced')).toHaveLength(2);
    expect(events.at(-1)).toEqual({ type: 'FeeCharged', payer: ben, amountUhub: 5n });
  });
});

describe('refusals', () => {
  const refused: readonly [title: string, AdmitTransaction, name: string, message: string][] = [
    [
      'a memo above the limit',
      admit([{ address: ada, sequence: 3n }], { memoBytes: 257 }),
      'memo_too_large',
      'the memo has 257 bytes, more than 256',
    ],
    [
      'more signatures than allowed',
      admit([{ address: ada, sequence: 3n }], { signatures: 8 }),
      'too_many_signatures',
      '8 signatures, more than 7',
    ],
    [
      'a fee payer who has not signed',
      admit([{ address: ada, sequence: 3n }], { feePayer: ben }),
      'unauthorized',
      `fee payer ${ben} has not signed: unauthorized`,
    ],
    [
      'a signer without an account',
      admit([{ address: eve, pubKeyAny: key, sequence: 0n }]),
      'unknown_address',
      `account ${eve} does not exist: unknown address`,
    ],
    [
      'a first signature without its key',
      admit([{ address: ben, sequence: 0n }]),
      'invalid_pubkey',
      `account ${ben} has no public key yet and none is given: invalid pubkey`,
    ],
    [
      'a sequence that was used',
      admit([{ address: ada, sequence: 2n }]),
      'wrong_sequence',
      'account sequence mismatch, expected 3, got 2: incorrect account sequence',
    ],
  ];

  test.each(refused)('X-6 accounts refuses %s', (_title, command, name, message) => {
    expect(given().when(command)).toMatchObject({ events: [], refused: name, message });
  });

  test('X-6 accounts refuses malformed_parameters', () => {
    const set = (json: string) => given().when({ type: 'SetParameters', json });
    expect(set('{').refused).toBe('malformed_parameters');
    expect(set('{"maxMemoCharacter":"1"}').message).toContain('unknown field maxMemoCharacter');
    expect(set('{"txSigLimit":"0"}').message).toContain('nobody could sign');
    expect(set('{"txSigLimit":"1000000001"}').message).toContain('above 1000000000');
  });

  test('the guards stand in order: each broken rule is named before the ones after it', () => {
    const allBroken = admit([{ address: eve, sequence: 9n }], {
      memoBytes: 300,
      signatures: 9,
      feePayer: ben,
    });
    const { message: _, ...first } = given().when(allBroken);
    expect(first.refused).toBe('memo_too_large');
    const memoMended = { ...allBroken, memoBytes: 0 };
    expect(given().when(memoMended).refused).toBe('too_many_signatures');
    const countMended = { ...memoMended, signatures: 1 };
    expect(given().when(countMended).refused).toBe('unauthorized');
    expect(given().when({ ...countMended, feePayer: eve }).refused).toBe('unknown_address');
  });
});

test('an account is opened once, with the next number', () => {
  const scenario = given();
  expect(scenario.when({ type: 'OpenAccount', address: ada }).events).toEqual([]);
  expect(scenario.when({ type: 'OpenAccount', address: eve }).events).toEqual([
    { type: 'AccountOpened', address: eve, number: 2n },
  ]);
  expect(scenario.violations()).toEqual([]);
});

test('a change of some parameters leaves the others', () => {
  const scenario = given();
  scenario.when({ type: 'SetParameters', json: '{"maxMemoCharacters":"8"}' });
  expect(scenario.view.parameters.get()).toEqual({ ...defaultParameters, maxMemoCharacters: 8n });
  const memo = admit([{ address: ada, sequence: 3n }], { memoBytes: 9 });
  expect(scenario.when(memo).refused).toBe('memo_too_large');
});
