/** A block computed and not yet written: its app hash, and how its parts go into a batch. */
import type { Batch } from './backend.ts';
import { writeBuckets } from './block-batch.ts';
import type { ByteWriter } from './bytes.ts';
import type { KeptTree } from './kept-tree.ts';
import { treeLogKey } from './layout.ts';
import type { PreparedModule } from './prepare.ts';
import { TopTree } from './prove.ts';
import {
  beginKeys,
  type ModuleVersion,
  type NewTreeLog,
  type VersionRecord,
  writeTreeLogs,
} from './records.ts';
import { rootsOf } from './version.ts';

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

/** What is known of every module after a block, ascending by name. */
export function versionsAfter(
  trees: Iterable<KeptTree>,
  modules: readonly PreparedModule[],
): ModuleVersion[] {
  const versions = new Map<string, ModuleVersion>();
  for (const { module, tree } of trees) {
    const { size, depth } = tree;
    versions.set(module, { module, root: Uint8Array.from(tree.root), size, depth });
  }
  for (const { kept, plan } of modules) {
    const { size, depth, root } = plan;
    versions.set(kept.module, { module: kept.module, root: Uint8Array.from(root), size, depth });
  }
  return [...versions.values()].sort((a, b) => (a.module < b.module ? -1 : 1));
}

/** What a key takes in the record of written keys, about. */
const KEY_ROOM = 32;

/** Begins the record of a block's keys with those of its aux rows. */
export function beginBlockKeys(aux: readonly Uint8Array[], { modules }: Prepared): ByteWriter {
  const count = modules.reduce((sum, { effects }) => sum + effects.length, 0);
  return beginKeys(aux, 256 + count * KEY_ROOM);
}

/** What a commit does to one tree, to be applied once it is on the disk. */
export interface Note {
  readonly kept: KeptTree;
  readonly module: PreparedModule | undefined;
  readonly log: NewTreeLog;
}

/** Adds the buckets that a block changes, the pages that are due, and the tree log. */
export function writeTrees(
  batch: Batch,
  at: number,
  trees: Iterable<KeptTree>,
  prepared: Prepared,
): Note[] {
  const changed = new Map(prepared.modules.map((module) => [module.kept, module]));
  const notes = [...new Set([...trees, ...changed.keys()])].map((kept) => {
    const module = changed.get(kept);
    if (module !== undefined) writeBuckets(batch, module);
    return { kept, module, log: kept.note(batch, module?.plan, at) };
  });
  const logs = notes.map(({ log }) => log).filter((log) => !isEmptyLog(log));
  batch.put(treeLogKey(at), writeTreeLogs(logs));
  return notes;
}

function isEmptyLog(log: NewTreeLog): boolean {
  return log.plan === undefined && log.pagesWritten.length === 0;
}
