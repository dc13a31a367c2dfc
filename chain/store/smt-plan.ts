/**
 * What the new buckets of a block do to a module's tree, computed without touching it: everything
 * above them is hashed, all pairs of one depth in few calls.
 */
import { BUCKET, type Kind, kindIn, Level, merge } from './levels.ts';
import { copyHash, hashBytes, pairHashing } from './slots.ts';
import type { ModuleTree } from './smt.ts';

/** What a block does to a tree: computed without touching it, then applied or forgotten. */
export interface TreePlan {
  readonly root: Uint8Array;
  readonly size: number;
  readonly depth: number;
  /** Buckets that were split. */
  readonly removed: readonly number[];
  /** All nodes that change, new buckets among them. */
  readonly levels: readonly Level[];
}

/** New buckets of a tree, by their depth. */
export interface Placed {
  /** The depth that buckets may have. */
  readonly depth: number;
  readonly buckets: readonly (Level | undefined)[];
  readonly removed: readonly number[];
  /** Leaves of the whole tree. */
  readonly size: number;
}

/** Computes the tree that new buckets lead to. */
export function planTree(tree: ModuleTree, placed: Placed): TreePlan {
  const { depth, buckets, removed, size } = placed;
  const levels: Level[] = [];
  let level = buckets[depth] ?? new Level();
  for (let at = depth; at > 0; at--) {
    levels.push(level);
    const parents = parentsOf(tree, level);
    level = merge(buckets[at - 1] ?? new Level(), parents);
  }
  levels.push(level);
  const root = level.length === 0 ? tree.root : hashBytes(level.hashes, 0);
  return { root, size, depth, removed, levels };
}

/** The nodes above a level; a child that did not change is the tree's. */
function parentsOf(tree: ModuleTree, level: Level): Level {
  const parents = new Level(level.length);
  pairHashing.into(parents.hashes);
  for (let i = 0; i < level.length; i++) {
    const index = level.index[i] as number;
    const isLeft = (index & 1) === 0;
    const own = kindIn(level.note[i] as number);
    const hasOther = isLeft && i + 1 < level.length && level.index[i + 1] === index + 1;
    const others = hasOther ? level.hashes : tree.hashes;
    const other = hasOther ? i + 1 : index ^ 1;
    const otherKind = hasOther ? kindIn(level.note[i + 1] as number) : tree.kind(index ^ 1);
    const kind = Math.min(2, own + otherKind) as Kind;
    const parent = parents.add(index >>> 1, kind);
    if (kind === 1) {
      if (own === 1) copyHash(level.hashes, i, parents.hashes, parent);
      else copyHash(others, other, parents.hashes, parent);
    } else if (kind === 2) {
      if (isLeft) pairHashing.add(level.hashes, i, others, other, parent);
      else pairHashing.add(others, other, level.hashes, i, parent);
    }
    if (hasOther) i++;
  }
  pairHashing.flush();
  return parents;
}

/** Visits the new buckets of a plan: index, kind, and where the hash stands. */
export function visitBuckets(
  { levels }: TreePlan,
  visit: (index: number, kind: Kind, hashes: Uint32Array, at: number) => void,
): void {
  for (const { index, note, hashes, length } of levels) {
    for (let at = 0; at < length; at++) {
      const noted = note[at] as number;
      if ((noted & BUCKET) !== 0) visit(index[at] as number, kindIn(noted), hashes, at);
    }
  }
}
