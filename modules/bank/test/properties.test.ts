import fc from 'fast-check';
import { addressFromBytes, moduleAddress } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { uhub } from '../../_kernel/units.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { bank } from '../module.ts';
import type { BankCommand } from '../types.ts';

const holders = [
  ...[1, 2, 3, 4].map((byte) => addressFromBytes(new Uint8Array(20).fill(byte))),
  moduleAddress('bonded_pool'),
];

const someone = fc.constantFrom(...holders);
const amount = fc.bigInt({ min: 1n, max: 12n }).map(uhub);
const command: fc.Arbitrary<BankCommand> = fc.oneof(
  fc.record({ type: fc.constant('Send'), sender: someone, recipient: someone, amountUhub: amount }),
  fc.record({
    type: fc.constant('MultiSend'),
    sender: someone,
    amountUhub: amount,
    outputs: fc.array(fc.record({ recipient: someone, amountUhub: amount }), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('Transfer'),
    from: someone,
    to: someone,
    amountUhub: amount,
    reason: fc.constant('fee'),
  }),
  fc.record({ type: fc.constant('Burn'), from: someone, amountUhub: amount }),
) as fc.Arbitrary<BankCommand>;

function imported(state: unknown) {
  const json: unknown = JSON.parse(JSON.stringify(state));
  return new Scenario(bank, undefined).given(...importState(json));
}

const genesis = {
  balances: holders.map((address, index) => ({ address, amountUhub: String(10 * index + 1) })),
};

test('X-2 supply equals the sum of the balances, and only burns lower it', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const scenario = imported(genesis);
      let supply = 105n;
      for (const given of commands) {
        const { events } = scenario.when(given);
        for (const event of events) if (event.type === 'Burned') supply -= event.amountUhub;
        expect(scenario.violations()).toEqual([]);
        expect(scenario.view.supply.get() ?? 0n).toBe(supply);
      }
    }),
  );
});

test('after any commands, the export imports to the same bytes', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const scenario = imported(genesis);
      for (const given of commands) scenario.when(given);
      expect(imported(exportState(scenario.view)).state.dump()).toBe(scenario.state.dump());
    }),
  );
});

test('the invariants see a supply that is wrong and a row of nothing', () => {
  const wrong = imported(genesis);
  wrong.state.set(Uint8Array.of(2), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9));
  expect(wrong.violations()).toEqual([
    'the supply is the sum of the balances: supply 9uhub, balances 105uhub',
  ]);
  const empty = imported(genesis);
  empty.state.set(Uint8Array.of(1, ...new Uint8Array(20)), new Uint8Array(8));
  expect(empty.violations()).toHaveLength(1);
});

const [address] = holders;

test.each([
  ['a holder twice', { balances: [...genesis.balances, genesis.balances[0]] }, 'balances[5]'],
  ['a zero balance', { balances: [{ address, amountUhub: '0' }] }, 'leave it out'],
  ['a wrong supply', { ...genesis, supplyUhub: '1' }, 'is not the sum of the balances, 105'],
  ['a misspelt field', { ...genesis, suply: '1' }, 'unknown field suply'],
  [
    'a supply above uint64',
    { balances: [{ address, amountUhub: String(2n ** 64n - 1n) }, genesis.balances[1]] },
    'balances[1]: brings the supply to',
  ],
])('a genesis with %s is refused by its path', (_title, state, message) => {
  expect(() => imported(state)).toThrow(message);
});

test('the default has no tokens', () => {
  expect(imported(defaultGenesis).state.dump()).toBe('');
});
