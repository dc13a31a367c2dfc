/**
 * From the writes of a block to the edits of one module's tree: hashed, sorted, merged into buckets
 * some hundred at a time, so that a block of any size leaves little garbage and does not keep the
 * event loop.
 */
import { setImmediate } from 'node:timers/promises';
import { bitAt, compareKey, EMPTY_BUCKET, hasHash, leafEnd, stampLeaf } from './bucket.ts';
import { BucketWriter, type Slice } from './bucket-writer.ts';
import { type HashText, hashText, leafHash } from './hash.ts';
import type { KeptTree } from './kept-tree.ts';
import { putHeight } from './layout.ts';
import type { Level } from './levels.ts';
import type { Change } from './overlay.ts';
import { bucketDepthFor, depthOf } from './smt.ts';
import { planTree, type TreePlan } from './smt-plan.ts';

/**
 * A write that changes something: where its leaf and the row it leaves stand in its slice (the row
 * of a deletion is empty), and the row that it replaces.
 */
export interface Effect {
  readonly key: Uint8Array;
  readonly slice: number;
  readonly leaf: number;
  readonly row: number;
  readonly rowEnd: number;
  readonly before: Uint8Array | undefined;
}

/** What a block does to one module; nothing is written yet. */
export interface PreparedModule {
  readonly kept: KeptTree;
  readonly effects: readonly Effect[];
  readonly slices: readonly Slice[];
  readonly plan: TreePlan;
}

/** How `prepareModule` reads the head. */
export interface HeadAccess {
  row(module: string, key: Uint8Array): Uint8Array | undefined;
  /** The bytes of a bucket of the head's tree. */
  bucket(kept: KeptTree, index: number): Buffer;
}

/** The row that a write leaves, if any. */
export function rowOf(slices: readonly Slice[], effect: Effect): Buffer | undefined {
  const { slice, row, rowEnd } = effect;
  return row === rowEnd ? undefined : (slices[slice] as Slice).rows.subarray(row, rowEnd);
}

/** Says which height writes the new rows and leaves. */
export function stampEffects({ effects, slices }: PreparedModule, height: number): void {
  for (const { slice, leaf, row, rowEnd } of effects) {
    if (row === rowEnd) continue;
    const { buckets, rows } = slices[slice] as Slice;
    stampLeaf(buckets, leaf, height);
    putHeight(rows, row, height);
  }
}

/** Writes between two breaths of the event loop, about 3 ms of work. */
const SLICE = 512;

/** Bytes of buckets between two breaths. */
const SLICE_BYTES = 1 << 18;

/** A bucket that more writes go to is split first. */
const CROWD = 64;

/** One for all, since a slice is never interrupted. */
const writer = new BucketWriter();

/** Computes the module's next tree; writes that change nothing fall out. */
export async function prepareModule(
  head: HeadAccess,
  kept: KeptTree,
  writes: readonly Change[],
): Promise<PreparedModule> {
  const hashes: HashText[] = [];
  for (const [key] of writes) {
    hashes.push(hashText(key));
    if (hashes.length % (4 * SLICE) === 0) await setImmediate();
  }
  const placing = new Placing(head, kept, writes, hashes);
  while (placing.slice()) await setImmediate();
  return placing.done();
}

/** Bits of an index in a number to be sorted; the others are the first of a hash. */
const INDEX_BITS = 26;

/**
 * The numbers of the writes, ascending by the hashes of their keys. PERF: numbers sort ten times as
 * fast as text.
 */
export function orderOf(hashes: readonly HashText[]): Uint32Array {
  const numbers = new Float64Array(hashes.length);
  for (const [i, hash] of hashes.entries()) {
    const top =
      hash.charCodeAt(0) * 2 ** 19 +
      hash.charCodeAt(1) * 2 ** 11 +
      hash.charCodeAt(2) * 2 ** 3 +
      (hash.charCodeAt(3) >>> 5);
    numbers[i] = top * 2 ** INDEX_BITS + i;
  }
  const order = new Uint32Array(hashes.length);
  for (const [at, number] of numbers.sort().entries()) {
    const i = number - Math.floor(number / 2 ** INDEX_BITS) * 2 ** INDEX_BITS;
    let to = at;
    // Those that are equal so far stand by their indexes.
    for (; to > 0 && (hashes[order[to - 1] as number] as string) > (hashes[i] as string); to--) {
      order[to] = order[to - 1] as number;
    }
    order[to] = i;
  }
  return order;
}

/** The writes that go to a bucket, or to what will be one, and the leaves that stand there. */
interface Range {
  readonly index: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Places in the order of the writes. */
  readonly from: number;
  readonly to: number;
  /** Whether it is a part of a bucket, so that its leaves are written anew in any case. */
  readonly isPart: boolean;
}

/** Merges the writes of a block into the buckets of a tree, slice by slice. */
class Placing {
  readonly #head: HeadAccess;
  readonly #kept: KeptTree;
  readonly #writes: readonly Change[];
  readonly #hashes: readonly HashText[];
  readonly #order: Uint32Array;
  readonly #depth: number;
  readonly #effects: Effect[] = [];
  readonly #slices: Slice[] = [];
  readonly #levels: Level[] = [];
  readonly #removed: number[] = [];
  /** Parts of a bucket under way, the next one last. */
  readonly #parts: Range[] = [];
  #next = 0;
  #size: number;

