/**
 * Deletes what no kept height needs any more, in slices between blocks. A row of history lives from
 * one height until another; it goes as soon as no height in between is kept. How far that has come
 * is on the disk with the deletions of each slice, so a crash repeats a slice at most.
 */
import type { Backend, Batch } from './backend.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { StoreCorrupt } from './errors.ts';
import { hashBytesOf, hashText } from './hash.ts';
import { KeptHeights } from './kept-heights.ts';
import {
  deletedKey,
  historyKey,
  keysKey,
  LOG_WINDOW,
  pageKey,
  prunedKey,
  sweepKey,
  treeLogKey,
  versionKey,
} from './layout.ts';
import { readKeys, readTreeLogs } from './records.ts';
import { SWEEP_START, sweep } from './sweep.ts';

/** Rows that a slice deletes at most, about 5 ms of work. */
const SLICE_ROWS = 4096;

/**
 * Rows deleted between two compactions, at least, and as a part of the keys of the state: LevelDB
 * by itself keeps deleted rows for long.
 */
const LEAST_TO_COMPACT = 250_000;
const PART_TO_COMPACT = 1 / 4;

/** Where pruning stands: the next height whose changes are looked at, and rows of it done. */
interface Progress {
  readonly height: number;
  readonly done: number;
}

/** Of an empty store: no height is to be looked at. */
const NOTHING: Progress = { height: Number.MAX_SAFE_INTEGER, done: 0 };

/** A row that goes or, of a leaf that kept heights need, is written. */
interface RowEdit {
  readonly key: Uint8Array;
  readonly goes: boolean;
}

const NO_VALUE = new Uint8Array(0);

export class Pruner {
  readonly #backend: Backend;
  #progress: Progress;
  #kept: KeptHeights;
  /** The rows of the height under way, so that one with many is not listed for every slice. */
  #rows: { readonly height: number; readonly edits: readonly RowEdit[] } | undefined;

  /** Where a sweep goes on, while there is one. */
  #sweepFrom: Uint8Array | undefined;

  #deleted = 0;
  #compacting: Promise<void> | undefined;

  private constructor(backend: Backend, progress: Progress, kept: KeptHeights) {
    this.#backend = backend;
    this.#progress = progress;
    this.#kept = kept;
    this.#sweepFrom = backend.getSync(sweepKey);
  }

  /** Notes the first height of a store: what led to it is not there. */
  static begin(batch: Batch, first: number): void {
    batch.put(prunedKey, record({ height: first + 1, done: 0 }, new KeptHeights()));
  }

  /** An empty store has nothing to prune. */
  static load(backend: Backend): Pruner {
    const bytes = backend.getSync(prunedKey);
    if (bytes === undefined) return new Pruner(backend, NOTHING, new KeptHeights());
    const input = new ByteReader(bytes, 'the record of pruning');
    const progress = { height: input.height(), done: input.u32() };
    return new Pruner(backend, progress, KeptHeights.read(input));
  }

  /** Heights below the unbroken row that are kept. */
  get kept(): KeptHeights {
    return this.#kept;
  }

