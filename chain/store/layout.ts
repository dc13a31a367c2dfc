/**
 * The whole layout of the database on this page. A key begins with one letter; module and space
 * names are ASCII with their length before them; heights and stamps are 8 bytes, big-endian.
 *
 *   f                             the format version, ASCII
 *   h                             the head: height || oldest height kept
 *   d module key                  flat state at the head: value
 *   o module escaped(key) until   history: the value until (not at) this height; empty = was absent
 *   v height                      version: app hash; per module name, root, leaves, bucket depth
 *   k height                      keys written at this height (flat, aux), to prune and roll back
 *   t height                      tree log: buckets and pages written and replaced at this height
 *   b module bucket               leaves of a bucket at the head (bucket.ts)
 *   w module bucket until         what the bucket held until this height, where it changed then
 *   p module page stamp           states of the buckets of one page as of height `stamp`
 *   a space height key            aux rows of a height: outside the app hash, dropped by a rollback
 *   u space key                   aux rows without a height: survive a rollback
 *
 * A read at height H takes the first history entry of the key with until > H, else the head's
 * value. A bucket at height H is the head's with all `w` entries with until > H undone, last first.
 * Pages are never overwritten: those of old heights stay until they are pruned. The states of all
 * buckets (heap index, kind, stamp = height of the last write, hash) are memory at the head; to
 * know them at height H: read each page's last version <= H, then the tree logs of the last
 * LOG_WINDOW heights. That is what opening the store does, and what a proof at an old height does.
 */
import type { Bounds } from '../../modules/_kernel/state.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { StoreCorrupt } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import { type BucketState, depthOf, type Kind } from './smt.ts';

export const FORMAT = 'artel-store/1';

/** Every dirty page is written once in so many heights. */
export const PAGE_PERIOD = 64;

/** Tree logs needed to bring the pages of a height up to it: those of heights > H - LOG_WINDOW. */
export const LOG_WINDOW = PAGE_PERIOD + 1;

/** Buckets of a page lie below one node at this many levels above the deepest buckets. */
const PAGE_LEVELS = 8;

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

function keyWith(prefix: string, name: string, tail: Uint8Array): Buffer {
  const head = named(name);
  const key = Buffer.allocUnsafe(1 + head.length + tail.length);
  key[0] = letter(prefix);
  key.set(head, 1);
  key.set(tail, 1 + head.length);
  return key;
}

export const formatKey: Uint8Array = Buffer.from('f');
export const headKey: Uint8Array = Buffer.from('h');

export function flatKey(module: string, key: Uint8Array): Uint8Array {
  return keyWith('d', module, key);
}

/** Bytes before the raw key in a flat key. */
export function flatPrefixLength(module: string): number {
  return 1 + named(module).length;
}

/**
 * 00 -> 00 ff, then 00 00 at the end: keeps the order of raw keys, and no key is another's prefix.
 * `room` bytes are left at the end.
 */
function escapedKey(prefix: string, module: string, key: Uint8Array, room: number): Buffer {
  const head = named(module);
  let zeros = 0;
  for (let i = 0; i < key.length; i++) if (key[i] === 0) zeros++;
  const bytes = Buffer.allocUnsafe(3 + head.length + key.length + zeros + room);
  bytes[0] = letter(prefix);
  bytes.set(head, 1);
  let at = 1 + head.length;
  for (let i = 0; i < key.length; i++) {
    bytes[at++] = key[i] as number;
    if (key[i] === 0) bytes[at++] = 0xff;
  }
  bytes[at] = 0;
  bytes[at + 1] = 0;
  return bytes;
}

/** PERF: a height without a bigint. */
function putHeight(bytes: Buffer, at: number, height: number): void {
  bytes.writeUInt32BE(Math.floor(height / 2 ** 32), at);
  bytes.writeUInt32BE(height % 2 ** 32, at + 4);
}

export function historyKey(module: string, key: Uint8Array, until: number): Uint8Array {
  const bytes = escapedKey('o', module, key, 8);
  putHeight(bytes, bytes.length - 8, until);
  return bytes;
}

/** All history of the keys of a range. */
export function historyBounds(module: string, gte: Uint8Array, lt: Uint8Array): Bounds {
  return { gte: escapedKey('o', module, gte, 0), lt: escapedKey('o', module, lt, 0) };
}

