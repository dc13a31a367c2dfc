/**
 * Fills an empty store with the whole state of one height, part by part in bounded memory: a
 * snapshot, or a large genesis. There is no head before `finish`, so a store that was cut off on
 * the way is emptied when it is opened again: never a half state.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { type AuxWrite, writeAux } from './aux-rows.ts';
import type { Backend } from './backend.ts';
import { writeBuckets } from './block-batch.ts';
import { EMPTY_BUCKET } from './bucket.ts';
import { asBuffer } from './bytes.ts';
import { KeptTree } from './kept-tree.ts';
import {
  bucketKey,
  flatKey,
  flatPrefixLength,
  headKey,
  treeLogKey,
  valueIn,
  versionKey,
} from './layout.ts';
import type { Changes } from './overlay.ts';
import {
  type HeadAccess,
  type PreparedModule,
  prepareModule,
  rowOf,
  stampEffects,
} from './prepare.ts';
import { TopTree } from './prove.ts';
import { Pruner } from './pruner.ts';
import {
  type ModuleVersion,
  type VersionRecord,
  writeHead,
  writeTreeLogs,
  writeVersion,
} from './records.ts';
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
  #epoch = 0;
  readonly #head: HeadAccess;

  /** @param opened makes what was loaded the head of the store, once it is on the disk. */
  constructor(backend: Backend, at: number, opened: () => Promise<void>) {
    this.#backend = backend;
    this.#at = at;
    this.#opened = opened;
    this.#head = {
      row: (module, key) => backend.getSync(flatKey(module, key)),
      bucket: ({ module, tree }, index) => {
        if (tree.kind(index) === 0) return EMPTY_BUCKET;
        return asBuffer(backend.getSync(bucketKey(module, index)) ?? EMPTY_BUCKET);
      },
    };
  }

  /** A value loaded so far. */
  get(module: string, key: Uint8Array): Uint8Array | undefined {
    const row = this.#backend.getSync(flatKey(module, key));
    return row && Uint8Array.from(valueIn(row));
  }

  /** A range of what is loaded so far. */
  async rangeAtHead(module: string, { gte, lt, ...rest }: Bounds): Promise<Entry[]> {
    const skip = flatPrefixLength(module);
    const bounds = { ...rest, gte: flatKey(module, gte), lt: flatKey(module, lt) };
    const rows = await this.#backend.range(bounds);
    return rows.map(([key, row]) => [Uint8Array.from(key.subarray(skip)), valueIn(row)]);
  }

  /** Counts the additions: what was read before one may be old. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Adds writes, and aux rows of the height, on the disk when it resolves. Some ten thousand at
   * once cost the least.
   */
  async add(changes: Changes, aux: readonly AuxWrite[] = []): Promise<void> {
    const modules: PreparedModule[] = [];
    for (const { module, writes } of changes) {
      const kept = this.#trees.get(module) ?? KeptTree.empty(module);
      const prepared = await prepareModule(this.#head, kept, writes);
      stampEffects(prepared, this.#at);
      modules.push(prepared);
    }
    await this.#backend.batch((batch) => {
      for (const prepared of modules) {
        for (const effect of prepared.effects) {
          // What a load writes again leaves no history: all of it is of one height.
          const row = rowOf(prepared.slices, effect);
          const key = flatKey(prepared.kept.module, effect.key);
          if (row === undefined) batch.del(key);
          else batch.put(key, row);
        }
        writeBuckets(batch, prepared);
      }
      writeAux(batch, BigInt(this.#at), aux);
    });
    this.#epoch += 1;
    for (const { kept, plan } of modules) {
      kept.tree.apply(plan);
      this.#trees.set(kept.module, kept);
    }
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
    await this.#backend.batch((batch) => {
      for (const kept of this.#trees.values()) kept.writeWhole(batch, at);
      writeAux(batch, BigInt(at), aux);
      Pruner.begin(batch, at);
      batch.put(treeLogKey(at), writeTreeLogs([]));
      batch.put(versionKey(at), writeVersion(this.#record()));
      batch.put(headKey, writeHead({ at, oldest: at }));
    });
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
