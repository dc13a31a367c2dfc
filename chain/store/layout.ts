/**
 * The whole layout of the database on this page. A key begins with one letter; module and space
 * names are ASCII with their length before them; heights in keys are 6 bytes, big-endian. A *row*
 * is the height that wrote a value, 6 bytes, and the value.
 *
 *   f                             the format version, ASCII
 *   h                             the head: height || first height of the unbroken row kept
 *   c                             how far pruning has come, and the older heights kept
 *   s                             where the next slice of a sweep begins, while there is one
 *   d module key                  flat state at the head: a row
 *   o module escaped(key) until   history: the row that stood until (not at) this height
 *   v height                      version: app hash; per module name, root, leaves, bucket depth
 *   k height                      keys written at this height (flat, aux), to prune and roll back
 *   t height                      tree log: buckets and pages written and replaced at this height
 *   b module start depth          bucket: leaves at the head (bucket.ts) of the node at this depth
 *                                 whose range of key hashes begins here
 *   w module hash until key       a leaf deleted at this height (below the unbroken row: replaced),
 *                                 under the first bytes of its key's hash
 *   p module page stamp           states of the buckets of one page as of height `stamp`
 *   a space height key            aux rows of a height: outside the app hash, dropped by a rollback
 *   u space key                   aux rows without a height: survive a rollback
 *
 * A read at height H takes the flat row if it was written by then; else the first history row with
 * until > H, if that was; else the key was absent. So an insertion leaves no history, and whoever
 * reads the flat row first finds the same whatever is written meanwhile. The leaves of a bucket at
 * H are those that stand in its range at the head, and those deleted since, each as of H.
 *
 * Pages are never overwritten: those of old heights stay until they are pruned. The states of all
 * buckets (heap index, kind, hash) are memory at the head; to know them at height H: read each
 * page's last version <= H, then the tree logs of the last LOG_WINDOW heights. That is what opening
 * the store does, and what a proof at an old height does. `records.ts` has the values.
 */
import type { Bounds } from '../../modules/_kernel/state.ts';
import { depthOf } from './smt.ts';

export const FORMAT = 'artel-store/2';

/** Every dirty page is written once in so many heights. */
export const PAGE_PERIOD = 256;

/** Tree logs needed to bring the pages of a height up to it: those of heights > H - LOG_WINDOW. */
export const LOG_WINDOW = PAGE_PERIOD + 1;

/** Bytes of a height in keys and rows: 2^48 heights, one a second, last 9 million years. */
export const HEIGHT_BYTES = 6;

/** Bytes of SHA256(key) that stand in a leaf and in the key of a deleted one. */
export const PREFIX_BYTES = 6;

/** Levels of the tree below a page: the least, and one less than the most. */
const PAGE_LEVELS = 8;
const PAGE_STEP = 4;

const letter = (text: string): number => text.charCodeAt(0);

const names = new Map<string, Uint8Array>();

/** A name with its length before it. PERF: names are few and repeat. */
function named(name: string): Uint8Array {
  let bytes = names.get(name);
  if (bytes === undefined) {
    const text = Buffer.from(name);
    if (text.length === 0 || text.length > 64) {
      throw new Error(`a module or space name has 1 to 64 bytes, "${name}" has ${text.length}`);
    }
    bytes = Buffer.concat([Buffer.of(text.length), text]);
    names.set(name, bytes);
  }
  return bytes;
}

/** A key with `room` undefined bytes at its end. */
function keyOf(prefix: string, name: string, room: number): Buffer {
  const head = named(name);
  const key = Buffer.allocUnsafe(1 + head.length + room);
  key[0] = letter(prefix);
  key.set(head, 1);
  return key;
}

function keyWith(prefix: string, name: string, tail: Uint8Array): Buffer {
  const key = keyOf(prefix, name, tail.length);
  key.set(tail, key.length - tail.length);
  return key;
}

/** PERF: a height without a bigint. */
export function putHeight(bytes: Uint8Array, at: number, height: number): void {
  const high = Math.floor(height / 2 ** 32);
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = height >>> 24;
  bytes[at + 3] = height >>> 16;
  bytes[at + 4] = height >>> 8;
  bytes[at + 5] = height;
}

