/**
 * The store: the committed state of all modules, its earlier versions, and the trees that commit to
 * it. `layout.ts` has the whole layout of the database. One process at a time; every height is one
 * atomic, synced batch, so a killed process finds height H - 1 or H whole.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { StoreFigures } from '../telemetry/telemetry.ts';
import { type AuxRow, AuxRows, type AuxWrite, writeAux } from './aux-rows.ts';
import { type Backend, type Batch, LevelBackend, MemoryBackend } from './backend.ts';
import { InFlight, writeEffects } from './block-batch.ts';
import { BulkLoad } from './bulk-load.ts';
import type { ByteCache } from './byte-cache.ts';
import { HeightNotAvailable, StoreCorrupt, StoreFormat } from './errors.ts';
import { type CacheSizes, HeadMemory } from './head.ts';
import { History } from './history.ts';
import { KeptTree, readLogWindow } from './kept-tree.ts';
import { FORMAT, formatKey, headKey, keysKey, valueIn, versionKey } from './layout.ts';
import type { Changes } from './overlay.ts';
import { type PreparedModule, prepareModule } from './prepare.ts';
import { beginBlockKeys, type Note, Prepared, versionsAfter, writeTrees } from './prepared.ts';
import { TopTree } from './prove.ts';
import { Pruner } from './pruner.ts';
import { checked, defaultPruning, type Pruning } from './pruning.ts';
import { readHead, type VersionRecord, writeHead, writeVersion } from './records.ts';
import { undoHeight } from './rollback.ts';
import { TreeCache } from './tree-cache.ts';
import { rootsOf, Version } from './version.ts';

export type { AuxRow, AuxWrite } from './aux-rows.ts';
export {
  HeightNotAvailable,
  StoreCorrupt,
  StoreFormat,
  StoreLocked,
  StoreWriteFailed,
} from './errors.ts';
export { Prepared } from './prepared.ts';
export type { ProofResult } from './version.ts';
export { Version } from './version.ts';

export interface StoreOptions {
  /** A folder, or `:memory:`. */
  readonly path: string | ':memory:';
  /** Heights kept; `defaultPruning` where left out. */
  readonly pruning?: Pruning;
  /** `defaultCaches` where left out. */
  readonly caches?: CacheSizes;
  readonly logger?: Logger;
}

export const defaultCaches: CacheSizes = { rowBytes: 64 << 20, bucketBytes: 32 << 20 };

/** A height that is not pruned before `release`, which may be called again without effect. */
export interface Hold {
  readonly height: bigint;
  release(): void;
}

export interface Head {
  readonly height: bigint;
  readonly appHash: Uint8Array;
}

/** Heights that must follow each other without a gap when the store opens. */
const CHECKED_HEIGHTS = 4096;

/** Memory for trees of old heights, in bytes. */
const OLD_TREES_BYTES = 64 << 20;

export class Store {
  readonly #backend: Backend;
  readonly #pruning: Pruning;
  readonly #holds = new Set<{ readonly at: number }>();
  readonly #logger: Logger | undefined;
  readonly #memory: HeadMemory;
  readonly #history: History;
  readonly #oldTrees = new TreeCache(OLD_TREES_BYTES);
  readonly #versions: ConstructorParameters<typeof Version>[0];
  readonly #aux: AuxRows;
  #head: (Head & { readonly at: number }) | undefined;
  /** The first height of the unbroken row that is kept. */
  #oldest = 0;
  #epoch = 0;
  #pruner: Pruner;
  /** Pruning under way between blocks. */
  #slice: Promise<void> = Promise.resolve();
  #committing = false;
  #batchMs = 0;
  #diskMs = 0;

