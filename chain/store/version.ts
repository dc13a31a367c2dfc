/**
 * The state as it was after one height: values, ranges, module roots and proofs. A version stays
 * readable while the head moves on, until it is pruned: then `HeightNotAvailable`.
 */
import type { ProofOp } from 'cosmjs-types/tendermint/crypto/proof';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { Backend } from './backend.ts';
import { isLeafOf, keyOf, type Leaf } from './bucket.ts';
import { textOf } from './key-index.ts';
import { historyAfter, historyBounds, readHistoryKey, type VersionRecord } from './layout.ts';
import {
  type Found,
  findInOldTree,
  findInTree,
  proofOp,
  type ReadLeaves,
  TopTree,
} from './prove.ts';
import type { ModuleTree } from './smt.ts';

/** A value, or `undefined` for a proven absence, with the ops that `verifyStoreProof` checks. */
export interface ProofResult {
  readonly value: Uint8Array | undefined;
  readonly ops: ProofOp[];
}

/** What a version needs of the store. */
export interface VersionHost {
  readonly backend: Backend;
  /** Throws when the height is not kept any more. */
  check(height: number): void;
  isHead(height: number): boolean;
  get(module: string, key: Uint8Array): Uint8Array | undefined;
  rangeAtHead(module: string, bounds: Bounds): Promise<Entry[]>;
  treeAtHead(module: string): { tree: ModuleTree; read: ReadLeaves };
  treeAt(
    module: string,
    height: number,
  ): Promise<{ tree: ModuleTree; load: (index: number) => Promise<readonly Leaf[]> }>;
  /** Resolves when no batch is on its way to the disk. */
  settled(): Promise<void>;
}

/** Head entries that a range reads at once. */
const CHUNK = 1024;

export class Version {
  readonly height: bigint;
  readonly appHash: Uint8Array;
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
    this.#roots = rootsOf(record);
  }

  /** The roots of the modules that hold anything. */
  async moduleRoots(): Promise<Map<string, Uint8Array>> {
    return new Map(this.#roots);
  }

  async get(module: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#host.check(this.#at);
    // The head first: what a later commit replaces, the history read after it shows.
    const now = this.#host.get(module, key);
    if (this.#host.isHead(this.#at)) return now;
    const bounds = { ...historyAfter(module, key, this.#at), limit: 1 };
    const [later] = await this.#host.backend.range(bounds);
    this.#host.check(this.#at);
    if (later === undefined) return now;
    return later[1].length === 0 ? undefined : Uint8Array.from(later[1]);
  }

  async range(module: string, bounds: Bounds): Promise<Entry[]> {
    const { reverse = false, limit = Number.POSITIVE_INFINITY } = bounds;
    let { gte, lt } = bounds;
    const found: Entry[] = [];
    while (found.length < limit) {
      const chunk = Math.min(CHUNK, limit - found.length + 1);
      const head = await this.#host.rangeAtHead(module, { gte, lt, reverse, limit: chunk });
      const last = head.length === chunk ? head.at(-1)?.[0] : undefined;
      // The part of the range that this chunk answers.
      const part = reverse
        ? { gte: last ?? gte, lt }
        : { gte, lt: last === undefined ? lt : after(last) };
      const then = await this.#asOf(module, part.gte, part.lt, head);
      for (const entry of reverse ? then.reverse() : then) found.push(entry);
      if (last === undefined) break;
      if (reverse) lt = part.gte;
      else gte = part.lt;
    }
    this.#host.check(this.#at);
    return found.length > limit ? found.slice(0, limit) : found;
  }

  /** The entries of a range at this height, ascending, given those of the head. */
  async #asOf(
    module: string,
    gte: Uint8Array,
    lt: Uint8Array,
    head: readonly Entry[],
  ): Promise<Entry[]> {
    const entries = new Map<string, Entry>();
    for (const entry of head) entries.set(textOf(entry[0]), entry);
    const decided = new Set<string>();
    for (const [bytes, value] of await this.#host.backend.range(historyBounds(module, gte, lt))) {
      const [key, until] = readHistoryKey(module, bytes);
      const text = textOf(key);
      if (until <= this.#at || decided.has(text)) continue;
      decided.add(text);
      if (value.length === 0) entries.delete(text);
      else entries.set(text, [key, Uint8Array.from(value)]);
    }
    this.#host.check(this.#at);
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** Proves a key's value or its absence, under this version's app hash. */
  async prove(module: string, key: Uint8Array): Promise<ProofResult> {
    this.#host.check(this.#at);
    const inTop = this.#proveModule(module);
    if (!this.#roots.has(module)) return { value: undefined, ops: [inTop] };
    await this.#host.settled();
    // At the head everything is read in one go, before the head can move.
    if (this.#host.isHead(this.#at)) {
      const { tree, read } = this.#host.treeAtHead(module);
      const found = findInTree(tree, read, key);
      return this.#answer(module, key, inTop, found, (leaf) => this.#host.get(module, keyOf(leaf)));
    }
    const { tree, load } = await this.#host.treeAt(module, this.#at);
    const found = await findInOldTree(tree, load, key);
    this.#host.check(this.#at);
    const values = new Map<Leaf, Uint8Array | undefined>();
    for (const path of found.present ? [found.path] : [found.left, found.right]) {
      if (path !== undefined) values.set(path.leaf, await this.#valueOf(module, path.leaf));
    }
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

  /** The value of a leaf: mostly still the head's, which its hash tells; else from the history. */
  async #valueOf(module: string, leaf: Leaf): Promise<Uint8Array | undefined> {
    const key = keyOf(leaf);
    const now = this.#host.get(module, key);
    return now !== undefined && isLeafOf(leaf, now) ? now : this.get(module, key);
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
    const ops = [proofOp(key, found, present), inTop];
    return { value: found.present ? present(found.path.leaf) : undefined, ops };
  }
}

/** Module roots without those of empty modules. */
export function rootsOf(record: VersionRecord): Map<string, Uint8Array> {
  const holding = record.modules.filter(({ size }) => size > 0);
  return new Map(holding.map(({ module, root }) => [module, root]));
}

function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
