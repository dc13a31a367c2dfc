/**
 * From the writes of a block to the edits of one module's tree: hashed, sorted, merged by bucket.
 */
import { setImmediate } from 'node:timers/promises';
import {
  absentRecord,
  compareKeyHash,
  EMPTY_BUCKET,
  type Leaf,
  leafRecord,
  leafRoom,
  putLeaf,
  readBucket,
  sameLeafHash,
  UNDO_LEAVES,
} from './bucket.ts';
import { type HashText, hashText } from './hash.ts';
import type { KeptTree } from './kept-tree.ts';
import { textOf } from './key-index.ts';
import type { Change } from './overlay.ts';
import { type BucketEdit, planTree, type TreePlan } from './smt-plan.ts';

/** A write that changes something. `before` is what it replaces or removes; `text` is the key's. */
export interface Effect {
  readonly key: Uint8Array;
  readonly text: string;
  readonly value: Uint8Array | undefined;
  readonly before: Uint8Array | undefined;
}

/** What a block does to one module; nothing is written yet. */
export interface PreparedModule {
  readonly kept: KeptTree;
  readonly effects: readonly Effect[];
  readonly plan: TreePlan;
  /** What leads back from the buckets that change to what they are now. */
  readonly undos: ReadonlyMap<number, BucketUndo>;
}

/** A bucket before the block, and of it the leaves that the block changes. */
export interface BucketUndo {
  readonly whole: Buffer;
  readonly changed: Buffer;
}

/** How `prepareModule` reads the head. */
export interface HeadAccess {
  value(module: string, key: Uint8Array, text: string): Uint8Array | undefined;
  /** The bytes of a bucket of the head's tree. */
  bucket(kept: KeptTree, index: number): Buffer;
}

/** One write on its way: `leaf` is absent for a deletion. */
interface Edit {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly keyHash: HashText;
  readonly leaf: Leaf | undefined;
}

/** Writes between two breaths of the event loop, about 3 ms of work. */
const SLICE = 512;

/** Computes the module's next tree; writes that change nothing fall out. */
export async function prepareModule(
  head: HeadAccess,
  kept: KeptTree,
  writes: readonly Change[],
): Promise<PreparedModule> {
  // PERF: all new leaves in one piece of memory.
  const room = writes.reduce((sum, [key, value]) => sum + (value ? leafRoom(key) : 0), 0);
  const target = Buffer.allocUnsafeSlow(room);
  let at = 0;
  const edits: Edit[] = [];
  for (const [key, value] of writes) {
    const keyHash = hashText(key);
    const leaf = value === undefined ? undefined : putLeaf(target, at, keyHash, key, value);
    if (leaf !== undefined) at += leafRoom(key);
    edits.push({ key, value, keyHash, leaf });
    if (edits.length % SLICE === 0) await setImmediate();
  }
  edits.sort((a, b) => (a.keyHash < b.keyHash ? -1 : 1));
  const { tree } = kept;
  const effects: Effect[] = [];
  const buckets: BucketEdit[] = [];
  const undos = new Map<number, BucketUndo>();
  let size = tree.size;
  let breath = SLICE;
  for (let from = 0; from < edits.length; ) {
    const index = tree.locate((edits[from] as Edit).keyHash);
    let to = from + 1;
    while (to < edits.length && tree.locate((edits[to] as Edit).keyHash) === index) to++;
    const whole = tree.kind(index) === 0 ? EMPTY_BUCKET : head.bucket(kept, index);
    const before = readBucket(whole);
    const changed: Buffer[] = [];
    const leaves = merge(before, edits, from, to, ({ key, value, keyHash }, old) => {
      const text = textOf(key);
      const before = old && head.value(kept.module, key, text);
      effects.push({ key, text, value, before });
      changed.push(old === undefined ? absentRecord(keyHash) : leafRecord(old));
    });
    if (changed.length > 0) {
      buckets.push({ index, leaves });
      undos.set(index, { whole, changed: Buffer.concat([UNDO_LEAVES, ...changed]) });
    }
    size += leaves.length - before.length;
    if (to > breath) {
      breath = to + SLICE;
      await setImmediate();
    }
    from = to;
  }
  return { kept, effects, undos, plan: planTree(tree, buckets, size) };
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
      order = compareKeyHash(leaf, edit.keyHash);
      if (order >= 0) break;
      leaves.push(leaf);
    }
    const old = at < before.length && order === 0 ? before[at++] : undefined;
    if (edit.leaf !== undefined) leaves.push(edit.leaf);
    const unchanged =
      old === undefined
        ? edit.leaf === undefined
        : edit.leaf !== undefined && sameLeafHash(old, edit.leaf);
    if (!unchanged) effect(edit, old);
  }
  while (at < before.length) leaves.push(before[at++] as Leaf);
  return leaves;
}
