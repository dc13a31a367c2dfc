/**
 * The sparse Merkle tree of one module. Its upper part stands in memory as a binary heap of hashes
 * (root 1, children 2i and 2i+1) down to *buckets*: subtrees of about 4 to 8 leaves that the
 * database holds as one value each. Buckets split as the tree grows; they never merge, which no
 * hash shows.
 */
import { type Leaf, splitAt } from './bucket.ts';
import { StoreCorrupt } from './errors.ts';
import type { HashText } from './hash.ts';
import { copyHash, hashBytes, hashPairList, hashWords, type PairList, Slots } from './slots.ts';

/** A bucket with more leaves splits where the depth allows it. */
const BUCKET_LEAVES = 8;

/** The stamp of a node that is no bucket. */
export const NO_BUCKET = -1;

/** What a subtree holds: nothing, one leaf (whose hash it then is), or more. */
export type Kind = 0 | 1 | 2;

/** A bucket as it stands in the heap. `stamp` is the height at which it was last written. */
export interface BucketState {
  readonly index: number;
  readonly kind: Kind;
  readonly stamp: number;
  readonly hash: Uint8Array;
}

/** The depth of a heap index: 0 for the root. */
export function depthOf(index: number): number {
  return 31 - Math.clz32(index);
}

/** How deep buckets may stand in a tree of this many leaves: 4 to 8 leaves to a bucket there. */
export function bucketDepthFor(size: number): number {
  return size < 8 ? 0 : Math.min(26, Math.floor(Math.log2(size / 4)));
}

export function kindOf(leaves: number): Kind {
  return leaves === 0 ? 0 : leaves === 1 ? 1 : 2;
}

/** A bucket that a plan writes: its leaves, and the stamp of the bucket it replaces. */
export interface BucketWrite {
  readonly index: number;
  readonly leaves: readonly Leaf[];
  readonly from: number;
  readonly to: number;
  readonly oldStamp: number;
  readonly hash: Uint8Array;
}

/** What a block does to a tree: computed without touching it, then applied or forgotten. */
export interface TreePlan {
  readonly root: Uint8Array;
  readonly size: number;
  readonly depth: number;
  readonly written: readonly BucketWrite[];
  /** Buckets that were split. */
  readonly removed: readonly { readonly index: number; readonly oldStamp: number }[];
  readonly nodes: { readonly index: number[]; readonly slot: number[]; readonly kind: Kind[] };
  readonly slots: Slots;
}

/** New leaves of a bucket that changed, ascending. */
export interface BucketEdit {
  readonly index: number;
  readonly leaves: readonly Leaf[];
}

export class ModuleTree {
  size = 0;
  depth: number;
  #hashes: Uint32Array;
  #kinds: Uint8Array;
  #stamps: Float64Array;

  /** An empty tree: one empty bucket at the root, never written. */
  constructor() {
    this.depth = 0;
    this.#hashes = hashWords(2);
    this.#kinds = new Uint8Array(2);
    this.#stamps = new Float64Array(2).fill(NO_BUCKET);
  }