  constructor(
    head: HeadAccess,
    kept: KeptTree,
    writes: readonly Change[],
    hashes: readonly HashText[],
  ) {
    this.#head = head;
    this.#kept = kept;
    this.#writes = writes;
    this.#hashes = hashes;
    this.#order = orderOf(hashes);
    const { size, depth } = kept.tree;
    const puts = writes.reduce((sum, [, value]) => (value === undefined ? sum : sum + 1), 0);
    // As if each were an insertion: no hash shows how deep buckets stand.
    this.#depth = Math.max(depth, bucketDepthFor(size + puts));
    this.#size = size;
  }

  /** Places some hundred writes; false once all are placed. */
  slice(): boolean {
    writer.begin(this.#levels, this.#depth);
    for (let left = SLICE; left > 0 && writer.bytes < SLICE_BYTES; ) {
      const range = this.#parts.pop() ?? this.#nextBucket();
      if (range === undefined) break;
      const count = range.to - range.from;
      if (count > CROWD && depthOf(range.index) < this.#depth) {
        this.#halve(range);
      } else {
        this.#merge(range);
        left -= count;
      }
    }
    this.#slices.push(writer.cut());
    return this.#parts.length > 0 || this.#next < this.#order.length;
  }

  #hashAt(place: number): HashText {
    return this.#hashes[this.#order[place] as number] as HashText;
  }

  /** The bucket of the next write, with all that go there. */
  #nextBucket(): Range | undefined {
    const from = this.#next;
    if (from === this.#order.length) return undefined;
    const { tree } = this.#kept;
    const index = tree.locate(this.#hashAt(from));
    let to = from + 1;
    while (to < this.#order.length && tree.locate(this.#hashAt(to)) === index) to++;
    this.#next = to;
    const isEmpty = tree.kind(index) === 0;
    const bytes = isEmpty ? EMPTY_BUCKET : this.#head.bucket(this.#kept, index);
    return { index, bytes, start: 0, end: bytes.length, from, to, isPart: false };
  }

  #halve(range: Range): void {
    const { index, bytes, start, end, from, to, isPart } = range;
    if (!isPart) this.#removed.push(index);
    const depth = depthOf(index);
    const [byte, bit] = [depth >>> 3, 7 - (depth & 7)];
    let middle = from;
    while (middle < to && ((this.#hashAt(middle).charCodeAt(byte) >>> bit) & 1) === 0) middle++;
    let cut = start;
    while (cut < end && bitAt(bytes, cut, depth) === 0) cut = leafEnd(bytes, cut);
    const half = { bytes, isPart: true };
    this.#parts.push({ ...half, index: 2 * index + 1, start: cut, end, from: middle, to });
    this.#parts.push({ ...half, index: 2 * index, start, end: cut, from, to: middle });
  }

  #merge({ index, bytes, start, end, from, to, isPart }: Range): void {
    const effectsBefore = this.#effects.length;
    let at = start;
    let kept = start;
    for (let place = from; place < to; place++) {
      const write = this.#order[place] as number;
      const [key, value] = this.#writes[write] as Change;
      const keyHash = this.#hashes[write] as HashText;
      let order = -1;
      while (at < end) {
        order = compareKey(bytes, at, keyHash, key);
        if (order >= 0) break;
        at = leafEnd(bytes, at);
      }
      const stands = at < end && order === 0;
      const hash = value && leafHash(keyHash, value);
      if (stands ? hash !== undefined && hasHash(bytes, at, hash) : hash === undefined) continue;
      writer.keep(bytes, kept, at);
      if (stands) at = leafEnd(bytes, at);
      kept = at;
      const before = stands ? this.#head.row(this.#kept.module, key) : undefined;
      this.#note(key, keyHash, hash, value, before);
      this.#size += (hash === undefined ? 0 : 1) - (stands ? 1 : 0);
    }
    if (this.#effects.length === effectsBefore && !isPart) return;
    writer.keep(bytes, kept, end);
    if (writer.settle(index) && !isPart) this.#removed.push(index);
  }

  #note(
    key: Uint8Array,
    keyHash: HashText,
    hash: HashText | undefined,
    value: Uint8Array | undefined,
    before: Uint8Array | undefined,
  ): void {
    const slice = this.#slices.length;
    if (hash === undefined || value === undefined) {
      this.#effects.push({ key, slice, leaf: 0, row: 0, rowEnd: 0, before });
      return;
    }
    const leaf = writer.put(keyHash, key, hash);
    const row = writer.putRow(value);
    this.#effects.push({ key, slice, leaf, row, rowEnd: writer.rowsEnd, before });
  }

  done(): PreparedModule {
    const plan = planTree(this.#kept.tree, {
      depth: this.#depth,
      buckets: this.#levels,
      removed: this.#removed,
      size: this.#size,
    });
    return { kept: this.#kept, effects: this.#effects, slices: this.#slices, plan };
  }
}
