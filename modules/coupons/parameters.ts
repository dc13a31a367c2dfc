/**
 * The parameters that a vote can change. A change takes effect at the next segment boundary
 * (D2.15), so each set is kept with the first segment that it is in force for.
 */
import { Json, problemIn } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { durationMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { defaultLimits, type Limits } from './revision.ts';
import { type Era, firstEra, type Segment, segmentAt, segmentNumbered } from './segments.ts';
import type { Params, SegmentId } from './types.ts';

const dayMs = 86_400_000n;

/** Calendar months, two days of grace, coupons without end. */
export const defaultParameters: Params = {
  wMaxNum: defaultLimits.wMax.num,
  wMaxDen: defaultLimits.wMax.den,
  surplusMaxNum: defaultLimits.surplusMax.num,
  surplusMaxDen: defaultLimits.surplusMax.den,
  graceMs: durationMs(2n * dayMs),
  expirySegments: 0n,
  segmentLengthMs: durationMs(0n),
};

/** Ten years: longer is a mistake. */
const longestMs = 3650n * dayMs;
const shortestSegmentMs = 1000n;
/** With a grace as long as a segment one would always run, and no component could ever change. */
const shortestMonthMs = 28n * dayMs;
/** Keeps `a` times a limit short; no use for finer fractions is known. */
const largestDen = 1_000_000n;

type CouponView = View<typeof tables>;

/** What is in force for a segment. */
export function parametersOf(view: CouponView, segment: SegmentId): Params {
  for (const { value } of view.params.range({ from: [segment], reverse: true, limit: 1 })) {
    return value;
  }
  return defaultParameters;
}

export function limitsOf(params: Params): Limits {
  return {
    wMax: { num: params.wMaxNum, den: params.wMaxDen },
    surplusMax: { num: params.surplusMaxNum, den: params.surplusMaxDen },
  };
}

export function erasOf(view: CouponView): readonly Era[] {
  const later = (view.eras.get()?.eras ?? []).map(eraOf);
  return later[0]?.firstSegment === 0n ? later : [firstEra({ kind: 'months' }), ...later];
}

/** The segment that a time is in. */
export function segmentOfTime(view: CouponView, timeMs: bigint): Segment {
  return segmentAt(erasOf(view), timeMs);
}

export function segmentByNumber(view: CouponView, segment: SegmentId): Segment {
  return segmentNumbered(erasOf(view), segment);
}

function eraOf(stored: {
  readonly firstSegment: bigint;
  readonly startMs: bigint;
  readonly segmentLengthMs: bigint;
}): Era {
  const { firstSegment, startMs, segmentLengthMs } = stored;
  const fixed = { kind: 'fixed', lengthMs: segmentLengthMs } as const;
  return {
    firstSegment,
    startMs,
    length: segmentLengthMs === 0n ? { kind: 'months' } : fixed,
  };
}

/** All parameters: those that `json` names, the others as they are. Throws GenesisProblem. */
export function readParameters(json: Json, others: Params): Params {
  const names = Object.keys(others) as readonly (keyof Params)[];
  json.only(...names);
  const read = (name: keyof Params): bigint =>
    json.has(name) ? json.field(name).uint64() : others[name];
  checkFraction(json, 'wMax', read('wMaxNum'), read('wMaxDen'));
  checkFraction(json, 'surplusMax', read('surplusMaxNum'), read('surplusMaxDen'));
  const [graceMs, segmentLengthMs] = [read('graceMs'), read('segmentLengthMs')];
  if (segmentLengthMs > longestMs) {
    json.refuse(`segmentLengthMs ${segmentLengthMs} is above ten years (${longestMs})`);
  }
  if (segmentLengthMs !== 0n && segmentLengthMs < shortestSegmentMs) {
    json.refuse(`segmentLengthMs ${segmentLengthMs} is neither 0 nor at least a second`);
  }
  const shortestMs = segmentLengthMs === 0n ? shortestMonthMs : segmentLengthMs;
  if (graceMs >= shortestMs) {
    json.refuse(`graceMs ${graceMs} is not below the shortest segment (${shortestMs})`);
  }
  return {
    wMaxNum: read('wMaxNum'),
    wMaxDen: read('wMaxDen'),
    surplusMaxNum: read('surplusMaxNum'),
    surplusMaxDen: read('surplusMaxDen'),
    graceMs: durationMs(graceMs),
    expirySegments: read('expirySegments'),
    segmentLengthMs: durationMs(segmentLengthMs),
  };
}

function checkFraction(json: Json, name: string, num: bigint, den: bigint): void {
  if (den === 0n || den > largestDen || num > den) {
    json.refuse(`${name} ${num}/${den} is no fraction of 0 to 1 with a den up to ${largestDen}`);
  }
}

/** What is wrong with a proposed object of some parameters. */
export function parametersProblem(proposed: unknown): string | undefined {
  return problemIn(() => readParameters(new Json(proposed, 'coupons'), defaultParameters));
}

export function writeParameters(params: Params): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}
