/**
 * 2,000 blocks of churn over a state of constant size, pruned to the last 10 heights: whether a
 * block takes longer in the end, and whether the disk shrinks to what a fresh copy takes.
 */
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { Store } from '../store.ts';
import { commit, diskBytes, inFolder, load, print, tiny, Workload } from './workload.ts';

const keys = tiny ? 500 : 500_000;
const blocks = tiny ? 20 : 2_000;
const writes = tiny ? 20 : 1_000;
const part = blocks / 20;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

/** The bytes of the same rows in a database that never held others. */
async function freshCopy(from: string, to: string): Promise<number> {
  const options = { keyEncoding: 'view', valueEncoding: 'view', compression: false } as const;
  const source = new ClassicLevel<Uint8Array, Uint8Array>(from, options);
  const target = new ClassicLevel<Uint8Array, Uint8Array>(to, options);
  const iterator = source.iterator();
  for (;;) {
    const rows = await iterator.nextv(10_000);
    if (rows.length === 0) break;
    await target.batch(rows.map(([key, value]) => ({ type: 'put', key, value })));
  }
  await iterator.close();
  await target.compactRange(Uint8Array.of(0), Uint8Array.of(0xff));
  await Promise.all([source.close(), target.close()]);
  return diskBytes(to);
}

await inFolder(async (folder) => {
  const path = join(folder, 'db');
  const work = new Workload(keys);
  const store = await Store.open({ path, pruning: { keepRecent: 10, keepEvery: 0 } });
  await load(store, work, keys);
  const times: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const changes = Array.from({ length: writes / 2 }, () => work.update());
    // A key of this block may go in it, too: a block writes each key once.
    for (let i = 0; i < writes / 4; i++) changes.push(...work.replace());
    times.push(await commit(store, changes));
  }
  await store.pruned();
  const hash = Buffer.from(store.head?.appHash ?? []).toString('hex');
  await store.close();
  const disk = await diskBytes(path);
  const fresh = await freshCopy(path, join(folder, 'fresh'));
  const early = mean(times.slice(0, part));
  const late = mean(times.slice(-part));
  const name = `${keys.toLocaleString('en')} keys, ${writes} writes a block`;
  print({ case: `blocks 1 to ${part}, ${name}`, value: early, unit: 'ms' }, hash);
  print({ case: `blocks ${blocks - part} to ${blocks}, ${name}`, value: late, unit: 'ms' });
  const growth = { atMost: 1.15 };
  print({
    case: 'late blocks in the time of early ones',
    value: late / early,
    unit: 'x',
    goal: growth,
  });
  const space = { atMost: 1.3 };
  print({ case: `disk after ${blocks} blocks, ${name}`, value: disk / 1e6, unit: 'MB' });
  print({
    case: 'of a fresh copy with the same heights',
    value: disk / fresh,
    unit: 'x',
    goal: space,
  });
});
