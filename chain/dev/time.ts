/**
 * Block time: the clock that an engine is given, and protobuf timestamps with their RFC 3339 text.
 */
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';

/** Where block times come from. Entry points pass the system's; tests their own. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  nowMs(): bigint;
}

export function timestampFromMs(ms: bigint): Timestamp {
  const seconds = ms >= 0n ? ms / 1000n : -((-ms + 999n) / 1000n);
  return { seconds, nanos: Number(ms - seconds * 1000n) * 1_000_000 };
}

/** Whole milliseconds; what is finer is cut off. */
export function timestampToMs(time: Timestamp): bigint {
  return time.seconds * 1000n + BigInt(Math.floor(time.nanos / 1_000_000));
}

/** Go's zero time, which CometBFT prints and hashes for the timestamp of an absent vote. */
export const zeroTime: Timestamp = { seconds: -62_135_596_800n, nanos: 0 };

/** As CometBFT prints it: UTC, up to nine decimals without trailing zeros. */
export function formatTime(time: Timestamp): string {
  if (time.seconds === zeroTime.seconds && time.nanos === 0) return '0001-01-01T00:00:00Z';
  const seconds = new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19);
  if (time.nanos === 0) return `${seconds}Z`;
  return `${seconds}.${String(time.nanos).padStart(9, '0').replace(/0+$/, '')}Z`;
}
