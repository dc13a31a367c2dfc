/**
 * What snapshots cost the blocks: the time of FinalizeBlock and Commit while one snapshot follows
 * the other. Then one made, and one restored, with nothing beside. One JSON line a figure.
 *
 *   node chain/snapshot/bench/snapshots.bench.ts [--accounts N] [--rounds N] [--tiny]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Figure } from '../../../tools/bench.ts';
import { BenchChain } from '../../app/bench/bench-chain.ts';
import { type Beside, besideFigures, blocksBeside } from '../../app/bench/beside.ts';
import { Store } from '../../store/store.ts';
import { openSnapshot, readChunks, SnapshotFolder } from '../folder.ts';
import { Restoration } from '../restore.ts';
import { SnapshotSchedule } from '../schedule.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    rounds: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 50 : 100_000));
const plan = {
  accounts,
  txs: values.tiny ? 2 : 100,
  rounds: Number(values.rounds ?? (values.tiny ? 1 : 2)),
  turns: values.tiny ? 1 : 4,
  blocksInTurn: values.tiny ? 2 : 25,
};

const tell = (figure: Figure): void => {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
};
const print = (what: string, value: number, unit: string): void =>
  tell({ case: `${what}, ${accounts} accounts`, value: Number(value.toPrecision(4)), unit });

const scratch = await mkdtemp(join(tmpdir(), 'artel-bench-snapshots-'));
const chain = await BenchChain.begin(accounts);
try {
  const folder = new SnapshotFolder(join(scratch, 'snapshots'));
  const { store } = chain;
  let again = false;
  const schedule = new SnapshotSchedule({
    store,
    storePath: chain.folder,
    folder,
    interval: 1,
    keepRecent: 1,
    blocks: chain.rightOfWay.signal,
    logger: pino({ level: 'silent' }),
    onChange: async () => {},
  });
  const snapshot = async (): Promise<void> => {
    schedule.committed(store.head?.height ?? 0n, 0n);
    await schedule.idle();
  };
  const snapshots: Beside = () => {
    again = true;
    const oneAfterTheOther = async (): Promise<void> => {
      while (again) await snapshot();
    };
    const all = oneAfterTheOther();
    return async () => {
      again = false;
      await all;
    };
  };
  for (const pauseMs of [50, 0]) {
    const times = await blocksBeside(chain, { ...plan, pauseMs }, snapshots);
    const what = 'snapshots all the time';
    for (const figure of besideFigures(times, { ...plan, pauseMs }, what, 1.2)) tell(figure);
  }

  const began = performance.now();
  await snapshot();
  print('a snapshot, nothing beside', (performance.now() - began) / 1000, 's');
  const [height = 0n] = (await folder.heights()).toReversed();
  const made = await openSnapshot(folder.pathOf(height));
  const bytes = made.manifest.chunks.reduce((sum, part) => sum + part.bytes, 0);
  print('size of a snapshot', bytes / 2 ** 20, 'MiB');
  const restoring = performance.now();
  const restored = await Store.open({ path: join(scratch, 'restored') });
  const restoration = await Restoration.begin(restored, made.manifest);
  for await (const chunk of readChunks(made)) await restoration.apply(restoration.next, chunk);
  await restoration.finish();
  print('a snapshot restored', (performance.now() - restoring) / 1000, 's');
  await restored.close();
  await schedule.close();
} finally {
  await chain.close();
  await rm(scratch, { recursive: true, force: true });
}
