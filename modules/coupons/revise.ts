/**
 * The next final revision of a component, computed from the state: what the command is compared
 * with, and what a reviser sends. Cost: reads per member and per cancelled workload.
 */
import { present } from '../_kernel/assert.ts';
import type { Refusal } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { type TimeMs, workMs } from '../_kernel/units.ts';
import { claimable, offsetsOf, type Rate, residueOf } from './claims.ts';
import type { tables } from './keys.ts';
import { limitsOf, parametersOf, segmentByNumber, segmentOfTime } from './parameters.ts';
import { refuse } from './refusals.ts';
import { addSums, debtAfter, netOf, noSums } from './revision.ts';
import { componentRoot, type Summed } from './supply.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponEvent,
  type CouponPorts,
  type CouponsExpired,
  type FinalRevision,
  type Ledger,
  type Revision,
  type RevisionId,
  revisionId,
  type SegmentId,
  type SegmentRevised,
  type SegmentShare,
  type SupplyCounted,
  segmentId,
} from './types.ts';

type CouponView = View<typeof tables>;

export interface NextRevision {
  /** Of the component, ascending. */
  readonly members: readonly CollectiveId[];
  /** Unclaimed coupons of earlier segments that end with it; `debtBeforeMs` counts them. */
  readonly expired: readonly CouponsExpired[];
  readonly revision: Revision;
  readonly shares: readonly SegmentShare[];
}

/** Where a revision begins: the state's own word, or what revisions not yet written leave. */
interface Start {
  readonly ledger: Ledger;
  readonly revision: RevisionId;
  readonly unwritten: readonly SegmentRevised[];
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

/** The next revision of a component, whether it is due or not. */
export function nextRevision(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
  revisedAtMs: TimeMs,
): NextRevision {
  const start = startOf(view, ports, component);
  const members = Array.from(ports.trust.members(component));
  return revisionFrom(view, ports, component, members, start, revisedAtMs);
}

/** What a revision says of all coupons of a component: it makes and deletes none. */
export function supplyCounted(
  view: CouponView,
  members: readonly CollectiveId[],
  { component, revision }: Pick<Revision, 'component' | 'revision'>,
): SupplyCounted {
  const origins = originsOf(view, members);
  const { hash: root, sum } = componentRoot(origins);
  return { type: 'SupplyCounted', component, supply: { revision, root, balanceMs: workMs(sum) } };
}

/** The members with coupons, ascending, and the roots of their trees. */
export function originsOf(
  view: CouponView,
  members: readonly CollectiveId[],
): readonly (Summed & { readonly collective: CollectiveId })[] {
  return members.flatMap((collective) => {
    const { balanceMs: sum = 0n, root: hash = new Uint8Array() } =
      view.standings.get(collective) ?? {};
    return sum === 0n ? [] : [{ collective, hash, sum }];
  });
}

/** The one message that this revision can be sent as. */
export function messageOf({ members, revision }: NextRevision): FinalRevision {
  const { component, segment, aMs, cMs, wMs, debtBeforeMs, netMs, debtAfterMs } = revision;
  return {
    type: 'FinalRevision',
    member: present(members[0], `member of component ${component}`),
    segment,
    a: aMs,
    c: cMs,
    w: wMs,
    debtBefore: debtBeforeMs,
    net: netMs,
    debtAfter: debtAfterMs,
  };
}

/** The revision that a message asks for, where it is due; else why it is not. */
export function dueRevision(
  view: CouponView,
  ports: CouponPorts,
  { member, segment }: Pick<FinalRevision, 'member' | 'segment'>,
  nowMs: TimeMs,
): { readonly ok: true; readonly next: NextRevision } | Refusal {
  const component = ports.trust.componentOf(member);
  if (component === undefined) return refuse.unknown_collective({ collective: member });
  const first = present(firstMember(ports, component), `member of component ${component}`);
  if (member !== first) return refuse.not_the_first_member({ member, first });
  const { nextSegment: next } = ledgerOf(view, ports, component);
  if (segment < next) return refuse.already_revised({ segment, next });
  if (segment > next) return refuse.out_of_order({ segment, next });
  const due = dueMs(view, segment);
  if (nowMs < due) return refuse.too_early({ segment, dueMs: due, nowMs });
  return { ok: true, next: nextRevision(view, ports, component, nowMs) };
}

const figures = [
  ['a', 'a'],
  ['c', 'c'],
  ['w', 'w'],
  ['debt_before', 'debtBefore'],
  ['net', 'net'],
  ['debt_after', 'debtAfter'],
] as const;

/** The first figure, in the order of the message, that is not what the state gives. */
export function wrongFigure(right: FinalRevision, given: FinalRevision): Refusal | undefined {
  for (const [figure, name] of figures) {
    const [due, said] = [right[name], given[name]];
    if (due !== said) return refuse.wrong_figure({ figure, due, given: said });
  }
  return undefined;
}

/** The facts by which every segment that is due becomes final, in order (D2.15). */
export function revisionsDue(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
  nowMs: TimeMs,
): { readonly events: readonly CouponEvent[]; readonly nextSegment: SegmentId } {
  const members = Array.from(ports.trust.members(component));
  const events: CouponEvent[] = [];
  const unwritten: SegmentRevised[] = [];
  let lastRevision: RevisionId | undefined;
  let { ledger, revision: id } = startOf(view, ports, component);
  while (dueMs(view, ledger.nextSegment) <= nowMs) {
    const fromSegment = ledger.nextSegment;
    const active = nextActive(view, ports, members, fromSegment, unwritten);
    if (active > fromSegment) {
      const toSegment = lastDue(view, fromSegment, active, nowMs);
      events.push({ type: 'SegmentsPassed', component, fromSegment, toSegment });
      ledger = { ...ledger, nextSegment: segmentId(toSegment + 1n) };
      continue;
    }
    const start = { ledger, revision: id, unwritten };
    const { expired, revision, shares } = revisionFrom(
      view,
      ports,
      component,
      members,
      start,
      nowMs,
    );
    const revised: SegmentRevised = { type: 'SegmentRevised', revision, shares };
    events.push(...expired, revised);
    unwritten.push(revised);
    lastRevision = revision.revision;
    ledger = { debtMs: revision.debtAfterMs, nextSegment: segmentId(revision.segment + 1n) };
    id = revisionId(id + 1n);
  }
  // Once for all of them, as none changes a balance.
  if (lastRevision !== undefined) {
    events.push(supplyCounted(view, members, { component, revision: lastRevision }));
  }
  return { events, nextSegment: ledger.nextSegment };
}

/**
 * The first segment from `from` on in which a revision would change anything: work, losses, or
 * coupons that expire. PERF: single reads, as a component may have many members.
 */
function nextActive(
  view: CouponView,
  ports: CouponPorts,
  members: readonly CollectiveId[],
  from: SegmentId,
  unwritten: readonly SegmentRevised[],
): SegmentId {
  let first: SegmentId = farthest;
  const consider = (segment: SegmentId | undefined): void => {
    if (segment !== undefined && segment >= from && segment < first) first = segment;
  };
  for (const member of members) {
    consider(ports.work.nextActive(member, from));
    for (const { ends } of view.expiring.get(member) ?? []) consider(ends);
  }
  for (const { revision, shares } of unwritten) {
    if (shares.length > 0) consider(revision.expiresWith);
  }
  return first;
}

/** Later than any time that blocks can have. */
const farthest = segmentId((1n << 63n) - 1n);

/** The last segment before `before` that is due; the first one is. PERF: halves what is left. */
function lastDue(view: CouponView, from: SegmentId, before: SegmentId, nowMs: TimeMs): SegmentId {
  let low: bigint = from;
  let high: bigint = segmentOfTime(view, nowMs).segment + 1n;
  if (before < high) high = before;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (dueMs(view, segmentId(middle)) <= nowMs) low = middle;
    else high = middle;
  }
  return segmentId(low);
}

