/**
 * Quantities as branded bigints, so that a fee is never added to a duration. Only this file casts.
 * All are uint64 on the wire; names of fields and variables end in their unit.
 */
import { assert } from './assert.ts';

declare const unit: unique symbol;
type Quantity<Name extends string> = bigint & { readonly [unit]: Name };

/** The token's base unit, 10^-6 hub. */
export type Uhub = Quantity<'uhub'>;
/** Milliseconds of labour time (ADR 0004). */
export type WorkMs = Quantity<'labour ms'>;
/** A span of civil time in milliseconds. */
export type DurationMs = Quantity<'duration ms'>;
/** A point of block time: milliseconds since 1970-01-01 UTC. */
export type TimeMs = Quantity<'time ms'>;
/** A block height. */
export type Height = Quantity<'height'>;

export const maxUint64 = (1n << 64n) - 1n;
export const maxInt64 = (1n << 63n) - 1n;

export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= maxUint64;
}

function checked(value: bigint, what: string): bigint {
  // The text of an assertion costs more than the check: it is made on failure only.
  if (!isUint64(value)) assert(false, `${what} ${value} is not a uint64`);
  return value;
}

/** The casts. A value outside uint64 is a defect: input is checked before it gets here. */
export const uhub = (value: bigint): Uhub => checked(value, 'amount') as Uhub;
export const workMs = (value: bigint): WorkMs => checked(value, 'labour time') as WorkMs;
export const durationMs = (value: bigint): DurationMs => checked(value, 'duration') as DurationMs;
export const timeMs = (value: bigint): TimeMs => checked(value, 'time') as TimeMs;
export const height = (value: bigint): Height => checked(value, 'height') as Height;

/** Sum of two quantities of one unit; undefined where it leaves uint64. */
export function sum<Q extends bigint>(a: Q, b: Q): Q | undefined {
  const total = a + b;
  return total <= maxUint64 ? (total as Q) : undefined;
}
