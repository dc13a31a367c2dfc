import { MsgMultiSend, MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { addressFromBytes } from '../../_kernel/address.ts';
import { multiSend, send } from '../codec.ts';

const ada = addressFromBytes(new Uint8Array(20).fill(1));
const ben = addressFromBytes(new Uint8Array(20).fill(2));
const coins = (amount: string, denom = 'uhub') => [{ denom, amount }];

const toSend = (fields: Partial<MsgSend> = {}): MsgSend =>
  MsgSend.fromPartial({ fromAddress: ada, toAddress: ben, amount: coins('12'), ...fields });

const toMany = (fields: Partial<MsgMultiSend> = {}): MsgMultiSend =>
  MsgMultiSend.fromPartial({
    inputs: [{ address: ada, coins: coins('3') }],
    outputs: [
      { address: ben, coins: coins('1') },
      { address: ada, coins: coins('2') },
    ],
    ...fields,
  });

test('a MsgSend becomes a command', () => {
  const command = { type: 'Send', sender: ada, recipient: ben, amountUhub: 12n };
  expect(send.parse(toSend())).toEqual({ ok: true, command });
  expect(send.signers(toSend())).toEqual([ada]);
});

test('a MsgMultiSend becomes a command', () => {
  expect(multiSend.parse(toMany())).toEqual({
    ok: true,
    command: {
      type: 'MultiSend',
      sender: ada,
      amountUhub: 3n,
      outputs: [
        { recipient: ben, amountUhub: 1n },
        { recipient: ada, amountUhub: 2n },
      ],
    },
  });
  expect(multiSend.signers(toMany())).toEqual([ada]);
});

test('the largest amount is the largest uint64', () => {
  expect(send.parse(toSend({ amount: coins('18446744073709551615') }))).toMatchObject({ ok: true });
});

const addressCases: readonly [string, string, string][] = [
  ['an empty address', '', 'is empty'],
  ['a foreign prefix', 'cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du', 'has the prefix cosmos'],
  ['capital letters', ada.toUpperCase(), 'has capital letters'],
  ['a broken checksum', `${ada.slice(0, -1)}${ada.endsWith('q') ? 'p' : 'q'}`, 'checksum is wrong'],
];

test.each(addressCases)('X-6 a message with %s is refused', (_title, address, message) => {
  for (const fields of [{ fromAddress: address }, { toAddress: address }]) {
    const refusal = send.parse(toSend(fields));
    expect(refusal).toMatchObject({ ok: false, codespace: 'sdk', code: 7 });
    expect(refusal).toMatchObject({ message: expect.stringContaining(message) });
  }
});

const coinCases: readonly [string, { denom: string; amount: string }[], string][] = [
  ['no coin', [], '0 coins, exactly 1 is due'],
  ['two coins', [...coins('1'), ...coins('2')], '2 coins, exactly 1 is due'],
  ['another denom', coins('1', 'uatom'), 'denom "uatom" is not uhub'],
  ['a zero amount', coins('0'), 'amount 0uhub is not positive'],
  ['an amount of 2^64', coins('18446744073709551616'), 'not a whole number below 2^64'],
  ['a huge amount', coins('9'.repeat(400)), 'not a whole number below 2^64'],
  ['a negative amount', coins('-1'), 'not a whole number below 2^64'],
  ['a fraction', coins('1.5'), 'not a whole number below 2^64'],
  ['leading zeros', coins('01'), 'not a whole number below 2^64'],
  ['a hexadecimal amount', coins('0x10'), 'not a whole number below 2^64'],
  ['an empty amount', coins(''), 'not a whole number below 2^64'],
];

test.each(coinCases)('X-6 %s is refused as invalid coins', (_title, amount, message) => {
  const refusal = send.parse(toSend({ amount }));
  expect(refusal).toMatchObject({ ok: false, codespace: 'sdk', code: 10 });
  expect(refusal).toMatchObject({ message: expect.stringContaining(message) });
  const output = multiSend.parse(toMany({ outputs: [{ address: ben, coins: amount }] }));
  expect(output).toMatchObject({ ok: false, code: 10 });
  const input = multiSend.parse(toMany({ inputs: [{ address: ada, coins: amount }] }));
  expect(input).toMatchObject({ ok: false, code: 10 });
});

test('X-6 bank refuses no_inputs, multiple_senders and no_outputs, in this order', () => {
  const input = { address: ada, coins: coins('1') };
  const nothing = toMany({ inputs: [], outputs: [] });
  expect(multiSend.parse(nothing)).toMatchObject({ codespace: 'bank', name: 'no_inputs', code: 2 });
  const two = toMany({ inputs: [input, input], outputs: [] });
  expect(multiSend.parse(two)).toMatchObject({
    name: 'multiple_senders',
    message: expect.stringMatching(/2 inputs/),
  });
  expect(multiSend.parse(toMany({ outputs: [] }))).toMatchObject({ name: 'no_outputs' });
});

test('amino JSON is that of the Cosmos SDK', () => {
  expect(send.aminoType).toBe('cosmos-sdk/MsgSend');
  expect(send.toAmino(toSend())).toEqual({
    from_address: ada,
    to_address: ben,
    amount: [{ denom: 'uhub', amount: '12' }],
  });
  expect(multiSend.toAmino(toMany())).toEqual({
    inputs: [{ address: ada, coins: coins('3') }],
    outputs: [
      { address: ben, coins: coins('1') },
      { address: ada, coins: coins('2') },
    ],
  });
});
