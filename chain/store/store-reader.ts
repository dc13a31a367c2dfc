/**
 * Old heights read from the database alone, without the writer's memory: what worker threads use
 * while the store of the same process goes on writing.
 *
 * The thread that has the `Store` takes `store.hold(height)` before a worker reads for long, and
 * releases it when the worker has ended; without a hold a read of a height that is pruned meanwhile
 * throws `HeightNotAvailable`. Every reader must be closed before the store is.
 *
 * @example
 * const reader = await StoreReader.open(path); // in the worker
 * const version = await reader.at(height);
 * const value = await version.get('bank', key);
 * const { ops } = await version.prove('bank', key);
 * await reader.close();
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { type Backend, LevelBackend } from './backend.ts';
import { EMPTY_BUCKET, type Leaf, readBucket, undoBucket } from './bucket.ts';
import { CacheGroup } from './cache.ts';
import { HeightNotAvailable } from './errors.ts';
import { KeptTree, readLogWindow } from './kept-tree.ts';
import {
  bucketKey,
  flatKey,
  flatPrefixLength,
  headKey,
  readVersion,
  undoAfter,
  versionKey,
} from './layout.ts';
import { asBuffer } from './retention.ts';
import { Version, type VersionHost } from './version.ts';

/** Trees of old heights kept in memory, in number; one of 1,000,000 keys takes about 10 MB. */
const TREES = 2;

export class StoreReader {
  readonly #backend: Backend;
  readonly #trees = new CacheGroup<number, KeptTree>(TREES);
  readonly #host: VersionHost;

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#host = {
      backend,
      check: (height) => this.#check(height),
      isHead: () => false,
      get: (module, key) => backend.getSync(flatKey(module, key)),
      rangeAtHead: (module, bounds) => this.#rangeAtHead(module, bounds),
      treeAtHead: () => {
        throw new Error('a reader has no tree of the head in memory');
      },
      treeAt: async (module, height) => {
        const { tree } = await this.#tree(module, height);
        return { tree, load: (index) => this.#leaves(module, index, height) };
      },
      settled: () => Promise.resolve(),
    };
  }

  /**
   * Opens the database of a store that this process has open, in the same or another thread.
   *
   * @throws StoreLocked when it is another process that has it.
   */
  static async open(path: string): Promise<StoreReader> {
    return new StoreReader(await LevelBackend.openToRead(path));
  }

  /** The state as of a height. Throws `HeightNotAvailable`, which names what is kept. */
  async at(height: bigint): Promise<Version> {
    const at = Number(height);
    this.#check(at);
    const record = this.#backend.getSync(versionKey(at));
    if (record === undefined) throw new HeightNotAvailable(height, this.#kept());
    return new Version(this.#host, at, readVersion(record));
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }

  #kept(): { oldest: bigint; head: bigint } | undefined {
    const bytes = this.#backend.getSync(headKey);
    if (bytes === undefined) return undefined;
    const record = asBuffer(bytes);
    return { head: record.readBigUInt64BE(0), oldest: record.readBigUInt64BE(8) };
  }

  #check(height: number): void {
    const kept = this.#kept();
    if (kept !== undefined && height >= kept.oldest && height <= kept.head) return;
    throw new HeightNotAvailable(BigInt(height), kept);
  }

  async #rangeAtHead(module: string, bounds: Bounds): Promise<Entry[]> {
    const skip = flatPrefixLength(module);
    const { gte, lt } = bounds;
    const whole = { ...bounds, gte: flatKey(module, gte), lt: flatKey(module, lt) };
    const entries = await this.#backend.range(whole);
    return entries.map(([key, value]) => [Uint8Array.from(key.subarray(skip)), value]);
  }

  async #tree(module: string, height: number): Promise<KeptTree> {
    const cached = this.#trees.get(module, height);
    if (cached !== undefined) return cached;
    const record = this.#backend.getSync(versionKey(height));
    if (record === undefined) throw new HeightNotAvailable(BigInt(height), this.#kept());
    const version = readVersion(record).modules.find((one) => one.module === module);
    if (version === undefined) return KeptTree.empty(module);
    const window = readLogWindow(this.#backend, height);
    const tree = await KeptTree.load(this.#backend, version, height, window);
    this.#trees.set(module, height, tree);
    return tree;
  }

  /** The bucket as it is now first: what later heights change, their undo records show. */
  async #leaves(module: string, index: number, height: number): Promise<readonly Leaf[]> {
    const now = this.#backend.getSync(bucketKey(module, index)) ?? EMPTY_BUCKET;
    let leaves = readBucket(asBuffer(now));
    for (const [, undo] of await this.#backend.range(undoAfter(module, index, height))) {
      leaves = undoBucket(leaves, asBuffer(undo));
    }
    return leaves;
  }
}
