/** Undoing a height: flat rows from their history, buckets from what stood in them before. */
import type { Backend, Batch, Fill } from './backend.ts';
import { writeBucket } from './bucket.ts';
import { StoreCorrupt } from './errors.ts';
import { hashBytesOf, hashText } from './hash.ts';
import type { History } from './history.ts';
import {
  bucketKey,
  bucketsBelow,
  deletedKey,
  flatKey,
  headKey,
  historyKey,
  keysKey,
  pageKey,
  treeLogKey,
  versionKey,
} from './layout.ts';
import { readKeys, readTreeLogs, type TreeLog, writeHead } from './records.ts';

/** What makes the height before `at` the head again; `oldest` begins the unbroken row. */
export async function undoHeight(
  backend: Backend,
  history: History,
  at: number,
  oldest: number,
): Promise<Fill> {
  const logs = readTreeLogs(recordOf(backend, treeLogKey(at), 'tree log', at));
  const deleted: Uint8Array[] = [versionKey(at), keysKey(at), treeLogKey(at)];
  const buckets: [key: Uint8Array, value: Uint8Array][] = [];
  for (const log of logs) {
    for (const index of bucketsBefore(log)) {
      for (const [key] of await backend.range(bucketsBelow(log.module, index))) deleted.push(key);
      const leaves = await history.leaves(log.module, index, at - 1);
      if (leaves.length > 0) buckets.push([bucketKey(log.module, index), writeBucket(leaves)]);
    }
    for (const page of log.pagesWritten) deleted.push(pageKey(log.module, page, at - 1));
  }
  return (batch) => {
    undoFlat(backend, at, batch);
    for (const key of deleted) batch.del(key);
    for (const [key, value] of buckets) batch.put(key, value);
    batch.put(headKey, writeHead({ at: at - 1, oldest }));
  };
}

function undoFlat(backend: Backend, at: number, batch: Batch): void {
  const { flat, aux } = readKeys(recordOf(backend, keysKey(at), 'record of written keys', at));
  for (const key of aux) batch.del(key);
  for (const { module, keys } of flat) {
    for (const { key, how } of keys) {
      if (how === 'inserted') {
        batch.del(flatKey(module, key));
        continue;
      }
      const before = historyKey(module, key, at);
      batch.put(flatKey(module, key), recordOf(backend, before, 'row of the history', at));
      batch.del(before);
      if (how === 'deleted') batch.del(deletedKey(module, hashBytesOf(hashText(key)), at, key));
    }
  }
}

/** The places of the buckets that a height wrote or split, as they stood before it. */
function* bucketsBefore({ removed, written }: TreeLog): Iterable<number> {
  yield* removed;
  const split = new Set(removed);
  const isNew = (index: number): boolean => {
    for (let above = index >>> 1; above > 0; above >>>= 1) if (split.has(above)) return true;
    return false;
  };
  for (const { index } of written) if (!isNew(index)) yield index;
}

function recordOf(backend: Backend, key: Uint8Array, what: string, at: number): Uint8Array {
  const bytes = backend.getSync(key);
  if (bytes === undefined) throw new StoreCorrupt(`a ${what} of height ${at} is missing`);
  return bytes;
}
