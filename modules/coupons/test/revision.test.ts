/** The final revision against the vectors of 002 and its limits over all small cases. */
import fc from 'fast-check';
import { rational, zero } from '../../_kernel/rational.ts';
import { debtAfter, defaultLimits, type Limits, netOf, noSums, type Sums } from '../revision.ts';

/** Net and debt of a segment without storno. */
function revised(sums: Sums, debt: bigint, limits: Limits = defaultLimits) {
  const net = netOf(sums, debt, limits);
  return { net, debt: debtAfter(sums, debt, net, 0n) };
}

describe('final revision', () => {
  test('commons and write-offs are taken from the hours, and nothing is owed on', () => {
    expect(revised({ a: 1327n, c: 200n, w: 33n }, 0n)).toEqual({ net: 1094n, debt: 0n });
  });

  test('2-P11 without hours nothing is credited and c + w becomes debt', () => {
    expect(revised(noSums, 0n)).toEqual({ net: 0n, debt: 0n });
    expect(revised({ a: 0n, c: 40n, w: 7n }, 0n)).toEqual({ net: 0n, debt: 47n });
    expect(revised({ a: 0n, c: 40n, w: 7n }, 13n)).toEqual({ net: 0n, debt: 60n });
    expect(revised({ a: 0n, c: 40n, w: 7n }, -50n)).toEqual({ net: 0n, debt: -3n });
    expect(revised(noSums, 99n)).toEqual({ net: 0n, debt: 99n });
    expect(revised(noSums, -99n)).toEqual({ net: 0n, debt: -99n });
  });

  test('2-P11 c + w above a credits nothing, and c has no limit', () => {
    expect(revised({ a: 100n, c: 130n, w: 0n }, 0n)).toEqual({ net: 0n, debt: 30n });
    expect(revised({ a: 100n, c: 95n, w: 20n }, 0n)).toEqual({ net: 0n, debt: 15n });
    expect(revised({ a: 100n, c: 100n, w: 0n }, 0n)).toEqual({ net: 0n, debt: 0n });
  });

  test('2-P11 write-offs and debt take a tenth of the hours at most; the excess is deferred', () => {
    expect(revised({ a: 100n, c: 0n, w: 10n }, 0n)).toEqual({ net: 90n, debt: 0n });
    expect(revised({ a: 100n, c: 0n, w: 11n }, 0n)).toEqual({ net: 90n, debt: 1n });
    expect(revised({ a: 100n, c: 0n, w: 4n }, 20n)).toEqual({ net: 90n, debt: 14n });
    expect(revised({ a: 99n, c: 0n, w: 50n }, 0n)).toEqual({ net: 90n, debt: 41n });
  });

  test('2-P11 a surplus adds a tenth of the hours at most, so that no stock becomes a gift', () => {
    expect(revised({ a: 1n, c: 0n, w: 0n }, -900n)).toEqual({ net: 1n, debt: -900n });
    expect(revised({ a: 100n, c: 0n, w: 0n }, -900n)).toEqual({ net: 110n, debt: -890n });
    expect(revised({ a: 100n, c: 0n, w: 0n }, -7n)).toEqual({ net: 107n, debt: 0n });
    expect(revised({ a: 100n, c: 30n, w: 2n }, -900n)).toEqual({ net: 110n, debt: -858n });
    const noLimit = { ...defaultLimits, surplusMax: rational(1_000n) };
    expect(revised({ a: 1n, c: 0n, w: 0n }, -900n, noLimit)).toEqual({ net: 901n, debt: 0n });
  });

  test('limits are data: at 0 debt is only carried', () => {
    const limits = { wMax: zero, surplusMax: zero };
    expect(revised({ a: 100n, c: 0n, w: 5n }, 5n, limits)).toEqual({ net: 100n, debt: 10n });
    expect(revised({ a: 100n, c: 0n, w: 0n }, -5n, limits)).toEqual({ net: 100n, debt: -5n });
  });

  test('what rounding kept back of cancelled workloads lowers the debt', () => {
    expect(debtAfter({ a: 100n, c: 10n, w: 5n }, 0n, 85n, 3n)).toBe(-3n);
    expect(debtAfter({ a: 100n, c: 10n, w: 5n }, 0n, 85n, -1n)).toBe(1n);
  });

  test('E11 c alone can reach a: the paper limits w only, and a rate above 1 never turns negative', () => {
    const sums = { a: 100n, c: 110n, w: 5n };
    expect(sums.c + sums.w > sums.a && sums.w < sums.a / 10n).toBe(true);
    expect(sums.a - sums.c - sums.w).toBeLessThan(0n);
    expect(netOf(sums, 0n, defaultLimits)).toBe(0n);
  });

  test('nothing is created or lost in any small segment, and both limits hold', () => {
    const debts = Array.from({ length: 61 }, (_, index) => BigInt(index - 30));
    const figures = Array.from({ length: 26 }, (_, index) => BigInt(index));
    const tries: readonly Limits[] = [
      defaultLimits,
      { wMax: rational(1n, 3n), surplusMax: rational(2n, 7n) },
    ];
    const wrong: unknown[] = [];
    for (const limits of tries) {
      for (const a of figures) {
        for (const c of [0n, 1n, 7n, 25n]) {
          for (const w of figures) {
            for (const debt of debts) {
              const sums = { a, c, w };
              const next = revised(sums, debt, limits);
              if (!holds(sums, debt, next, limits)) wrong.push({ sums, debt, next, limits });
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('figures beyond 2^64 are exact', () => {
    const whole = fc.bigInt({ min: 0n, max: 1n << 80n });
    const signed = fc.bigInt({ min: -(1n << 80n), max: 1n << 80n });
    fc.assert(
      fc.property(whole, whole, whole, signed, (a, c, w, debt) => {
        const sums = { a, c, w };
        expect(holds(sums, debt, revised(sums, debt), defaultLimits)).toBe(true);
      }),
    );
  });
});

/** The rules said another way: conservation, the range of net, and how far each limit reaches. */
function holds(
  { a, c, w }: Sums,
  before: bigint,
  after: { readonly net: bigint; readonly debt: bigint },
  { wMax, surplusMax }: Limits,
): boolean {
  const { net, debt } = after;
  const conserved = a - c - w - before === net - debt;
  const ranged = net >= 0n && net * surplusMax.den <= a * (surplusMax.den + surplusMax.num);
  const owed = w + before;
  const taken = a - c - net;
  const limited = owed <= 0n || net === 0n || taken * wMax.den <= a * wMax.num;
  // What is due is taken in full where neither limit nor the clamp at 0 stands in the way.
  const paid =
    net === 0n ||
    debt === 0n ||
    (debt > 0n
      ? (taken + 1n) * wMax.den > a * wMax.num
      : (net - a + 1n) * surplusMax.den > a * surplusMax.num);
  return conserved && ranged && limited && paid;
}
