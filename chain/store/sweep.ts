/**
 * Finds what heights alone needed that were kept apart and are not any more, after a change of the
 * pruning policy: one pass over history, pages, tree logs and versions, slice by slice. Their
 * records of written keys, by which pruning finds its rows, are long gone.
 */
import type { Entry } from '../../modules/_kernel/state.ts';
import type { Backend } from './backend.ts';
import { hashBytesOf, hashText } from './hash.ts';
import type { KeptHeights } from './kept-heights.ts';
import {
  deletedKey,
  heightIn,
  LOG_WINDOW,
  moduleIn,
  pageDepthFor,
  pageIn,
  readHistoryKey,
  stampOf,
  versionKey,
  writtenAt,
} from './layout.ts';
import { readVersion } from './records.ts';
import { depthOf } from './smt.ts';

/** Rows that a slice looks at, about 10 ms of work. */
const SLICE_ROWS = 2048;

/** The first letters of the rows that are gone over, ascending. */
const LETTERS = 'optv';

/** Where a sweep begins. */
export const SWEEP_START: Uint8Array = Buffer.from('o');

export interface Swept {
  /** Rows that go. */
  readonly keys: readonly Uint8Array[];
  /** Where the next slice begins; undefined once all is swept. */
  readonly next: Uint8Array | undefined;
}

/**
 * Judges the next rows, from a place on. What heights from `passed` on replaced is left to the
 * pruner, which has yet to come there.
 */
export async function sweep(
  backend: Backend,
  from: Uint8Array,
  kept: KeptHeights,
  passed: number,
): Promise<Swept> {
  const letter = String.fromCharCode(from[0] as number);
  const lt = Uint8Array.of((from[0] as number) + 1);
  const rows = await backend.range({ gte: from, lt, limit: SLICE_ROWS });
  const judge = new Judge(backend, kept, passed);
  if (rows.length === SLICE_ROWS) {
    // A page is judged by the one behind it: the last row is the first of the next slice.
    const last = rows.pop() as Entry;
    return { keys: judge.goers(letter, rows, last), next: last[0] };
  }
  const keys = judge.goers(letter, rows, undefined);
  const after = LETTERS[LETTERS.indexOf(letter) + 1];
  return { keys, next: after === undefined ? undefined : Buffer.from(after) };
}

/** Says which rows go. */
class Judge {
  readonly #backend: Backend;
  readonly #kept: KeptHeights;
  readonly #passed: number;
  /** By module: heights that need pages, with the depth at which theirs lie. */
  readonly #depths = new Map<string, readonly PageDepth[]>();

  constructor(backend: Backend, kept: KeptHeights, passed: number) {
    this.#backend = backend;
    this.#kept = kept;
    this.#passed = passed;
  }

  /** Of rows that begin with a letter those that go; `behind` is the row after them. */
  goers(letter: string, rows: readonly Entry[], behind: Entry | undefined): Uint8Array[] {
    if (letter === 'o') return rows.flatMap((row) => this.#ofHistory(row));
    if (letter === 'p') {
      const nextOf = (i: number): Entry | undefined => rows[i + 1] ?? behind;
      return rows.filter(([key], i) => this.#pageGoes(key, nextOf(i)?.[0])).map(([key]) => key);
    }
    const span = letter === 't' ? LOG_WINDOW : 1;
    return rows
      .map(([key]) => key)
      .filter((key) => this.#goes(heightIn(key), heightIn(key) + span));
  }

  /** Whether what served heights from one until another serves none any more. */
  #goes(from: number, until: number): boolean {
    return until < this.#passed && !this.#kept.anyIn(from, until);
  }

  /** A row of history that goes takes the row under its key hash with it, if there is one. */
  #ofHistory([bytes, row]: Entry): Uint8Array[] {
    const module = moduleIn(bytes);
    const [key, until] = readHistoryKey(module, bytes);
    if (!this.#goes(writtenAt(row), until)) return [];
    return [bytes, deletedKey(module, hashBytesOf(hashText(key)), until, key)];
  }

  #pageGoes(key: Uint8Array, next: Uint8Array | undefined): boolean {
    const [module, page, stamp] = [moduleIn(key), pageIn(key), stampOf(key)];
    const isReplaced =
      next !== undefined &&
      next[0] === key[0] &&
      moduleIn(next) === module &&
      pageIn(next) === page;
    if (isReplaced) return this.#goes(stamp, stampOf(next));
    // Pages at a depth that the tree has left serve the heights at which it was that deep.
    const [unbroken, ...kept] = this.#depthsOf(module);
    const depth = depthOf(page);
    if (unbroken === undefined || unbroken.depth <= depth) return false;
    return !kept.some((one) => one.height >= stamp && one.depth === depth);
  }

  /** Of the first height of the unbroken row, then of those kept. */
  #depthsOf(module: string): readonly PageDepth[] {
    let depths = this.#depths.get(module);
    if (depths === undefined) {
      const first = [this.#passed - 1, this.#passed].find((height) => this.#record(height));
      const heights = first === undefined ? [] : [first, ...this.#kept];
      depths = heights.map((height) => {
        const version = this.#record(height)?.modules.find((one) => one.module === module);
        return { height, depth: version === undefined ? -1 : pageDepthFor(version.depth) };
      });
      this.#depths.set(module, depths);
    }
    return depths;
  }

  #record(height: number): ReturnType<typeof readVersion> | undefined {
    const bytes = this.#backend.getSync(versionKey(height));
    return bytes && readVersion(bytes);
  }
}

interface PageDepth {
  readonly height: number;
  readonly depth: number;
}
