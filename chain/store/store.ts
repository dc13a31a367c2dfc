/**
 * The store: the committed state of all modules, its earlier versions, and the trees that commit to
 * it. `layout.ts` has the whole layout of the database. One process at a time; every height is one
 * atomic, synced batch, so a killed process finds height H - 1 or H whole.
 */
import type { Logger } from 'pino';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { type Backend, LevelBackend, MemoryBackend, type Operation } from './backend.ts';
import {
  type AuxRow,
  type AuxWrite,
  InFlight,
  writeAux,
  writeBuckets,
  writeEffects,
} from './block-batch.ts';
import { EMPTY_BUCKET, type Leaf, readBucket, undoBucket } from './bucket.ts';
import { BulkLoad } from './bulk-load.ts';
import { CacheGroup } from './cache.ts';
import { HeightNotAvailable, StoreCorrupt, StoreFormat } from './errors.ts';
import { KeptTree, readLogWindow } from './kept-tree.ts';
import { bytesOf, textOf } from './key-index.ts';
import {
  auxKey,
  bucketKey,
  FORMAT,
  flatKey,
  flatPrefixLength,
  formatKey,
  headKey,
  keysKey,
  type ModuleVersion,
  readAuxKey,
  readVersion,
  type TreeLog,
  treeLogKey,
  undatedKey,
  undoAfter,
  type VersionRecord,
  versionKey,
  writeKeys,
  writeTreeLogs,
  writeVersion,
} from './layout.ts';
import type { Changes } from './overlay.ts';
import { type HeadAccess, type PreparedModule, prepareModule } from './prepare.ts';
import { type ReadLeaves, TopTree } from './prove.ts';
import { checked, defaultPruning, type Pruning } from './pruning.ts';
import { asBuffer, headRecord, pruneBelow, undoHeight } from './retention.ts';
import type { ModuleTree } from './smt.ts';
import { rootsOf, Version } from './version.ts';

export type { AuxRow, AuxWrite } from './block-batch.ts';
export { HeightNotAvailable, StoreCorrupt, StoreFormat, StoreLocked } from './errors.ts';
export type { ProofResult } from './version.ts';
export { Version } from './version.ts';

export interface StoreOptions {
  /** A folder, or `:memory:`. */
  readonly path: string | ':memory:';
  /** Values of the head kept in memory, in number. */
  readonly cacheEntries?: number;
  /** Buckets of the trees kept in memory, in number; about 0.7 kB each. */
  readonly cacheBuckets?: number;
  /** Heights kept; `defaultPruning` where left out. */
  readonly pruning?: Pruning;
  readonly logger?: Logger;
}

/** A height that is not pruned before `release`, which may be called again without effect. */
export interface Hold {
  readonly height: bigint;
  release(): void;
}

export interface Head {
  readonly height: bigint;
  readonly appHash: Uint8Array;
}

/** What a block would do to the store. Nothing is written; it is void once the head moves. */
export class Prepared {
  readonly appHash: Uint8Array;
  readonly moduleRoots: ReadonlyMap<string, Uint8Array>;
  /** For the store only. */
  readonly epoch: number;
  readonly modules: readonly PreparedModule[];
  readonly record: VersionRecord;

  constructor(epoch: number, modules: readonly PreparedModule[], versions: ModuleVersion[]) {
    this.epoch = epoch;
    this.modules = modules;
    this.moduleRoots = rootsOf({ appHash: new Uint8Array(0), modules: versions });
    this.appHash = new TopTree(this.moduleRoots).root;
    this.record = { appHash: this.appHash, modules: versions };
  }
}

/** Heights pruned in one commit at most, so that a shortened retention costs no block much. */
const PRUNED_PER_COMMIT = 4;

/** Heights that must follow each other without a gap when the store opens. */
const CHECKED_HEIGHTS = 4096;

const NO_VALUE = new Uint8Array(0);

/** Cached for a key that is not there; values are never empty. */
const ABSENT = '';

