/**
 * What the block pipeline works on: writes held in memory over a state that is only read. Overlays
 * nest (transaction over block over committed state); nothing reaches the store before `Commit`.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { KeyIndex, textOf } from './key-index.ts';

export { HeadReader, type Suspending, settle, VersionReader } from './readers.ts';

/** Reads over all modules. Values and keys are shared, never copied: nobody may alter them. */
export interface StateReader {
  get(module: string, key: Uint8Array): Uint8Array | undefined;
  /**
   * Ascending by raw key bytes (descending with `reverse`), at most `limit`, made as it is read.
   */
  range(module: string, bounds: Bounds): Iterable<Entry>;
}

/** One write: the new value, or `undefined` for a deletion. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** The writes of a block: modules ascending by name, keys ascending by bytes, each once. */
export type Changes = readonly { readonly module: string; readonly writes: readonly Change[] }[];

interface ModuleWrites {
  readonly byKey: Map<string, Change>;
  readonly order: KeyIndex;
}

export class Overlay implements StateReader {
  readonly #parent: StateReader;
  readonly #modules = new Map<string, ModuleWrites>();

  constructor(parent: StateReader) {
    this.#parent = parent;
  }

  get(module: string, key: Uint8Array): Uint8Array | undefined {
    if (this.#modules.size > 0) {
      const change = this.#modules.get(module)?.byKey.get(textOf(key));
      if (change !== undefined) return change[1];
    }
    return this.#parent.get(module, key);
  }

  /** `value` must not be empty; neither it nor `key` may be altered afterwards. */
  set(module: string, key: Uint8Array, value: Uint8Array): void {
    if (value.length === 0) throw new Error(`set in ${module}: the value is empty`);
    this.#write(module, [key, value]);
  }

  /** Deletes a key, whether it is there or not. */
  delete(module: string, key: Uint8Array): void {
    this.#write(module, [key, undefined]);
  }

  #write(module: string, change: Change): void {
    if (change[0].length === 0 || change[0].length > 128) {
      throw new Error(`write in ${module}: keys have 1 to 128 bytes, this has ${change[0].length}`);
    }
    let writes = this.#modules.get(module);
    if (writes === undefined) {
      writes = { byKey: new Map(), order: new KeyIndex() };
      this.#modules.set(module, writes);
    }
    const text = textOf(change[0]);
    const before = writes.byKey.size;
    writes.byKey.set(text, change);
    if (writes.byKey.size !== before) writes.order.add(text);
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
      const entry: Change = ours ? this.#written(module, mine) : (theirs.value as Entry);
      if (their === key) theirs = parent.next();
      last = key;
      if (entry[1] === undefined) continue;
      given++;
      yield entry as Entry;
    }
  }

  #written(module: string, key: string): Change {
    const change = this.#modules.get(module)?.byKey.get(key);
    if (change === undefined) throw new Error(`overlay of ${module}: an indexed key has no write`);
    return change;
  }

  #next(
    module: string,
    first: string,
    end: string,
    reverse: boolean,
    last: string | undefined,
  ): string | undefined {
    const order = this.#modules.get(module)?.order;
    if (order === undefined) return undefined;
    if (reverse) {
      const key = order.below(last ?? end);
      return key !== undefined && key >= first ? key : undefined;
    }
    const key = order.ceiling(last ?? first, last !== undefined);
    return key !== undefined && key < end ? key : undefined;
  }

  /** Writes everything of this overlay into the one below it (or another). */
  applyTo(parent: Overlay): void {
    for (const [module, writes] of this.#modules) {
      for (const change of writes.byKey.values()) parent.#write(module, change);
    }
  }

  /** All writes in the canonical order: module names by bytes, then keys by bytes. */
  changes(): Changes {
    return [...this.#modules.keys()].sort(byCodeUnits).map((module) => {
      const writes = this.#modules.get(module) as ModuleWrites;
      const sorted: Change[] = [];
      for (const key of writes.order.all()) sorted.push(writes.byKey.get(key) as Change);
      return { module, writes: sorted };
    });
  }

  get isEmpty(): boolean {
    return this.#modules.size === 0;
  }
}

/** Module names are ASCII, so their order as text is their order as bytes. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
