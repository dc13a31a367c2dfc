/** Undoing a height: flat rows from their history, buckets from what stood in them before. */
import type { Backend, Operation } from './backend.ts';
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

const del = (key: Uint8Array): Operation => ({ type: 'del', key });

/** Makes the height before `at` the head again; `oldest` begins the unbroken row. */
export async function undoHeight(
  backend: Backend,
  history: History,
  at: number,
  oldest: number,
): Promise<Operation[]> {
  const operations = [...undoFlat(backend, at)];
  for (const log of readTreeLogs(recordOf(backend, treeLogKey(at), 'tree log', at))) {
    for (const index of bucketsBefore(log)) {
      for (const [key] of await backend.range(bucketsBelow(log.module, index))) {
        operations.push(del(key));
      }
      const leaves = await history.leaves(log.module, index, at - 1);
      if (leaves.length === 0) continue;
      const key = bucketKey(log.module, index);
      operations.push({ type: 'put', key, value: writeBucket(leaves) });
    }
    for (const page of log.pagesWritten) operations.push(del(pageKey(log.module, page, at - 1)));
  }
  for (const key of [versionKey(at), keysKey(at), treeLogKey(at)]) operations.push(del(key));
  operations.push({ type: 'put', key: headKey, value: writeHead({ at: at - 1, oldest }) });
  return operations;
}

function* undoFlat(backend: Backend, at: number): Iterable<Operation> {
  const { flat, aux } = readKeys(recordOf(backend, keysKey(at), 'record of written keys', at));
  for (const key of aux) yield del(key);
  for (const { module, keys } of flat) {
    for (const { key, how } of keys) {
      if (how === 'inserted') {
        yield del(flatKey(module, key));
        continue;
      }
      const before = historyKey(module, key, at);
      const value = recordOf(backend, before, 'history', at);
      yield { type: 'put', key: flatKey(module, key), value };
      yield del(before);
      if (how === 'deleted') yield del(deletedKey(module, hashBytesOf(hashText(key)), at, key));
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
