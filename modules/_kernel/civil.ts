/** Dates of the Gregorian calendar in UTC, counted in whole days by exact arithmetic. */
import { assert } from './assert.ts';

export interface CivilDate {
  readonly year: bigint;
  /** 1 to 12. */
  readonly month: bigint;
  /** 1 to 31. */
  readonly day: bigint;
}

/*
 * Years are counted from March, so that a leap day is the last of its year: month m of 0 to 11
 * begins (153m + 2) / 5 days after the first of March. 719,468 days lie between 0000-03-01 and
 * 1970-01-01, 146,097 in 400 years of the Gregorian calendar.
 */

/** The date of a day counted from 1970-01-01 as 0; not for days before. */
export function civilFromDays(days: bigint): CivilDate {
  assert(days >= 0n, `day ${days} lies before 1970`);
  const shifted = days + 719_468n;
  const era = shifted / 146_097n;
  const dayOfEra = shifted % 146_097n;
  const yearOfEra =
    (dayOfEra - dayOfEra / 1_460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const march = (5n * dayOfYear + 2n) / 153n;
  const month = march < 10n ? march + 3n : march - 9n;
  return {
    year: era * 400n + yearOfEra + (month <= 2n ? 1n : 0n),
    month,
    day: dayOfYear - (153n * march + 2n) / 5n + 1n,
  };
}

/** The day of a date, counted from 1970-01-01 as 0. */
export function daysFromCivil({ year, month, day }: CivilDate): bigint {
  const y = month <= 2n ? year - 1n : year;
  const march = month > 2n ? month - 3n : month + 9n;
  const yearOfEra = y % 400n;
  const dayOfYear = (153n * march + 2n) / 5n + day - 1n;
  const dayOfEra = yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear;
  return (y / 400n) * 146_097n + dayOfEra - 719_468n;
}