export class Store {
  readonly #backend: Backend;
  readonly #pruning: Pruning;
  readonly #holds = new Set<{ readonly at: number }>();
  readonly #logger: Logger | undefined;
  // PERF: bytes are cached as latin1 text, which is one plain piece of the heap: a fifth of the
  // memory of small arrays, and nothing that a caller could alter.
  readonly #values: CacheGroup<string, string>;
  readonly #buckets: CacheGroup<number, CachedBucket>;
  readonly #oldTrees = new CacheGroup<number, KeptTree>(8);
  #trees = new Map<string, KeptTree>();
  #head: (Head & { readonly at: number }) | undefined;
  #oldest = 0;
  #epoch = 0;
  /** While a batch is being written: reads see what it replaces. */
  #inFlight: InFlight | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(backend: Backend, options: StoreOptions) {
    this.#backend = backend;
    this.#pruning = checked(options.pruning ?? defaultPruning);
    if (this.#pruning.keepEvery > 0) throw new Error('keep-every: not yet in this format');
    this.#logger = options.logger;
    this.#values = new CacheGroup(options.cacheEntries ?? 200_000);
    this.#buckets = new CacheGroup(options.cacheBuckets ?? 200_000);
  }

  /**
   * Opens a store, or makes an empty one. Throws `StoreLocked` when another process has it open,
   * `StoreFormat` for another format, `StoreCorrupt` when the last heights do not fit together.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const { path } = options;
    const backend = path === ':memory:' ? new MemoryBackend() : await LevelBackend.open(path);
    const store = new Store(backend, options);
    try {
      await store.#checkFormat(path);
      await store.#load();
    } catch (error) {
      await backend.close();
      throw error;
    }
    return store;
  }

  async #checkFormat(path: string): Promise<void> {
    const format = this.#backend.getSync(formatKey);
    if (format === undefined && this.#backend.getSync(headKey) !== undefined) {
      throw new StoreCorrupt(`${path} has no format version`);
    }
    if (format === undefined) {
      const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff), limit: 1 };
      if ((await this.#backend.range(everything)).length > 0) {
        throw new StoreFormat(path, 'of another program', FORMAT);
      }
      await this.#backend.batch([{ type: 'put', key: formatKey, value: Buffer.from(FORMAT) }]);
    } else if (Buffer.from(format).toString() !== FORMAT) {
      throw new StoreFormat(path, Buffer.from(format).toString(), FORMAT);
    }
  }

  /** Reads the head and its trees; a `clear` that was cut off is finished first. */
  async #load(): Promise<void> {
    this.#forget();
    const bytes = this.#backend.getSync(headKey);
    if (bytes === undefined) return this.#wipe();
    const view = Buffer.from(bytes);
    const at = Number(view.readBigUInt64BE(0));
    this.#oldest = Number(view.readBigUInt64BE(8));
    await this.#checkContinuous(at);
    const record = this.#version(at);
    const window = readLogWindow(this.#backend, at);
    for (const version of record.modules) {
      const kept = await KeptTree.load(this.#backend, version, at, window);
      this.#trees.set(version.module, kept);
    }
    if (Buffer.compare(new TopTree(rootsOf(record)).root, record.appHash) !== 0) {
      throw new StoreCorrupt(`the module roots of height ${at} do not give its app hash`);
    }
    this.#head = { height: BigInt(at), appHash: record.appHash, at };
  }

  #forget(): void {
    this.#trees = new Map();
    this.#head = undefined;
    this.#values.clear();
    this.#buckets.clear();
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
    const bytes = this.#backend.getSync(versionKey(at));
    if (bytes === undefined)
      throw new StoreCorrupt(`the version record of height ${at} is missing`);
    return readVersion(bytes);
  }

  /** The last height written, `undefined` before genesis. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Changes whenever the head does: what was read before then is old. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The oldest height that `at` can give, `undefined` before genesis. */
  get oldest(): bigint | undefined {
    return this.#head === undefined ? undefined : BigInt(this.#oldest);
  }

  /** A value at the head, from memory or by a synchronous read. */
  get(module: string, key: Uint8Array): Uint8Array | undefined {
    return this.#get(module, key, textOf(key));
  }

  #get(module: string, key: Uint8Array, text: string): Uint8Array | undefined {
    if (this.#inFlight?.touches(module, text)) return this.#inFlight.before(module, text);
    const cached = this.#values.get(module, text);
    if (cached !== undefined) return cached === ABSENT ? undefined : bytesOf(cached);
    const read = this.#backend.getSync(flatKey(module, key));
    this.#values.set(module, text, read === undefined ? ABSENT : textOf(read));
    return read && new Uint8Array(read);
  }

