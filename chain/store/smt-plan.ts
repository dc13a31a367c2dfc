/**
 * What a block does to a module's tree, computed without touching it: leaves are placed in buckets,
 * then everything that follows is hashed, all pairs of one depth in one call.
 */
import { hashAt, type Leaf, splitAt } from './bucket.ts';
import { hashPairList, type PairList, Slots } from './slots.ts';
import { bucketDepthFor, depthOf, type Kind, kindOf, type ModuleTree } from './smt.ts';

/** A bucket with more leaves splits where the depth allows it. */
const BUCKET_LEAVES = 6;

/** Hashes that a changed bucket takes, about: its leaves, what is above them, the way up. */
const SLOTS_A_BUCKET = 14;

/** A bucket that a plan writes: leaves[from..to), and the slot of its hash. */
export interface BucketWrite {
  readonly index: number;
  readonly kind: Kind;
  readonly slot: number;
  readonly leaves: readonly Leaf[];
  readonly from: number;
  readonly to: number;
  /** Whether the bucket it replaces, at the same place, held anything. */
  readonly replaces: boolean;
}

/** What a block does to a tree: computed without touching it, then applied or forgotten. */
export interface TreePlan {
  readonly root: Uint8Array;
  readonly size: number;
  readonly depth: number;
  readonly written: readonly BucketWrite[];
  /** Buckets that were split. */
  readonly removed: readonly number[];
  readonly nodes: { readonly index: number[]; readonly slot: number[]; readonly kind: Kind[] };
  readonly slots: Slots;
}

/** New leaves of a bucket that changed, ascending. */
export interface BucketEdit {
  readonly index: number;
  readonly leaves: readonly Leaf[];
}

/** Computes the tree of `size` leaves that `edits` (ascending by range) lead to. */
export function planTree(tree: ModuleTree, edits: readonly BucketEdit[], size: number): TreePlan {
  const depth = Math.max(tree.depth, bucketDepthFor(size));
  const planner = new Planner(tree, depth, edits.length);
  for (const edit of edits) planner.place(edit);
  return planner.finish(size);
}

/** Places the leaves of changed buckets and hashes what follows from them, depth by depth. */
class Planner {
  readonly #tree: ModuleTree;
  readonly #depth: number;
  readonly #slots: Slots;
  /** Per depth: the pairs inside buckets. */
  readonly #inside: PairList[] = [];
  /** Per depth: the buckets placed there, ascending. */
  readonly #placed: Level[] = [];
  readonly #written: BucketWrite[] = [];
  readonly #removed: number[] = [];

  /** `buckets`: how many will be placed, about. */
  constructor(tree: ModuleTree, depth: number, buckets: number) {
    this.#tree = tree;
    this.#depth = depth;
    this.#slots = new Slots(64 + SLOTS_A_BUCKET * buckets);
  }

  place(edit: BucketEdit): void {
    const { index, leaves } = edit;
    const depth = depthOf(index);
    if (leaves.length > BUCKET_LEAVES && depth < this.#depth) {
      this.#removed.push(index);
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
    const kind = kindOf(to - from);
    const replaces = this.#tree.kind(index) !== 0;
    this.#written.push({ index, kind, slot, leaves, from, to, replaces });
    this.#placed[depth] ??= new Level();
    (this.#placed[depth] as Level).push(index, slot, kind);
  }

  #subtree(leaves: readonly Leaf[], from: number, to: number, depth: number): number {
    if (from === to) return 0;
    if (to - from === 1) {
      const leaf = leaves[from] as Leaf;
      return this.#slots.fromBytes(leaf.source, hashAt(leaf));
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
      written: this.#written,
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
