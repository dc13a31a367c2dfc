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
import { type Backend, LevelBackend } from './backend.ts';
import { HeightNotAvailable, StoreCorrupt } from './errors.ts';
import { History } from './history.ts';
import { headKey } from './layout.ts';
import { Pruner } from './pruner.ts';
import { readHead } from './records.ts';
import { TreeCache } from './tree-cache.ts';
import { Version } from './version.ts';

/** Memory for trees of heights, in bytes; one of 1,000,000 keys takes about 17 MB. */
const TREES_BYTES = 32 << 20;

export class StoreReader {
  readonly #backend: Backend;
  readonly #history: History;
  readonly #trees = new TreeCache(TREES_BYTES);

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#history = new History(backend);
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
    const record = this.#history.version(at);
    // Pruned between the two reads: the second check says so.
    if (record === undefined) this.#check(at);
    if (record === undefined) throw new StoreCorrupt(`the record of height ${at} is missing`);
    return new Version(
      {
        history: this.#history,
        head: undefined,
        check: (height) => this.#check(height),
        treeAt: (module, height) =>
          this.#trees.of(module, height, () => this.#history.tree(module, height)),
      },
      at,
      record,
    );
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }

  #check(at: number): void {
    const bytes = this.#backend.getSync(headKey);
    const head = bytes && readHead(bytes);
    if (head !== undefined && at >= head.oldest && at <= head.at) return;
    const { kept } = Pruner.load(this.#backend);
    if (head !== undefined && kept.has(at)) return;
    throw new HeightNotAvailable(BigInt(at), head && { ...head, head: head.at, kept });
  }
}
