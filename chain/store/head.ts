/**
 * The last height in memory: the upper parts of all trees whole, rows and buckets as far as the
 * caches reach. While a batch is on its way to the disk, it shows the height before.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { Backend } from './backend.ts';
import type { InFlight } from './block-batch.ts';
import { EMPTY_BUCKET, readBucket } from './bucket.ts';
import type { Slice } from './bucket-writer.ts';
import { ByteCache } from './byte-cache.ts';
import { asBuffer } from './bytes.ts';
import { StoreCorrupt } from './errors.ts';
import { KeptTree } from './kept-tree.ts';
import { bucketKey, flatKey, flatPrefixLength, valueIn } from './layout.ts';
import type { HeadAccess, PreparedModule } from './prepare.ts';
import type { Note, Prepared } from './prepared.ts';
import type { ReadLeaves } from './prove.ts';
import type { ModuleTree } from './smt.ts';
import type { HeadInMemory } from './version.ts';

export interface CacheSizes {
  /** Memory for values of the head, in bytes. */
  readonly rowBytes: number;
  /** Memory for buckets of the trees, in bytes. */
  readonly bucketBytes: number;
}

/** Cached for a key that is not there; rows are never empty. */
const ABSENT = new Uint8Array(0);

const indexKey = Buffer.alloc(4);

export class HeadMemory implements HeadInMemory, HeadAccess {
  readonly #backend: Backend;
  readonly rows: ByteCache;
  readonly buckets: ByteCache;
  readonly trees = new Map<string, KeptTree>();
  at: number | undefined;
  #inFlight: InFlight | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(backend: Backend, sizes: CacheSizes) {
    this.#backend = backend;
    this.rows = new ByteCache(sizes.rowBytes);
    this.buckets = new ByteCache(sizes.bucketBytes);
  }

  forget(): void {
    this.at = undefined;
    this.trees.clear();
    this.rows.clear();
    this.buckets.clear();
  }

  isAt(height: number): boolean {
    return this.at === height;
  }

  row(module: string, key: Uint8Array): Uint8Array | undefined {
    if (this.#inFlight !== undefined) {
      const effect = this.#inFlight.effectOn(module, key);
      if (effect !== undefined) return effect.before;
    }
    const cached = this.rows.get(module, key);
    if (cached !== undefined) return cached.length === 0 ? undefined : cached;
    const read = this.#backend.getSync(flatKey(module, key));
    this.rows.set(module, key, read ?? ABSENT);
    return read;
  }

  async range(module: string, bounds: Bounds): Promise<Entry[]> {
    await this.#writing;
    const skip = flatPrefixLength(module);
    const [gte, lt] = [flatKey(module, bounds.gte), flatKey(module, bounds.lt)];
    const rows = await this.#backend.range({ ...bounds, gte, lt });
    return rows.map(([key, row]) => [
      Uint8Array.from(key.subarray(skip)),
      Uint8Array.from(valueIn(row)),
    ]);
  }

  tree(module: string): { readonly tree: ModuleTree; readonly read: ReadLeaves } {
    const kept = this.keptTree(module);
    return { tree: kept.tree, read: (index) => readBucket(this.bucket(kept, index)) };
  }

  keptTree(module: string): KeptTree {
    return this.trees.get(module) ?? KeptTree.empty(module);
  }

  bucket(kept: KeptTree, index: number): Buffer {
    if (kept.tree.kind(index) === 0) return EMPTY_BUCKET;
    indexKey.writeUInt32BE(index);
    const cached = this.buckets.get(kept.module, indexKey);
    if (cached !== undefined) return cached;
    const bytes = this.#backend.getSync(bucketKey(kept.module, index));
    if (bytes === undefined) {
      throw new StoreCorrupt(`bucket ${index} of module ${kept.module} is missing`);
    }
    this.buckets.set(kept.module, indexKey, bytes);
    return asBuffer(bytes);
  }

  /** Becomes a height that is on the disk. */
  advance(at: number, prepared: Prepared, notes: readonly Note[]): void {
    for (const { kept, module, log } of notes) {
      kept.apply(module?.plan, log, at);
      this.trees.set(kept.module, kept);
    }
    for (const module of prepared.modules) this.#remember(module);
    this.at = at;
  }

  #remember({ kept: { module }, effects, slices }: PreparedModule): void {
    for (const { buckets, ends, indexes } of slices) {
      for (const [i, index] of indexes.entries()) {
        indexKey.writeUInt32BE(index);
        this.buckets.set(module, indexKey, buckets, ends[i - 1], ends[i]);
      }
    }
    for (const { key, slice, row, rowEnd } of effects) {
      this.rows.set(module, key, (slices[slice] as Slice).rows, row, rowEnd);
    }
  }

  /**
   * Runs a write that does `inFlight`, then `written`; until both have ended, reads see what it
   * replaces.
   */
  async write(inFlight: InFlight, write: () => Promise<void>, written: () => void): Promise<void> {
    const run = async (): Promise<void> => {
      this.#inFlight = inFlight;
      try {
        await write();
        written();
      } finally {
        this.#inFlight = undefined;
      }
    };
    const running = run();
    this.#writing = running.catch(() => undefined);
    await running;
  }

  /** Resolves when no batch is on its way. */
  async settled(): Promise<void> {
    do await this.#writing;
    while (this.#inFlight !== undefined);
  }
}
