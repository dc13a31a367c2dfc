/** Claims against the vectors of D2.14, and over random lines of several collectives. */
import fc from 'fast-check';
import {
  claimable,
  credit,
  offsetsOf,
  pairResidue,
  type Rate,
  residueOf,
  type StornoPair,
} from '../claims.ts';
import { defaultLimits, netOf } from '../revision.ts';
import { Line } from './line.ts';

const rate: Rate = {
  a: 1327n,
  net: netOf({ a: 1327n, c: 200n, w: 33n }, 0n, defaultLimits),
};

describe('claims', () => {
  test('the vector of one collective: 395, 396, 247, 6, 1, 49', () => {
    const line = Line.of([480n, 480n, 300n, 7n, 1n, 59n]);
    expect(line.credits(rate, 0n)).toEqual([395n, 396n, 247n, 6n, 1n, 49n]);
    expect(claimable(rate, 0n, line.total, 0n)).toBe(1094n);
  });

  test('the vector of two collectives: 395, 396, 248, 6, 0, 49', () => {
    const [one, two] = [Line.of([480n, 300n, 1n]), Line.of([480n, 7n, 59n])];
    const [first, second] = offsetsOf([one.total, two.total]);
    expect([first, second]).toEqual([0n, 781n]);
    expect(one.credits(rate, first ?? -1n)).toEqual([395n, 248n, 0n]);
    expect(two.credits(rate, second ?? -1n)).toEqual([396n, 6n, 49n]);
  });

  test('the vector of two collectives with a storno among them: net = credits + residue', () => {
    const one = Line.of([480n, 300n, 1n]);
    const two = Line.of([480n]);
    const mistaken = two.add(100n);
    two.add(7n);
    two.cancel(mistaken);
    two.add(59n);
    expect([one.total, two.total]).toEqual([781n, 546n]);
    const offset = 781n;
    expect(two.pairs).toEqual([{ before: 480n, amount: 100n, total: 587n }]);
    // f(781 + 580) - f(781 + 480) = 1122 - 1039; f(781 + 487) - f(781 + 587) = 1045 - 1127.
    expect(residueOf(rate, offset, two.pairs)).toBe(1n);
    expect(one.credits(rate, 0n)).toEqual([395n, 248n, 0n]);
    // 7 hours stand at 580 on the line now, and 59 after the storno at 487.
    expect(two.credits(rate, offset)).toEqual([396n, 5n, 49n]);
    expect(395n + 248n + 0n + 396n + 5n + 49n + 1n).toBe(rate.net);
  });

  test('rounding each claim down by itself gives 1090, four too few', () => {
    const workloads = [480n, 480n, 300n, 7n, 1n, 59n];
    const apart = workloads.reduce((sum, l) => sum + (l * rate.net) / rate.a, 0n);
    expect(apart).toBe(1090n);
    expect(apart).not.toBe(rate.net);
  });

  test('without hours there is nothing to claim', () => {
    const none: Rate = { a: 0n, net: 0n };
    const pair: StornoPair = { before: 0n, amount: 5n, total: 5n };
    expect(credit(none, 0n, { before: 0n, amount: 5n })).toBe(0n);
    expect(residueOf(none, 0n, [pair])).toBe(0n);
  });

  test('a storno beyond what is registered is a defect', () => {
    expect(() => pairResidue(rate, 0n, { before: 0n, amount: 6n, total: 5n })).toThrow('storno');
  });

  test('the credits of a component and its residue add up to net, in any order of claims', () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 6 }), shares, (made, [num, den]) => {
        const offsets = offsetsOf(made.map(({ total }) => total));
        const a = made.reduce((sum, { total }) => sum + total, 0n);
        const drawn: Rate = { a, net: (a * num) / den };
        let credits = 0n;
        let residues = 0n;
        made.forEach((line, index) => {
          const offset = offsets[index] ?? -1n;
          const sum = line.credits(drawn, offset).reduce((s, c) => s + c, 0n);
          const residue = residueOf(drawn, offset, line.pairs);
          expect(claimable(drawn, offset, line.total, residue)).toBe(sum);
          credits += sum;
          residues += residue;
        });
        expect(credits + residues).toBe(drawn.net);
      }),
      { numRuns: 300 },
    );
  });

  test('a pair keeps back 1 at most, and a claim differs from its exact share by less than 1', () => {
    fc.assert(
      fc.property(lines, shares, fc.bigInt(0n, 10_000n), (line, [num, den], offset) => {
        const a = offset + line.total;
        const drawn: Rate = { a, net: (a * num) / den };
        for (const pair of line.pairs) {
          const residue = pairResidue(drawn, offset, pair);
          expect(residue >= -1n && residue <= 1n).toBe(true);
        }
        for (const stretch of line.open) {
          const gap = credit(drawn, offset, stretch) * a - stretch.amount * drawn.net;
          expect(a === 0n || (gap < a && gap > -a)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** net as a fraction of a, up to 11/10: the surplus limit. */
const shares = fc
  .tuple(fc.bigInt(0n, 1_100n), fc.constant(1_000n))
  .map(([num, den]) => [num, den] as const);

/** Workloads, some of them cancelled again while others follow. */
const lines = fc
  .array(fc.tuple(fc.bigInt(1n, 5_000n), fc.integer({ min: -20, max: 19 })), { maxLength: 25 })
  .map((steps) => {
    const line = new Line();
    for (const [amount, drawn] of steps) {
      line.add(amount);
      const victim = line.open[drawn];
      if (victim !== undefined) line.cancel(victim);
    }
    return line;
  });
