import { hex } from '../../core/bytes.ts';
import { visibleDay } from '../../core/claims.ts';
import { dayOf, dayOfUnixSeconds } from '../../core/days.ts';
import type { Folder } from '../folder.ts';
import { mark, meet, Place, rootOf } from './party.ts';

const day = 86_400;
/** A midnight of UTC that has passed: both sides stand close to it. */
const midnight = Math.floor(Date.now() / 1000 / day) * day;

async function datesOf(folder: Folder): Promise<Map<string, number>> {
  const dates = new Map<string, number>();
  for await (const { id, claims } of folder.records()) dates.set(hex(id), visibleDay(claims));
  return dates;
}

/** What each id was dated at by whom it came from; the later where both knew it. */
function latest(...sides: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const dates = new Map<string, number>();
  for (const side of sides) {
    for (const [id, date] of side) dates.set(id, Math.max(date, dates.get(id) ?? 0));
  }
  return dates;
}

const zones = { west: 'Etc/GMT+12', east: 'Etc/GMT-14' } as const;

describe('S17 clocks and zones', () => {
  const before = process.env.TZ;
  afterEach(() => {
    process.env.TZ = before ?? '';
    if (before === undefined) delete process.env.TZ;
  });

  test.each<[string, number, number]>([
    ['just before midnight and just after', -5, 5],
    ['just after midnight and just before', 5, -5],
    ['a day ahead on the consumer’s side', 100, 100 + day],
    ['a day ahead on the producer’s side', 100 + day, 100],
  ])('%s: no date moves, and none is later than it came in', async (_what, west, east) => {
    await using place = await Place.create();
    const clocks = [west, east].map((seconds) => () => midnight + seconds);
    const a = await place.folder('a', { now: clocks[0] ?? Date.now });
    const b = await place.folder('b', { now: clocks[1] ?? Date.now });
    process.env.TZ = zones.west;
    await mark(a, 0, 120, a.today);
    process.env.TZ = zones.east;
    await mark(b, 60, 180, b.today);
    const [own, theirs] = [await datesOf(a), await datesOf(b)];
    const { producer, consumer } = await meet(place, a, b, { serve: { validSeconds: 2 * day } });
    expect([producer.outcome.code, consumer.outcome.code]).toEqual(['ok', 'ok']);
    const expected = latest(own, theirs);
    expect([...(await datesOf(a))].toSorted()).toEqual([...expected].toSorted());
    expect([...(await datesOf(b))].toSorted()).toEqual([...expected].toSorted());
    const base = dayOf(Math.max(a.today, b.today));
    process.env.TZ = zones.west;
    const seenWest = rootOf(a, base);
    process.env.TZ = zones.east;
    expect(rootOf(b, base)).toBe(seenWest);
    expect(rootOf(a, base)).toBe(seenWest);
  });

  test('clocks two days apart are told, and nothing is kept', async () => {
    await using place = await Place.create();
    const a = await place.folder('a', { now: () => midnight });
    const b = await place.folder('b', { now: () => midnight + 2 * day });
    await mark(a, 0, 20, a.today);
    await mark(b, 10, 30, b.today);
    const theirs = await datesOf(b);
    const { producer, consumer } = await meet(place, a, b, { serve: { validSeconds: 3 * day } });
    expect(producer.outcome.code).not.toBe('ok');
    expect(consumer.outcome.code).not.toBe('ok');
    expect(await datesOf(b)).toEqual(theirs);
  });

  test('a day is that of UTC wherever the folder is', async () => {
    await using place = await Place.create();
    for (const [name, zone] of Object.entries(zones)) {
      process.env.TZ = zone;
      const folder = await place.folder(name, { now: () => midnight + 43_200 });
      expect(folder.today).toBe(dayOfUnixSeconds(midnight));
    }
  });
});
