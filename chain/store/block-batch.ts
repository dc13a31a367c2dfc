/**
 * The parts of a commit's batch: flat rows and their history, buckets and deleted leaves.
 */
import type { Batch } from './backend.ts';
import { bucketRoom, putBucket } from './bucket.ts';
import type { ByteWriter } from './bytes.ts';
import { hashBytesOf } from './hash.ts';
import { textOf } from './key-index.ts';
import { bucketKey, deletedKey, flatKey, historyKey, writtenAt } from './layout.ts';
import { type Effect, type PreparedModule, rowOf, stampEffects } from './prepare.ts';
import { putInsertedKey, putReplacedKey } from './records.ts';

const NO_VALUE = new Uint8Array(0);

/**
 * Adds the flat rows of a module, and the history of those that they replace or that go; notes the
 * keys.
 */
export function writeEffects(
  batch: Batch,
  at: number,
  { kept: { module }, effects }: PreparedModule,
  keys: ByteWriter,
): void {
  stampEffects(effects, at);
  keys.text(module).u32(effects.length);
  for (const effect of effects) {
    const { key, keyHash, before } = effect;
    const row = rowOf(effect);
    const flat = flatKey(module, key);
    if (row === undefined) batch.del(flat);
    else batch.put(flat, row);
    if (before === undefined) {
      putInsertedKey(keys, key);
      continue;
    }
    batch.put(historyKey(module, key, at), before);
    putReplacedKey(keys, key, row === undefined ? 'deleted' : 'updated', writtenAt(before));
    if (row === undefined) batch.put(deletedKey(module, hashBytesOf(keyHash), at, key), NO_VALUE);
  }
}

/** Adds the new buckets; gives them by index. */
export function writeBuckets(
  batch: Batch,
  { kept: { module }, plan }: PreparedModule,
): (readonly [number, Buffer])[] {
  for (const index of plan.removed) {
    batch.del(bucketKey(module, index));
  }
  // PERF: all new buckets in one piece of memory.
  const rooms = plan.written.map(({ leaves, from, to }) => bucketRoom(leaves, from, to));
  const target = Buffer.allocUnsafeSlow(rooms.reduce((sum, room) => sum + room, 0));
  const buckets: (readonly [number, Buffer])[] = [];
  let at = 0;
  for (const [i, { index, leaves, from, to, replaces }] of plan.written.entries()) {
    const room = rooms[i] as number;
    if (room === 0 && !replaces) continue;
    const key = bucketKey(module, index);
    if (room === 0) {
      batch.del(key);
      continue;
    }
    putBucket(target, at, leaves, from, to);
    const value = target.subarray(at, at + room);
    at += room;
    batch.put(key, value);
    buckets.push([index, value]);
  }
  return buckets;
}

/** What a batch on its way to the disk replaces; indexed only if somebody reads meanwhile. */
export class InFlight {
  readonly #modules: readonly PreparedModule[];
  #before: Map<string, Map<string, Effect>> | undefined;

  constructor(modules: readonly PreparedModule[]) {
    this.#modules = modules;
  }

  /** What the batch does to a key, if anything. */
  effectOn(module: string, key: Uint8Array): Effect | undefined {
    this.#before ??= new Map(
      this.#modules.map(({ kept, effects }) => {
        return [kept.module, new Map(effects.map((effect) => [textOf(effect.key), effect]))];
      }),
    );
    return this.#before.get(module)?.get(textOf(key));
  }
}
