/** CometBFT's timestamps as the block time that rules see: whole milliseconds, rounded down. */
import type { Duration } from 'cosmjs-types/google/protobuf/duration';
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { type TimeMs, timeMs } from '../../modules/_kernel/units.ts';

export function millisecondsOf({ seconds, nanos }: Timestamp): TimeMs {
  const milliseconds = seconds * 1000n + BigInt(Math.trunc(nanos / 1_000_000));
  return timeMs(milliseconds < 0n ? 0n : milliseconds);
}

/** A span of CometBFT's parameters in whole milliseconds; 0 where it says none. */
export function durationMs(span: Duration | undefined): bigint {
  if (span === undefined) return 0n;
  return span.seconds * 1000n + BigInt(Math.trunc(span.nanos / 1_000_000));
}

/** Tells, from its call on, when time is up. */
export type Budget = () => () => boolean;

/** A budget of time by the host's clock: for what each node may decide on its own. */
export function timeBudget(nowMs: () => number, ms: number): Budget {
  return () => {
    const end = nowMs() + ms;
    return () => nowMs() > end;
  };
}
