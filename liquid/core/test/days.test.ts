import {
  commonBase,
  commonWindow,
  dayOf,
  dayOfAge,
  dayOfUnixSeconds,
  isKept,
  wireAge,
} from '../days.ts';

const today = dayOf(20_000);

describe('days', () => {
  test('0-P7 ages 0 to 255 travel, and the same day is one age older tomorrow', () => {
    for (let age = 0; age <= 255; age += 1) {
      const day = dayOf(today - age);
      expect(wireAge(today, day)).toEqual({ ok: true, value: age });
      expect(dayOfAge(today, age)).toEqual({ ok: true, value: day });
      if (age < 255) expect(wireAge(dayOf(today + 1), day)).toEqual({ ok: true, value: age + 1 });
    }
    expect(wireAge(today, dayOf(today - 256))).toMatchObject({ name: 'too_old' });
    expect(dayOfAge(today, 256)).toMatchObject({ name: 'malformed' });
  });

  test('0-P14 a day after the base can’t be said', () => {
    expect(wireAge(today, dayOf(today + 1))).toMatchObject({ name: 'future_date' });
  });

  test('a day is a UTC day wherever it is said', () => {
    expect(dayOfUnixSeconds(86_399)).toBe(0);
    expect(dayOfUnixSeconds(86_400)).toBe(1);
  });

  test('both sides count from the later day, and not at all further than a day apart', () => {
    expect(commonBase(today, dayOf(today + 1))).toEqual({ ok: true, value: today + 1 });
    expect(commonBase(dayOf(today + 1), today)).toEqual({ ok: true, value: today + 1 });
    expect(commonBase(today, dayOf(today + 2))).toMatchObject({ name: 'malformed' });
  });

  test('a window is what both sides keep', () => {
    expect(commonWindow(today, 30, 255)).toEqual({ first: today - 30, count: 31 });
    expect(commonWindow(today, 999, 999)).toEqual({ first: today - 255, count: 256 });
    expect(commonWindow(dayOf(3), 30, 30)).toEqual({ first: 0, count: 4 });
  });

  test('0-P8 the day on the boundary of the filter is kept, the one before is not', () => {
    expect(isKept(today, 30, dayOf(today - 30))).toBe(true);
    expect(isKept(today, 30, dayOf(today - 31))).toBe(false);
    expect(isKept(today, 30, dayOf(today + 1))).toBe(true);
  });
});
