/** Rows beside the state, outside the app hash, for other parts of the host. */
import type { Backend, Batch } from './backend.ts';
import { auxKey, readAuxKey, undatedKey } from './layout.ts';

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

const NO_KEY = new Uint8Array(0);

export class AuxRows {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get(space: string, height: bigint, key: Uint8Array): Uint8Array | undefined {
    const value = this.#backend.getSync(auxKey(space, height, key));
    return value && new Uint8Array(value);
  }

  getUndated(space: string, key: Uint8Array): Uint8Array | undefined {
    const value = this.#backend.getSync(undatedKey(space, key));
    return value && new Uint8Array(value);
  }

  async range(
    space: string,
    range: { from: bigint; to: bigint; reverse?: boolean; limit?: number },
  ): Promise<AuxRow[]> {
    const { from, to, reverse = false, limit } = range;
    const bounds = { gte: auxKey(space, from, NO_KEY), lt: auxKey(space, to + 1n, NO_KEY) };
    const rest = limit === undefined ? {} : { limit };
    const rows = await this.#backend.range({ ...bounds, reverse, ...rest });
    return rows.map(([bytes, value]) => {
      const [height, key] = readAuxKey(space, bytes);
      return { height, key, value: new Uint8Array(value) };
    });
  }

  async prune(space: string, below: bigint): Promise<void> {
    const bounds = { gte: auxKey(space, 0n, NO_KEY), lt: auxKey(space, below, NO_KEY) };
    for (;;) {
      const rows = await this.#backend.range({ ...bounds, limit: 1000 });
      if (rows.length === 0) return;
      await this.#backend.batch((batch) => {
        for (const [key] of rows) batch.del(key);
      });
    }
  }
}

/** Adds aux rows; the database keys of those that have a height. */
export function writeAux(batch: Batch, height: bigint, aux: readonly AuxWrite[]): Uint8Array[] {
  const dated: Uint8Array[] = [];
  for (const row of aux) {
    if ('undated' in row) {
      const key = undatedKey(row.space, row.key);
      const { value } = row;
      if (value === undefined) batch.del(key);
      else batch.put(key, value);
      continue;
    }
    const key = auxKey(row.space, height, row.key);
    dated.push(key);
    batch.put(key, row.value);
  }
  return dated;
}
