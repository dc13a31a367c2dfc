/**
 * The work that the benches of the store measure, the same as the peer's program does: keys of 20
 * random bytes, values of 40; loaded 50,000 a block, then blocks of 1,000 writes, half of them
 * updates, half insertions, each durable before the next.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure, Goal, Peer } from '../../../tools/bench.ts';
import { peerProgram, runPeer } from '../../../tools/peers.ts';
import { type Change, Overlay } from '../overlay.ts';
import type { Store } from '../store.ts';

export const MODULE = 'bank';
const STATUS = '/proc/self/status';
const KEY_BYTES = 20;
const VALUE_BYTES = 40;
/** Keys a block while loading. */
const LOAD_CHUNK = 50_000;

/** How much of everything; `--tiny` makes it as little as proves that it works. */
export interface Size {
  readonly keys: number;
  readonly blocks: number;
  readonly writes: number;
  readonly reads: number;
  readonly proofs: number;
}

export const tiny = process.argv.includes('--tiny');

export function sizeOf(keys: number): Size {
  return tiny
    ? { keys: 1000, blocks: 3, writes: 20, reads: 100, proofs: 10 }
    : { keys, blocks: 50, writes: 1000, reads: 100_000, proofs: 10_000 };
}

/** xorshift128: the same sequence on every machine. */
class Random {
  readonly #state = Uint32Array.of(1, 0x9e3779b9, 0x243f6a88, 0xb7e15162);

  constructor() {
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

/** All keys ever written, in one flat buffer so that the generator weighs little. */
export class Workload {
  readonly #random = new Random();
  readonly #keys: Uint8Array;
  count = 0;

  /** Room for so many keys. */
  constructor(room: number) {
    this.#keys = new Uint8Array(room * KEY_BYTES);
  }

  /** Memory of the keys. */
  get bytes(): number {
    return this.#keys.byteLength;
  }

  #add(): Uint8Array {
    const key = this.#random.bytes(KEY_BYTES);
    this.#keys.set(key, this.count++ * KEY_BYTES);
    return key;
  }

  pick(below = this.count): Uint8Array {
    const at = this.#random.below(below) * KEY_BYTES;
    return this.#keys.slice(at, at + KEY_BYTES);
  }

  insert(): Change {
    return [this.#add(), this.#random.bytes(VALUE_BYTES)];
  }

  update(below?: number): Change {
    return [this.pick(below), this.#random.bytes(VALUE_BYTES)];
  }

  /** Takes a key out, putting a new one in its place. */
  replace(): [gone: Change, come: Change] {
    const at = this.#random.below(this.count) * KEY_BYTES;
    const gone = this.#keys.slice(at, at + KEY_BYTES);
    const key = this.#random.bytes(KEY_BYTES);
    this.#keys.set(key, at);
    return [
      [gone, undefined],
      [key, this.#random.bytes(VALUE_BYTES)],
    ];
  }
}

const nothing = { get: () => undefined, range: () => [] };

/** Milliseconds until the block is on the disk. */
export async function commit(store: Store, writes: readonly Change[]): Promise<number> {
  const start = performance.now();
  const overlay = new Overlay(nothing);
  for (const [key, value] of writes) {
    if (value === undefined) overlay.delete(MODULE, key);
    else overlay.set(MODULE, key, value);
  }
  const prepared = await store.prepare(overlay.changes());
  await store.commit((store.head?.height ?? -1n) + 1n, prepared, []);
  return performance.now() - start;
}

/** The most that this process had of memory of its own, and of mapped files, in MiB. */
export const peaks = { own: 0, mapped: 0 };

/** Looks at both: the kernel keeps the peak of their sum alone. Called between blocks. */
export function lookAtMemory(): void {
  peaks.own = Math.max(peaks.own, memoryMiB('RssAnon'));
  peaks.mapped = Math.max(peaks.mapped, memoryMiB('RssFile'));
}

/** Milliseconds to write all keys. */
export async function load(store: Store, work: Workload, keys: number): Promise<number> {
  let spent = 0;
  while (work.count < keys) {
    const length = Math.min(LOAD_CHUNK, keys - work.count);
    spent += await commit(
      store,
      Array.from({ length }, () => work.insert()),
    );
    lookAtMemory();
  }
  return spent;
}

/** Milliseconds of each block, half updates, half insertions. */
export async function writeBlocks(store: Store, work: Workload, size: Size): Promise<number[]> {
  const blocks: number[] = [];
  for (let block = 0; block < size.blocks; block++) {
    const before = work.count;
    const writes = Array.from({ length: size.writes }, (_, i) =>
      i % 2 === 0 ? work.update(before) : work.insert(),
    );
    blocks.push(await commit(store, writes));
    lookAtMemory();
  }
  return blocks;
}

/** Values read a second. */
export function readValues(store: Store, work: Workload, size: Size): number {
  const picks = Array.from({ length: size.reads }, () => work.pick());
  const start = performance.now();
  for (const key of picks) {
    if (store.get(MODULE, key)?.length !== VALUE_BYTES) throw new Error('a value was not found');
  }
  return (size.reads / (performance.now() - start)) * 1000;
}

/** Proofs over both levels a second, and their mean bytes. */
export async function prove(
  store: Store,
  height: bigint,
  work: Workload,
  { keys, proofs }: Size,
): Promise<{ readonly perSecond: number; readonly bytes: number }> {
  const version = await store.at(height);
  // What was there after loading is there at every height.
  const picks = Array.from({ length: proofs }, () => work.pick(keys));
  await version.prove(MODULE, picks[0] as Uint8Array);
  let bytes = 0;
  const start = performance.now();
  for (const key of picks) {
    for (const { data } of (await version.prove(MODULE, key)).ops) bytes += data.length;
  }
  return { perSecond: (proofs / (performance.now() - start)) * 1000, bytes: bytes / proofs };
}

export async function diskBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) sum += (await stat(join(folder, name))).size;
  return sum;
}

/** MiB of this process as the kernel counts them: the peak, its own now, mapped files now. */
export function memoryMiB(line: 'VmHWM' | 'RssAnon' | 'RssFile'): number {
  const status = existsSync(STATUS) ? readFileSync(STATUS, 'utf8') : '';
  return Number(new RegExp(`${line}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

/** A folder that is gone afterwards. */
export async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'artel-store-bench-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function print(figure: Omit<Figure, 'hash'>, hash?: string): void {
  const value = Number(figure.value.toPrecision(6));
  process.stdout.write(`${JSON.stringify({ ...figure, value, hash })}\n`);
}

/** The peer's figures by their names there, measured in this run where that is possible. */
export async function peerFigures(
  size: Size,
  stored: Readonly<Record<string, number>>,
): Promise<(name: string) => Peer> {
  const program = tiny ? undefined : await peerProgram('iavl');
  const lines = program === undefined ? [] : await runPeer(program, ['-keys', `${size.keys}`]);
  return (name) => {
    const line = lines.find(({ figure }) => figure === name);
    const value = line === undefined ? stored[name] : Number(line.value);
    if (value === undefined) throw new Error(`no figure of the peer named ${name}`);
    return { name: 'iavl', value, measured: line !== undefined };
  };
}

export type { Goal };