  get root(): Uint8Array {
    return hashBytes(this.#hashes, 1);
  }

  /** The bucket into whose range a key hash falls. */
  locate(keyHash: HashText): number {
    const top =
      (keyHash.charCodeAt(0) << 24) |
      (keyHash.charCodeAt(1) << 16) |
      (keyHash.charCodeAt(2) << 8) |
      keyHash.charCodeAt(3);
    let index = this.depth === 0 ? 1 : (1 << this.depth) | (top >>> (32 - this.depth));
    while (index > 1 && this.#stamps[index] === NO_BUCKET) index >>>= 1;
    return index;
  }

  /** The height at which the bucket was last written, `NO_BUCKET` where none stands. */
  stamp(index: number): number {
    return this.#stamps[index] ?? NO_BUCKET;
  }

  kind(index: number): Kind {
    return (this.#kinds[index] ?? 0) as Kind;
  }

  hash(index: number): Uint8Array {
    return hashBytes(this.#hashes, index);
  }

  /** Computes the tree after `edits` (ascending by range) without changing anything. */
  plan(edits: readonly BucketEdit[], size: number): TreePlan {
    const depth = Math.max(this.depth, bucketDepthFor(size));
    const planner = new Planner(this, depth);
    for (const edit of edits) planner.place(edit);
    return planner.finish(size);
  }

  /** Hash and kind of a node into a plan's slots. */
  slotOf(index: number, slots: Slots): number {
    return this.kind(index) === 0 ? 0 : slots.fromWords(this.#hashes, index);
  }

  /** Makes a plan the state; its buckets carry `stamp` from now on. */
  apply(plan: TreePlan, stamp: number): void {
    this.#grow(plan.depth);
    const { index, slot, kind } = plan.nodes;
    for (let i = 0; i < index.length; i++) {
      copyHash(plan.slots.words, slot[i] as number, this.#hashes, index[i] as number);
      this.#kinds[index[i] as number] = kind[i] as number;
    }
    for (const { index } of plan.removed) this.#stamps[index] = NO_BUCKET;
    for (const { index } of plan.written) this.#stamps[index] = stamp;
    this.size = plan.size;
  }

  /** A tree to be filled bucket by bucket with `restoreBucket`; `rehash` makes it whole. */
  static blank(depth: number, size: number): ModuleTree {
    const tree = new ModuleTree();
    tree.#grow(depth);
    tree.size = size;
    return tree;
  }

  /** Sets a bucket from the 32 bytes of its hash at a place in a record. */
  restoreBucket(index: number, kind: Kind, stamp: number, record: Uint8Array, at: number): void {
    if (index < 1 || index >= this.#stamps.length) {
      throw new StoreCorrupt(`a tree of depth ${this.depth} has no bucket ${index}`);
    }
    this.#stamps[index] = stamp;
    this.#kinds[index] = kind;
    const hash = this.hash(index);
    for (let i = 0; i < hash.length; i++) hash[i] = record[at + i] as number;
  }

  /** Takes a bucket back that was split later. */
  unrestoreBucket(index: number): void {
    this.#stamps[index] = NO_BUCKET;
    this.#kinds[index] = 0;
    this.hash(index).fill(0);
  }

  /** Hashes everything above the buckets anew. */
  rehash(): void {
    for (let depth = this.depth - 1; depth >= 0; depth--) this.#rehashLevel(depth);
  }

  #rehashLevel(depth: number): void {
    const slots = new Slots();
    const pairs: PairList = [];
    const parents: number[] = [];
    for (let index = 1 << depth; index < 2 << depth; index++) {
      if (this.#stamps[index] !== NO_BUCKET) continue;
      const left = this.kind(2 * index);
      const kind = left + this.kind(2 * index + 1);
      this.#kinds[index] = Math.min(2, kind);
      if (kind === 0) continue;
      if (kind === 1) {
        copyHash(this.#hashes, left === 1 ? 2 * index : 2 * index + 1, this.#hashes, index);
        continue;
      }
      const out = slots.take();
      parents.push(index, out);
      pairs.push(this.slotOf(2 * index, slots), this.slotOf(2 * index + 1, slots), out);
    }
    hashPairList(slots, pairs);
    for (let i = 0; i < parents.length; i += 2) {
      copyHash(slots.words, parents[i + 1] as number, this.#hashes, parents[i] as number);
    }
  }

  #grow(depth: number): void {
    if (depth <= this.depth) return;
    const nodes = 2 << depth;
    const hashes = hashWords(nodes);
    hashes.set(this.#hashes);
    const kinds = new Uint8Array(nodes);
    kinds.set(this.#kinds);
    const stamps = new Float64Array(nodes).fill(NO_BUCKET, this.#stamps.length);
    stamps.set(this.#stamps);
    [this.#hashes, this.#kinds, this.#stamps] = [hashes, kinds, stamps];
    this.depth = depth;
  }

  /** The buckets in the subtree of a node, from left to right. */
  *bucketsBelow(index: number): Iterable<BucketState> {
    if (index >= this.#stamps.length) return;
    const stamp = this.stamp(index);
    if (stamp !== NO_BUCKET) {
      yield { index, stamp, kind: this.kind(index), hash: this.hash(index) };
      return;
    }
    yield* this.bucketsBelow(2 * index);
    yield* this.bucketsBelow(2 * index + 1);
  }

  /** The nearest bucket with leaves on one side of a bucket, if there is one. */
  neighbour(bucket: number, side: 'left' | 'right'): number | undefined {
    const [own, other] = side === 'left' ? [1, 0] : [0, 1];
    let index = bucket;
    while (index > 1 && ((index & 1) !== own || this.kind(index ^ 1) === 0)) index >>>= 1;
    if (index === 1) return undefined;
    index ^= 1;
    while (this.stamp(index) === NO_BUCKET) {
      index = this.kind(2 * index + own) === 0 ? 2 * index + other : 2 * index + own;
    }
    return index;
  }
}

/** Places the leaves of changed buckets and hashes what follows from them, depth by depth. */
class Planner {
  readonly #tree: ModuleTree;
  readonly #depth: number;
  readonly #slots = new Slots();
  /** Per depth: the pairs inside buckets. */
  readonly #inside: PairList[] = [];
  /** Per depth: the buckets placed there, ascending. */
  readonly #placed: Level[] = [];
  readonly #written: (Omit<BucketWrite, 'hash'> & { readonly slot: number })[] = [];
  readonly #removed: { index: number; oldStamp: number }[] = [];

  constructor(tree: ModuleTree, depth: number) {
    this.#tree = tree;
    this.#depth = depth;
  }

  place(edit: BucketEdit): void {
    const { index, leaves } = edit;
    const depth = depthOf(index);
    if (leaves.length > BUCKET_LEAVES && depth < this.#depth) {
      this.#removed.push({ index, oldStamp: this.#tree.stamp(index) });
    }
    this.#settle(index, leaves, 0, leaves.length, depth);
  }

  #settle(index: number, leaves: readonly Leaf[], from: number, to: number, depth: number): void {
    if (to - from > BUCKET_LEAVES && depth < this.#depth) {
      const middle = splitAt(leaves, from, to, depth);
      this.#settle(2 * index, leaves, from, middle, depth + 1);
      this.#settle(2 * index + 1, leaves, middle, to, depth + 1);
      return;
    }
    const slot = this.#subtree(leaves, from, to, depth);
    const oldStamp = this.#tree.stamp(index);
    this.#written.push({ index, leaves, from, to, oldStamp, slot });
    this.#placed[depth] ??= new Level();
    (this.#placed[depth] as Level).push(index, slot, kindOf(to - from));
  }

  #subtree(leaves: readonly Leaf[], from: number, to: number, depth: number): number {
    if (from === to) return 0;
    if (to - from === 1) {
      const { source, at } = leaves[from] as Leaf;
      return this.#slots.fromBytes(source.subarray(at + 32, at + 64));
    }
    const middle = splitAt(leaves, from, to, depth);
    const left = this.#subtree(leaves, from, middle, depth + 1);
    const right = this.#subtree(leaves, middle, to, depth + 1);
    const out = this.#slots.take();
    this.#inside[depth] ??= [];
    (this.#inside[depth] as PairList).push(left, right, out);
    return out;
  }

  finish(size: number): TreePlan {
    for (let depth = this.#inside.length - 1; depth >= 0; depth--) {
      hashPairList(this.#slots, this.#inside[depth] ?? []);
    }
    const nodes = new Level();
    let level = this.#placed[this.#depth] ?? new Level();
    for (let depth = this.#depth; depth > 0; depth--) {
      nodes.append(level);
      level = merge(this.#placed[depth - 1], this.#parents(level));
    }
    nodes.append(level);
    const root = level.slot[0];
    return {
      root: root === undefined ? this.#tree.root : this.#slots.bytes(root),
      size,
      depth: this.#depth,
      written: this.#written.map((write) => ({ ...write, hash: this.#slots.bytes(write.slot) })),
      removed: this.#removed,
      nodes,
      slots: this.#slots,
    };
  }

  #parents(level: Level): Level {
    const parents = new Level();
    const pairs: PairList = [];
    for (let i = 0; i < level.index.length; i++) {
      const index = level.index[i] as number;
      let [left, leftKind] = [level.slot[i] as number, level.kind[i] as Kind];
      let right: number;
      let rightKind: Kind;
      if ((index & 1) === 0 && level.index[i + 1] === index + 1) {
        i++;
        [right, rightKind] = [level.slot[i] as number, level.kind[i] as Kind];
      } else {
        right = this.#tree.slotOf(index ^ 1, this.#slots);
        rightKind = this.#tree.kind(index ^ 1);
        if ((index & 1) === 1) {
          [left, right] = [right, left];
          [leftKind, rightKind] = [rightKind, leftKind];
        }
      }
      const kind = Math.min(2, leftKind + rightKind) as Kind;
      let out = 0;
      if (kind === 1) out = leftKind === 1 ? left : right;
      if (kind === 2) {
        out = this.#slots.take();
        pairs.push(left, right, out);
      }
      parents.push(index >>> 1, out, kind);
    }
    hashPairList(this.#slots, pairs);
    return parents;
  }
}

/** Nodes of one depth, ascending, with the slots of their hashes. */
class Level {
  readonly index: number[] = [];
  readonly slot: number[] = [];
  readonly kind: Kind[] = [];

  push(index: number, slot: number, kind: Kind): void {
    this.index.push(index);
    this.slot.push(slot);
    this.kind.push(kind);
  }

  append(other: Level): void {
    for (let i = 0; i < other.index.length; i++) {
      this.push(other.index[i] as number, other.slot[i] as number, other.kind[i] as Kind);
    }
  }
}

function merge(placed: Level | undefined, parents: Level): Level {
  if (placed === undefined) return parents;
  const merged = new Level();
  let at = 0;
  for (let i = 0; i < placed.index.length; i++) {
    const index = placed.index[i] as number;
    for (; (parents.index[at] ?? Number.POSITIVE_INFINITY) < index; at++) {
      merged.push(
        parents.index[at] as number,
        parents.slot[at] as number,
        parents.kind[at] as Kind,
      );
    }
    merged.push(index, placed.slot[i] as number, placed.kind[i] as Kind);
  }
  for (; at < parents.index.length; at++) {
    merged.push(parents.index[at] as number, parents.slot[at] as number, parents.kind[at] as Kind);
  }
  return merged;
}
