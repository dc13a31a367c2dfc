/**
 * The final revision of one segment (002, 6.3): how much of the hours worked becomes coupons, and
 * what the component owes on (D2.10 to D2.13). All figures are in one unit of labour time, the
 * millisecond on chain.
 */
import { assert } from '../_kernel/assert.ts';
import { mulDivFloor, type Rational } from '../_kernel/rational.ts';

/** What a component did in a segment; none is negative. */
export interface Sums {
  /** Hours worked, storno taken off. */
  readonly a: bigint;
  /** Of commons production: hours and everything it consumed. */
  readonly c: bigint;
  /** Exclusive value written off; losses of the commons are in `c` already (D2.10). */
  readonly w: bigint;
}

/** Fractions of `a`, neither negative. */
export interface Limits {
  /** Most that write-offs and old debt together may take from the coupons of one segment. */
  readonly wMax: Rational;
  /** Most that an old surplus may add to them. */
  readonly surplusMax: Rational;
}

export const defaultLimits: Limits = {
  wMax: { num: 1n, den: 10n },
  surplusMax: { num: 1n, den: 10n },
};

export const noSums: Sums = { a: 0n, c: 0n, w: 0n };

export function addSums(one: Sums, other: Sums): Sums {
  return { a: one.a + other.a, c: one.c + other.c, w: one.w + other.w };
}

/**
 * Labour time that becomes coupons: all hours less commons, write-offs and `debt` (carried from
 * before; negative where goods were left over). Write-offs and debt take `wMax` of the hours at
 * most, and the rest is owed on; a surplus adds `surplusMax` at most. Both limits round down, to
 * the debt. Without hours nothing is credited (D2.11).
 *
 * @example netOf({ a: 1327n, c: 200n, w: 33n }, 0n, defaultLimits)  // 1094n
 */
export function netOf({ a, c, w }: Sums, debt: bigint, { wMax, surplusMax }: Limits): bigint {
  assert(a >= 0n && c >= 0n && w >= 0n, `sums of a segment are negative: ${a}, ${c}, ${w}`);
  const owed = w + debt;
  const due = owed > 0n ? least(owed, share(a, wMax)) : owed;
  const rest = a - c - due;
  return rest < 0n ? 0n : least(rest, a + share(a, surplusMax));
}

/**
 * The debt that the component carries on. `residue` is what rounding kept back from `net` where
 * workloads were cancelled (`residueOf` in claims.ts).
 */
export function debtAfter({ a, c, w }: Sums, debt: bigint, net: bigint, residue: bigint): bigint {
  return debt + c + w - (a - net) - residue;
}

function share(a: bigint, { num, den }: Rational): bigint {
  return mulDivFloor(a, num, den);
}

export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
