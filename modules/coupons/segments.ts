/**
 * Segments ]k1, k2] of civil time, which are revised each as a whole (002, 6.3; D2.35): of fixed
 * length or calendar months in UTC. They are numbered through for ever; a new length begins an era
 * at a boundary of the old one. Dates are counted in whole days by exact arithmetic.
 */
import { assert } from '../_kernel/assert.ts';
import { civilFromDays, daysFromCivil } from '../_kernel/civil.ts';

export type SegmentLength =
  | { readonly kind: 'fixed'; readonly lengthMs: bigint }
  | { readonly kind: 'months' };

/** A stretch of time in which segments have one length; ends where the next era begins. */
export interface Era {
  readonly firstSegment: bigint;
  /** k1 of its first segment, in ms since 1970-01-01 UTC. */
  readonly startMs: bigint;
  readonly length: SegmentLength;
}

/** ]afterMs, endMs]: an event at `endMs` belongs here, one at `afterMs` to the segment before. */
export interface Segment {
  readonly segment: bigint;
  readonly afterMs: bigint;
  readonly endMs: bigint;
}

/** The era of a new chain: segments are counted from 1970 on, months from 1970-01 as 0. */
export function firstEra(length: SegmentLength): Era {
  return { firstSegment: 0n, startMs: 0n, length };
}

/** The segment of a time after the start of the first era. `eras` are in order of time. */
export function segmentAt(eras: readonly Era[], timeMs: bigint): Segment {
  const era = eras.findLast(({ startMs }) => startMs < timeMs);
  assert(era !== undefined, `${timeMs} ms lies before the first segment`);
  // The last millisecond that surely lies inside: k2 itself counts to the segment it ends.
  return segmentOf(era, indexAt(era, timeMs - 1n));
}

/** A segment by its number. `eras` are in order of time. */
export function segmentNumbered(eras: readonly Era[], segment: bigint): Segment {
  const era = eras.findLast(({ firstSegment }) => firstSegment <= segment);
  assert(era !== undefined, `segment ${segment} lies before the first`);
  return segmentOf(era, segment - era.firstSegment);
}

/** The era of a new length: from the end of the running segment on (D2.15). */
export function eraAfter({ segment, endMs }: Segment, length: SegmentLength): Era {
  return { firstSegment: segment + 1n, startMs: endMs, length };
}

function segmentOf(era: Era, index: bigint): Segment {
  return {
    segment: era.firstSegment + index,
    afterMs: boundary(era, index),
    endMs: boundary(era, index + 1n),
  };
}

/** Number of boundaries of an era after its start, up to and with `timeMs`. */
function indexAt({ startMs, length }: Era, timeMs: bigint): bigint {
  if (length.kind === 'fixed') return (timeMs - startMs) / length.lengthMs;
  return monthOf(timeMs) - monthOf(startMs);
}

/** The boundary `index` of an era; 0 is its start, which need not be the first of a month. */
function boundary({ startMs, length }: Era, index: bigint): bigint {
  if (index === 0n) return startMs;
  if (length.kind === 'fixed') return startMs + index * length.lengthMs;
  return startOfMonth(monthOf(startMs) + index);
}

const dayMs = 86_400_000n;

/** Calendar months since 1970-01, of a time that is not before 1970. */
export function monthOf(timeMs: bigint): bigint {
  const { year, month } = civilFromDays(timeMs / dayMs);
  return (year - 1970n) * 12n + month - 1n;
}

/** Midnight UTC of the first day of a month, counted from 1970-01 as 0. */
export function startOfMonth(month: bigint): bigint {
  return daysFromCivil({ year: 1970n + month / 12n, month: (month % 12n) + 1n, day: 1n }) * dayMs;
}
