/**
 * Buckets: the leaves of one small subtree in one database value. A bucket is its leaves one after
 * the other, ascending by SHA256(key); a leaf is SHA256(key), leaf hash, length of the key, key.
 */
import {
  EMPTY,
  HASH_BYTES,
  type HashText,
  hashText,
  innerHash,
  leafHash,
  putHash,
} from './hash.ts';
import { textOf } from './key-index.ts';

/** A leaf where it stands in the bytes of a bucket. Bytes of buckets are never altered. */
export interface Leaf {
  readonly source: Buffer;
  readonly at: number;
}

const HEAD_BYTES = 2 * HASH_BYTES + 1;

export const EMPTY_BUCKET: Buffer = Buffer.alloc(0);

/** Bytes of a leaf. */
function leafBytes(leaf: Leaf): number {
  return HEAD_BYTES + (leaf.source[leaf.at + HEAD_BYTES - 1] as number);
}

/** Room that a leaf with a key of this length takes. */
export function leafRoom(key: Uint8Array): number {
  return HEAD_BYTES + key.length;
}

/** Writes a leaf into bytes that have room for it. */
export function putLeaf(
  target: Buffer,
  at: number,
  keyHash: HashText,
  key: Uint8Array,
  value: Uint8Array,
): Leaf {
  putHash(keyHash, target, at);
  putHash(leafHash(keyHash, value), target, at + HASH_BYTES);
  target[at + HEAD_BYTES - 1] = key.length;
  target.set(key, at + HEAD_BYTES);
  return { source: target, at };
}

/** A leaf by itself. */
export function makeLeaf(key: Uint8Array, value: Uint8Array): Leaf {
  return putLeaf(Buffer.allocUnsafe(leafRoom(key)), 0, hashText(key), key, value);
}

export function keyHashOf(leaf: Leaf): HashText {
  return textOf(leaf.source.subarray(leaf.at, leaf.at + HASH_BYTES));
}

export function hashOf(leaf: Leaf): Uint8Array {
  return leaf.source.subarray(leaf.at + HASH_BYTES, leaf.at + 2 * HASH_BYTES);
}

export function keyOf(leaf: Leaf): Uint8Array {
  return leaf.source.subarray(leaf.at + HEAD_BYTES, leaf.at + leafBytes(leaf));
}

export function readBucket(bytes: Buffer): Leaf[] {
  const leaves: Leaf[] = [];
  for (let at = 0; at < bytes.length; ) {
    const leaf = { source: bytes, at };
    leaves.push(leaf);
    at += leafBytes(leaf);
  }
  return leaves;
}

/** The bucket of leaves[from..to). */
export function writeBucket(leaves: readonly Leaf[], from: number, to: number): Uint8Array {
  let size = 0;
  for (let i = from; i < to; i++) size += leafBytes(leaves[i] as Leaf);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = from; i < to; ) {
    const { source, at: start } = leaves[i] as Leaf;
    let end = start + leafBytes(leaves[i] as Leaf);
    // PERF: leaves that stand one after the other in their source are copied at once.
    for (i++; i < to; i++) {
      const next = leaves[i] as Leaf;
      if (next.source !== source || next.at !== end) break;
      end += leafBytes(next);
    }
    at += source.copy(bytes, at, start, end);
  }
  return bytes;
}

/** Whether a leaf commits to this value. */
export function isLeafOf(leaf: Leaf, value: Uint8Array): boolean {
  return textOf(hashOf(leaf)) === leafHash(keyHashOf(leaf), value);
}

/** Order of a leaf and a key hash: negative, zero, positive. */
export function compareKeyHash(leaf: Leaf, keyHash: HashText): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = (leaf.source[leaf.at + i] as number) - keyHash.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function sameLeafHash(a: Leaf, b: Leaf): boolean {
  for (let i = HASH_BYTES; i < 2 * HASH_BYTES; i++) {
    if (a.source[a.at + i] !== b.source[b.at + i]) return false;
  }
  return true;
}

/** The bit of a leaf's key hash that decides at this depth: 0 is left. */
function bitAt(leaf: Leaf, depth: number): number {
  return ((leaf.source[leaf.at + (depth >>> 3)] as number) >>> (7 - (depth & 7))) & 1;
}

/** The index of the first of leaves[from..to) that lies in the right half at this depth. */
export function splitAt(leaves: readonly Leaf[], from: number, to: number, depth: number): number {
  let at = from;
  while (at < to && bitAt(leaves[at] as Leaf, depth) === 0) at++;
  return at;
}

/** The bytes of a leaf, shared. */
export function leafRecord(leaf: Leaf): Buffer {
  return leaf.source.subarray(leaf.at, leaf.at + leafBytes(leaf));
}

/** Stands in an undo record for a key that was not there: a leaf without hash and key. */
export function absentRecord(keyHash: HashText): Buffer {
  const record = Buffer.alloc(HEAD_BYTES);
  putHash(keyHash, record, 0);
  return record;
}

/** First byte of an undo record: the leaves that a height changed, or the whole bucket it split. */
export const UNDO_LEAVES: Buffer = Buffer.of(0);
export const UNDO_WHOLE: Buffer = Buffer.of(1);

/** A bucket as it was before the height that wrote this undo record. */
export function undoBucket(leaves: readonly Leaf[], undo: Buffer): Leaf[] {
  const before = readBucket(undo.subarray(1));
  if (undo[0] === UNDO_WHOLE[0]) return before;
  const byHash = new Map(leaves.map((leaf) => [keyHashOf(leaf), leaf]));
  for (const leaf of before) {
    if (keyOf(leaf).length === 0) byHash.delete(keyHashOf(leaf));
    else byHash.set(keyHashOf(leaf), leaf);
  }
  return [...byHash].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, leaf]) => leaf);
}

/** The number of leaves of a bucket that stand before this key hash. */
export function positionOf(leaves: readonly Leaf[], keyHash: HashText): number {
  let at = 0;
  while (at < leaves.length && compareKeyHash(leaves[at] as Leaf, keyHash) < 0) at++;
  return at;
}

/** The hash of the subtree that starts at `depth` and holds leaves[from..to). */
export function subtreeHash(
  leaves: readonly Leaf[],
  from: number,
  to: number,
  depth: number,
): Uint8Array {
  if (from === to) return EMPTY;
  if (to - from === 1) return hashOf(leaves[from] as Leaf);
  const middle = splitAt(leaves, from, to, depth);
  return innerHash(
    subtreeHash(leaves, from, middle, depth + 1),
    subtreeHash(leaves, middle, to, depth + 1),
  );
}

/** One step of a path to the root: the sibling's hash and the side on which it stands. */
export interface Step {
  readonly sibling: Uint8Array;
  readonly side: 'left' | 'right';
}

/** The steps from leaf number `position` up to the subtree that starts at `depth`. */
export function pathInside(leaves: readonly Leaf[], position: number, depth: number): Step[] {
  const steps: Step[] = [];
  let [from, to, at] = [0, leaves.length, depth];
  while (to - from > 1) {
    const middle = splitAt(leaves, from, to, at++);
    if (position < middle) {
      steps.push({ sibling: subtreeHash(leaves, middle, to, at), side: 'right' });
      to = middle;
    } else {
      steps.push({ sibling: subtreeHash(leaves, from, middle, at), side: 'left' });
      from = middle;
    }
  }
  return steps.reverse();
}
