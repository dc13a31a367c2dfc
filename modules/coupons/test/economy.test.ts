/** The joint invariant of row 2-N1 over random histories of the arithmetic alone. */
import fc from 'fast-check';
import { Economy } from './economy.ts';

const collectives = 5;
const wallets = 4;

/** An operation and what it is drawn with. Most histories have long stretches of everyday life. */
const step = fc.record({
  kind: fc.constantFrom(
    ...(['work', 'work', 'work', 'storno', 'output', 'output', 'shelve', 'shelve'] as const),
    ...(['handOver', 'handOver', 'burn', 'burn', 'claim', 'claim', 'claim'] as const),
    ...(['writeOff', 'transfer', 'relabel', 'inventory', 'revise', 'revise'] as const),
    ...(['expire', 'merge', 'merge', 'split'] as const),
  ),
  id: fc.nat(collectives - 1),
  other: fc.nat(collectives - 1),
  drawn: fc.nat(15),
  amount: fc.bigInt(1n, 400n),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(economy: Economy, { kind, id, other, drawn, amount }: Step): void {
  const wallet = drawn % wallets;
  const component = economy.componentOf(id);
  const actions: Readonly<Record<Step['kind'], () => unknown>> = {
    work: () => economy.work(id, wallet, amount, drawn % 4 === 0),
    storno: () => economy.storno(id, drawn),
    output: () => economy.output(id),
    shelve: () => economy.shelve(id, drawn === 0 ? 0n : amount, BigInt(drawn % 7) + 1n),
    handOver: () => economy.handOver(id, (amount % 4n) + 1n),
    burn: () => economy.burn(id, wallet, (amount % 90n) + 1n),
    claim: () => economy.claim(id, drawn),
    writeOff: () => economy.writeOff(id, amount),
    transfer: () => economy.transfer(id, other, amount),
    relabel: () => economy.relabel(id, amount),
    inventory: () => economy.inventory(id, (amount % 7n) - 3n),
    revise: () => economy.revise(component),
    expire: () => (drawn === 0 ? economy.expire(id) : undefined),
    merge: () => economy.merge(component, economy.componentOf(other)),
    split: () => economy.split(component, (member) => ((drawn >> (member % 4)) & 1) === 1),
  };
  actions[kind]();
}

const imbalances = (economy: Economy) =>
  economy.components.map((component) => economy.imbalance(component));

describe('the joint invariant', () => {
  test('G - K - P + D is zero in each component after each of thousands of operations', () => {
    const accepted = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 300, size: 'max' }), (steps) => {
        const economy = new Economy(collectives);
        for (const taken of steps) {
          play(economy, taken);
          const wrong = imbalances(economy).filter((gap) => gap !== 0n);
          if (wrong.length > 0) throw new Error(`${taken.kind} leaves ${wrong.join(', ')}`);
        }
        claimEverything(economy);
        for (const [name, count] of economy.accepted) {
          accepted.set(name, (accepted.get(name) ?? 0) + count);
        }
      }),
      { numRuns: 120 },
    );
    // An operation that was never accepted was never shown to hold.
    const rare = [...names].filter((name) => (accepted.get(name) ?? 0) < 50);
    expect(rare).toEqual([]);
  });
});

const names = [
  ...['work', 'storno', 'output', 'transfer', 'writeOff', 'relabel', 'shelve', 'handOver', 'burn'],
  ...['inventory', 'revise', 'revise without hours', 'claim', 'expire', 'merge', 'split'],
  'split with debt',
];

/** In the end every workload is revised and claimed, and not a millisecond is left over. */
function claimEverything(economy: Economy): void {
  for (const component of economy.components) economy.revise(component);
  economy.collectives.forEach((collective, id) => {
    while (collective.claims.length > 0) economy.claim(id, 0);
  });
  expect(economy.collectives.map(({ claimable }) => claimable)).toEqual(
    economy.collectives.map(() => 0n),
  );
  expect(imbalances(economy)).toEqual(economy.components.map(() => 0n));
}
