/** Pools: nothing is lost by rounding, in any order of what comes and goes. */
import fc from 'fast-check';
import { emptyPool, mergePools, type Pool, price, put, splitPool, take } from '../pool.ts';

/** Charges of single units until the pool is empty. */
function chargesOf(pool: Pool): readonly bigint[] {
  if (pool.units === 0n) return [];
  const { charge, rest } = take(pool, 1n);
  return [charge, ...chargesOf(rest)];
}

describe('pool', () => {
  test('100 over three units is charged as 33, 33, 34', () => {
    expect(chargesOf({ value: 100n, units: 3n })).toEqual([33n, 33n, 34n]);
  });

  test('the price is the exact average over all shelves; empty shelves have none', () => {
    expect(price({ value: 100n, units: 3n })).toEqual({ num: 100n, den: 3n });
    expect(price(put({ value: 100n, units: 3n }, { value: 20n, units: 1n }))).toEqual({
      num: 30n,
      den: 1n,
    });
    expect(price(emptyPool)).toBeUndefined();
  });

  test('units of value 0 (collectivised, found by inventory) lower the price only', () => {
    const pool = put({ value: 100n, units: 3n }, { value: 0n, units: 2n });
    expect(pool).toEqual({ value: 100n, units: 5n });
    expect(chargesOf(pool)).toEqual([20n, 20n, 20n, 20n, 20n]);
    expect(price(put(emptyPool, { value: 0n, units: 2n }))).toEqual({ num: 0n, den: 1n });
  });

  test('a split gives one side its share rounded down, the other the rest', () => {
    expect(splitPool({ value: 100n, units: 3n }, 2n)).toEqual({
      first: { value: 66n, units: 2n },
      other: { value: 34n, units: 1n },
    });
    const pool = { value: 100n, units: 3n };
    expect(splitPool(pool, 0n)).toEqual({ first: emptyPool, other: pool });
    expect(splitPool(pool, 3n)).toEqual({ first: pool, other: emptyPool });
    expect(splitPool(emptyPool, 0n)).toEqual({ first: emptyPool, other: emptyPool });
  });

  test('taking nothing, or more than there is, is a defect', () => {
    expect(() => take({ value: 9n, units: 3n }, 4n)).toThrow('4 units taken of 3');
    expect(() => take({ value: 9n, units: 3n }, 0n)).toThrow('0 units taken of 3');
    expect(() => put(emptyPool, { value: 5n, units: 0n })).toThrow('0 units');
  });

  test('charges and what is left add up to what came, with splits and merges between', () => {
    const step = fc.record({
      kind: fc.constantFrom('put', 'take', 'split', 'merge'),
      pool: fc.nat(3),
      value: fc.bigInt(0n, 10_000n),
      units: fc.bigInt(1n, 30n),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let pools: readonly Pool[] = [emptyPool];
        let came = 0n;
        let charged = 0n;
        for (const { kind, pool, value, units } of steps) {
          const index = pool % pools.length;
          const [before = emptyPool] = pools.slice(index);
          const others = pools.filter((_, other) => other !== index);
          if (kind === 'put') {
            pools = [...others, put(before, { value, units })];
            came += value;
          } else if (kind === 'take' && units <= before.units) {
            const { charge, rest } = take(before, units);
            pools = [...others, rest];
            charged += charge;
          } else if (kind === 'split') {
            const { first, other } = splitPool(before, units < before.units ? units : 0n);
            pools = [...others, first, other];
          } else if (kind === 'merge') {
            const [neighbour, ...rest] = others;
            if (neighbour !== undefined) pools = [mergePools(before, neighbour), ...rest];
          }
          const left = pools.reduce((sum, { value: inside }) => sum + inside, 0n);
          expect(charged + left).toBe(came);
          expect(pools.every((p) => p.value >= 0n && (p.units > 0n || p.value === 0n))).toBe(true);
        }
        const last = pools.flatMap(chargesOf).reduce((sum, charge) => sum + charge, charged);
        expect(last).toBe(came);
      }),
      { numRuns: 200 },
    );
  });
});
