/** What pruning leaves on the disk: what kept heights need, row for row, and nothing else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { KeptHeights } from '../kept-heights.ts';
import { LOG_WINDOW } from '../layout.ts';
import { checked, type Pruning, policies, pruningOf } from '../pruning.ts';
import { HeightNotAvailable, Store } from '../store.ts';
import { bytes, changesOf, text } from './model.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-pruning-'));
  path = join(folder, 'db');
});
afterEach(() => rm(folder, { recursive: true }));

/** Blocks over 50 keys: each updates some, deletes one and inserts one. */
async function churn(store: Store, from: number, to: number): Promise<void> {
  for (let height = from; height <= to; height++) {
    const block: Record<string, string | undefined> = {};
    for (let i = 0; i < 10; i++) block[`k${(height * 7 + i * 3) % 50}`] = `${height}`;
    block[`once ${height}`] = 'x';
    block[`once ${height - 4}`] = undefined;
    await store.commit(BigInt(height), await store.prepare(changesOf({ m: block })), []);
  }
}

/** How many rows begin with each letter. */
async function countRows(): Promise<Record<string, number>> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view' });
  const counts: Record<string, number> = {};
  for await (const key of level.keys()) {
    const letter = String.fromCharCode(key[0] as number);
    counts[letter] = (counts[letter] ?? 0) + 1;
  }
  await level.close();
  return counts;
}

test('after long churn the rows are those of the last heights alone', async () => {
  const pruning: Pruning = { keepRecent: 5, keepEvery: 0 };
  let store = await Store.open({ path, pruning });
  await churn(store, 0, 320);
  // A crash in between: pruning goes on after opening, where it was.
  await store.close();
  store = await Store.open({ path, pruning });
  await churn(store, 321, 330);
  await store.pruned();
  expect(store.figures.pruningBacklog).toBe(0);
  await store.close();
  const { o, w, k, v, t, p, d } = await countRows();
  // Four heights lead back to the oldest: ten updates and a deletion each, one leaf deleted.
  expect({ o, w, k, v }).toEqual({ o: 4 * 11, w: 4, k: 4, v: 5 });
  expect(d).toBe(50 + 4);
  expect(t).toBe(4 + LOG_WINDOW);
  expect(p).toBeLessThanOrEqual(2);
});

test('a shorter retention prunes in slices between blocks, and a height held meanwhile stays', async () => {
  let store = await Store.open({ path, pruning: pruningOf('nothing') });
  await churn(store, 0, 120);
  expect(store.oldest).toBe(0n);
  await store.close();
  store = await Store.open({ path, pruning: { keepRecent: 3, keepEvery: 50 } });
  const hold = store.hold(60n);
  await churn(store, 121, 121);
  expect(store.oldest).toBe(60n);
  expect(text(await (await store.at(60n)).get('m', bytes('once 57')))).toBe('x');
  hold.release();
  await churn(store, 122, 122);
  expect(store.oldest).toBe(120n);
  await expect(store.at(60n)).rejects.toThrow(HeightNotAvailable);
  await expect(store.at(60n)).rejects.toThrow(
    'height 60 is not available: this node keeps heights 120 to 122, and of those before 0 to 100 by 50',
  );
  await store.pruned();
  const old = await store.at(50n);
  expect(text(await old.get('m', bytes('once 47')))).toBe('x');
  expect(await old.get('m', bytes('once 46'))).toBeUndefined();
  expect((await old.range('m', { gte: bytes('once'), lt: bytes('p') })).length).toBe(4);
  await store.close();
});

/** Every row, but for the state of pruning. */
async function allRows(path: string): Promise<string[]> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  const rows: string[] = [];
  for await (const [key, value] of level.iterator()) {
    if (text(key) !== 'c') rows.push(`${text(key)} ${text(value)}`);
  }
  await level.close();
  return rows;
}

/** Churn in which a tree grows so deep that its pages move, under one policy after the other. */
async function underPolicies(path: string, policies: readonly Pruning[]): Promise<void> {
  let height = 0;
  for (const [i, pruning] of policies.entries()) {
    // Closed at once, pruning is cut off wherever it was.
    const store = await Store.open({ path, pruning });
    for (const last = 300 + 20 * i; height <= last; height++) {
      const block: Record<string, string | undefined> = { [`k${height % 7}`]: `${height}` };
      if (height === 275) for (let n = 0; n < 13_000; n++) block[`grown ${n}`] = 'x';
      if (height % 3 === 0) block[`k${(height + 5) % 7}`] = undefined;
      await store.commit(BigInt(height), await store.prepare(changesOf({ m: block })), []);
    }
    if (i === policies.length - 1) await store.pruned();
    await store.close();
  }
}