  private constructor(backend: Backend, options: StoreOptions) {
    this.#backend = backend;
    this.#pruning = checked(options.pruning ?? defaultPruning);
    this.#logger = options.logger;
    this.#memory = new HeadMemory(backend, options.caches ?? defaultCaches);
    this.#history = new History(backend);
    this.#aux = new AuxRows(backend);
    this.#pruner = Pruner.load(backend);
    this.#versions = {
      history: this.#history,
      head: this.#memory,
      check: (at) => this.#check(at),
      treeAt: (module, at) => this.#oldTrees.of(module, at, () => this.#history.tree(module, at)),
    };
  }

  /**
   * Opens a store, or makes an empty one. Throws `StoreLocked` when another process has it open,
   * `StoreFormat` for another format, `StoreCorrupt` when the last heights do not fit together.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const { path } = options;
    const backend = path === ':memory:' ? new MemoryBackend() : await LevelBackend.open(path);
    try {
      await checkFormat(backend, path);
      const store = new Store(backend, options);
      await store.#load();
      return store;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  /** Reads the head and its trees; a `clear` that was cut off is finished first. */
  async #load(): Promise<void> {
    this.#forget();
    const bytes = this.#backend.getSync(headKey);
    if (bytes === undefined) return this.#wipe();
    const { at, oldest } = readHead(bytes);
    this.#oldest = oldest;
    this.#pruner = Pruner.load(this.#backend);
    await this.#checkContinuous(at);
    const record = this.#version(at);
    const window = readLogWindow(this.#backend, at);
    for (const version of record.modules) {
      const kept = await KeptTree.load(this.#backend, version, at, window);
      this.#memory.trees.set(version.module, kept);
    }
    if (Buffer.compare(new TopTree(rootsOf(record)).root, record.appHash) !== 0) {
      throw new StoreCorrupt(`the module roots of height ${at} do not give its app hash`);
    }
    this.#memory.at = at;
    this.#head = { height: BigInt(at), appHash: record.appHash, at };
  }

  #forget(): void {
    this.#memory.forget();
    this.#head = undefined;
    this.#oldTrees.clear();
    this.#epoch++;
  }

  /** LevelDB drops a batch whose checksum is wrong and goes on with the next: a gap shows that. */
  async #checkContinuous(at: number): Promise<void> {
    const from = Math.max(this.#oldest, at - CHECKED_HEIGHTS + 1);
    const bounds = { gte: versionKey(from), lt: versionKey(at + 1) };
    const found = (await this.#backend.range(bounds)).length;
    if (found !== at - from + 1) {
      throw new StoreCorrupt(`of the heights ${from} to ${at} only ${found} are there`);
    }
  }

  #version(at: number): VersionRecord {
    const record = this.#history.version(at);
    if (record === undefined) {
      throw new StoreCorrupt(`the version record of height ${at} is missing`);
    }
    return record;
  }

  /** The last height written, `undefined` before genesis. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Changes whenever the head does: what was read before then is old. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The first height of the unbroken row that `at` can give, `undefined` before genesis. */
  get oldest(): bigint | undefined {
    return this.#head === undefined ? undefined : BigInt(this.#oldest);
  }

  /** What happened since the store was opened. */
  get figures(): StoreFigures {
    const countsOf = ({ hits, misses }: ByteCache) => ({ hits, misses });
    return {
      caches: { rows: countsOf(this.#memory.rows), buckets: countsOf(this.#memory.buckets) },
      pruningBacklog: this.#pruner.backlog(this.#oldest),
      commits: { batchSeconds: this.#batchMs / 1000, diskSeconds: this.#diskMs / 1000 },
    };
  }

  /** Bytes that the database takes on the disk. */
  diskBytes(): Promise<number> {
    return this.#backend.size();
  }

  /** A value at the head, from memory or by a synchronous read. */
  get(module: string, key: Uint8Array): Uint8Array | undefined {
    const row = this.#memory.row(module, key);
    return row && valueIn(row);
  }

  /** A range of the head. */
  async rangeAtHead(module: string, bounds: Bounds): Promise<Entry[]> {
    return this.#memory.range(module, bounds);
  }

  /** The state as of a height. Throws `HeightNotAvailable`, which names what is kept. */
  async at(height: bigint): Promise<Version> {
    const at = Number(height);
    this.#check(at);
    return new Version(this.#versions, at, this.#version(at));
  }

  #check(at: number): void {
    const head = this.#head;
    const { kept } = this.#pruner;
    if (head !== undefined && at <= head.at && (at >= this.#oldest || kept.has(at))) return;
    throw new HeightNotAvailable(BigInt(at), head && { oldest: this.#oldest, head: head.at, kept });
  }

  /**
   * Keeps a height readable until it is released, for whoever reads it over a while, such as a
   * `StoreReader` in a worker thread. Not remembered by the disk: a hold ends with the process.
   *
   * @throws HeightNotAvailable
   */
  hold(height: bigint): Hold {
    const hold = { at: Number(height) };
    this.#check(hold.at);
    this.#holds.add(hold);
    return { height, release: () => void this.#holds.delete(hold) };
  }

  /**
   * Computes what the writes of a block give, without writing anything. Several candidates may be
   * prepared on one head; committing one makes the others void.
   */
  async prepare(changes: Changes): Promise<Prepared> {
    await this.#memory.settled();
    const epoch = this.#epoch;
    const modules: PreparedModule[] = [];
    for (const { module, writes } of changes) {
      const prepared = await prepareModule(this.#memory, this.#memory.keptTree(module), writes);
      if (prepared.effects.length > 0) modules.push(prepared);
    }
    if (this.#epoch !== epoch) throw new Error('prepare: the head moved meanwhile; prepare again');
    return new Prepared(epoch, modules, versionsAfter(this.#memory.trees.values(), modules));
  }

  /**
   * Writes a prepared block and its aux rows as height `height` in one synced batch. After genesis
   * heights follow each other. When the promise rejects, nothing is changed.
   */
  async commit(height: bigint, prepared: Prepared, aux: readonly AuxWrite[]): Promise<void> {
    this.#committing = true;
    try {
      await this.#slice;
      await this.#commit(height, prepared, aux);
    } finally {
      this.#committing = false;
    }
    this.#pruneBetweenBlocks();
  }

  async #commit(height: bigint, prepared: Prepared, aux: readonly AuxWrite[]): Promise<void> {
    const at = Number(height);
    if (prepared.epoch !== this.#epoch) {
      throw new Error(`commit ${height}: the head moved since this block was prepared`);
    }
    if (this.#head !== undefined && at !== this.#head.at + 1) {
      throw new Error(`commit ${height}: the next height is ${this.#head.at + 1}`);
    }
    const isFirst = this.#head === undefined;
    const oldest = isFirst ? at : Math.max(this.#oldest, this.#keepFrom(at));
    const letsGo = !isFirst && this.#letsKeptGo();
    const { keepEvery } = this.#pruning;
    const noLess = isFirst
      ? this.#pruner.kept
      : this.#pruner.keptAfter(keepEvery, this.#oldest, oldest);
    const kept = letsGo ? noLess.multiplesOf(keepEvery) : noLess;
    const before = { oldest: this.#oldest, kept: this.#pruner.kept };
    let notes: readonly Note[] = [];
    let filled = 0;
    const start = performance.now();
    const fill = (batch: Batch): void => {
      const keys = beginBlockKeys(writeAux(batch, height, aux), prepared);
      for (const module of prepared.modules) writeEffects(batch, at, module, keys);
      // The first height is never undone nor pruned.
      if (isFirst) Pruner.begin(batch, at);
      else batch.put(keysKey(at), keys.done());
      notes = writeTrees(batch, at, this.#memory.trees.values(), prepared);
      if (kept !== before.kept) this.#pruner.note(batch, kept);
      if (letsGo) this.#pruner.noteSweep(batch);
      batch.put(versionKey(at), writeVersion(prepared.record));
      batch.put(headKey, writeHead({ at, oldest }));
      filled = performance.now();
    };
    const written = (): void => {
      this.#batchMs += filled - start;
      this.#diskMs += performance.now() - filled;
      if (isFirst) this.#pruner = Pruner.load(this.#backend);
      if (letsGo) this.#pruner.beginSweep();
      this.#memory.advance(at, prepared, notes);
      this.#head = { height, appHash: prepared.appHash, at };
      this.#epoch++;
    };
    const inFlight = new InFlight(prepared.modules);
    const writing = this.#memory.write(inFlight, () => this.#backend.batch(fill), written);
    // Heights that go are gone at once, so that nobody begins to hold one of them meanwhile.
    this.#oldest = oldest;
    this.#pruner.apply(kept);
    try {
      await writing;
    } catch (error) {
      this.#oldest = before.oldest;
      this.#pruner.apply(before.kept);
      throw error;
    }
  }

  /** The first height to keep without a gap once `at` is the head. */
  #keepFrom(at: number): number {
    const held = Math.min(...[...this.#holds].map((hold) => hold.at));
    return Math.min(at - this.#pruning.keepRecent + 1, held);
  }

  /** Whether heights are kept that another policy asked for, and nobody holds one of them. */
  #letsKeptGo(): boolean {
    const { keepRecent, keepEvery } = this.#pruning;
    if (keepRecent === Number.POSITIVE_INFINITY) return false;
    if (this.#pruner.kept.areMultiples(keepEvery)) return false;
    return ![...this.#holds].some(({ at }) => at < this.#oldest);
  }

  /** Slices of pruning until nothing is left or the next block is to be written. */
  async #prune(): Promise<void> {
    while (await this.#pruner.slice(this.#oldest)) if (this.#committing) return;
    const trees = [...this.#memory.trees.values()];
    this.#pruner.compactIfDue(trees.reduce((sum, { tree }) => sum + tree.size, 0));
  }

  #pruneBetweenBlocks(): void {
    this.#slice = this.#prune().catch((error: unknown) => {
      this.#logger?.error({ err: error }, 'pruning failed; it goes on after the next block');
    });
  }

  /** Resolves when nothing of pruned heights is left on the disk. */
  async pruned(): Promise<void> {
    while (this.#pruner.backlog(this.#oldest) > 0 || this.#pruner.isSweeping) {
      await this.#slice;
      const pruning = this.#prune();
      this.#slice = pruning.catch(() => undefined);
      await pruning;
    }
    await this.#pruner.compacted();
  }

  /** An aux row of a height. */
  getAux(space: string, height: bigint, key: Uint8Array): Uint8Array | undefined {
    return this.#aux.get(space, height, key);
  }

  /** Aux rows of the heights from..to (both inclusive), ascending by height, then key. */
  async rangeAux(
    space: string,
    range: { from: bigint; to: bigint; reverse?: boolean; limit?: number },
  ): Promise<AuxRow[]> {
    await this.#memory.settled();
    return this.#aux.range(space, range);
  }

  /** An aux row without a height. */
  getUndated(space: string, key: Uint8Array): Uint8Array | undefined {
    return this.#aux.getUndated(space, key);
  }

  /** Deletes the aux rows of a space below a height; they are never pruned with versions. */
  pruneAux(space: string, below: bigint): Promise<void> {
    return this.#aux.prune(space, below);
  }

  /**
   * Goes back to an earlier height of the unbroken row; later heights, their aux rows included, are
   * gone. Undone height by height, each atomically: cut off, it leaves a whole height in between.
   */
  async rollback(toHeight: bigint): Promise<void> {
    await this.#memory.settled();
    await this.#slice;
    const to = Number(toHeight);
    this.#check(to);
    const from = this.#head?.at ?? to;
    if (to < this.#oldest) {
      throw new Error(`rollback to ${to}: the heights from ${this.#oldest} on can be gone back to`);
    }
    try {
      for (let at = from; at > to; at--) {
        await this.#backend.batch(await undoHeight(this.#backend, this.#history, at, this.#oldest));
      }
    } finally {
      await this.#load();
    }
    this.#logger?.info({ from, to }, 'store rolled back');
  }

  /** Empties the store, aux rows included: for a second InitChain before the first commit. */
  async clear(): Promise<void> {
    await this.#memory.settled();
    await this.#slice;
    this.#forget();
    await this.#backend.batch((batch) => batch.del(headKey));
    await this.#wipe();
  }

  /**
   * Empties the store and begins to fill it with the whole state of one height. Until the load is
   * finished there is no head.
   */
  async refill(height: bigint): Promise<BulkLoad> {
    await this.clear();
    return new BulkLoad(this.#backend, Number(height), () => this.#load());
  }

  async #wipe(): Promise<void> {
    await this.#backend.clearExcept(formatKey);
    this.#oldest = 0;
    this.#pruner = Pruner.load(this.#backend);
  }

  async close(): Promise<void> {
    this.#committing = true;
    await this.#memory.settled();
    await this.#slice;
    await this.#pruner.compacted();
    await this.#backend.close();
  }
}

async function checkFormat(backend: Backend, path: string): Promise<void> {
  const format = backend.getSync(formatKey);
  if (format === undefined && backend.getSync(headKey) !== undefined) {
    throw new StoreCorrupt(`${path} has no format version`);
  }
  if (format === undefined) {
    const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff), limit: 1 };
    if ((await backend.range(everything)).length > 0) {
      throw new StoreFormat(path, 'of another program', FORMAT);
    }
    await backend.batch((batch) => batch.put(formatKey, Buffer.from(FORMAT)));
  } else if (Buffer.from(format).toString() !== FORMAT) {
    throw new StoreFormat(path, Buffer.from(format).toString(), FORMAT);
  }
}
