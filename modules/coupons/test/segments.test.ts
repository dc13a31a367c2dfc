/** Segments of civil time: boundaries, calendar months, eras, and the paper's year (E1). */
import fc from 'fast-check';
import { civilFromDays, daysFromCivil } from '../../_kernel/civil.ts';
import {
  type Era,
  eraAfter,
  firstEra,
  monthOf,
  segmentAt,
  segmentNumbered,
  startOfMonth,
} from '../segments.ts';

const dayMs = 86_400_000n;
const months = [firstEra({ kind: 'months' })];
const days = [firstEra({ kind: 'fixed', lengthMs: dayMs })];

/** Midnight UTC. */
function at(year: bigint, month: bigint, day = 1n): bigint {
  return daysFromCivil({ year, month, day }) * dayMs;
}

describe('segments', () => {
  test('an event at k2 belongs to the earlier segment, one a millisecond later to the next', () => {
    const april = segmentAt(months, at(2020n, 5n));
    expect(april).toEqual({ segment: 603n, afterMs: at(2020n, 4n), endMs: at(2020n, 5n) });
    expect(segmentAt(months, at(2020n, 4n) + 1n)).toEqual(april);
    expect(segmentAt(months, at(2020n, 4n)).segment).toBe(602n);
    expect(segmentAt(months, at(2020n, 5n) + 1n).segment).toBe(604n);
    expect(segmentAt(days, 1n)).toEqual({ segment: 0n, afterMs: 0n, endMs: dayMs });
    expect(segmentAt(days, dayMs).segment).toBe(0n);
    expect(segmentAt(days, dayMs + 1n).segment).toBe(1n);
  });

  test('months have the lengths of the Gregorian calendar', () => {
    const lengths = (year: bigint) =>
      Array.from({ length: 12 }, (_, month) => {
        const { afterMs, endMs } = segmentAt(months, at(year, BigInt(month + 1)) + 1n);
        return Number((endMs - afterMs) / dayMs);
      });
    const common = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const leap = common.with(1, 29);
    expect(lengths(2025n)).toEqual(common);
    expect(lengths(2024n)).toEqual(leap);
    expect(lengths(2000n)).toEqual(leap);
    expect(lengths(2100n)).toEqual(common);
  });

  test('days and dates agree with known ones', () => {
    expect(civilFromDays(0n)).toEqual({ year: 1970n, month: 1n, day: 1n });
    expect(civilFromDays(11_016n)).toEqual({ year: 2000n, month: 2n, day: 29n });
    expect(civilFromDays(20_454n)).toEqual({ year: 2026n, month: 1n, day: 1n });
    expect(civilFromDays(47_541n)).toEqual({ year: 2100n, month: 3n, day: 1n });
    expect(civilFromDays(2_932_896n)).toEqual({ year: 9999n, month: 12n, day: 31n });
  });

  test('every day from 1970 to 2400 follows the one before and is found again', () => {
    const wrong: bigint[] = [];
    let before = civilFromDays(0n);
    for (let day = 1n; before.year < 2400n; day += 1n) {
      const date = civilFromDays(day);
      const nextDay = date.day === before.day + 1n && date.month === before.month;
      const nextMonth = date.day === 1n && date.month === before.month + 1n && before.day >= 28n;
      const nextYear = date.day === 1n && date.month === 1n && before.month === 12n;
      if (!(nextDay || nextMonth || nextYear) || daysFromCivil(date) !== day) wrong.push(day);
      before = date;
    }
    expect(wrong).toEqual([]);
  });

  test('dates are those of the platform, which the rules themselves may not ask', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 253_402_300_799_999n), (time) => {
        const date = new Date(Number(time));
        const month = BigInt((date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth());
        expect(monthOf(time)).toBe(month);
        const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
        expect(startOfMonth(month)).toBe(BigInt(first));
      }),
    );
  });

  test('a new length begins at the next boundary, and numbers go on', () => {
    const day = segmentAt(days, at(2026n, 1n, 15n) + 5n);
    const eras = [...days, eraAfter(day, { kind: 'months' })];
    expect(day).toEqual({
      segment: 20_468n,
      afterMs: at(2026n, 1n, 15n),
      endMs: at(2026n, 1n, 16n),
    });
    expect(segmentAt(eras, day.endMs)).toEqual(day);
    const rest = { segment: 20_469n, afterMs: at(2026n, 1n, 16n), endMs: at(2026n, 2n) };
    expect(segmentAt(eras, day.endMs + 1n)).toEqual(rest);
    expect(segmentAt(eras, at(2026n, 2n))).toEqual(rest);
    expect(segmentAt(eras, at(2026n, 2n) + 1n)).toEqual({
      segment: 20_470n,
      afterMs: at(2026n, 2n),
      endMs: at(2026n, 3n),
    });
    expect(segmentNumbered(eras, 20_468n)).toEqual(day);
    expect(segmentNumbered(eras, 20_469n)).toEqual(rest);
  });

  test('segments of any lengths tile the time: each time in one, each number found again', () => {
    const lengths = fc.oneof(
      fc.constant({ kind: 'months' as const }),
      fc.bigInt(1n, 90n * dayMs).map((lengthMs) => ({ kind: 'fixed' as const, lengthMs })),
    );
    const start = at(2026n, 1n);
    const times = fc.bigInt(1n, 400n * dayMs);
    fc.assert(
      fc.property(
        lengths,
        fc.array(fc.tuple(times, lengths), { maxLength: 4 }),
        times,
        (...drawn) => {
          const [length, changes, later] = drawn;
          let eras: readonly Era[] = [firstEra(length)];
          let now = start;
          for (const [passed, next] of changes) {
            now += passed;
            const running = segmentAt(eras, now);
            eras = [...eras, eraAfter(running, next)];
            now = running.endMs;
          }
          const time = start + later;
          const segment = segmentAt(eras, time);
          expect(segment.afterMs < time && time <= segment.endMs).toBe(true);
          expect(segmentNumbered(eras, segment.segment)).toEqual(segment);
          expect(segmentAt(eras, segment.endMs + 1n)).toMatchObject({
            segment: segment.segment + 1n,
            afterMs: segment.endMs,
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  test('E1 a year of 356 days, as printed, covers no year of twelve months', () => {
    const minuteMs = 60_000n;
    const printed = 356n * 24n * 60n;
    const year = (first: bigint) => (at(first + 1n, 1n) - at(first, 1n)) / minuteMs;
    expect(printed).toBe(512_640n);
    expect(year(2025n)).toBe(525_600n);
    expect(year(2024n)).toBe(527_040n);
    expect([year(2025n), year(2024n)]).not.toContain(printed);
  });

  test('a time at or before the first segment is a defect', () => {
    expect(() => segmentAt(months, 0n)).toThrow('before the first segment');
    expect(() => civilFromDays(-1n)).toThrow('before 1970');
  });
});
