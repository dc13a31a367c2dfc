/**
 * The store alone: loading, durable blocks with history, reads, proofs over both levels, opening.
 * One JSON line a figure. Keys of 20 random bytes, values of 40; half of a block's writes update,
 * half insert, as in the peers' programs, so that the figures compare.
 *
 *   node chain/store/bench/store.bench.ts [--keys 100000] [--blocks 50] [--writes 1000]
 *     [--value 40] [--reads 100000] [--proofs 10000] [--seed 1] [--cache ENTRIES]
 *     [--keep VERSIONS] [--tiny]
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Change, Overlay } from '../overlay.ts';
import { Store } from '../store.ts';

const MODULE = 'bank';
const KEY_BYTES = 20;
/** Keys a block while loading. */
const LOAD_CHUNK = 50_000;

const tiny = process.argv.includes('--tiny');
const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--tiny'),
  options: Object.fromEntries(
    ['keys', 'blocks', 'writes', 'value', 'reads', 'proofs', 'seed', 'cache', 'keep'].map(
      (name) => [name, { type: 'string' as const }],
    ),
  ),
});

const setting = (name: string, otherwise: number, whenTiny = otherwise): number =>
  flags[name] === undefined ? (tiny ? whenTiny : otherwise) : Number(flags[name]);

const size = {
  keys: setting('keys', 100_000, 1000),
  blocks: setting('blocks', 50, 2),
  writes: setting('writes', 1000, 10),
  value: setting('value', 40),
  reads: setting('reads', 100_000, 100),
  proofs: setting('proofs', 10_000, 10),
};

/** xorshift128: the same sequence on every machine. */
class Random {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162);
    for (let i = 0; i < 20; i++) this.word();
  }

  word(): number {
    const s = this.#state;
    let t = s[3] as number;
    const first = s[0] as number;
    s.copyWithin(1, 0, 3);
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ first ^ (first >>> 19);
    return s[0] as number;
  }

  below(limit: number): number {
    return this.word() % limit;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.word();
    return bytes;
  }
}

const random = new Random(setting('seed', 1));
const print = (figure: string, value: number, unit: string): void => {
  const rounded = Number(value.toPrecision(6));
  process.stdout.write(`${JSON.stringify({ case: figure, value: rounded, unit, params: size })}\n`);
};
const seconds = (since: number): number => (performance.now() - since) / 1000;

/** Prints what `count` operations took by the clock, and by the processor (all threads). */
class Stopwatch {
  #clock = 0;
  #processor = 0;

