/**
 * The state as it was after one height: values, ranges, module roots and proofs. A version stays
 * readable while the head moves on, until it is pruned: then `HeightNotAvailable`.
 */
import type { ProofOp } from 'cosmjs-types/tendermint/crypto/proof';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { keyOf, type Leaf } from './bucket.ts';
import type { History } from './history.ts';
import type { KeptTree } from './kept-tree.ts';
import { valueIn } from './layout.ts';
import {
  type Found,
  findInOldTree,
  findInTree,
  proofOp,
  type ReadLeaves,
  TopTree,
} from './prove.ts';
import type { VersionRecord } from './records.ts';
import type { ModuleTree } from './smt.ts';

/** A value, or `undefined` for a proven absence, with the ops that `verifyStoreProof` checks. */
export interface ProofResult {
  readonly value: Uint8Array | undefined;
  readonly ops: ProofOp[];
}

/** What a version needs of where it is read. */
export interface VersionHost {
  readonly history: History;
  /** Throws when the height is not kept any more. */
  check(height: number): void;
  /** The trees of old heights. */
  treeAt(module: string, height: number): Promise<KeptTree>;
  /** The head in memory; undefined for who only reads the database. */
  readonly head: HeadInMemory | undefined;
}

export interface HeadInMemory {
  isAt(height: number): boolean;
  row(module: string, key: Uint8Array): Uint8Array | undefined;
  range(module: string, bounds: Bounds): Promise<Entry[]>;
  tree(module: string): { readonly tree: ModuleTree; readonly read: ReadLeaves };
  /** Resolves when no batch is on its way to the disk. */
  settled(): Promise<void>;
}

export class Version {
  readonly height: bigint;
  readonly appHash: Uint8Array;
  /** How many keys all modules have. */
  readonly keys: number;
  readonly #host: VersionHost;
  readonly #at: number;
  readonly #roots: ReadonlyMap<string, Uint8Array>;
  #top: TopTree | undefined;
  readonly #proved = new Map<string, ProofOp>();

  constructor(host: VersionHost, height: number, record: VersionRecord) {
    this.#host = host;
    this.#at = height;
    this.height = BigInt(height);
    this.appHash = record.appHash;
    this.keys = record.modules.reduce((sum, { size }) => sum + size, 0);
    this.#roots = rootsOf(record);
  }

  /** The roots of the modules that hold anything. */
  async moduleRoots(): Promise<Map<string, Uint8Array>> {
    return new Map(this.#roots);
  }

  async get(module: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#host.check(this.#at);
    const { head, history } = this.#host;
    const now = head?.row(module, key);
    if (head?.isAt(this.#at)) return now && valueIn(now);
    const row = await history.row(module, key, this.#at, now);
    this.#host.check(this.#at);
    return row && Uint8Array.from(valueIn(row));
  }

  /** A value that no later height has changed; undefined where only `get` can tell. */
  unchanged(module: string, key: Uint8Array): Uint8Array | undefined {
    this.#host.check(this.#at);
    const { head, history } = this.#host;
    if (head?.isAt(this.#at)) {
      const now = head.row(module, key);
      return now && valueIn(now);
    }
    const row = history.unchanged(module, key, this.#at);
    return row && Uint8Array.from(valueIn(row));
  }

  async range(module: string, bounds: Bounds): Promise<Entry[]> {
    this.#host.check(this.#at);
    const { head, history } = this.#host;
    if (head?.isAt(this.#at)) {
      const entries = await head.range(module, bounds);
      if (head.isAt(this.#at)) return entries;
    }
    const entries = await history.range(module, bounds, this.#at);
    this.#host.check(this.#at);
    return entries;
  }

  /** Proves a key's value or its absence, under this version's app hash. */
  async prove(module: string, key: Uint8Array): Promise<ProofResult> {
    this.#host.check(this.#at);
    const inTop = this.#proveModule(module);
    if (!this.#roots.has(module)) return { value: undefined, ops: [inTop] };
    const { head, history } = this.#host;
    if (head?.isAt(this.#at)) await head.settled();
    // At the head everything is read in one go, before the head can move.
    if (head?.isAt(this.#at)) {
      const { tree, read } = head.tree(module);
      return this.#answer(module, key, inTop, findInTree(tree, read, key), (leaf) => {
        const row = head.row(module, keyOf(leaf));
        return row && valueIn(row);
      });
    }
    const { tree } = await this.#host.treeAt(module, this.#at);
    const load = (index: number) => history.leaves(module, index, this.#at);
    const found = await findInOldTree(tree, load, key);
    const values = new Map<Leaf, Uint8Array | undefined>();
    for (const path of found.present ? [found.path] : [found.left, found.right]) {
      if (path !== undefined) values.set(path.leaf, await this.get(module, keyOf(path.leaf)));
    }
    this.#host.check(this.#at);
    return this.#answer(module, key, inTop, found, (leaf) => values.get(leaf));
  }

  #proveModule(module: string): ProofOp {
    let op = this.#proved.get(module);
    if (op === undefined) {
      this.#top ??= new TopTree(this.#roots);
      op = this.#top.prove(module);
      if (this.#roots.has(module)) this.#proved.set(module, op);
    }
    return op;
  }

  #answer(
    module: string,
    key: Uint8Array,
    inTop: ProofOp,
    found: Found,
    valueAt: (leaf: Leaf) => Uint8Array | undefined,
  ): ProofResult {
    const present = (leaf: Leaf): Uint8Array => {
      const value = valueAt(leaf);
      if (value === undefined) throw new Error(`module ${module}: a leaf of the tree has no value`);
      return value;
    };
    if (!found.present) return { value: undefined, ops: [proofOp(key, found, present), inTop] };
    const value = present(found.path.leaf);
    return { value, ops: [proofOp(key, found, () => value), inTop] };
  }
}

/** Module roots without those of empty modules. */
export function rootsOf(record: VersionRecord): Map<string, Uint8Array> {
  const holding = record.modules.filter(({ size }) => size > 0);
  return new Map(holding.map(({ module, root }) => [module, root]));
}
