/** What other modules may ask of coupons: each declares the part it needs, the host hands it. */
import type { Address } from '../_kernel/address.ts';
import type { View } from '../_kernel/tables.ts';
import { type TimeMs, timeMs } from '../_kernel/units.ts';
import { keyOf } from './decide.ts';
import type { tables } from './keys.ts';
import { segmentByNumber, segmentOfTime } from './parameters.ts';
import { dueMs, ledgerOf } from './revise.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponPorts,
  type SegmentId,
  segmentId,
} from './types.ts';

export interface CouponReads {
  /** Number of the segment ]k1, k2] that a time is in. */
  segmentAt(timeMs: TimeMs): SegmentId;
  /** Whether the component of a collective has its final revision of a segment. */
  isFinal(collective: CollectiveId, segment: SegmentId): boolean;
  /** The carried debt of a component, signed: D of row 2-N1. */
  debtOf(component: ComponentId): bigint;
  /** Balances and claimable by origin: this module's part of K of row 2-N1. */
  couponsOf(collective: CollectiveId): bigint;
  /** The time until which a component can't change, as an ended segment waits for its grace. */
  notBefore(component: ComponentId, nowMs: TimeMs): TimeMs | undefined;
  /** The end k2 of a segment. */
  endOf(segment: SegmentId): TimeMs;
  /** The account that signs for a wallet. */
  keyOf(wallet: Address): Address;
}

export function couponReads(view: View<typeof tables>, ports: CouponPorts): CouponReads {
  return {
    segmentAt: (timeMs) => segmentId(segmentOfTime(view, timeMs).segment),
    isFinal(collective, segment) {
      const component = ports.trust.componentOf(collective);
      if (component === undefined) return false;
      return segment < ledgerOf(view, ports, component).nextSegment;
    },
    debtOf: (component) => view.ledgers.get(component)?.debtMs ?? 0n,
    couponsOf(collective) {
      const standing = view.standings.get(collective);
      return (standing?.balanceMs ?? 0n) + (standing?.claimableMs ?? 0n);
    },
    notBefore(component, nowMs) {
      const ended = segmentId(segmentOfTime(view, nowMs).segment - 1n);
      if (ledgerOf(view, ports, component).nextSegment > ended) return undefined;
      const until = dueMs(view, ended);
      return until <= nowMs ? undefined : timeMs(until);
    },
    endOf: (segment) => timeMs(segmentByNumber(view, segment).endMs),
    keyOf: (wallet) => keyOf(view, wallet),
  };
}