  /** Heights whose leavings are still on the disk, where `oldest` begins the unbroken row. */
  backlog(oldest: number): number {
    return Math.max(0, oldest - this.#progress.height + 1);
  }

  /** The heights kept once the unbroken row that began at `from` begins at `to`. */
  keptAfter(every: number, from: number, to: number): KeptHeights {
    return every === 0 ? this.#kept : this.#kept.withMultiples(every, from, to);
  }

  /** Whether rows of heights that are kept no longer may be left. */
  get isSweeping(): boolean {
    return this.#sweepFrom !== undefined;
  }

  /** Notes that heights were let go, whose rows are to be found. */
  noteSweep(batch: Batch): void {
    batch.put(sweepKey, SWEEP_START);
  }

  /** Begins what was noted. */
  beginSweep(): void {
    this.#sweepFrom = SWEEP_START;
  }

  /** Writes the heights kept. */
  note(batch: Batch, kept: KeptHeights): void {
    batch.put(prunedKey, record(this.#progress, kept));
  }

  /** Makes kept heights those that count. */
  apply(kept: KeptHeights): void {
    this.#kept = kept;
  }

  /** Deletes a slice of what heights below `oldest` left; false when nothing is left to do. */
  async slice(oldest: number): Promise<boolean> {
    let { height, done } = this.#progress;
    const edits: RowEdit[] = [];
    while (height <= oldest && edits.length < SLICE_ROWS) {
      const rows = this.#rowsOf(height);
      const to = Math.min(rows.length, done + SLICE_ROWS - edits.length);
      for (; done < to; done++) edits.push(rows[done] as RowEdit);
      if (done >= rows.length) [height, done] = [height + 1, 0];
    }
    if (edits.length === 0) return this.#sweep();
    const progress = { height, done };
    const fill = (batch: Batch): void => {
      for (const { key, goes } of edits) {
        if (goes) batch.del(key);
        else batch.put(key, NO_VALUE);
      }
      batch.put(prunedKey, record(progress, this.#kept));
    };
    await this.#backend.batch(fill, { durable: false });
    this.#progress = progress;
    this.#deleted += edits.length;
    return height <= oldest || this.isSweeping;
  }

  /** A slice of the sweep, if there is one; false when nothing is left of it. */
  async #sweep(): Promise<boolean> {
    const from = this.#sweepFrom;
    if (from === undefined) return false;
    const { keys, next } = await sweep(this.#backend, from, this.#kept, this.#progress.height);
    const fill = (batch: Batch): void => {
      for (const key of keys) batch.del(key);
      if (next === undefined) batch.del(sweepKey);
      else batch.put(sweepKey, next);
    };
    await this.#backend.batch(fill, { durable: false });
    this.#deleted += keys.length;
    this.#sweepFrom = next;
    return this.isSweeping;
  }

  /** Compacts where many rows were deleted since the last time; `keys`: of the state. */
  compactIfDue(keys: number): void {
    const due = Math.max(LEAST_TO_COMPACT, keys * PART_TO_COMPACT);
    if (this.#deleted < due || this.#compacting !== undefined) return;
    this.#deleted = 0;
    // A disk that fails it fails the next commit, too, which says so.
    const compacted = (): void => {
      this.#compacting = undefined;
    };
    this.#compacting = this.#backend.compact().then(compacted, compacted);
  }

  /** Resolves when no compaction is under way. */
  async compacted(): Promise<void> {
    await this.#compacting;
  }

  /** Rows that no height needs once those before `height` are gone, but for the kept ones. */
  #rowsOf(height: number): readonly RowEdit[] {
    if (this.#rows?.height !== height) {
      this.#rows = { height, edits: [...this.#listRows(height)] };
    }
    return this.#rows.edits;
  }

  *#listRows(height: number): Iterable<RowEdit> {
    const unneeded = (from: number, until: number): boolean => !this.#kept.anyIn(from, until);
    for (const { module, keys } of this.#keysOf(height)) {
      for (const written of keys) {
        if (written.how === 'inserted') continue;
        const { key, from } = written;
        const goes = unneeded(from, height);
        const leaf = deletedKey(module, hashBytesOf(hashText(key)), height, key);
        if (goes) yield { key: historyKey(module, key, height), goes };
        // A row that stays must be found by its hash, also when the key is deleted one day and the
        // leaf of that deletion goes.
        if (!goes || written.how === 'deleted') yield { key: leaf, goes };
      }
    }
    for (const log of this.#treeLogsOf(height)) {
      for (const { index, stamp } of log.pagesReplaced) {
        const goes = unneeded(stamp, height - 1);
        if (goes) yield { key: pageKey(log.module, index, stamp), goes };
      }
    }
    if (unneeded(height - 1, height)) yield { key: versionKey(height - 1), goes: true };
    const log = height - LOG_WINDOW;
    if (log >= 0 && unneeded(log, height)) yield { key: treeLogKey(log), goes: true };
    // Last: it is what the others are known by.
    yield { key: keysKey(height), goes: true };
  }

  #keysOf(height: number): ReturnType<typeof readKeys>['flat'] {
    const bytes = this.#backend.getSync(keysKey(height));
    if (bytes === undefined) throw new StoreCorrupt(`the keys of height ${height} are missing`);
    return readKeys(bytes).flat;
  }

  #treeLogsOf(height: number): ReturnType<typeof readTreeLogs> {
    const bytes = this.#backend.getSync(treeLogKey(height));
    if (bytes === undefined) throw new StoreCorrupt(`the tree log of height ${height} is missing`);
    return readTreeLogs(bytes);
  }
}

function record({ height, done }: Progress, kept: KeptHeights): Uint8Array {
  const out = new ByteWriter().height(height).u32(done);
  kept.write(out);
  return out.done();
}
