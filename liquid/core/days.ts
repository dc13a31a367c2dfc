/**
 * Dates are UTC days, absolute where they are kept and relative (an age) only on the wire; windows
 * of days are what two sides compare.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import { accepted, type Result, refusals } from './refusals.ts';

declare const day: unique symbol;
/** Days since 1970-01-01 UTC: floor(seconds / 86,400); fits u16 until 2149. */
export type Day = number & { readonly [day]: true };

export const lastDay = 0xffff as Day;

/** An age on the wire is one byte. */
export const maxWireAge = 255;

/** Clocks of two sides may lie this far apart, in days. */
export const daySkew = 1;

/** For numbers known to be days; anything else is a defect. */
export function dayOf(value: number): Day {
  assert(Number.isInteger(value) && value >= 0 && value <= lastDay, `${value} is not a day`);
  return value as Day;
}

export function dayOfUnixSeconds(seconds: number): Day {
  return dayOf(Math.floor(seconds / 86_400));
}

/** Both sides count ages from the later of their days, which lie at most one apart. */
export function commonBase(own: Day, peers: Day): Result<Day> {
  if (Math.abs(own - peers) > daySkew) {
    return refusals.malformed({
      field: 'today of the other side',
      expected: `within ${daySkew} day of ${own}`,
      actual: peers,
    });
  }
  return accepted(Math.max(own, peers) as Day);
}

/** base - day as one byte; a day after the base or more than 255 before it can't be said. */
export function wireAge(base: Day, day: Day): Result<number> {
  if (day > base) return refusals.future_date({ day, latest: base });
  if (base - day > maxWireAge) return refusals.too_old({ day, earliest: base - maxWireAge });
  return accepted(base - day);
}

/** The day that an age of the wire means. */
export function dayOfAge(base: Day, age: number): Result<Day> {
  if (!Number.isInteger(age) || age < 0 || age > Math.min(maxWireAge, base)) {
    return refusals.malformed({ field: 'age', expected: `0 to ${maxWireAge} days`, actual: age });
  }
  return accepted((base - age) as Day);
}

/** Days `first` to `first + count - 1`. */
export interface Window {
  readonly first: Day;
  readonly count: number;
}

export function isInside({ first, count }: Window, day: Day): boolean {
  return day >= first && day < first + count;
}

export function isSame(a: Window, b: Window): boolean {
  return a.first === b.first && a.count === b.count;
}

/** What both sides keep: from the older common age to the base, both inclusive. */
export function commonWindow(base: Day, ownMaxAge: number, peersMaxAge: number): Window {
  const age = Math.min(ownMaxAge, peersMaxAge, maxWireAge, base);
  return { first: (base - age) as Day, count: age + 1 };
}

/** The own filter: kept iff age <= maxAge. A date of tomorrow (a clock ahead) is young. */
export function isKept(today: Day, maxAge: number, day: Day): boolean {
  return today - day <= maxAge;
}
