/**
 * From the writes of a block to the edits of one module's tree: hashed, sorted, merged by bucket.
 */
import { setImmediate } from 'node:timers/promises';
import {
  compareKey,
  EMPTY_BUCKET,
  type Leaf,
  leafRoom,
  putLeaf,
  readBucket,
  sameLeafHash,
  stampLeaf,
} from './bucket.ts';
import { type HashText, hashText } from './hash.ts';
import type { KeptTree } from './kept-tree.ts';
import { HEIGHT_BYTES, putHeight } from './layout.ts';
import type { Change } from './overlay.ts';
import { type BucketEdit, planTree, type TreePlan } from './smt-plan.ts';

/**
 * A write that changes something: the row it leaves, if any, and the row that it replaces. PERF:
 * the row is a place in memory that all rows share.
 */
export interface Effect extends Edit {
  readonly before: Uint8Array | undefined;
}

/** What a block does to one module; nothing is written yet. */
export interface PreparedModule {
  readonly kept: KeptTree;
  readonly effects: readonly Effect[];
  readonly plan: TreePlan;
}

/** How `prepareModule` reads the head. */
export interface HeadAccess {
  row(module: string, key: Uint8Array): Uint8Array | undefined;
  /** The bytes of a bucket of the head's tree. */
  bucket(kept: KeptTree, index: number): Buffer;
}

/** One write on its way: the new leaf, with the new row behind it; neither for a deletion. */
interface Edit {
  readonly key: Uint8Array;
  readonly keyHash: HashText;
  readonly leaf: Leaf | undefined;
  readonly rowEnd: number;
}

/** The row that a write leaves, if any. */
export function rowOf({ leaf, rowEnd, key }: Edit): Buffer | undefined {
  return leaf?.source.subarray(leaf.at + leafRoom(key), rowEnd);
}

/** Writes between two breaths of the event loop, about 3 ms of work. */
const SLICE = 512;

/** Computes the module's next tree; writes that change nothing fall out. */
export async function prepareModule(
  head: HeadAccess,
  kept: KeptTree,
  writes: readonly Change[],
): Promise<PreparedModule> {
  const edits = await makeEdits(writes);
  const { tree } = kept;
  const effects: Effect[] = [];
  const buckets: BucketEdit[] = [];
  let size = tree.size;
  let breath = SLICE;
  for (let from = 0; from < edits.length; ) {
    const index = tree.locate((edits[from] as Edit).keyHash);
    let to = from + 1;
    while (to < edits.length && tree.locate((edits[to] as Edit).keyHash) === index) to++;
    const whole = tree.kind(index) === 0 ? EMPTY_BUCKET : head.bucket(kept, index);
    const before = readBucket(whole);
    const effectsBefore = effects.length;
    const leaves = merge(before, edits, from, to, ({ key, keyHash, leaf, rowEnd }, old) => {
      const before = old && head.row(kept.module, key);
      effects.push({ key, keyHash, leaf, rowEnd, before });
    });
    if (effects.length > effectsBefore) buckets.push({ index, leaves });
    size += leaves.length - before.length;
    if (to > breath) {
      breath = to + SLICE;
      await setImmediate();
    }
    from = to;
  }
  return { kept, effects, plan: planTree(tree, buckets, size) };
}

/** The writes hashed, ascending by the hashes of their keys. */
async function makeEdits(writes: readonly Change[]): Promise<Edit[]> {
  // PERF: all new leaves and rows in one piece of memory.
  const roomOf = ([key, value]: Change): number =>
    value === undefined ? 0 : leafRoom(key) + HEIGHT_BYTES + value.length;
  const target = Buffer.allocUnsafeSlow(writes.reduce((sum, write) => sum + roomOf(write), 0));
  let at = 0;
  const edits: Edit[] = [];
  for (const [key, value] of writes) {
    const keyHash = hashText(key);
    let leaf: Leaf | undefined;
    if (value !== undefined) {
      leaf = putLeaf(target, at, keyHash, key, value);
      const row = at + leafRoom(key) + HEIGHT_BYTES;
      target.set(value, row);
      at = row + value.length;
    }
    edits.push({ key, keyHash, leaf, rowEnd: at });
    if (edits.length % SLICE === 0) await setImmediate();
  }
  return edits.sort((a, b) => (a.keyHash < b.keyHash ? -1 : 1));
}

/** Says which height writes the new rows and leaves. */
export function stampEffects(effects: readonly Effect[], height: number): void {
  for (const { leaf, key } of effects) {
    if (leaf === undefined) continue;
    stampLeaf(leaf, height);
    putHeight(leaf.source, leaf.at + leafRoom(key), height);
  }
}

/** The leaves of a bucket after edits[from..to); `effect` is called for those that change it. */
function merge(
  before: readonly Leaf[],
  edits: readonly Edit[],
  from: number,
  to: number,
  effect: (edit: Edit, old: Leaf | undefined) => void,
): Leaf[] {
  const leaves: Leaf[] = [];
  let at = 0;
  for (let i = from; i < to; i++) {
    const edit = edits[i] as Edit;
    let order = -1;
    for (; at < before.length; at++) {
      const leaf = before[at] as Leaf;
      order = compareKey(leaf, edit.keyHash, edit.key);
      if (order >= 0) break;
      leaves.push(leaf);
    }
    const old = at < before.length && order === 0 ? before[at++] : undefined;
    const unchanged =
      old === undefined
        ? edit.leaf === undefined
        : edit.leaf !== undefined && sameLeafHash(old, edit.leaf);
    const next = unchanged ? old : edit.leaf;
    if (next !== undefined) leaves.push(next);
    if (!unchanged) effect(edit, old);
  }
  while (at < before.length) leaves.push(before[at++] as Leaf);
  return leaves;
}
