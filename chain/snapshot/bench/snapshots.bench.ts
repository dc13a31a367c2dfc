/**
 * What snapshots cost the blocks: the time of blocks of transfers, executed and committed one right
 * after the other, while no snapshot is made and while one follows the other without a pause, in
 * turns. Then one restored. One JSON line a figure.
 *
 *   node chain/snapshot/bench/snapshots.bench.ts [--accounts N] [--rounds N] [--blocks N]
 *     [--txs N] [--tiny]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Goal } from '../../../tools/bench.ts';
import { BenchChain } from '../../app/bench/bench-chain.ts';
import { Random } from '../../sim/random.ts';
import { Store } from '../../store/store.ts';
import { openSnapshot, readChunks, SnapshotFolder } from '../folder.ts';
import { Restoration } from '../restore.ts';
import { SnapshotSchedule } from '../schedule.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    rounds: { type: 'string' },
    blocks: { type: 'string' },
    txs: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 50 : 100_000));
const rounds = Number(values.rounds ?? (values.tiny ? 1 : 5));
const blocks = Number(values.blocks ?? (values.tiny ? 2 : 40));
const txs = Number(values.txs ?? (values.tiny ? 2 : 200));

const print = (what: string, value: number, unit: string, goal?: Goal): void => {
  const name = `${what}, ${accounts} accounts`;
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ case: name, value: rounded, unit, goal })}\n`);
};
const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;

const scratch = await mkdtemp(join(tmpdir(), 'artel-bench-snapshots-'));
const chain = await BenchChain.begin(accounts);
try {
  const folder = new SnapshotFolder(join(scratch, 'snapshots'));
  const schedule = new SnapshotSchedule({
    store: chain.store,
    storePath: chain.folder,
    folder,
    interval: 1,
    keepRecent: 1,
    logger: pino({ level: 'silent' }),
    onChange: async () => {},
  });
  const random = new Random(1);
  const batches = Array.from({ length: 2 * rounds * blocks + 1 }, () =>
    Array.from({ length: txs }, () =>
      chain.transfer(random.below(accounts), random.below(accounts), 500),
    ),
  );
  const without: number[] = [];
  const beside: number[] = [];
  const makeBlock = async (): Promise<number> => {
    const batch = batches.pop() ?? [];
    const began = performance.now();
    await chain.finalize(batch);
    await chain.application.commit();
    return performance.now() - began;
  };
  // The first warms up the compiler.
  await makeBlock();
  for (let round = 0; round < rounds; round += 1) {
    await schedule.idle();
    for (let n = 0; n < blocks; n += 1) without.push(await makeBlock());
    for (let n = 0; n < blocks; n += 1) {
      schedule.committed(chain.store.head?.height ?? 0n, 0n);
      beside.push(await makeBlock());
    }
  }
  await schedule.idle();
  for (const [name, times] of [
    ['no snapshot', without],
    ['snapshots all the time', beside],
  ] as const) {
    print(`block of ${txs} transfers, ${name}, p50`, percentile(times, 0.5), 'ms');
    print(`block of ${txs} transfers, ${name}, p99`, percentile(times, 0.99), 'ms');
  }
  const ratio = percentile(beside, 0.99) / percentile(without, 0.99);
  print('block time p99 with snapshots against without', ratio, 'x', { atMost: 1.2 });

  const began = performance.now();
  schedule.committed(chain.store.head?.height ?? 0n, 0n);
  await schedule.idle();
  print('a snapshot, nothing beside', (performance.now() - began) / 1000, 's');
  const [height = 0n] = (await folder.heights()).toReversed();
  const snapshot = await openSnapshot(folder.pathOf(height));
  const bytes = snapshot.manifest.chunks.reduce((sum, part) => sum + part.bytes, 0);
  print('size of a snapshot', bytes / 2 ** 20, 'MiB');
  const restoring = performance.now();
  const store = await Store.open({ path: join(scratch, 'restored') });
  const restoration = await Restoration.begin(store, snapshot.manifest);
  for await (const chunk of readChunks(snapshot)) await restoration.apply(restoration.next, chunk);
  await restoration.finish();
  print('a snapshot restored', (performance.now() - restoring) / 1000, 's');
  await store.close();
  await schedule.close();
} finally {
  await chain.close();
  await rm(scratch, { recursive: true, force: true });
}
