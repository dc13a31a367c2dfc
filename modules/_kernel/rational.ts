/** Exact fractions of bigints. A division to an integer names its rounding. */
import { assert } from './assert.ts';

/** `num / den` in lowest terms; `den` is positive. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

export function rational(num: bigint, den = 1n): Rational {
  assert(den !== 0n, `${num}/0 is not a fraction`);
  const sign = den < 0n ? -1n : 1n;
  const divisor = gcd(num < 0n ? -num : num, den < 0n ? -den : den);
  return { num: (sign * num) / divisor, den: (sign * den) / divisor };
}

export const zero: Rational = { num: 0n, den: 1n };

export function add(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function subtract(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den - b.num * a.den, a.den * b.den);
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.num * b.num, a.den * b.den);
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compare(a: Rational, b: Rational): bigint {
  return a.num * b.den - b.num * a.den;
}

/** Greatest integer not above the fraction. */
export function floor({ num, den }: Rational): bigint {
  return num >= 0n ? num / den : -((-num + den - 1n) / den);
}

/** Least integer not below the fraction. */
export function ceil({ num, den }: Rational): bigint {
  return -floor({ num: -num, den });
}

/** floor(a * num / den) for non-negative integers; the remainder stays with the caller. */
export function mulDivFloor(a: bigint, num: bigint, den: bigint): bigint {
  // The text of an assertion costs more than the division: it is made on failure only.
  if (a < 0n || num < 0n || den <= 0n) assert(false, `mulDivFloor(${a}, ${num}, ${den})`);
  return (a * num) / den;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