  /** A range of the head. */
  async rangeAtHead(module: string, bounds: Bounds): Promise<Entry[]> {
    await this.#writing;
    const skip = flatPrefixLength(module);
    const entries = await this.#backend.range({
      ...bounds,
      gte: flatKey(module, bounds.gte),
      lt: flatKey(module, bounds.lt),
    });
    return entries.map(([key, value]) => [
      Uint8Array.from(key.subarray(skip)),
      new Uint8Array(value),
    ]);
  }

  /** The state as of a height. Throws `HeightNotAvailable`, which names the range kept. */
  async at(height: bigint): Promise<Version> {
    const at = Number(height);
    this.#check(at);
    const record = this.#version(at);
    return new Version(this.#versionHost, at, record);
  }

  #check(at: number): void {
    const head = this.#head;
    if (head !== undefined && at >= this.#oldest && at <= head.at) return;
    const kept = head && { oldest: BigInt(this.#oldest), head: head.height };
    throw new HeightNotAvailable(BigInt(at), kept);
  }

  readonly #versionHost = this.#makeVersionHost();

  #makeVersionHost(): ConstructorParameters<typeof Version>[0] {
    const store = this;
    return {
      get backend() {
        return store.#backend;
      },
      check: (at) => store.#check(at),
      isHead: (at) => store.#head?.at === at,
      get: (module, key) => store.get(module, key),
      rangeAtHead: (module, bounds) => store.rangeAtHead(module, bounds),
      treeAtHead: (module) => store.#reading(store.#treeOf(module)),
      treeAt: async (module, at) => {
        const kept = await store.#oldTree(module, at);
        return { tree: kept.tree, load: (index) => store.#oldLeaves(kept, index, at) };
      },
      settled: () => store.#settled(),
    };
  }

  #reading(kept: KeptTree): { tree: ModuleTree; read: ReadLeaves } {
    return { tree: kept.tree, read: (index) => readBucket(this.#bucket(kept, index)) };
  }

  #treeOf(module: string): KeptTree {
    return this.#trees.get(module) ?? KeptTree.empty(module);
  }

  async #oldTree(module: string, at: number): Promise<KeptTree> {
    const cached = this.#oldTrees.get(module, at);
    if (cached !== undefined) return cached;
    const version = this.#version(at).modules.find((version) => version.module === module);
    if (version === undefined) return KeptTree.empty(module);
    const tree = await KeptTree.load(this.#backend, version, at, readLogWindow(this.#backend, at));
    this.#oldTrees.set(module, at, tree);
    return tree;
  }

  async #settled(): Promise<void> {
    while (this.#inFlight !== undefined) await this.#writing;
  }

  /** The leaves of a bucket as they were at a height. */
  async #oldLeaves(old: KeptTree, index: number, at: number): Promise<readonly Leaf[]> {
    await this.#settled();
    const head = this.#treeOf(old.module);
    if (old.tree.kind(index) === 0) return [];
    if (head.tree.stamp(index) === old.tree.stamp(index)) {
      return readBucket(this.#bucket(head, index));
    }
    // The head's first: what later heights change, their undo records show.
    const now = this.#backend.getSync(bucketKey(old.module, index)) ?? EMPTY_BUCKET;
    let leaves = readBucket(asBuffer(now));
    for (const [, undo] of await this.#backend.range(undoAfter(old.module, index, at))) {
      leaves = undoBucket(leaves, asBuffer(undo));
    }
    return leaves;
  }

  /** The bytes of a bucket at the head. */
  #bucket(kept: KeptTree, index: number): Buffer {
    if (kept.tree.kind(index) === 0) return EMPTY_BUCKET;
    const stamp = kept.tree.stamp(index);
    const cached = this.#buckets.get(kept.module, index);
    if (cached?.stamp === stamp) return Buffer.from(cached.text, 'latin1');
    const bytes = this.#backend.getSync(bucketKey(kept.module, index));
    if (bytes === undefined) {
      throw new StoreCorrupt(
        `bucket ${index} of module ${kept.module}, height ${stamp}, is missing`,
      );
    }
    this.#buckets.set(kept.module, index, { stamp, text: textOf(bytes) });
    return asBuffer(bytes);
  }

  /**
   * Computes what the writes of a block give, without writing anything. Several candidates may be
   * prepared on one head; committing one makes the others void.
   */
  async prepare(changes: Changes): Promise<Prepared> {
    await this.#writing;
    const epoch = this.#epoch;
    const access: HeadAccess = {
      value: (module, key, text) => this.#get(module, key, text),
      bucket: (kept, index) => this.#bucket(kept, index),
    };
    const modules: PreparedModule[] = [];
    for (const { module, writes } of changes) {
      const prepared = await prepareModule(access, this.#treeOf(module), writes);
      if (prepared.effects.length > 0) modules.push(prepared);
    }
    if (this.#epoch !== epoch) throw new Error('prepare: the head moved meanwhile; prepare again');
    const versions = new Map<string, ModuleVersion>();
    for (const { module, tree } of this.#trees.values()) {
      const { size, depth } = tree;
      versions.set(module, { module, root: Uint8Array.from(tree.root), size, depth });
    }
    for (const { kept, plan } of modules) {
      const { size, depth, root } = plan;
      versions.set(kept.module, { module: kept.module, root: Uint8Array.from(root), size, depth });
    }
    const sorted = [...versions.values()].sort((a, b) => (a.module < b.module ? -1 : 1));
    return new Prepared(epoch, modules, sorted);
  }

  /**
   * Writes a prepared block and its aux rows as height `height` in one synced batch. After genesis
   * heights follow each other. When the promise rejects, nothing is changed.
   */
  async commit(height: bigint, prepared: Prepared, aux: readonly AuxWrite[]): Promise<void> {
    const at = Number(height);
    if (prepared.epoch !== this.#epoch) {
      throw new Error(`commit ${height}: the head moved since this block was prepared`);
    }
    if (this.#head !== undefined && at !== this.#head.at + 1) {
      throw new Error(`commit ${height}: the next height is ${this.#head.at + 1}`);
    }
    const operations: Operation[] = [];
    const put = (key: Uint8Array, value: Uint8Array): void => {
      operations.push({ type: 'put', key, value });
    };
    const first = this.#head === undefined;
    for (const module of prepared.modules) writeEffects(operations, at, module, first);
    const notes = this.#writeTrees(operations, at, prepared);
    const auxKeys = writeAux(operations, height, aux);
    const flat = prepared.modules.map(({ kept, effects }) => {
      return { module: kept.module, keys: effects.map(({ key }) => key) };
    });
    put(keysKey(at), writeKeys({ flat, aux: auxKeys }));
    put(versionKey(at), writeVersion(prepared.record));
    const oldest = first ? at : Math.max(this.#oldest, this.#pruneTarget(at));
    for (let height = this.#oldest + 1; !first && height <= oldest; height++) {
      for (const operation of pruneBelow(this.#backend, height)) operations.push(operation);
    }
    put(headKey, headRecord(at, oldest));
    await this.#write(operations, prepared, oldest);
    for (const { kept, plan, log, buckets } of notes) {
      kept.apply(plan, log, at);
      this.#trees.set(kept.module, kept);
      for (const [index, bytes] of buckets) {
        this.#buckets.set(kept.module, index, { stamp: at, text: textOf(bytes) });
      }
    }
    for (const { kept, effects } of prepared.modules) {
      for (const { text, value } of effects) {
        this.#values.set(kept.module, text, value === undefined ? ABSENT : textOf(value));
      }
    }
    this.#head = { height, appHash: prepared.appHash, at };
    this.#oldest = oldest;
    this.#epoch++;
  }

  #pruneTarget(at: number): number {
    const held = Math.min(...[...this.#holds].map((hold) => hold.at));
    const wanted = Math.min(at - this.#pruning.keepRecent + 1, held);
    return Math.min(wanted, this.#oldest + PRUNED_PER_COMMIT);
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

  /** Writes a batch; reads meanwhile see the height before, and versions about to go are gone. */
  async #write(operations: Operation[], prepared: Prepared, oldest: number): Promise<void> {
    const oldestBefore = this.#oldest;
    if (this.#head !== undefined) this.#oldest = oldest;
    this.#inFlight = new InFlight(prepared.modules);
    const written = this.#backend.batch(operations);
    this.#writing = written.catch(() => undefined);
    try {
      await written;
    } catch (error) {
      this.#oldest = oldestBefore;
      throw error;
    } finally {
      this.#inFlight = undefined;
    }
  }

  #writeTrees(operations: Operation[], at: number, prepared: Prepared): Note[] {
    const changed = new Map(prepared.modules.map((module) => [module.kept, module]));
    const notes = [...new Set([...this.#trees.values(), ...changed.keys()])].map((kept) => {
      const module = changed.get(kept);
      const plan = module?.plan;
      const { log, operations: pages } = kept.note(plan, at);
      for (const page of pages) operations.push(page);
      const buckets = module === undefined ? [] : writeBuckets(operations, at, module);
      return { kept, plan, log, buckets };
    });
    const logs = notes.map(({ log }) => log).filter((log) => !isEmptyLog(log));
    operations.push({ type: 'put', key: treeLogKey(at), value: writeTreeLogs(logs) });
    return notes;
  }

  /** An aux row of a height. */
  getAux(space: string, height: bigint, key: Uint8Array): Uint8Array | undefined {
    const value = this.#backend.getSync(auxKey(space, height, key));
    return value && new Uint8Array(value);
  }

  /** Aux rows of the heights from..to (both inclusive), ascending by height, then key. */
  async rangeAux(
    space: string,
    range: { from: bigint; to: bigint; reverse?: boolean; limit?: number },
  ): Promise<AuxRow[]> {
    await this.#writing;
    const { from, to, reverse = false, limit } = range;
    const bounds = { gte: auxKey(space, from, NO_VALUE), lt: auxKey(space, to + 1n, NO_VALUE) };
    const rest = limit === undefined ? {} : { limit };
    const rows = await this.#backend.range({ ...bounds, reverse, ...rest });
    return rows.map(([bytes, value]) => {
      const [height, key] = readAuxKey(space, bytes);
      return { height, key, value: new Uint8Array(value) };
    });
  }

  /** An aux row without a height. */
  getUndated(space: string, key: Uint8Array): Uint8Array | undefined {
    const value = this.#backend.getSync(undatedKey(space, key));
    return value && new Uint8Array(value);
  }

  /** Deletes the aux rows of a space below a height; they are never pruned with versions. */
  async pruneAux(space: string, below: bigint): Promise<void> {
    const bounds = { gte: auxKey(space, 0n, NO_VALUE), lt: auxKey(space, below, NO_VALUE) };
    for (;;) {
      const rows = await this.#backend.range({ ...bounds, limit: 1000 });
      if (rows.length === 0) return;
      await this.#backend.batch(rows.map(([key]) => ({ type: 'del', key })));
    }
  }

  /**
   * Goes back to an earlier height that is still kept; later heights, their aux rows included, are
   * gone. Undone height by height, each atomically: cut off, it leaves a whole height in between.
   */
  async rollback(toHeight: bigint): Promise<void> {
    await this.#writing;
    const to = Number(toHeight);
    this.#check(to);
    const from = this.#head?.at ?? to;
    try {
      for (let at = from; at > to; at--) {
        await this.#backend.batch([...undoHeight(this.#backend, at, this.#oldest)]);
      }
    } finally {
      await this.#load();
    }
    this.#logger?.info({ from, to }, 'store rolled back');
  }

  /** Empties the store, aux rows included: for a second InitChain before the first commit. */
  async clear(): Promise<void> {
    await this.#writing;
    this.#forget();
    await this.#backend.batch([{ type: 'del', key: headKey }]);
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
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#backend.close();
  }
}

interface CachedBucket {
  readonly stamp: number;
  readonly text: string;
}

/** What a commit does to one tree, to be applied once it is on the disk. */
interface Note {
  readonly kept: KeptTree;
  readonly plan: PreparedModule['plan'] | undefined;
  readonly log: TreeLog;
  readonly buckets: readonly (readonly [number, Uint8Array])[];
}

function isEmptyLog(log: TreeLog): boolean {
  return log.written.length === 0 && log.pagesWritten.length === 0;
}