test('heights that another policy kept go after it, with every row that they alone needed', async () => {
  const every = (keepEvery: number): Pruning => ({ keepRecent: 4, keepEvery });
  for (const [old, now] of [
    [10, 0],
    [10, 40],
  ] as const) {
    const [changed, same] = [join(folder, `changed ${now}`), join(folder, `same ${now}`)];
    await underPolicies(changed, [every(old), every(now), every(now)]);
    await underPolicies(same, [every(now), every(now), every(now)]);
    expect(await allRows(changed)).toEqual(await allRows(same));
    const store = await Store.open({ path: changed, pruning: every(now) });
    await expect(store.at(110n)).rejects.toThrow(HeightNotAvailable);
    for (const height of now === 0 ? [] : [80n, 240n, 280n, 320n]) {
      const version = await store.at(height);
      expect(text(await version.get('m', bytes(`k${height % 7n}`)))).toBe(`${height}`);
      const { value } = await version.prove('m', bytes('grown 77'));
      expect(text(value)).toBe(height < 275n ? undefined : 'x');
    }
    await store.close();
  }
});

test('a height that somebody holds lets nothing go; a policy that prunes nothing neither', async () => {
  let store = await Store.open({ path, pruning: { keepRecent: 3, keepEvery: 10 } });
  await churn(store, 0, 40);
  await store.close();
  store = await Store.open({ path, pruning: pruningOf('nothing') });
  await churn(store, 41, 42);
  await store.at(20n);
  await store.close();
  store = await Store.open({ path, pruning: { keepRecent: 3, keepEvery: 0 } });
  // Reading alone changes nothing: the policy holds from the first block on.
  const hold = store.hold(20n);
  await churn(store, 43, 50);
  await store.pruned();
  expect(text(await (await store.at(20n)).get('m', bytes('once 17')))).toBe('x');
  hold.release();
  await churn(store, 51, 51);
  await expect(store.at(20n)).rejects.toThrow('this node keeps heights 49 to 51');
  await store.pruned();
  await store.close();
  const { v } = await countRows();
  expect(v).toBe(3);
});

test('multiples among kept heights are those that arithmetic says', () => {
  const kept = [
    { first: 10, step: 10, count: 9 },
    { first: 96, step: 4, count: 20 },
    { first: 175, step: 25, count: 1 },
    { first: 180, step: 60, count: 7 },
  ];
  const heights = new KeptHeights(kept);
  for (const every of [1, 2, 5, 8, 10, 12, 25, 30, 40, 60, 97, 120, 1000]) {
    const expected = [...heights].filter((height) => height % every === 0);
    expect([...heights.multiplesOf(every)]).toEqual(expected);
    expect(heights.areMultiples(every)).toBe(expected.length === [...heights].length);
  }
  expect([...heights.multiplesOf(0)]).toEqual([]);
  expect([heights.areMultiples(0), new KeptHeights().areMultiples(0)]).toEqual([false, true]);
});

test('policies say what they keep, and settings that contradict each other are refused', () => {
  expect(
    policies.filter((policy) => policy !== 'custom').map((policy) => pruningOf(policy)),
  ).toEqual([
    { keepRecent: 10_000, keepEvery: 0 },
    { keepRecent: Number.POSITIVE_INFINITY, keepEvery: 0 },
    { keepRecent: 2, keepEvery: 0 },
  ]);
  expect(pruningOf('custom', { keepRecent: 7, keepEvery: 100 })).toEqual({
    keepRecent: 7,
    keepEvery: 100,
  });
  expect(() => pruningOf('custom')).toThrow('pruning custom needs keep-recent');
  expect(() => pruningOf('nothing', { keepEvery: 5 })).toThrow('go with pruning custom');
  for (const keepRecent of [0, 1, 2.5, Number.NaN]) {
    expect(() => checked({ keepRecent, keepEvery: 0 })).toThrow(`keep-recent is ${keepRecent}`);
  }
  expect(() => checked({ keepRecent: 2, keepEvery: -1 })).toThrow('keep-every is -1');
});
