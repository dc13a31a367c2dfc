/**
 * What the block pipeline works on: writes held in memory over a state that is only read. Attempts
 * nest (message in transaction in block) and are undone where they fail; nothing reaches the store
 * before `Commit`.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { KeyIndex, textOf } from './key-index.ts';

export { HeadReader, type Suspending, settle, VersionReader } from './readers.ts';

/** Reads over all modules. Values and keys are shared, never copied: nobody may alter them. */
export interface StateReader {
  /** PERF: `text` is the key's (`textOf`), where the caller has it. */
  get(module: string, key: Uint8Array, text?: string): Uint8Array | undefined;
  /**
   * Ascending by raw key bytes (descending with `reverse`), at most `limit`, made as it is read.
   */
  range(module: string, bounds: Bounds): Iterable<Entry>;
}

/** One write: the new value, or `undefined` for a deletion. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** The writes of a block: modules ascending by name, keys ascending by bytes, each once. */
export type Changes = readonly { readonly module: string; readonly writes: readonly Change[] }[];

/** A key as it is seen here. */
interface Cell {
  readonly key: Uint8Array;
  value: Uint8Array | undefined;
  /** Where the value comes from: not looked for yet, the state below, or a write. */
  from: 'unread' | 'below' | 'here';
  /** Whether the order of the module has the key: from its first write on, also if undone. */
  ordered: boolean;
}

interface ModuleCells {
  readonly byKey: Map<string, Cell>;
  readonly order: KeyIndex;
}

/** What a write replaced, for an attempt that fails. */
interface Undo {
  readonly cell: Cell;
  readonly value: Uint8Array | undefined;
  readonly from: Cell['from'];
}

const always = (): boolean => true;

export class Overlay implements StateReader {
  readonly #parent: StateReader;
  readonly #modules = new Map<string, ModuleCells>();
  readonly #journal: Undo[] = [];
  #attempts = 0;

  /** While the overlay lives, what it reads of `parent` must not change. */
  constructor(parent: StateReader) {
    this.#parent = parent;
  }

  get(module: string, key: Uint8Array, text: string = textOf(key)): Uint8Array | undefined {
    const cell = this.#cell(module, key, text);
    if (cell.from === 'unread') {
      cell.value = this.#parent.get(module, key);
      cell.from = 'below';
    }
    return cell.value;
  }

  /** `value` must not be empty; neither it nor `key` may be altered afterwards. */
  set(module: string, key: Uint8Array, value: Uint8Array, text?: string): void {
    if (value.length === 0) throw new Error(`set in ${module}: the value is empty`);
    this.#write(module, key, value, text);
  }

  /** Deletes a key, whether it is there or not. */
  delete(module: string, key: Uint8Array, text?: string): void {
    this.#write(module, key, undefined, text);
  }

  /**
   * Runs `work`. Its writes are undone where it throws, or where `keep` says so of its result: then
   * the overlay is as before.
   */
  attempt<T>(work: () => T, keep: (result: T) => boolean = always): T {
    const mark = this.#journal.length;
    let kept = false;
    this.#attempts += 1;
    try {
      const result = work();
      kept = keep(result);
      return result;
    } finally {
      this.#attempts -= 1;
      if (!kept) this.#undo(mark);
      if (this.#attempts === 0) this.#journal.length = 0;
    }
  }

  #undo(mark: number): void {
    while (this.#journal.length > mark) {
      const { cell, value, from } = this.#journal.pop() as Undo;
      cell.value = value;
      cell.from = from;
    }
  }

  #write(
    module: string,
    key: Uint8Array,
    value: Uint8Array | undefined,
    text: string = textOf(key),
  ): void {
    if (key.length === 0 || key.length > 128) {
      throw new Error(`write in ${module}: keys have 1 to 128 bytes, this has ${key.length}`);
    }
    const cell = this.#cell(module, key, text);
    if (this.#attempts > 0) this.#journal.push({ cell, value: cell.value, from: cell.from });
    if (!cell.ordered) this.#cellsOf(module).order.add(text);
    cell.ordered = true;
    cell.value = value;
    cell.from = 'here';
  }

  #cell(module: string, key: Uint8Array, text: string): Cell {
    const { byKey } = this.#cellsOf(module);
    let cell = byKey.get(text);
    if (cell === undefined) {
      cell = { key, value: undefined, from: 'unread', ordered: false };
      byKey.set(text, cell);
    }
    return cell;
  }

  #cellsOf(module: string): ModuleCells {
    let cells = this.#modules.get(module);
    if (cells === undefined) {
      cells = { byKey: new Map(), order: new KeyIndex() };
      this.#modules.set(module, cells);
    }
    return cells;
  }

  /**
   * The merged view as a live cursor: every step gives the next key after the last one in the state
   * of that moment, so deleting what was just read, in the loop, is safe and the same on all nodes.
   */
  *range(module: string, bounds: Bounds): Iterable<Entry> {
    const { gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY } = bounds;
    const first = textOf(gte);
    const end = textOf(lt);
    const parent = this.#parent.range(module, { gte, lt, reverse })[Symbol.iterator]();
    let theirs = parent.next();
    let last: string | undefined;
    for (let given = 0; given < limit; ) {
      const mine = this.#next(module, first, end, reverse, last);
      const their = theirs.done === true ? undefined : textOf(theirs.value[0]);
      const ours =
        mine !== undefined && (their === undefined || (reverse ? mine >= their : mine <= their));
      const key = ours ? mine : their;
      if (key === undefined) return;
      const entry = ours ? this.#written(module, mine) : (theirs.value as Entry);
      if (their === key) theirs = parent.next();
      last = key;
      if (entry === undefined) continue;
      given++;
      yield entry;
    }
  }

  /** The entry of a key written here; undefined for a deletion. */
  #written(module: string, key: string): Entry | undefined {
    const cell = this.#modules.get(module)?.byKey.get(key);
    return cell?.value && [cell.key, cell.value];
  }

  /** The next key with a write here, after `last` where it is given. */
  #next(
    module: string,
    first: string,
    end: string,
    reverse: boolean,
    last: string | undefined,
  ): string | undefined {
    const cells = this.#modules.get(module);
    if (cells === undefined) return undefined;
    const { order, byKey } = cells;
    let key = reverse ? order.below(last ?? end) : order.ceiling(last ?? first, last !== undefined);
    while (key !== undefined && byKey.get(key)?.from !== 'here') {
      key = reverse ? order.below(key) : order.ceiling(key, true);
    }
    return key !== undefined && (reverse ? key >= first : key < end) ? key : undefined;
  }

  /** All writes in the canonical order: module names by bytes, then keys by bytes. */
  changes(): Changes {
    return [...this.#modules.keys()]
      .sort(byCodeUnits)
      .map((module) => ({ module, writes: this.changesOf(module) }))
      .filter(({ writes }) => writes.length > 0);
  }

  /** The writes of one module, in the canonical order. */
  changesOf(module: string): readonly Change[] {
    const cells = this.#modules.get(module);
    if (cells === undefined) return [];
    const writes: Change[] = [];
    for (const text of cells.order.all()) {
      const cell = cells.byKey.get(text);
      if (cell?.from === 'here') writes.push([cell.key, cell.value]);
    }
    return writes;
  }
}

/** Module names are ASCII, so their order as text is their order as bytes. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