  async run<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const cpu = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    this.#clock += seconds(start);
    this.#processor += (user + system) / 1e6;
    return result;
  }

  print(figure: string, count: number): void {
    print(`${figure}_per_s`, count / this.#clock, '1/s');
    print(`${figure}_per_processor_s`, count / this.#processor, '1/s');
  }
}

/** All keys ever written, in one flat buffer so that the generator weighs little. */
class Keys {
  readonly #bytes = new Uint8Array((size.keys + size.blocks * size.writes) * KEY_BYTES);
  count = 0;

  add(): Uint8Array {
    const key = random.bytes(KEY_BYTES);
    this.#bytes.set(key, this.count++ * KEY_BYTES);
    return key;
  }

  pick(below: number): Uint8Array {
    const at = random.below(below) * KEY_BYTES;
    return this.#bytes.slice(at, at + KEY_BYTES);
  }
}

const nothing = { get: () => undefined, range: () => [] };

/** Milliseconds to the app hash, and until the block is on the disk. */
async function commit(store: Store, writes: readonly Change[]): Promise<[number, number]> {
  const start = performance.now();
  const overlay = new Overlay(nothing);
  for (const [key, value] of writes) overlay.set(MODULE, key, value as Uint8Array);
  const prepared = await store.prepare(overlay.changes());
  const preparing = seconds(start) * 1000;
  await store.commit((store.head?.height ?? -1n) + 1n, prepared, []);
  return [preparing, seconds(start) * 1000];
}

async function load(store: Store, keys: Keys): Promise<void> {
  const watch = new Stopwatch();
  while (keys.count < size.keys) {
    const count = Math.min(LOAD_CHUNK, size.keys - keys.count);
    const writes = Array.from(
      { length: count },
      (): Change => [keys.add(), random.bytes(size.value)],
    );
    await watch.run(() => commit(store, writes));
  }
  watch.print('loaded_keys', size.keys);
}

async function writeBlocks(store: Store, keys: Keys): Promise<void> {
  const watch = new Stopwatch();
  let preparing = 0;
  const blocks: number[] = [];
  for (let block = 0; block < size.blocks; block++) {
    const before = keys.count;
    const writes = Array.from({ length: size.writes }, (_, i): Change => {
      const key = i % 2 === 0 ? keys.pick(before) : keys.add();
      return [key, random.bytes(size.value)];
    });
    const [prepare, whole] = await watch.run(() => commit(store, writes));
    preparing += prepare;
    blocks.push(whole);
  }
  blocks.sort((a, b) => a - b);
  watch.print('writes', size.blocks * size.writes);
  print('prepare_ms_mean', preparing / size.blocks, 'ms');
  print('block_ms_p50', blocks[blocks.length >>> 1] ?? 0, 'ms');
  print('block_ms_max', blocks.at(-1) ?? 0, 'ms');
}

async function measureReads(store: Store, keys: Keys, suffix: string): Promise<void> {
  const picks = Array.from({ length: size.reads }, () => keys.pick(keys.count));
  const watch = new Stopwatch();
  await watch.run(async () => {
    for (const key of picks) {
      if (store.get(MODULE, key)?.length !== size.value) throw new Error('a value was not found');
    }
  });
  watch.print(`reads${suffix}`, size.reads);
}

async function measureProofs(
  store: Store,
  keys: Keys,
  height: bigint,
  suffix: string,
): Promise<void> {
  const version = await store.at(height);
  const picks = Array.from({ length: size.proofs }, () => keys.pick(size.keys));
  const opened = performance.now();
  await version.prove(MODULE, picks[0] as Uint8Array);
  print(`first_proof${suffix}_ms`, seconds(opened) * 1000, 'ms');
  let bytes = 0;
  const watch = new Stopwatch();
  await watch.run(async () => {
    for (const key of picks) {
      for (const op of (await version.prove(MODULE, key)).ops) bytes += op.data.length;
    }
  });
  watch.print(`proofs${suffix}`, size.proofs);
  print(`proof${suffix}_bytes_mean`, bytes / size.proofs, 'B');
}

async function diskBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) sum += (await stat(join(folder, name))).size;
  return sum;
}

/** A line of the kernel's account of this process: its peak, or what is not mapped from files. */
async function mebibytes(line: 'VmHWM' | 'RssAnon'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(new RegExp(`${line}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

const folder = await mkdtemp(join(tmpdir(), 'artel-store-bench-'));
try {
  const path = join(folder, 'db');
  const options = {
    path,
    pruning: { keepRecent: setting('keep', 10_000), keepEvery: 0 },
  };
  const keys = new Keys();
  let store = await Store.open(options);
  await load(store, keys);
  print('disk_bytes_after_load', await diskBytes(path), 'B');
  const loaded = store.head?.height ?? 0n;
  await writeBlocks(store, keys);
  await measureReads(store, keys, '');
  await measureReads(store, keys, '_again');
  const head = store.head?.height ?? 0n;
  await measureProofs(store, keys, head, '');
  await measureProofs(store, keys, loaded, '_old');
  print('disk_bytes', await diskBytes(path), 'B');
  print('app_hash_word', Buffer.from(store.head?.appHash ?? []).readUInt32BE(0), '');
  await store.close();
  const opening = performance.now();
  store = await Store.open(options);
  print('open_seconds', seconds(opening), 's');
  await measureReads(store, keys, '_cold');
  await measureProofs(store, keys, head, '_cold');
  await store.close();
  print('peak_rss_mib', await mebibytes('VmHWM'), 'MiB');
  print('anonymous_rss_mib', await mebibytes('RssAnon'), 'MiB');
} finally {
  await rm(folder, { recursive: true });
}