export function heightAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low =
    ((bytes[at + 2] as number) << 24) |
    ((bytes[at + 3] as number) << 16) |
    ((bytes[at + 4] as number) << 8) |
    (bytes[at + 5] as number);
  return high * 2 ** 32 + (low >>> 0);
}

export const formatKey: Uint8Array = Buffer.from('f');
export const headKey: Uint8Array = Buffer.from('h');
export const prunedKey: Uint8Array = Buffer.from('c');
export const sweepKey: Uint8Array = Buffer.from('s');

export function flatKey(module: string, key: Uint8Array): Uint8Array {
  return keyWith('d', module, key);
}

/** Bytes before the raw key in a flat key. */
export function flatPrefixLength(module: string): number {
  return 1 + named(module).length;
}

/** The height that wrote a row. */
export function writtenAt(row: Uint8Array): number {
  return heightAt(row, 0);
}

/** The value in a row, shared. */
export function valueIn(row: Uint8Array): Uint8Array {
  return row.subarray(HEIGHT_BYTES);
}

/**
 * 00 -> 00 ff, then 00 00 at the end: keeps the order of raw keys, and no key is another's prefix.
 * `room` bytes are left at the end.
 */
function escapedKey(prefix: string, module: string, key: Uint8Array, room: number): Buffer {
  let zeros = 0;
  for (let i = 0; i < key.length; i++) if (key[i] === 0) zeros++;
  const bytes = keyOf(prefix, module, key.length + zeros + 2 + room);
  let at = 1 + named(module).length;
  for (let i = 0; i < key.length; i++) {
    bytes[at++] = key[i] as number;
    if (key[i] === 0) bytes[at++] = 0xff;
  }
  bytes[at] = 0;
  bytes[at + 1] = 0;
  return bytes;
}

export function historyKey(module: string, key: Uint8Array, until: number): Uint8Array {
  const bytes = escapedKey('o', module, key, HEIGHT_BYTES);
  putHeight(bytes, bytes.length - HEIGHT_BYTES, until);
  return bytes;
}

/** All history of the keys of a range. */
export function historyBounds(
  module: string,
  gte: Uint8Array,
  lt: Uint8Array,
): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: escapedKey('o', module, gte, 0), lt: escapedKey('o', module, lt, 0) };
}

/** Stands behind the history of a key, and before that of the next one. */
export function afterHistory(module: string, key: Uint8Array): Uint8Array {
  const bytes = escapedKey('o', module, key, HEIGHT_BYTES);
  bytes.fill(0xff, bytes.length - HEIGHT_BYTES);
  return bytes;
}

/** History of one key with until > height, first first. */
export function historyAfter(
  module: string,
  key: Uint8Array,
  height: number,
): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: historyKey(module, key, height + 1), lt: afterHistory(module, key) };
}

/** The raw key and the height of a history key. */
export function readHistoryKey(module: string, bytes: Uint8Array): [Uint8Array, number] {
  const start = 1 + named(module).length;
  const end = bytes.length - HEIGHT_BYTES - 2;
  const key: number[] = [];
  for (let at = start; at < end; at++) {
    key.push(bytes[at] as number);
    if (bytes[at] === 0) at++;
  }
  return [Uint8Array.from(key), heightAt(bytes, end + 2)];
}

/** The module in a key that begins with a letter and one. */
export function moduleIn(bytes: Uint8Array): string {
  const end = 2 + (bytes[1] as number);
  return Buffer.from(bytes.subarray(2, end)).toString();
}

/** The height of a key that is a letter and a height. */
export function heightIn(bytes: Uint8Array): number {
  return heightAt(bytes, 1);
}

function heightKey(prefix: string, height: number): Uint8Array {
  const key = Buffer.allocUnsafe(1 + HEIGHT_BYTES);
  key[0] = letter(prefix);
  putHeight(key, 1, height);
  return key;
}

export const versionKey = (height: number): Uint8Array => heightKey('v', height);
export const keysKey = (height: number): Uint8Array => heightKey('k', height);
export const treeLogKey = (height: number): Uint8Array => heightKey('t', height);

