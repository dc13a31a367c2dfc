/** What pruning leaves on the disk: what kept heights need, row for row, and nothing else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
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
