/**
 * What a module sees of its own state: raw, ordered, synchronous. Tables (`tables.ts`) give it
 * types.
 */

/** Bounds of a range by raw key bytes: `gte` inclusive, `lt` exclusive. */
export interface Bounds {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * Reads of one module's state. Keys have 1 to 128 bytes; values are never empty. `text` is a key as
 * text of one sign a byte, for whoever finds keys by text, where the caller has it.
 */
export interface Reader {
  get(key: Uint8Array, text?: string): Uint8Array | undefined;
  /** Entries in ascending order of raw key bytes (descending with `reverse`), at most `limit`. */
  range(bounds: Bounds): Iterable<Entry>;
}

/** Writes of one module's state. Only `evolve` is handed one. */
export interface Writer {
  set(key: Uint8Array, value: Uint8Array, text?: string): void;
  delete(key: Uint8Array, text?: string): void;
}