/** The first 32 bits of the key hashes below a node; the end of the last node is 2^32. */
function startOf(index: number): number {
  const depth = depthOf(index);
  return (index - 2 ** depth) * 2 ** (32 - depth);
}

export function bucketKey(module: string, index: number): Uint8Array {
  const key = keyOf('b', module, 5);
  key.writeUInt32BE(startOf(index), key.length - 5);
  key[key.length - 1] = depthOf(index);
  return key;
}

/** Everything that begins with a key hash below a node. */
function below(prefix: string, module: string, index: number): Bounds {
  const gte = keyOf(prefix, module, 4);
  gte.writeUInt32BE(startOf(index), gte.length - 4);
  const end = startOf(index) + 2 ** (32 - depthOf(index));
  const last = end === 2 ** 32;
  const lt = keyOf(prefix, module, last ? PREFIX_BYTES + HEIGHT_BYTES : 4);
  if (last) lt.fill(0xff, 1 + named(module).length);
  else lt.writeUInt32BE(end, lt.length - 4);
  return { gte, lt };
}

/** The buckets that stand at the head where a node stands, or below it. */
export function bucketsBelow(module: string, index: number): Bounds {
  return below('b', module, index);
}

/** `hash`: SHA256 of the key. */
export function deletedKey(
  module: string,
  hash: Uint8Array,
  until: number,
  key: Uint8Array,
): Uint8Array {
  const bytes = keyOf('w', module, PREFIX_BYTES + HEIGHT_BYTES + key.length);
  const at = bytes.length - key.length;
  for (let i = 0; i < PREFIX_BYTES; i++) {
    bytes[at - HEIGHT_BYTES - PREFIX_BYTES + i] = hash[i] as number;
  }
  putHeight(bytes, at - HEIGHT_BYTES, until);
  bytes.set(key, at);
  return bytes;
}

/** The leaves deleted below a node. */
export function deletedBelow(module: string, index: number): Bounds {
  return below('w', module, index);
}

/** The height of a deletion, and the key, shared. */
export function readDeletedKey(module: string, bytes: Uint8Array): [number, Uint8Array] {
  const at = 1 + named(module).length + PREFIX_BYTES;
  return [heightAt(bytes, at), bytes.subarray(at + HEIGHT_BYTES)];
}

export function pageKey(module: string, page: number, stamp: number): Uint8Array {
  const key = keyOf('p', module, 4 + HEIGHT_BYTES);
  key.writeUInt32BE(page, key.length - HEIGHT_BYTES - 4);
  putHeight(key, key.length - HEIGHT_BYTES, stamp);
  return key;
}

/** The page of a page's key. */
export function pageIn(key: Uint8Array): number {
  const at = key.length - HEIGHT_BYTES - 4;
  return new DataView(key.buffer, key.byteOffset + at, 4).getUint32(0);
}

/** The stamp of a page's key. */
export function stampOf(key: Uint8Array): number {
  return heightAt(key, key.length - HEIGHT_BYTES);
}

export function auxKey(space: string, height: bigint, key: Uint8Array): Uint8Array {
  const tail = Buffer.allocUnsafe(8 + key.length);
  tail.writeBigUInt64BE(height);
  tail.set(key, 8);
  return keyWith('a', space, tail);
}

/** The height and the key of an aux row. */
export function readAuxKey(space: string, bytes: Uint8Array): [bigint, Uint8Array] {
  const start = 1 + named(space).length;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.readBigUInt64BE(start), bytes.subarray(start + 8)];
}

export function undatedKey(space: string, key: Uint8Array): Uint8Array {
  return keyWith('u', space, key);
}

/**
 * The depth of the nodes below which pages lie, in a tree with buckets as deep as `depth`. It moves
 * once in four levels, since all pages are written anew then.
 */
export function pageDepthFor(depth: number): number {
  return Math.max(0, Math.floor((depth - PAGE_LEVELS) / PAGE_STEP) * PAGE_STEP);
}

/** The page of a bucket: the node above it at the page depth, or the leftmost one below it. */
export function pageOf(index: number, pageDepth: number): number {
  const depth = depthOf(index);
  return depth >= pageDepth ? index >>> (depth - pageDepth) : index << (pageDepth - depth);
}