/** History of one key with until > height, first first. */
export function historyAfter(module: string, key: Uint8Array, height: number): Bounds {
  const lt = escapedKey('o', module, key, 8);
  lt.fill(0xff, lt.length - 8);
  return { gte: historyKey(module, key, height + 1), lt };
}

/** The raw key and the height of a history key. */
export function readHistoryKey(module: string, bytes: Uint8Array): [Uint8Array, number] {
  const start = 1 + named(module).length;
  const end = bytes.length - 10;
  const key: number[] = [];
  for (let at = start; at < end; at++) {
    key.push(bytes[at] as number);
    if (bytes[at] === 0) at++;
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [Uint8Array.from(key), Number(view.readBigUInt64BE(end + 2))];
}

function heightKey(prefix: string, height: number): Uint8Array {
  const key = Buffer.allocUnsafe(9);
  key[0] = letter(prefix);
  putHeight(key, 1, height);
  return key;
}

export const versionKey = (height: number): Uint8Array => heightKey('v', height);
export const keysKey = (height: number): Uint8Array => heightKey('k', height);
export const treeLogKey = (height: number): Uint8Array => heightKey('t', height);

function nodeKey(prefix: string, module: string, index: number, stamp: number): Uint8Array {
  const head = named(module);
  const key = Buffer.allocUnsafe(13 + head.length);
  key[0] = letter(prefix);
  key.set(head, 1);
  key.writeUInt32BE(index, 1 + head.length);
  putHeight(key, 5 + head.length, stamp);
  return key;
}

export function bucketKey(module: string, index: number): Uint8Array {
  return nodeKey('b', module, index, 0).subarray(0, -8);
}

export function undoKey(module: string, index: number, until: number): Uint8Array {
  return nodeKey('w', module, index, until);
}

/** The undo records of a bucket that lead back to a height, last first. */
export function undoAfter(module: string, index: number, height: number): Bounds {
  const lt = undoKey(module, index + 1, 0);
  return { gte: undoKey(module, index, height + 1), lt, reverse: true };
}

export function pageKey(module: string, page: number, stamp: number): Uint8Array {
  return nodeKey('p', module, page, stamp);
}

/** The last 8 bytes of a bucket or page key. */
export function stampOf(key: Uint8Array): number {
  const view = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return Number(view.readBigUInt64BE(view.length - 8));
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

/** The depth of the nodes below which pages lie, in a tree with buckets as deep as `depth`. */
export function pageDepthFor(depth: number): number {
  return Math.max(0, depth - PAGE_LEVELS);
}

/** The page of a bucket: the node above it at the page depth, or the leftmost one below it. */
export function pageOf(index: number, pageDepth: number): number {
  const depth = depthOf(index);
  return depth >= pageDepth ? index >>> (depth - pageDepth) : index << (pageDepth - depth);
}

export interface ModuleVersion {
  readonly module: string;
  readonly root: Uint8Array;
  readonly size: number;
  readonly depth: number;
}

export interface VersionRecord {
  readonly appHash: Uint8Array;
  /** Ascending by name; a module whose last key was deleted stays, with size 0. */
  readonly modules: readonly ModuleVersion[];
}

export function writeVersion(record: VersionRecord): Uint8Array {
  const out = new ByteWriter().raw(record.appHash);
  for (const { module, root, size, depth } of record.modules) {
    out.text(module).raw(root).height(size).u8(depth);
  }
  return out.done();
}

export function readVersion(bytes: Uint8Array): VersionRecord {
  const input = new ByteReader(bytes, 'a version record');
  const appHash = Uint8Array.from(input.raw(HASH_BYTES));
  const modules: ModuleVersion[] = [];
  while (!input.atEnd) {
    const module = input.text();
    const root = Uint8Array.from(input.raw(HASH_BYTES));
    modules.push({ module, root, size: input.height(), depth: input.u8() });
  }
  return { appHash, modules };
}

/** What a height did to the tree of one module. */
export interface TreeLog {
  readonly module: string;
  readonly pagesWritten: readonly number[];
  readonly pagesReplaced: readonly { readonly index: number; readonly stamp: number }[];
  readonly removed: readonly { readonly index: number; readonly oldStamp: number }[];
  readonly written: readonly {
    readonly index: number;
    readonly kind: Kind;
    readonly hash: Uint8Array;
    readonly oldStamp: number;
  }[];
}

export function writeTreeLogs(logs: readonly TreeLog[]): Uint8Array {
  const out = new ByteWriter();
  for (const log of logs) {
    out.text(log.module);
    out.u32(log.pagesWritten.length);
    for (const page of log.pagesWritten) out.u32(page);
    out.u32(log.pagesReplaced.length);
    for (const { index, stamp } of log.pagesReplaced) out.u32(index).height(stamp);
    out.u32(log.removed.length);
    for (const { index, oldStamp } of log.removed) out.u32(index).height(oldStamp);
    out.u32(log.written.length);
    for (const { index, kind, hash, oldStamp } of log.written) {
      out.u32(index).u8(kind).raw(hash).height(oldStamp);
    }
  }
  return out.done();
}

export function readTreeLogs(bytes: Uint8Array): TreeLog[] {
  const input = new ByteReader(bytes, 'a tree log');
  const logs: TreeLog[] = [];
  const many = <T>(read: () => T): T[] => Array.from({ length: input.u32() }, read);
  while (!input.atEnd) {
    logs.push({
      module: input.text(),
      pagesWritten: many(() => input.u32()),
      pagesReplaced: many(() => ({ index: input.u32(), stamp: input.height() })),
      removed: many(() => ({ index: input.u32(), oldStamp: input.height() })),
      written: many(() => ({
        index: input.u32(),
        kind: input.u8() as Kind,
        hash: input.raw(HASH_BYTES),
        oldStamp: input.height(),
      })),
    });
  }
  return logs;
}

export function writePage(buckets: Iterable<BucketState>): Uint8Array {
  const out = new ByteWriter();
  for (const { index, kind, stamp, hash } of buckets) {
    out.u32(index).u8(kind).height(stamp).raw(hash);
  }
  return out.done();
}

const PAGE_ENTRY = 13 + HASH_BYTES;

/** Called with a bucket and where its hash stands in the record. */
export type BucketVisitor = (
  index: number,
  kind: Kind,
  stamp: number,
  record: Uint8Array,
  hashAt: number,
) => void;

/** PERF: a page without an object a bucket. */
export function visitPage(bytes: Uint8Array, visit: BucketVisitor): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length % PAGE_ENTRY !== 0) throw new StoreCorrupt('a page of the tree ends early');
  for (let at = 0; at < bytes.length; at += PAGE_ENTRY) {
    const stamp = view.getUint32(at + 5) * 2 ** 32 + view.getUint32(at + 9);
    visit(view.getUint32(at), view.getUint8(at + 4) as Kind, stamp, bytes, at + 13);
  }
}

