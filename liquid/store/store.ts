/**
 * What the registry needs of a database: ordered keys and atomic batches, asynchronous so that a
 * browser's will do. Every implementation passes test/contract.ts.
 */

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** A value of undefined deletes its key. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** Of a range: from `gte` on, before `lt`, by unsigned bytes. */
export interface Bounds {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

export interface Store {
  /** One answer a key, in the order of the keys. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Ascending; entries written after the call may or may not be seen. */
  range(bounds: Bounds): AsyncIterable<Entry>;
  /**
   * All or nothing, and kept across a crash once the promise resolves. A later change of the same
   * key wins. Rejects without any change where the disk is full.
   */
  write(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}
