/**
 * What one workload is credited once its segment is revised (002, 6.4; D2.14). Workloads of a
 * collective stand one after the other on a line; a claim takes the step of a rounded-down line
 * over its stretch, so that all claims of a component add up to the net to the last millisecond,
 * in whatever order they come, and each costs O(1).
 */
import { assert } from '../_kernel/assert.ts';
import { mulDivFloor } from '../_kernel/rational.ts';

/** Of a revision: `net` coupons for `a` hours. */
export interface Rate {
  readonly a: bigint;
  readonly net: bigint;
}

/** A workload on the line of its collective and segment. */
export interface Stretch {
  /** Sum of everything registered before it, storno taken off: S of the entry before. */
  readonly before: bigint;
  readonly amount: bigint;
}

/** A cancelled workload with the entry that takes it back at the end of the line. */
export interface StornoPair extends Stretch {
  /** Sum of the line just before the storno: T. */
  readonly total: bigint;
}

/** Coupons for a workload of a collective whose line begins at `offset`. */
export function credit(rate: Rate, offset: bigint, { before, amount }: Stretch): bigint {
  return stepped(rate, offset + before + amount) - stepped(rate, offset + before);
}

/** What a pair keeps back by rounding, -1, 0 or 1: neither of its entries can be claimed. */
export function pairResidue(rate: Rate, offset: bigint, pair: StornoPair): bigint {
  const { amount, total } = pair;
  if (total < amount) assert(false, `storno of ${amount} where only ${total} is registered`);
  return credit(rate, offset, pair) - credit(rate, offset, { before: total - amount, amount });
}

/** Sum of what the pairs of one collective keep back. */
export function residueOf(rate: Rate, offset: bigint, pairs: Iterable<StornoPair>): bigint {
  let residue = 0n;
  for (const pair of pairs) residue += pairResidue(rate, offset, pair);
  return residue;
}

/** Everything that a collective with `total` hours can claim: pairs and their residue taken off. */
export function claimable(rate: Rate, offset: bigint, total: bigint, residue: bigint): bigint {
  return credit(rate, offset, { before: 0n, amount: total }) - residue;
}

/**
 * Where the line of each collective begins, given their totals in ascending order of collective id.
 *
 * @example offsetsOf([781n, 546n])  // [0n, 781n]
 */
export function offsetsOf(totals: readonly bigint[]): readonly bigint[] {
  let sum = 0n;
  return totals.map((total) => {
    const offset = sum;
    sum += total;
    return offset;
  });
}

/** f: coupons for the first `point` hours of the component, rounded down. */
function stepped({ a, net }: Rate, point: bigint): bigint {
  return a === 0n ? 0n : mulDivFloor(point, net, a);
}
