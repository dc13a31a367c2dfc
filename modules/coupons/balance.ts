/**
 * The global invariant (002, 2-N1): of every component G - K - P + D is 0. Goods, their pools and
 * P are production's, all else is here; a member's part is a few reads, whatever it did.
 */
import type { View } from '../_kernel/tables.ts';
import { addStandings, debtOf, noStanding, type Standing } from './debts.ts';
import type { tables } from './keys.ts';
import { ledgerOf } from './revise.ts';
import type { CollectiveId, ComponentId, CouponPorts, SegmentId } from './types.ts';

type CouponView = View<typeof tables>;

/** G, K and P of one collective; what is not revised yet counts from `nextSegment` on. */
export function memberStanding(
  view: CouponView,
  { work }: CouponPorts,
  collective: CollectiveId,
  nextSegment: SegmentId,
): Standing {
  const { balanceMs = 0n, claimableMs = 0n } = view.standings.get(collective) ?? {};
  const { a, c, w } = work.sumsFrom(collective, nextSegment);
  return {
    goods: work.exclusiveGoods(collective),
    coupons: balanceMs + claimableMs + a - c - w,
    difference: work.difference(collective),
  };
}

/** G with the pools, K and P of a component. */
export function standingOf(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
  nextSegment: SegmentId,
): Standing {
  const pools = { ...noStanding, goods: ports.work.poolValue(component) };
  // PERF: listed first, as what runs before a part of a range that is not loaded yet runs twice.
  return Array.from(ports.trust.members(component))
    .map((member) => memberStanding(view, ports, member, nextSegment))
    .reduce(addStandings, pools);
}

/** What is wrong with the books of a component, in one line; undefined where they balance. */
export function imbalance(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
): string | undefined {
  const { debtMs, nextSegment } = ledgerOf(view, ports, component);
  const standing = standingOf(view, ports, component, nextSegment);
  if (debtOf(standing) === debtMs) return undefined;
  const { goods, coupons, difference } = standing;
  return (
    `component ${component}: G ${goods} - K ${coupons} - P ${difference} + D ${debtMs} ` +
    `is ${goods - coupons - difference + debtMs}, not 0`
  );
}