function startOf(view: CouponView, ports: CouponPorts, component: ComponentId): Start {
  return {
    ledger: ledgerOf(view, ports, component),
    revision: view.nextRevision.get() ?? revisionId(1n),
    unwritten: [],
  };
}

function revisionFrom(
  view: CouponView,
  ports: CouponPorts,
  component: ComponentId,
  members: readonly CollectiveId[],
  { ledger, revision: id, unwritten }: Start,
  revisedAtMs: TimeMs,
): NextRevision {
  const { debtMs, nextSegment: segment } = ledger;
  const params = parametersOf(view, segment);
  const expired = someExpire(view)
    ? members.flatMap((member) => expiringWith(view, component, member, segment, unwritten))
    : [];
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
    revision: id,
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
  return { members, expired, revision, shares };
}

/** PERF: where coupons never expired, no member has to be looked at for it. */
function someExpire(view: CouponView): boolean {
  for (const { value } of view.params.range()) if (value.expirySegments > 0n) return true;
  return false;
}

/**
 * Shares of a collective that end with the revision of a segment, those of revisions not yet
 * written too. Segments are revised one by one, so none that ends earlier can be left.
 */
function expiringWith(
  view: CouponView,
  component: ComponentId,
  collective: CollectiveId,
  segment: SegmentId,
  unwritten: readonly SegmentRevised[],
): readonly CouponsExpired[] {
  const ending = (view.expiring.get(collective) ?? []).filter(({ ends }) => ends === segment);
  const written = ending.map(({ earned }) => {
    const share = present(view.shares.get(collective, earned), `share ${collective}/${earned}`);
    return { earned, amountMs: share.claimableMs };
  });
  const fresh = unwritten.flatMap(({ revision: { segment: earned, expiresWith }, shares }) =>
    expiresWith !== segment
      ? []
      : shares
          .filter((share) => share.collective === collective)
          .map(({ claimableMs: amountMs }) => ({ earned, amountMs })),
  );
  return [...written, ...fresh].map(({ earned, amountMs }) => ({
    type: 'CouponsExpired',
    component,
    collective,
    segment: earned,
    amountMs,
  }));
}
