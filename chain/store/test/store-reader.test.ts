/** Worker threads that read old heights while the store of the same process writes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { proofFault } from '../../client/verify-proof.ts';
import { HeightNotAvailable, Store } from '../store.ts';
import { StoreReader } from '../store-reader.ts';
import { bytes, changesOf, modelAppHash, text } from './model.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-reader-'));
  path = join(folder, 'db');
});
afterEach(() => rm(folder, { recursive: true }));

type Values = Record<string, string | undefined>;

async function commit(store: Store, block: Values): Promise<void> {
  const height = (store.head?.height ?? -1n) + 1n;
  await store.commit(height, await store.prepare(changesOf({ m: block })), []);
}

/** Block after block over 400 keys; what each height held. */
async function fill(store: Store, heights: number): Promise<Values[]> {
  const states: Values[] = [];
  const state: Values = {};
  for (let height = 0; height < heights; height++) {
    const block: Values = {};
    for (let i = 0; i < 60; i++) {
      const key = `k${(i * 31 * (height + 1)) % 400}`;
      block[key] = (i + height) % 5 === 0 ? undefined : `${height}/${i}`;
    }
    for (const [key, value] of Object.entries(block)) {
      if (value === undefined) delete state[key];
      else state[key] = value;
    }
    await commit(store, block);
    states.push({ ...state });
  }
  return states;
}

test('a reader gives values, ranges and proofs of every height kept', async () => {
  const store = await Store.open({ path, pruning: { keepRecent: 20, keepEvery: 0 } });
  const states = await fill(store, 30);
  const reader = await StoreReader.open(path);
  for (let height = 10; height < 30; height++) {
    const version = await reader.at(BigInt(height));
    const state = states[height] as Values;
    expect(version.appHash).toEqual(modelAppHash({ m: state as Record<string, string> }));
    const all = await version.range('m', { gte: bytes(''), lt: bytes('\xff') });
    expect(Object.fromEntries(all.map((entry) => entry.map(text)))).toEqual(state);
    for (let i = 0; i < 40; i++) {
      const key = bytes(`k${i * 10}`);
      expect(text(await version.get('m', key))).toBe(state[`k${i * 10}`]);
      const { value, ops } = await version.prove('m', key);
      expect(text(value)).toBe(state[`k${i * 10}`]);
      const claim = { appHash: version.appHash, store: 'm', key, value, ops };
      expect(proofFault(claim)).toBeUndefined();
    }
  }
  await expect(reader.at(9n)).rejects.toThrow('this node keeps heights 10 to 29');
  await expect(reader.at(30n)).rejects.toThrow(HeightNotAvailable);
  await reader.close();
  await store.close();
});

test('a worker thread reads a height that is held, while blocks are written and pruned', async () => {
  const store = await Store.open({ path, pruning: { keepRecent: 2, keepEvery: 0 } });
  const states = await fill(store, 5);
  const hold = store.hold(4n);
  const program = join(folder, 'worker.ts');
  await writeFile(
    program,
    `import { parentPort, workerData } from 'node:worker_threads';
     import { StoreReader } from ${JSON.stringify(join(import.meta.dirname, '../store-reader.ts'))};
     const reader = await StoreReader.open(workerData.path);
     const version = await reader.at(4n);
     for (let round = 0; round < 20; round++) {
       const bounds = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff) };
       parentPort.postMessage(await version.range('m', bounds));
     }
     await reader.close();`,
  );
  const worker = new Worker(program, { workerData: { path } });
  const rounds: Values[] = [];
  worker.on('message', (entries: [Uint8Array, Uint8Array][]) => {
    rounds.push(Object.fromEntries(entries.map((entry) => entry.map(text))));
  });
  let running = true;
  const ended = new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  }).finally(() => {
    running = false;
  });
  while (running) await commit(store, { k1: `${rounds.length}`, k2: undefined, k3: 'x' });
  expect(await ended).toBe(0);
  expect(rounds).toEqual(Array(20).fill(states[4]));
  expect(store.oldest).toBeLessThanOrEqual(4n);
  hold.release();
  hold.release();
  for (let i = 0; i < 200; i++) await commit(store, { k1: `${i}` });
  expect(store.oldest).toBe((store.head?.height ?? 0n) - 1n);
  expect(() => store.hold(4n)).toThrow(HeightNotAvailable);
  await store.close();
});
