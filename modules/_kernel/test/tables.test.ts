import fc from 'fast-check';
import { addressFromBytes } from '../address.ts';
import { MemoryState } from '../memory-state.ts';
import { address, draft, table, text, u64 } from '../tables.ts';

const tables = {
  edges: table(1, [u64, u64], text),
  byOwner: table(2, [address, u64], u64),
  names: table(3, [text], u64),
  last: table(255, [u64], text),
  balances: table(4, [address], u64),
  total: table(5, [], text),
};

describe('tables', () => {
  test('what is remembered of a row is of its bytes: states do not see each other', () => {
    const states = [new MemoryState(), new MemoryState()].map((state) => draft(tables, state));
    const owner = addressFromBytes(new Uint8Array(20).fill(7));
    for (let round = 0n; round < 3n; round += 1n) {
      for (const [index, { balances, edges, total }] of states.entries()) {
        balances.set(owner, round * 10n + BigInt(index));
        edges.set(1n, 2n, `${round} of ${index}`);
        total.set(`${round} in ${index}`);
      }
      for (const [index, { balances, edges, total }] of states.entries()) {
        expect(balances.get(owner)).toBe(round * 10n + BigInt(index));
        expect(edges.get(1n, 2n)).toBe(`${round} of ${index}`);
        expect(total.get()).toBe(`${round} in ${index}`);
      }
    }
    states[0]?.balances.delete(owner);
    expect(states.map(({ balances }) => balances.get(owner))).toEqual([undefined, 21n]);
  });

  test('rows come in numeric order of their key parts, by prefix, from a key, in reverse', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.bigInt(0n, 5n), fc.bigInt(0n, (1n << 64n) - 1n)), {
          selector: ([a, b]) => `${a}/${b}`,
        }),
        fc.bigInt(0n, 5n),
        (keys, a) => {
          const state = draft(tables, new MemoryState());
          for (const [x, y] of keys) state.edges.set(x, y, `${x}/${y}`);
          state.last.set(1n, 'another table');
          const sorted = [...keys].sort(([a1, b1], [a2, b2]) =>
            a1 === a2 ? (b1 < b2 ? -1 : 1) : a1 < a2 ? -1 : 1,
          );
          expect(Array.from(state.edges.range(), ({ key }) => key)).toEqual(sorted);
          const mine = sorted.filter(([x]) => x === a);
          const prefix: [bigint] = [a];
          expect(Array.from(state.edges.range({ prefix }), ({ key }) => key)).toEqual(mine);
          expect(
            Array.from(state.edges.range({ prefix, reverse: true }), ({ key }) => key),
          ).toEqual(mine.toReversed());
          const middle = mine[mine.length >> 1];
          if (middle === undefined) return;
          expect(Array.from(state.edges.range({ prefix, from: middle }), ({ key }) => key)).toEqual(
            mine.slice(mine.length >> 1),
          );
          expect(
            Array.from(state.edges.range({ prefix, from: middle, reverse: true }), (r) => r.key),
          ).toEqual(mine.slice(0, (mine.length >> 1) + 1).toReversed());
        },
      ),
    );
  });

  test('addresses and texts come back as they were, also at the last prefix', () => {
    const state = draft(tables, new MemoryState());
    const owner = addressFromBytes(new Uint8Array(20).fill(255));
    state.byOwner.set(owner, 7n, 9n);
    state.names.set('größe', 1n);
    state.last.set(3n, 'x');
    expect([...state.byOwner.range({ prefix: [owner] })]).toEqual([
      { key: [owner, 7n], value: 9n },
    ]);
    expect([...state.names.range()]).toEqual([{ key: ['größe'], value: 1n }]);
    expect([...state.last.range()]).toEqual([{ key: [3n], value: 'x' }]);
    state.last.delete(3n);
    expect(state.last.has(3n)).toBe(false);
  });
});
