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

/** Where the leaf at a place ends. */
export function leafEnd(source: Buffer, at: number): number {
  return at + HEAD_BYTES + (source[at + LENGTH_AT] as number);
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
  hash: HashText,
): void {
  for (let i = 0; i < PREFIX_BYTES; i++) target[at + i] = keyHash.charCodeAt(i);
  putHash(hash, target, at + HASH_AT);
  target[at + LENGTH_AT] = key.length;
  target.set(key, at + HEAD_BYTES);
}

/** A leaf by itself. */
export function makeLeaf(key: Uint8Array, value: Uint8Array, height: number): Leaf {
  const source = Buffer.allocUnsafe(leafRoom(key));
  const keyHash = hashText(key);
  putLeaf(source, 0, keyHash, key, leafHash(keyHash, value));
  stampLeaf(source, 0, height);
  return { source, at: 0 };
}

/** Says which height wrote the leaf at a place. */
export function stampLeaf(source: Buffer, at: number, height: number): void {
  putHeight(source, at + PREFIX_BYTES, height);
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

/** Where the hash of the leaf at a place stands. */
export function hashAt(at: number): number {
  return at + HASH_AT;
}

export function keyOf({ source, at }: Leaf): Uint8Array {
  return source.subarray(at + HEAD_BYTES, leafEnd(source, at));
}

export function readBucket(bytes: Buffer): Leaf[] {
  const leaves: Leaf[] = [];
  for (let at = 0; at < bytes.length; at = leafEnd(bytes, at)) leaves.push({ source: bytes, at });
  return leaves;
}

/** The bucket of these leaves. */
export function writeBucket(leaves: readonly Leaf[]): Buffer {
  return Buffer.concat(leaves.map(({ source, at }) => source.subarray(at, leafEnd(source, at))));
}

/**
 * Order of the leaf at a place and a key with its hash: negative, zero where it is the key's,
 * positive.
 */
export function compareKey(source: Buffer, at: number, keyHash: HashText, key: Uint8Array): number {
  for (let i = 0; i < PREFIX_BYTES; i++) {
    const difference = (source[at + i] as number) - keyHash.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  if (hasKey(source, at, key)) return 0;
  return keyHashOf({ source, at }) < keyHash ? -1 : 1;
}

function hasKey(source: Buffer, at: number, key: Uint8Array): boolean {
  if (source[at + LENGTH_AT] !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (source[at + HEAD_BYTES + i] !== key[i]) return false;
  return true;
}

/** Whether the leaf at a place has this hash. */
export function hasHash(source: Buffer, at: number, hash: HashText): boolean {
  for (let i = 0; i < HASH_BYTES; i++) {
    if (source[at + HASH_AT + i] !== hash.charCodeAt(i)) return false;
  }
  return true;
}

/** Leaves as they stand in a bucket. */
export function sorted(leaves: readonly Leaf[]): Leaf[] {
  const hashed = leaves.map((leaf) => ({ leaf, hash: keyHashOf(leaf) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ leaf }) => leaf);
}

/** The bit of the key hash of the leaf at a place that decides at this depth: 0 is left. */
export function bitAt(source: Buffer, at: number, depth: number): number {
  const byte = depth >>> 3;
  const value =
    byte < PREFIX_BYTES
      ? (source[at + byte] as number)
      : keyHashOf({ source, at }).charCodeAt(byte);
  return (value >>> (7 - (depth & 7))) & 1;
}

/** The index of the first of leaves[from..to) that lies in the right half at this depth. */
function splitAt(leaves: readonly Leaf[], from: number, to: number, depth: number): number {
  const isLeft = ({ source, at }: Leaf): boolean => bitAt(source, at, depth) === 0;
  let at = from;
  while (at < to && isLeft(leaves[at] as Leaf)) at++;
  return at;
}

/** The number of leaves of a bucket that stand before this key. */
export function positionOf(leaves: readonly Leaf[], keyHash: HashText, key: Uint8Array): number {
  const isBefore = ({ source, at }: Leaf): boolean => compareKey(source, at, keyHash, key) < 0;
  let at = 0;
  while (at < leaves.length && isBefore(leaves[at] as Leaf)) at++;
  return at;
}

/** Whether a leaf is that of a key. */
export function isLeafOf({ source, at }: Leaf, keyHash: HashText, key: Uint8Array): boolean {
  return compareKey(source, at, keyHash, key) === 0;
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
