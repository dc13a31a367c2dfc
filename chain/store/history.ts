/**
 * The database as it was at a height: rows, ranges, the leaves of a bucket, module trees. Nothing
 * but the database is read, flat rows before history, so that what is written meanwhile changes no
 * answer; who asks sees to it that the height is not pruned.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { Backend } from './backend.ts';
import { heightOf, keyOf, keyTextOf, type Leaf, makeLeaf, readBucket, sorted } from './bucket.ts';
import { asBuffer } from './bytes.ts';
import { StoreCorrupt } from './errors.ts';
import { KeptTree, readLogWindow } from './kept-tree.ts';
import { textOf } from './key-index.ts';
import {
  afterHistory,
  bucketsBelow,
  deletedBelow,
  flatKey,
  flatPrefixLength,
  historyAfter,
  historyBounds,
  readDeletedKey,
  readHistoryKey,
  valueIn,
  versionKey,
  writtenAt,
} from './layout.ts';
import { readVersion, type VersionRecord } from './records.ts';

/** Rows that a range reads at once. */
const CHUNK = 1024;

export class History {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** What is known of a height; undefined where it was never written or is pruned. */
  version(height: number): VersionRecord | undefined {
    const bytes = this.#backend.getSync(versionKey(height));
    return bytes && readVersion(bytes);
  }

  /** The row of a key at a height; `current` is the head's where that is known. */
  async row(
    module: string,
    key: Uint8Array,
    height: number,
    current?: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const now = current ?? this.#backend.getSync(flatKey(module, key));
    if (now !== undefined && writtenAt(now) <= height) return now;
    const bounds = { ...historyAfter(module, key, height), limit: 1 };
    const [later] = await this.#backend.range(bounds);
    return later !== undefined && writtenAt(later[1]) <= height ? later[1] : undefined;
  }

  /** The row of a key where none after the height has changed it: found without waiting. */
  unchanged(module: string, key: Uint8Array, height: number): Uint8Array | undefined {
    const now = this.#backend.getSync(flatKey(module, key));
    return now !== undefined && writtenAt(now) <= height ? now : undefined;
  }

  async range(module: string, bounds: Bounds, height: number): Promise<Entry[]> {
    const { reverse = false, limit = Number.POSITIVE_INFINITY } = bounds;
    let { gte, lt } = bounds;
    const found: Entry[] = [];
    while (found.length < limit) {
      const chunk = Math.min(CHUNK, limit - found.length + 1);
      const rows = await this.#headRows(module, { gte, lt, reverse, limit: chunk });
      const last = rows.length === chunk ? rows.at(-1)?.[0] : undefined;
      // The part of the range that this chunk answers.
      const part = reverse
        ? { gte: last ?? gte, lt }
        : { gte, lt: last === undefined ? lt : after(last) };
      const then = await this.#asOf(module, part, rows, height);
      for (const entry of reverse ? then.reverse() : then) found.push(entry);
      if (last === undefined) break;
      if (reverse) lt = part.gte;
      else gte = part.lt;
    }
    return found.length > limit ? found.slice(0, limit) : found;
  }

  async #headRows(module: string, bounds: Bounds): Promise<Entry[]> {
    const skip = flatPrefixLength(module);
    const [gte, lt] = [flatKey(module, bounds.gte), flatKey(module, bounds.lt)];
    const rows = await this.#backend.range({ ...bounds, gte, lt });
    return rows.map(([key, row]) => [Uint8Array.from(key.subarray(skip)), row]);
  }

  /** The entries of a part of a range at a height, ascending, given the rows of the head. */
  async #asOf(
    module: string,
    part: { readonly gte: Uint8Array; readonly lt: Uint8Array },
    rows: readonly Entry[],
    height: number,
  ): Promise<Entry[]> {
    const entries = new Map<string, Entry>();
    const decided = new Set<string>();
    for (const [key, row] of rows) {
      if (writtenAt(row) > height) continue;
      entries.set(textOf(key), [key, Uint8Array.from(valueIn(row))]);
    }
    let { gte, lt } = historyBounds(module, part.gte, part.lt);
    for (;;) {
      const history = await this.#backend.range({ gte, lt, limit: CHUNK });
      for (const [bytes, row] of history) {
        const [key, until] = readHistoryKey(module, bytes);
        const text = textOf(key);
        if (until <= height || decided.has(text)) continue;
        decided.add(text);
        if (writtenAt(row) <= height) entries.set(text, [key, Uint8Array.from(valueIn(row))]);
      }
      const last = history.at(-1)?.[0];
      if (last === undefined || history.length < CHUNK) break;
      const [key] = readHistoryKey(module, last);
      gte = decided.has(textOf(key)) ? afterHistory(module, key) : after(last);
    }
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** The leaves below a node of a module's tree as they were at a height. */
  async leaves(module: string, index: number, height: number): Promise<readonly Leaf[]> {
    const found: Leaf[] = [];
    const changed = new Map<string, Uint8Array>();
    for (const [, bucket] of await this.#backend.range(bucketsBelow(module, index))) {
      for (const leaf of readBucket(asBuffer(bucket))) {
        if (heightOf(leaf) <= height) found.push(leaf);
        else changed.set(keyTextOf(leaf), keyOf(leaf));
      }
    }
    const standing = new Set(found.map(keyTextOf));
    for (const [bytes] of await this.#backend.range(deletedBelow(module, index))) {
      const [until, key] = readDeletedKey(module, bytes);
      if (until > height && !standing.has(textOf(key))) changed.set(textOf(key), key);
    }
    if (changed.size === 0) return found;
    const then = await Promise.all(
      [...changed.values()].map(async (key) => {
        const row = await this.row(module, key, height);
        return row === undefined ? [] : [makeLeaf(key, valueIn(row), writtenAt(row))];
      }),
    );
    return sorted([...found, ...then.flat()]);
  }

  /** The tree of a module at a height that is kept. */
  async tree(module: string, height: number): Promise<KeptTree> {
    const record = this.version(height);
    if (record === undefined) {
      throw new StoreCorrupt(`the version record of height ${height} is missing`);
    }
    const version = record.modules.find((one) => one.module === module);
    if (version === undefined) return KeptTree.empty(module);
    const window = readLogWindow(this.#backend, height);
    return KeptTree.load(this.#backend, version, height, window);
  }
}

/** The least key behind this one. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
