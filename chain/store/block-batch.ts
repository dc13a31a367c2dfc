/**
 * The parts of a commit's batch: flat values and their history, buckets and what leads back, aux
 * rows.
 */
import type { Operation } from './backend.ts';
import { UNDO_WHOLE, writeBucket } from './bucket.ts';
import { auxKey, bucketKey, flatKey, historyKey, undatedKey, undoKey } from './layout.ts';
import type { PreparedModule } from './prepare.ts';
import { NO_BUCKET } from './smt.ts';

/**
 * A row beside the state, outside the app hash: under the height that wrote it, or without a
 * height. `space` separates users of the store; an `undefined` value deletes a row without a
 * height.
 */
export type AuxWrite =
  | { readonly space: string; readonly key: Uint8Array; readonly value: Uint8Array }
  | {
      readonly space: string;
      readonly key: Uint8Array;
      readonly value: Uint8Array | undefined;
      readonly undated: true;
    };

export interface AuxRow {
  readonly height: bigint;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const NO_VALUE = new Uint8Array(0);

/**
 * Adds the flat values of a module and what they replace; at the first height nothing is replaced.
 */
export function writeEffects(
  operations: Operation[],
  at: number,
  { kept: { module }, effects }: PreparedModule,
  first: boolean,
): void {
  for (const { key: raw, value, before } of effects) {
    const key = flatKey(module, raw);
    if (value?.length === 0) throw new Error(`module ${module}: a value must not be empty`);
    operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
    if (first) continue;
    const history = historyKey(module, raw, at);
    operations.push({ type: 'put', key: history, value: before ?? NO_VALUE });
  }
}

/** Adds the new buckets and what leads back from them; gives the new ones by index. */
export function writeBuckets(
  operations: Operation[],
  at: number,
  { kept: { module }, plan, undos }: PreparedModule,
): [number, Uint8Array][] {
  const noteUndo = (index: number, oldStamp: number, split: boolean): void => {
    const before = undos.get(index);
    if (oldStamp === NO_BUCKET || before === undefined) return;
    const value = split ? Buffer.concat([UNDO_WHOLE, before.whole]) : before.changed;
    operations.push({ type: 'put', key: undoKey(module, index, at), value });
  };
  for (const { index, oldStamp } of plan.removed) {
    operations.push({ type: 'del', key: bucketKey(module, index) });
    noteUndo(index, oldStamp, true);
  }
  const buckets: [number, Uint8Array][] = [];
  for (const { index, leaves, from, to, oldStamp } of plan.written) {
    noteUndo(index, oldStamp, false);
    const key = bucketKey(module, index);
    if (from === to) {
      if (oldStamp !== NO_BUCKET) operations.push({ type: 'del', key });
      continue;
    }
    const value = writeBucket(leaves, from, to);
    operations.push({ type: 'put', key, value });
    buckets.push([index, value]);
  }
  return buckets;
}

/** Adds aux rows; the database keys of those that have a height. */
export function writeAux(
  operations: Operation[],
  height: bigint,
  aux: readonly AuxWrite[],
): Uint8Array[] {
  const dated: Uint8Array[] = [];
  for (const row of aux) {
    if ('undated' in row) {
      const key = undatedKey(row.space, row.key);
      const { value } = row;
      operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
      continue;
    }
    const key = auxKey(row.space, height, row.key);
    dated.push(key);
    operations.push({ type: 'put', key, value: row.value });
  }
  return dated;
}

/** What a batch on its way to the disk replaces; indexed only if somebody reads meanwhile. */
export class InFlight {
  readonly #modules: readonly PreparedModule[];
  #before: Map<string, Map<string, Uint8Array | undefined>> | undefined;

  constructor(modules: readonly PreparedModule[]) {
    this.#modules = modules;
  }

  #of(module: string): Map<string, Uint8Array | undefined> | undefined {
    this.#before ??= new Map(
      this.#modules.map(({ kept, effects }) => {
        return [kept.module, new Map(effects.map(({ text, before }) => [text, before]))];
      }),
    );
    return this.#before.get(module);
  }

  touches(module: string, text: string): boolean {
    return this.#of(module)?.has(text) ?? false;
  }

  before(module: string, text: string): Uint8Array | undefined {
    return this.#of(module)?.get(text);
  }
}
