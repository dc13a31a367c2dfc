/** What production reads of other modules, and what they may ask of it; the host hands it over. */
import type { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { View } from '../_kernel/tables.ts';
import type { TimeMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { pairsInRow } from './pairs.ts';
import type { CollectiveId, ComponentId, SegmentId, SegmentSums, WorkloadId } from './types.ts';

export interface ProductionPorts {
  /** Of trust. */
  readonly trust: {
    collective(
      id: CollectiveId,
    ): { readonly owner: Address; readonly consumption: Consumption } | undefined;
    /** `cancelled` from the announcement to the end of the notice. */
    edgeState(a: CollectiveId, b: CollectiveId): 'none' | 'strong' | 'cancelled';
    sameComponent(a: CollectiveId, b: CollectiveId): boolean;
    componentOf(id: CollectiveId): ComponentId | undefined;
    /** In ascending order, from one on. */
    members(component: ComponentId, from?: CollectiveId): Iterable<CollectiveId>;
    sizeOf(component: ComponentId): bigint;
  };
  /** Of coupons. */
  readonly segments: {
    /** Number of the segment ]k1, k2] that a time is in. */
    segmentAt(timeMs: TimeMs): SegmentId;
    /** Whether the component of a collective has its final revision of a segment. */
    isFinal(collective: CollectiveId, segment: SegmentId): boolean;
    /** k2 of a segment that has begun. */
    endOf(segment: SegmentId): TimeMs;
    /** The account that signs for a wallet: its own, until guardians gave it another (D2.36). */
    keyOf(wallet: Address): Address;
  };
}

/** What other modules may ask: each declares the part it needs. */
export interface ProductionReads {
  /** A stretch of the line of its collective and segment (D2.14). */
  workload(id: WorkloadId):
    | {
        readonly before: bigint;
        readonly amount: bigint;
        readonly collective: CollectiveId;
        readonly segment: SegmentId;
        readonly wallet: Address;
        readonly cancelled: boolean;
      }
    | undefined;
  /** a, c and w of a collective in a segment; `a` is the end of its line. */
  sums(collective: CollectiveId, segment: SegmentId): Sums;
  /** The same over all segments from one on: what is not revised yet. */
  sumsFrom(collective: CollectiveId, segment: SegmentId): Sums;
  /** Cancelled workloads, each with the line just before it was taken back. */
  pairs(
    collective: CollectiveId,
    segment: SegmentId,
  ): Iterable<{ readonly before: bigint; readonly amount: bigint; readonly total: bigint }>;
  /** The first segment from one on in which the collective did anything. */
  nextActive(collective: CollectiveId, from: SegmentId): SegmentId | undefined;
  /** Of G of row 2-N1 all exclusive value in the hands of a collective: all but the pools. */
  exclusiveGoods(collective: CollectiveId): bigint;
  /** Of G what stands on the shelves of a component: V of all its pools. */
  poolValue(component: ComponentId): bigint;
  /** P of a store: coupons deleted less goods handed over since its last closing, signed. */
  difference(store: CollectiveId): bigint;
}

export interface Sums {
  readonly a: bigint;
  readonly c: bigint;
  readonly w: bigint;
}

export function productionReads(view: View<typeof tables>): ProductionReads {
  return {
    workload(id) {
      const found = view.workloads.get(id);
      if (found === undefined) return undefined;
      const { beforeMs, fromMs, toMs, producer, segment, wallet, stage } = found;
      return {
        before: beforeMs,
        amount: toMs - fromMs,
        collective: producer,
        segment,
        wallet,
        cancelled: stage === 'reversed',
      };
    },
    sums(collective, segment) {
      const { aMs = 0n, cMs = 0n, wMs = 0n } = view.sums.get(collective, segment) ?? {};
      return { a: aMs, c: cMs, w: wMs };
    },
    sumsFrom(collective, segment) {
      let [a, c, w] = [0n, 0n, 0n];
      for (const { aMs, cMs, wMs } of activeFrom(view, collective, segment)) {
        a += aMs;
        c += cMs;
        w += wMs;
      }
      return { a, c, w };
    },
    *pairs(collective, segment) {
      const { pairs: count = 0n } = view.sums.get(collective, segment) ?? {};
      for (let row = 0n; row * pairsInRow < count; row += 1n) {
        const pairs = present(view.pairs.get(collective, segment, row), 'a row of pairs');
        for (const pair of pairs) {
          yield { before: pair.beforeMs, amount: pair.amountMs, total: pair.totalMs };
        }
      }
    },
    nextActive(collective, from) {
      let first: SegmentId | undefined;
      for (const { segment } of activeFrom(view, collective, from)) first = segment;
      return first;
    },
    exclusiveGoods: (collective) => view.exclusiveGoods.get(collective) ?? 0n,
    poolValue(component) {
      let sum = 0n;
      for (const { value } of view.pools.range({ prefix: [component] })) sum += value.valueMs;
      return sum;
    },
    difference(store) {
      const { burnedMs = 0n, chargedMs = 0n } = view.differences.get(store) ?? {};
      return burnedMs - chargedMs;
    },
  };
}

/**
 * What a collective did in each segment from one on, the latest first. PERF: single reads, as those
 * of many collectives must not each be a range.
 */
function* activeFrom(
  view: View<typeof tables>,
  collective: CollectiveId,
  from: SegmentId,
): Iterable<SegmentSums & { readonly segment: SegmentId }> {
  let segment = view.latest.get(collective) ?? (0n as SegmentId);
  while (segment !== 0n && segment >= from) {
    const sums = present(view.sums.get(collective, segment), `sums of ${collective}/${segment}`);
    yield { ...sums, segment };
    segment = sums.previous;
  }
}
