/**
 * Synchronous reads over a database whose range reads are asynchronous: a reader that lacks
 * something notes what to load and throws `Pending`; `settle` loads it and runs the pure function
 * again from its start. Module code never sees it.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { textOf } from './key-index.ts';
import type { StateReader } from './overlay.ts';
import type { Store } from './store.ts';
import type { Version } from './version.ts';

/** Thrown by a reader through whatever runs above it; only `settle` may catch it. */
class Pending extends Error {
  constructor() {
    super('a read suspended outside settle(): committed ranges must be read inside settle()');
    this.name = 'Pending';
  }
}

/** A reader that suspends. `load` brings what the last suspended run lacked. */
export interface Suspending extends StateReader {
  load(): Promise<void>;
}

/** Runs of one function at most, the first included. */
const MAX_RUNS = 100_000;

/**
 * Runs `run` until no read suspends. `run` must be pure but for objects that it makes itself:
 * a suspended run is thrown away whole.
 */
export async function settle<T>(reader: Suspending, run: () => T): Promise<T> {
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
    }
    await reader.load();
  }
  throw new Error(`a read did not settle within ${MAX_RUNS} runs`);
}

/** First chunk of a range; each further one is four times as large, up to the largest. */
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 4096;

type LoadRange = (module: string, bounds: Bounds) => Promise<Entry[]>;

/** Ranges read so far, extended chunk by chunk as readers go further. */
class RangeMemo {
  readonly #ranges = new Map<string, LoadedRange>();
  #wanted: LoadedRange | undefined;

  *read(module: string, bounds: Bounds): Iterable<Entry> {
    const { gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY } = bounds;
    const from = textOf(gte);
    const id = `${module}/${from.length}/${reverse ? 1 : 0}${from}${textOf(lt)}`;
    let range = this.#ranges.get(id);
    if (range === undefined) {
      range = new LoadedRange(module, { gte, lt, reverse });
      this.#ranges.set(id, range);
    }
    for (let at = 0; at < limit; at++) {
      const entry = range.entries[at];
      if (entry !== undefined) {
        yield entry;
        continue;
      }
      if (range.complete) return;
      this.#wanted = range;
      throw new Pending();
    }
  }

  async load(loadRange: LoadRange): Promise<void> {
    const range = this.#wanted;
    this.#wanted = undefined;
    if (range !== undefined) await range.extend(loadRange);
  }
}

class LoadedRange {
  readonly entries: Entry[] = [];
  complete = false;
  readonly #module: string;
  readonly #bounds: { gte: Uint8Array; lt: Uint8Array; reverse: boolean };
  #chunk = FIRST_CHUNK;

  constructor(module: string, bounds: { gte: Uint8Array; lt: Uint8Array; reverse: boolean }) {
    this.#module = module;
    this.#bounds = bounds;
  }

  async extend(loadRange: LoadRange): Promise<void> {
    const limit = this.#chunk;
    this.#chunk = Math.min(LARGEST_CHUNK, this.#chunk * 4);
    const before = this.entries.length;
    const entries = await loadRange(this.#module, { ...this.#rest(), limit });
    // A second `load` of the same chunk that was under way at the same time changes nothing.
    if (this.entries.length !== before) return;
    for (const entry of entries) this.entries.push(entry);
    if (entries.length < limit) this.complete = true;
  }

  #rest(): Bounds {
    const last = this.entries.at(-1)?.[0];
    if (last === undefined) return this.#bounds;
    if (this.#bounds.reverse) return { ...this.#bounds, lt: last };
    const after = new Uint8Array(last.length + 1);
    after.set(last);
    return { ...this.#bounds, gte: after };
  }
}

/** A state that moves: a store, or a load that fills one. */
export interface HeadSource extends Pick<Store, 'get' | 'rangeAtHead'> {
  readonly epoch: number;
}

/** The head of the store. `get` never suspends; what was loaded is dropped when the head moves. */
export class HeadReader implements Suspending {
  readonly #store: HeadSource;
  #memo = new RangeMemo();
  #epoch: number;

  constructor(store: HeadSource) {
    this.#store = store;
    this.#epoch = store.epoch;
  }

  get(module: string, key: Uint8Array): Uint8Array | undefined {
    return this.#store.get(module, key);
  }

  range(module: string, bounds: Bounds): Iterable<Entry> {
    return this.#current().read(module, bounds);
  }

  async load(): Promise<void> {
    // A chunk that arrives after the head moved lands in a memo that nobody reads any more.
    await this.#current().load((module, bounds) => this.#store.rangeAtHead(module, bounds));
  }

  #current(): RangeMemo {
    if (this.#store.epoch !== this.#epoch) {
      this.#memo = new RangeMemo();
      this.#epoch = this.#store.epoch;
    }
    return this.#memo;
  }
}

/** An old version: `get` suspends too. One reader serves one query. */
export class VersionReader implements Suspending {
  readonly #version: Version;
  readonly #values = new Map<string, Uint8Array | undefined>();
  readonly #memo = new RangeMemo();
  #wanted: { id: string; module: string; key: Uint8Array } | undefined;

  constructor(version: Version) {
    this.#version = version;
  }

  get(module: string, key: Uint8Array): Uint8Array | undefined {
    const id = `${module}/${textOf(key)}`;
    const value = this.#values.get(id);
    if (value === undefined && !this.#values.has(id)) {
      // PERF: most rows are as they were; each that suspends runs all again that was read before.
      const unchanged = this.#version.unchanged(module, key);
      if (unchanged !== undefined) {
        this.#values.set(id, unchanged);
        return unchanged;
      }
      this.#wanted = { id, module, key };
      throw new Pending();
    }
    return value;
  }

  range(module: string, bounds: Bounds): Iterable<Entry> {
    return this.#memo.read(module, bounds);
  }

  async load(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) {
      this.#values.set(wanted.id, await this.#version.get(wanted.module, wanted.key));
      return;
    }
    await this.#memo.load((module, bounds) => this.#version.range(module, bounds));
  }
}
