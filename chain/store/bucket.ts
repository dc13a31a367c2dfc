/**
 * Buckets: the leaves of one small subtree in one database value. A bucket is its leaves one after
 * the other, ascending by SHA256(key); a leaf is the first 6 bytes of SHA256(key), the height that
 * wrote it (6 bytes), the leaf hash, the length of the key, the key.
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
import { heightAt, PREFIX_BYTES, putHeight } from './layout.ts';

/** A leaf where it stands in the bytes of a bucket. */
export interface Leaf {
  readonly source: Buffer;
  readonly at: number;
}

const HASH_AT = PREFIX_BYTES + 6;
const LENGTH_AT = HASH_AT + HASH_BYTES;
const HEAD_BYTES = LENGTH_AT + 1;

export const EMPTY_BUCKET: Buffer = Buffer.alloc(0);

/** Bytes of a leaf. */
function leafBytes(leaf: Leaf): number {
  return HEAD_BYTES + (leaf.source[leaf.at + LENGTH_AT] as number);
}

/** Room that a leaf with a key of this length takes. */
export function leafRoom(key: Uint8Array): number {
  return HEAD_BYTES + key.length;
}

/** Writes a leaf into bytes that have room for it, all but its height. */
export function putLeaf(
  target: Buffer,
  at: number,
  keyHash: HashText,
  key: Uint8Array,
  value: Uint8Array,
): Leaf {
  for (let i = 0; i < PREFIX_BYTES; i++) target[at + i] = keyHash.charCodeAt(i);
  putHash(leafHash(keyHash, value), target, at + HASH_AT);
  target[at + LENGTH_AT] = key.length;
  target.set(key, at + HEAD_BYTES);
  return { source: target, at };
}

/** A leaf by itself. */
export function makeLeaf(key: Uint8Array, value: Uint8Array, height: number): Leaf {
  const leaf = putLeaf(Buffer.allocUnsafe(leafRoom(key)), 0, hashText(key), key, value);
  stampLeaf(leaf, height);
  return leaf;
}

/** Says which height wrote a leaf. */
export function stampLeaf(leaf: Leaf, height: number): void {
  putHeight(leaf.source, leaf.at + PREFIX_BYTES, height);
}

/** The height that wrote a leaf. */
export function heightOf(leaf: Leaf): number {
  return heightAt(leaf.source, leaf.at + PREFIX_BYTES);
}

export function keyHashOf(leaf: Leaf): HashText {
  return hashText(keyOf(leaf));
}

export function hashOf(leaf: Leaf): Uint8Array {
  return leaf.source.subarray(leaf.at + HASH_AT, leaf.at + LENGTH_AT);
}

/** Where the hash of a leaf stands in its source. */
export function hashAt(leaf: Leaf): number {
  return leaf.at + HASH_AT;
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

/** The bytes that leaves[from..to) take. */
export function bucketRoom(leaves: readonly Leaf[], from: number, to: number): number {
  let size = 0;
  for (let i = from; i < to; i++) size += leafBytes(leaves[i] as Leaf);
  return size;
}

/** Writes the bucket of leaves[from..to) into bytes that have room for it. */
export function putBucket(
  target: Buffer,
  start: number,
  leaves: readonly Leaf[],
  from: number,
  to: number,
): void {
  let at = start;
  for (let i = from; i < to; ) {
    const { source, at: first } = leaves[i] as Leaf;
    let end = first + leafBytes(leaves[i] as Leaf);
    // PERF: leaves that stand one after the other in their source are copied at once.
    for (i++; i < to; i++) {
      const next = leaves[i] as Leaf;
      if (next.source !== source || next.at !== end) break;
      end += leafBytes(next);
    }
    at += source.copy(target, at, first, end);
  }
}

/** The bucket of all these leaves. */
export function writeBucket(leaves: readonly Leaf[]): Buffer {
  const bytes = Buffer.allocUnsafe(bucketRoom(leaves, 0, leaves.length));
  putBucket(bytes, 0, leaves, 0, leaves.length);
  return bytes;
}

/** Order of a leaf and a key with its hash: negative, zero where it is the key's, positive. */
export function compareKey(leaf: Leaf, keyHash: HashText, key: Uint8Array): number {
  const { source, at } = leaf;
  for (let i = 0; i < PREFIX_BYTES; i++) {
    const difference = (source[at + i] as number) - keyHash.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  if (hasKey(leaf, key)) return 0;
  return keyHashOf(leaf) < keyHash ? -1 : 1;
}

function hasKey({ source, at }: Leaf, key: Uint8Array): boolean {
  if (source[at + LENGTH_AT] !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (source[at + HEAD_BYTES + i] !== key[i]) return false;
  return true;
}

/** Leaves as they stand in a bucket. */
export function sorted(leaves: readonly Leaf[]): Leaf[] {
  const hashed = leaves.map((leaf) => ({ leaf, hash: keyHashOf(leaf) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ leaf }) => leaf);
}

export function sameLeafHash(a: Leaf, b: Leaf): boolean {
  for (let i = HASH_AT; i < LENGTH_AT; i++) {
    if (a.source[a.at + i] !== b.source[b.at + i]) return false;
  }
  return true;
}

/** The bit of a leaf's key hash that decides at this depth: 0 is left. */
function bitAt(leaf: Leaf, depth: number): number {
  const byte = depth >>> 3;
  const value =
    byte < PREFIX_BYTES
      ? (leaf.source[leaf.at + byte] as number)
      : keyHashOf(leaf).charCodeAt(byte);
  return (value >>> (7 - (depth & 7))) & 1;
}

/** The index of the first of leaves[from..to) that lies in the right half at this depth. */
export function splitAt(leaves: readonly Leaf[], from: number, to: number, depth: number): number {
  let at = from;
  while (at < to && bitAt(leaves[at] as Leaf, depth) === 0) at++;
  return at;
}

/** The number of leaves of a bucket that stand before this key. */
export function positionOf(leaves: readonly Leaf[], keyHash: HashText, key: Uint8Array): number {
  let at = 0;
  while (at < leaves.length && compareKey(leaves[at] as Leaf, keyHash, key) < 0) at++;
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

/** The text of a leaf's key. */
export function keyTextOf(leaf: Leaf): string {
  return textOf(keyOf(leaf));
}
