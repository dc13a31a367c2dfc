/**
 * The parts of a commit's batch: flat rows and their history, buckets and deleted leaves.
 */
import type { Batch } from './backend.ts';
import type { ByteWriter } from './bytes.ts';
import { hashBytesOf, hashText } from './hash.ts';
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
  prepared: PreparedModule,
  keys: ByteWriter,
): void {
  stampEffects(prepared, at);
  const { effects, slices } = prepared;
  const { module } = prepared.kept;
  keys.text(module).u32(effects.length);
  for (const effect of effects) {
    const { key, before } = effect;
    const row = rowOf(slices, effect);
    const flat = flatKey(module, key);
    if (row === undefined) batch.del(flat);
    else batch.put(flat, row);
    if (before === undefined) {
      putInsertedKey(keys, key);
      continue;
    }
    batch.put(historyKey(module, key, at), before);
    putReplacedKey(keys, key, row === undefined ? 'deleted' : 'updated', writtenAt(before));
    if (row === undefined) {
      batch.put(deletedKey(module, hashBytesOf(hashText(key)), at, key), NO_VALUE);
    }
  }
}

/** Adds the new buckets. */
export function writeBuckets(batch: Batch, { kept, plan, slices }: PreparedModule): void {
  for (const index of plan.removed) batch.del(bucketKey(kept.module, index));
  for (const { buckets, ends, indexes } of slices) {
    let from = 0;
    for (const [i, index] of indexes.entries()) {
      const to = ends[i] as number;
      if (from < to) batch.put(bucketKey(kept.module, index), buckets.subarray(from, to));
      else if (kept.tree.kind(index) !== 0) batch.del(bucketKey(kept.module, index));
      from = to;
    }
  }
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
