/**
 * The pool of one (component, type, unit): all goods on its shelves, at their average value (SNLT
 * price, 002, 6.2; D2.24). What leaves is charged rounded down, so the rest keeps the remainder
 * and the last unit takes it: charges add up to the value that came in.
 */
import { assert } from '../_kernel/assert.ts';
import { type Rational, rational } from '../_kernel/rational.ts';
import { shareOf } from './value.ts';

export interface Pool {
  /** Labour time in all units together. */
  readonly value: bigint;
  readonly units: bigint;
}

export const emptyPool: Pool = { value: 0n, units: 0n };

/** Puts goods on the shelf at their booked value; a surplus found by inventory has value 0. */
export function put({ value, units }: Pool, added: Pool): Pool {
  assert(added.units > 0n && added.value >= 0n, `${added.units} units at ${added.value} added`);
  return { value: value + added.value, units: units + added.units };
}

/**
 * Takes units off the shelf, for whatever reason. The charge is rounded down; the pool keeps the
 * remainder.
 *
 * @example take({ value: 100n, units: 3n }, 1n)  // charge 33n, rest { value: 67n, units: 2n }
 */
export function take(
  { value, units }: Pool,
  taken: bigint,
): { readonly charge: bigint; readonly rest: Pool } {
  assert(taken > 0n && taken <= units, `${taken} units taken of ${units}`);
  const charge = shareOf(value, taken, units);
  return { charge, rest: { value: value - charge, units: units - taken } };
}

/** Value of one unit, exactly; none where the shelves are empty. */
export function price({ value, units }: Pool): Rational | undefined {
  return units === 0n ? undefined : rational(value, units);
}

/**
 * Divides a pool where its component splits (D2.19): `units` are those of the side with the
 * smallest collective id, which gets its value rounded down; the other keeps the remainder.
 */
export function splitPool(
  pool: Pool,
  units: bigint,
): { readonly first: Pool; readonly other: Pool } {
  if (units === 0n) return { first: emptyPool, other: pool };
  const { charge, rest } = take(pool, units);
  return { first: { value: charge, units }, other: rest };
}

/** One pool of two, where their components join (D2.21). */
export function mergePools(one: Pool, other: Pool): Pool {
  return { value: one.value + other.value, units: one.units + other.units };
}
