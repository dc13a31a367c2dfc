/**
 * New buckets, made one after the other from leaves that stay and leaves that come, and hashed
 * together. PERF: leaves are copied as bytes, no object is made of one.
 */
import { bitAt, hashAt, leafEnd, leafRoom, putLeaf } from './bucket.ts';
import type { HashText } from './hash.ts';
import { HEIGHT_BYTES } from './layout.ts';
import { BUCKET, kindOf, Level } from './levels.ts';
import { copyHash, pairHashing, Slots } from './slots.ts';
import { depthOf } from './smt.ts';

/** A bucket with more leaves splits where the depth allows it. */
const BUCKET_LEAVES = 6;

/** The buckets and the rows that a part of a block writes; heights in them are stamped later. */
export interface Slice {
  /** Buckets one after the other; bucket i ends at ends[i]. */
  readonly buckets: Buffer;
  readonly ends: readonly number[];
  readonly indexes: readonly number[];
  readonly rows: Buffer;
}

/** Bytes that grow, to be used again and again. */
class Scratch {
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 18);
  end = 0;

  /** Makes room for so many bytes more; gives where they begin. */
  take(count: number): number {
    const at = this.end;
    this.end += count;
    if (this.end > this.bytes.length) {
      const more = Buffer.allocUnsafeSlow(2 * this.end);
      this.bytes.copy(more, 0, 0, at);
      this.bytes = more;
    }
    return at;
  }

  /** A copy of what was taken, which is forgotten. */
  cut(): Buffer {
    const whole = Buffer.allocUnsafeSlow(this.end);
    this.bytes.copy(whole, 0, 0, this.end);
    this.end = 0;
    return whole;
  }
}

export class BucketWriter {
  readonly #buckets = new Scratch();
  readonly #rows = new Scratch();
  /** Where the leaves of the bucket under way begin. */
  readonly #leaves: number[] = [];
  #levels: (Level | undefined)[] = [];
  #depth = 0;
  #indexes: number[] = [];
  #ends: number[] = [];
  /** Of each bucket its place in its level, and the slot of its hash. */
  readonly #places: number[] = [];
  readonly #hashes: number[] = [];
  readonly #slots = new Slots();
  /** Per depth: the pairs inside buckets: left, right, result. */
  readonly #pairs: number[][] = [];

  /** Begins a slice: new buckets, `depth` deep at most, are added to `levels`. */
  begin(levels: (Level | undefined)[], depth: number): void {
    this.#levels = levels;
    this.#depth = depth;
    this.#indexes = [];
    this.#ends = [];
    this.#places.length = 0;
    this.#hashes.length = 0;
    this.#slots.forget();
    for (const pairs of this.#pairs) if (pairs !== undefined) pairs.length = 0;
    this.#buckets.end = 0;
    this.#rows.end = 0;
    this.#leaves.length = 0;
  }

  /** Bytes of buckets so far. */
  get bytes(): number {
    return this.#buckets.end;
  }

  /** Adds the leaves that stand from one place to another. */
  keep(source: Buffer, from: number, to: number): void {
    if (from === to) return;
    let at = this.#buckets.take(to - from);
    const { bytes, end } = this.#buckets;
    source.copy(bytes, at, from, to);
    for (; at < end; at = leafEnd(bytes, at)) this.#leaves.push(at);
  }

  /** Adds a leaf; gives its place. */
  put(keyHash: HashText, key: Uint8Array, hash: HashText): number {
    const at = this.#buckets.take(leafRoom(key));
    putLeaf(this.#buckets.bytes, at, keyHash, key, hash);
    this.#leaves.push(at);
    return at;
  }

  /** Adds a row; gives its place. */
  putRow(value: Uint8Array): number {
    const at = this.#rows.take(HEIGHT_BYTES + value.length);
    this.#rows.bytes.set(value, at + HEIGHT_BYTES);
    return at;
  }

  /** Where the last row ends. */
  get rowsEnd(): number {
    return this.#rows.end;
  }

  /** Ends the bucket under way: it stands at a node, or is split below it; true if so. */
  settle(index: number): boolean {
    const before = this.#indexes.length;
    this.#settle(index, 0, this.#leaves.length, depthOf(index));
    this.#leaves.length = 0;
    return this.#indexes.length > before + 1;
  }

  #settle(index: number, from: number, to: number, depth: number): void {
    if (to - from > BUCKET_LEAVES && depth < this.#depth) {
      const middle = this.#split(from, to, depth);
      this.#settle(2 * index, from, middle, depth + 1);
      this.#settle(2 * index + 1, middle, to, depth + 1);
      return;
    }
    this.#levels[depth] ??= new Level();
    const place = (this.#levels[depth] as Level).add(index, kindOf(to - from) | BUCKET);
    this.#places.push(place);
    this.#hashes.push(this.#subtree(from, to, depth));
    this.#indexes.push(index);
    this.#ends.push(this.#leaves[to] ?? this.#buckets.end);
  }

  #split(from: number, to: number, depth: number): number {
    let at = from;
    while (at < to && bitAt(this.#buckets.bytes, this.#leaves[at] as number, depth) === 0) at++;
    return at;
  }

  #subtree(from: number, to: number, depth: number): number {
    if (from === to) return 0;
    if (to - from === 1) {
      return this.#slots.fromBytes(this.#buckets.bytes, hashAt(this.#leaves[from] as number));
    }
    const middle = this.#split(from, to, depth);
    const left = this.#subtree(from, middle, depth + 1);
    const right = this.#subtree(middle, to, depth + 1);
    const out = this.#slots.take();
    this.#pairs[depth] ??= [];
    (this.#pairs[depth] as number[]).push(left, right, out);
    return out;
  }

  /** Ends the slice: its buckets are hashed. */
  cut(): Slice {
    const { words } = this.#slots;
    pairHashing.into(words);
    for (let depth = this.#pairs.length - 1; depth >= 0; depth--) {
      const pairs = this.#pairs[depth] ?? [];
      for (let i = 0; i < pairs.length; i += 3) {
        const [left, right] = [pairs[i] as number, pairs[i + 1] as number];
        pairHashing.add(words, left, words, right, pairs[i + 2] as number);
      }
      pairHashing.flush();
      pairs.length = 0;
    }
    for (const [i, index] of this.#indexes.entries()) {
      const level = this.#levels[depthOf(index)] as Level;
      copyHash(words, this.#hashes[i] as number, level.hashes, this.#places[i] as number);
    }
    return {
      buckets: this.#buckets.cut(),
      ends: this.#ends,
      indexes: this.#indexes,
      rows: this.#rows.cut(),
    };
  }
}