/** PERF: one module's buckets in a tree log without an object a bucket; those split come first. */
export function visitTreeLog(
  bytes: Uint8Array,
  height: number,
  module: string,
  removed: (index: number) => void,
  written: BucketVisitor,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const name = Buffer.from(bytes.subarray(at + 1, at + 1 + view.getUint8(at))).toString();
    at += 1 + view.getUint8(at);
    at += 4 + view.getUint32(at) * 4;
    at += 4 + view.getUint32(at) * 12;
    const gone = view.getUint32(at);
    at += 4;
    for (const end = at + gone * 12; at < end; at += 12) {
      if (name === module) removed(view.getUint32(at));
    }
    const count = view.getUint32(at);
    at += 4;
    for (const end = at + count * PAGE_ENTRY; at < end; at += PAGE_ENTRY) {
      if (name !== module) continue;
      written(view.getUint32(at), view.getUint8(at + 4) as Kind, height, bytes, at + 5);
    }
  }
}

/** Keys written at a height. */
export interface KeysRecord {
  readonly flat: readonly { readonly module: string; readonly keys: readonly Uint8Array[] }[];
  /** Whole database keys of the aux rows of this height. */
  readonly aux: readonly Uint8Array[];
}

export function writeKeys(record: KeysRecord): Uint8Array {
  const out = new ByteWriter().u32(record.aux.length);
  for (const key of record.aux) out.u32(key.length).raw(key);
  for (const { module, keys } of record.flat) {
    out.text(module).u32(keys.length);
    for (const key of keys) out.part(key);
  }
  return out.done();
}

export function readKeys(bytes: Uint8Array): KeysRecord {
  const input = new ByteReader(bytes, 'a record of written keys');
  const aux = Array.from({ length: input.u32() }, () => input.raw(input.u32()));
  const flat: { module: string; keys: Uint8Array[] }[] = [];
  while (!input.atEnd) {
    const module = input.text();
    flat.push({ module, keys: Array.from({ length: input.u32() }, () => input.part()) });
  }
  return { flat, aux };
}
