/**
 * The next final revision of a component, computed from the state: what the command is compared
 * with, and what a reviser sends. Cost: reads per member and per cancelled workload.
 */
import { present } from '../_kernel/assert.ts';
import type { View } from '../_kernel/tables.ts';
import { type TimeMs, workMs } from '../_kernel/units.ts';
import { claimable, offsetsOf, type Rate, residueOf } from './claims.ts';
import type { tables } from './keys.ts';
import { limitsOf, parametersOf, segmentByNumber, segmentOfTime } from './parameters.ts';
import { addSums, debtAfter, netOf, noSums } from './revision.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponPorts,
  type CouponsExpired,
  type Ledger,
  type Revision,
  revisionId,
  type SegmentId,
  type SegmentShare,
  segmentId,
} from './types.ts';

type CouponView = View<typeof tables>;

export interface NextRevision {
  /** Unclaimed coupons of earlier segments that end with it; `debtBeforeMs` counts them. */
  readonly expired: readonly CouponsExpired[];
  readonly revision: Revision;
  readonly shares: readonly SegmentShare[];
}

/** What a component carries; before its first revision, from the founding of its first member. */
export function ledgerOf(view: CouponView, ports: CouponPorts, component: ComponentId): Ledger {
  const ledger = view.ledgers.get(component);
  if (ledger !== undefined) return ledger;
  const first = present(firstMember(ports, component), `member of component ${component}`);
  const { foundedAtMs } = present(ports.trust.collective(first), `collective ${first}`);
  // A collective of the genesis may have been founded at 0, before the first segment.
  const since = foundedAtMs === 0n ? 1n : foundedAtMs;
  return { debtMs: 0n, nextSegment: segmentId(segmentOfTime(view, since).segment) };
}

export function firstMember(ports: CouponPorts, component: ComponentId): CollectiveId | undefined {
  for (const member of ports.trust.members(component)) return member;
  return undefined;
}

/** From this time on a segment can be revised: its end and the grace after it (D2.15). */
export function dueMs(view: CouponView, segment: SegmentId): bigint {
  return segmentByNumber(view, segment).endMs + parametersOf(view, segment).graceMs;
}

export function nextRevision(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
  revisedAtMs: TimeMs,
): NextRevision {
  const { debtMs, nextSegment: segment } = ledgerOf(view, ports, component);
  const params = parametersOf(view, segment);
  const members = Array.from(ports.trust.members(component));
  const expired = members.flatMap((member) => expiringWith(view, component, member, segment));
  const debtBeforeMs = expired.reduce((debt, { amountMs }) => debt - amountMs, debtMs);

  const worked = members.map((member) => ports.work.sums(member, segment));
  const sums = worked.reduce(addSums, noSums);
  const net = netOf(sums, debtBeforeMs, limitsOf(params));
  const rate: Rate = { a: sums.a, net };
  const offsets = offsetsOf(worked.map(({ a }) => a));
  const shares: SegmentShare[] = [];
  let residueMs = 0n;
  members.forEach((collective, index) => {
    const offset = present(offsets[index], 'an offset a member');
    const { a: total } = present(worked[index], 'sums a member');
    // Also where everything was cancelled: its pairs keep back what rounding gives them.
    const residue = residueOf(rate, offset, ports.work.pairs(collective, segment));
    residueMs += residue;
    if (total === 0n) return;
    const claimableMs = workMs(claimable(rate, offset, total, residue));
    shares.push({ collective, offsetMs: workMs(offset), claimableMs });
  });
  const { expirySegments } = params;
  const revision: Revision = {
    revision: view.nextRevision.get() ?? revisionId(1n),
    component,
    segment,
    aMs: workMs(sums.a),
    cMs: workMs(sums.c),
    wMs: workMs(sums.w),
    debtBeforeMs,
    netMs: workMs(net),
    debtAfterMs: debtAfter(sums, debtBeforeMs, net, residueMs),
    residueMs,
    revisedAtMs,
    expiresWith: segmentId(expirySegments === 0n ? 0n : segment + expirySegments),
  };
  return { expired, revision, shares };
}

function expiringWith(
  view: CouponView,
  component: ComponentId,
  collective: CollectiveId,
  segment: SegmentId,
): readonly CouponsExpired[] {
  const due = view.expiring.range({
    prefix: [collective],
    before: [collective, segmentId(segment + 1n), segmentId(0n)],
  });
  return Array.from(due, ({ key: [, , earned] }) => {
    const share = present(view.shares.get(collective, earned), `share ${collective}/${earned}`);
    const { claimableMs: amountMs } = share;
    return { type: 'CouponsExpired', component, collective, segment: earned, amountMs };
  });
}
