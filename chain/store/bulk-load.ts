/**
 * Fills an empty store with the whole state of one height, part by part in bounded memory: a
 * snapshot, or a large genesis. There is no head before `finish`, so a store that was cut off on
 * the way is emptied when it is opened again: never a half state.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { Backend, Operation } from './backend.ts';
import { type AuxWrite, writeAux, writeBuckets, writeEffects } from './block-batch.ts';
import { EMPTY_BUCKET } from './bucket.ts';
import { KeptTree } from './kept-tree.ts';
import {
  bucketKey,
  flatKey,
  flatPrefixLength,
  headKey,
  keysKey,
  type ModuleVersion,
  treeLogKey,
  type VersionRecord,
  versionKey,
  writeKeys,
  writeTreeLogs,
  writeVersion,
} from './layout.ts';
import type { Changes } from './overlay.ts';
import { type HeadAccess, prepareModule } from './prepare.ts';
import { TopTree } from './prove.ts';
import { asBuffer, headRecord } from './retention.ts';
import { rootsOf } from './version.ts';

/** What a load has come to: not yet the state of the store. */
export interface Loaded {
  readonly appHash: Uint8Array;
  /** By module, those that hold anything; `size` in keys. */
  readonly modules: ReadonlyMap<string, { readonly root: Uint8Array; readonly size: number }>;
}

export class BulkLoad {
  readonly #backend: Backend;
  readonly #at: number;
  readonly #opened: () => Promise<void>;
  readonly #trees = new Map<string, KeptTree>();
  readonly #head: HeadAccess;

  /** @param opened makes what was loaded the head of the store, once it is on the disk. */
  constructor(backend: Backend, at: number, opened: () => Promise<void>) {
    this.#backend = backend;
    this.#at = at;
    this.#opened = opened;
    this.#head = {
      value: (module, key) => this.get(module, key),
      bucket: ({ module, tree }, index) => {
        if (tree.kind(index) === 0) return EMPTY_BUCKET;
        return asBuffer(backend.getSync(bucketKey(module, index)) ?? EMPTY_BUCKET);
      },
    };
  }

  /** A value loaded so far. */
  get(module: string, key: Uint8Array): Uint8Array | undefined {
    const value = this.#backend.getSync(flatKey(module, key));
    return value && new Uint8Array(value);
  }

  /** A range of what is loaded so far. */
  async range(module: string, { gte, lt, ...rest }: Bounds): Promise<Entry[]> {
    const skip = flatPrefixLength(module);
    const bounds = { ...rest, gte: flatKey(module, gte), lt: flatKey(module, lt) };
    const entries = await this.#backend.range(bounds);
    return entries.map(([key, value]) => [Uint8Array.from(key.subarray(skip)), value]);
  }

  /** Adds writes, on the disk when it resolves. Some ten thousand at once cost the least. */
  async add(changes: Changes): Promise<void> {
    const operations: Operation[] = [];
    const planned: (() => void)[] = [];
    for (const { module, writes } of changes) {
      const kept = this.#trees.get(module) ?? KeptTree.empty(module);
      const prepared = await prepareModule(this.#head, kept, writes);
      // Nothing leads back from here: neither history nor undo records are written.
      const forward = { ...prepared, undos: new Map() };
      writeEffects(operations, this.#at, forward, true);
      writeBuckets(operations, this.#at, forward);
      planned.push(() => {
        kept.tree.apply(prepared.plan, this.#at);
        this.#trees.set(module, kept);
      });
    }
    await this.#backend.batch(operations);
    for (const apply of planned) apply();
  }

  /** What `finish` would make the state. */
  result(): Loaded {
    const { appHash, modules } = this.#record();
    const holding = modules.filter(({ size }) => size > 0);
    return {
      appHash,
      modules: new Map(holding.map(({ module, root, size }) => [module, { root, size }])),
    };
  }

  /** Makes what was loaded the only height of the store, in one synced batch. */
  async finish(aux: readonly AuxWrite[]): Promise<void> {
    const at = this.#at;
    const operations: Operation[] = [];
    for (const kept of this.#trees.values()) operations.push(...kept.wholePages(at));
    const auxKeys = writeAux(operations, BigInt(at), aux);
    operations.push(
      { type: 'put', key: keysKey(at), value: writeKeys({ flat: [], aux: auxKeys }) },
      { type: 'put', key: treeLogKey(at), value: writeTreeLogs([]) },
      { type: 'put', key: versionKey(at), value: writeVersion(this.#record()) },
      { type: 'put', key: headKey, value: headRecord(at, at) },
    );
    await this.#backend.batch(operations);
    await this.#opened();
  }

  #record(): VersionRecord {
    const modules = [...this.#trees.values()]
      .map(({ module, tree }): ModuleVersion => {
        const { size, depth } = tree;
        return { module, root: Uint8Array.from(tree.root), size, depth };
      })
      .sort((a, b) => (a.module < b.module ? -1 : 1));
    const roots = rootsOf({ appHash: new Uint8Array(0), modules });
    return { appHash: new TopTree(roots).root, modules };
  }
}
