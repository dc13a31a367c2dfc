/**
 * The sparse Merkle tree of one module. Its upper part stands in memory as a binary heap of hashes
 * (root 1, children 2i and 2i+1) down to *buckets*: subtrees of about 3 to 6 leaves that the
 * database holds as one value each. Buckets split as the tree grows; they never merge, which no
 * hash shows.
 */
import { StoreCorrupt } from './errors.ts';
import type { HashText } from './hash.ts';
import { BUCKET, type Kind, kindIn, kindOf } from './levels.ts';
import { copyHash, hashBytes, hashWords, moreWords, pairHashing } from './slots.ts';
import type { TreePlan } from './smt-plan.ts';

/** A bucket as it stands in the heap. */
export interface BucketState {
  readonly index: number;
  readonly kind: Kind;
  readonly hash: Uint8Array;
}

/** The depth of a heap index: 0 for the root. */
export function depthOf(index: number): number {
  return 31 - Math.clz32(index);
}

/** How deep buckets may stand in a tree of this many leaves: 3 to 6 leaves to a bucket there. */
export function bucketDepthFor(size: number): number {
  return size < 6 ? 0 : Math.min(26, Math.floor(Math.log2(size / 3)));
}

export class ModuleTree {
  size = 0;
  depth: number;
  #hashes: Uint32Array;
  #nodes: Uint8Array;

  /** An empty tree: one empty bucket at the root, never written. */
  constructor() {
    this.depth = 0;
    this.#hashes = hashWords(2);
    this.#nodes = new Uint8Array(2);
  }

  /** The memory that it takes. */
  get bytes(): number {
    return this.#hashes.byteLength + this.#nodes.byteLength;
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
    while (index > 1 && !this.isBucket(index)) index >>>= 1;
    return index;
  }

  isBucket(index: number): boolean {
    return ((this.#nodes[index] ?? 0) & BUCKET) !== 0;
  }

  kind(index: number): Kind {
    return kindIn(this.#nodes[index] ?? 0);
  }

  hash(index: number): Uint8Array {
    return hashBytes(this.#hashes, index);
  }

  /** The hashes of all nodes, shared; zeros where nothing hangs. */
  get hashes(): Uint32Array {
    return this.#hashes;
  }

  /** Makes a plan the state. */
  apply(plan: TreePlan): void {
    this.#grow(plan.depth);
    for (const { index, note, hashes, length } of plan.levels) {
      for (let i = 0; i < length; i++) {
        copyHash(hashes, i, this.#hashes, index[i] as number);
        this.#nodes[index[i] as number] = note[i] as number;
      }
    }
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
  restoreBucket(index: number, kind: Kind, record: Uint8Array, at: number): void {
    if (index < 1 || index >= this.#nodes.length) {
      throw new StoreCorrupt(`a tree of depth ${this.depth} has no bucket ${index}`);
    }
    this.#nodes[index] = kind | BUCKET;
    const hash = this.hash(index);
    for (let i = 0; i < hash.length; i++) hash[i] = record[at + i] as number;
  }

  /** Takes a bucket back that was split later. */
  unrestoreBucket(index: number): void {
    this.#nodes[index] = 0;
    this.hash(index).fill(0);
  }

  /** Hashes everything above the buckets anew. */
  rehash(): void {
    for (let depth = this.depth - 1; depth >= 0; depth--) this.#rehashLevel(depth);
  }

  #rehashLevel(depth: number): void {
    pairHashing.into(this.#hashes);
    for (let index = 1 << depth; index < 2 << depth; index++) {
      if (this.isBucket(index)) continue;
      const left = this.kind(2 * index);
      const kind = kindOf(left + this.kind(2 * index + 1));
      this.#nodes[index] = kind;
      if (kind === 1) {
        copyHash(this.#hashes, left === 1 ? 2 * index : 2 * index + 1, this.#hashes, index);
      } else if (kind === 2) {
        pairHashing.add(this.#hashes, 2 * index, this.#hashes, 2 * index + 1, index);
      }
    }
    pairHashing.flush();
  }

  #grow(depth: number): void {
    if (depth <= this.depth) return;
    const nodes = 2 << depth;
    const kinds = new Uint8Array(nodes);
    kinds.set(this.#nodes);
    [this.#hashes, this.#nodes] = [moreWords(this.#hashes, nodes), kinds];
    this.depth = depth;
  }

  /** The buckets in the subtree of a node, from left to right. */
  *bucketsBelow(index: number): Iterable<BucketState> {
    if (index >= this.#nodes.length) return;
    if (this.isBucket(index)) {
      yield { index, kind: this.kind(index), hash: this.hash(index) };
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
    while (!this.isBucket(index)) {
      index = this.kind(2 * index + own) === 0 ? 2 * index + other : 2 * index + own;
    }
    return index;
  }
}
