/**
 * What leaves the database: versions that fall out of the window, and heights that are rolled back.
 */
import type { Backend, Operation } from './backend.ts';
import { EMPTY_BUCKET, readBucket, undoBucket, writeBucket } from './bucket.ts';
import { StoreCorrupt } from './errors.ts';
import {
  bucketKey,
  flatKey,
  headKey,
  historyKey,
  keysKey,
  LOG_WINDOW,
  pageKey,
  readKeys,
  readTreeLogs,
  treeLogKey,
  undoKey,
  versionKey,
} from './layout.ts';
import { NO_BUCKET } from './smt.ts';

const del = (key: Uint8Array): Operation => ({ type: 'del', key });

/** Deletes what only versions before `height` need. */
export function* pruneBelow(backend: Backend, height: number): Iterable<Operation> {
  for (const { module, keys } of writtenKeys(backend, height).flat) {
    for (const key of keys) yield del(historyKey(module, key, height));
  }
  for (const log of treeLogs(backend, height)) {
    for (const { index, oldStamp } of [...log.removed, ...log.written]) {
      if (oldStamp !== NO_BUCKET) yield del(undoKey(log.module, index, height));
    }
    for (const { index, stamp } of log.pagesReplaced) yield del(pageKey(log.module, index, stamp));
  }
  yield del(versionKey(height - 1));
  yield del(keysKey(height));
  if (height >= LOG_WINDOW) yield del(treeLogKey(height - LOG_WINDOW));
}

/** Makes the height before `at` the head again. */
export function* undoHeight(backend: Backend, at: number, oldest: number): Iterable<Operation> {
  const { flat, aux } = writtenKeys(backend, at);
  for (const key of aux) yield del(key);
  for (const { module, keys } of flat) {
    for (const key of keys) {
      const history = historyKey(module, key, at);
      const before = backend.getSync(history);
      if (before === undefined) throw new StoreCorrupt(`the history of height ${at} has a gap`);
      yield del(history);
      yield putOrDelete(flatKey(module, key), before);
    }
  }
  for (const log of treeLogs(backend, at)) {
    for (const { index, oldStamp } of [...log.removed, ...log.written]) {
      if (oldStamp === NO_BUCKET) yield del(bucketKey(log.module, index));
      else yield* undoBucketAt(backend, log.module, index, at);
    }
    for (const page of log.pagesWritten) yield del(pageKey(log.module, page, at - 1));
  }
  yield del(versionKey(at));
  yield del(keysKey(at));
  yield del(treeLogKey(at));
  yield { type: 'put', key: headKey, value: headRecord(at - 1, oldest) };
}

function* undoBucketAt(
  backend: Backend,
  module: string,
  index: number,
  at: number,
): Iterable<Operation> {
  const key = undoKey(module, index, at);
  const undo = backend.getSync(key);
  if (undo === undefined) throw new StoreCorrupt(`an undo record of height ${at} is missing`);
  const target = bucketKey(module, index);
  const now = backend.getSync(target) ?? EMPTY_BUCKET;
  const before = undoBucket(readBucket(asBuffer(now)), asBuffer(undo));
  yield del(key);
  yield putOrDelete(target, writeBucket(before, 0, before.length));
}

function putOrDelete(key: Uint8Array, value: Uint8Array): Operation {
  return value.length === 0 ? del(key) : { type: 'put', key, value };
}

function writtenKeys(backend: Backend, height: number): ReturnType<typeof readKeys> {
  const bytes = backend.getSync(keysKey(height));
  if (bytes === undefined) throw new StoreCorrupt(`the keys of height ${height} are missing`);
  return readKeys(bytes);
}

function treeLogs(backend: Backend, height: number): ReturnType<typeof readTreeLogs> {
  const bytes = backend.getSync(treeLogKey(height));
  if (bytes === undefined) throw new StoreCorrupt(`the tree log of height ${height} is missing`);
  return readTreeLogs(bytes);
}

/** The bytes as a Buffer that shares them. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The value under `headKey`. */
export function headRecord(at: number, oldest: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(BigInt(at));
  bytes.writeBigUInt64BE(BigInt(oldest), 8);
  return bytes;
}
