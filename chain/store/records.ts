/** The values of the database that are no rows and no buckets; `layout.ts` says what for. */
import { ByteReader, ByteWriter } from './bytes.ts';
import { StoreCorrupt } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import type { Kind } from './levels.ts';
import type { BucketState } from './smt.ts';
import { type TreePlan, visitBuckets } from './smt-plan.ts';

/** The value under `headKey`. */
export interface HeadRecord {
  readonly at: number;
  /** The first height of the unbroken row that is kept. */
  readonly oldest: number;
}

export function writeHead({ at, oldest }: HeadRecord): Uint8Array {
  return new ByteWriter().height(at).height(oldest).done();
}

export function readHead(bytes: Uint8Array): HeadRecord {
  const input = new ByteReader(bytes, 'the head record');
  return { at: input.height(), oldest: input.height() };
}

export interface ModuleVersion {
  readonly module: string;
  readonly root: Uint8Array;
  readonly size: number;
  readonly depth: number;
}

export interface VersionRecord {
  readonly appHash: Uint8Array;
  /** Ascending by name; a module whose last key was deleted stays, with size 0. */
  readonly modules: readonly ModuleVersion[];
}

export function writeVersion(record: VersionRecord): Uint8Array {
  const out = new ByteWriter().raw(record.appHash);
  for (const { module, root, size, depth } of record.modules) {
    out.text(module).raw(root).height(size).u8(depth);
  }
  return out.done();
}

export function readVersion(bytes: Uint8Array): VersionRecord {
  const input = new ByteReader(bytes, 'a version record');
  const appHash = Uint8Array.from(input.raw(HASH_BYTES));
  const modules: ModuleVersion[] = [];
  while (!input.atEnd) {
    const module = input.text();
    const root = Uint8Array.from(input.raw(HASH_BYTES));
    modules.push({ module, root, size: input.height(), depth: input.u8() });
  }
  return { appHash, modules };
}

/** A bucket's state: kind in the upper two bits of its index, then the hash. */
const STATE_BYTES = 4 + HASH_BYTES;

/** What a height did to the tree of one module. */
export interface TreeLog {
  readonly module: string;
  readonly pagesWritten: readonly number[];
  readonly pagesReplaced: readonly { readonly index: number; readonly stamp: number }[];
  /** Buckets that were split. */
  readonly removed: readonly number[];
  readonly written: readonly BucketState[];
}

/** The same on the way to the disk. */
export interface NewTreeLog extends Omit<TreeLog, 'removed' | 'written'> {
  readonly plan: TreePlan | undefined;
}

export function writeTreeLogs(logs: readonly NewTreeLog[]): Uint8Array {
  const counts = logs.map(({ plan }) => (plan === undefined ? 0 : countBuckets(plan)));
  const states = counts.reduce((sum, count) => sum + count, 0);
  const out = new ByteWriter(256 + states * STATE_BYTES);
  for (const [i, { module, plan, pagesWritten, pagesReplaced }] of logs.entries()) {
    out.text(module);
    out.u32(pagesWritten.length);
    for (const page of pagesWritten) out.u32(page);
    out.u32(pagesReplaced.length);
    for (const { index, stamp } of pagesReplaced) out.u32(index).height(stamp);
    out.u32(plan?.removed.length ?? 0);
    for (const index of plan?.removed ?? []) out.u32(index);
    out.u32(counts[i] as number);
    if (plan === undefined) continue;
    visitBuckets(plan, (index, kind, hashes, at) => {
      out.u32(stateWord(index, kind)).copy(hashes, at * HASH_BYTES, HASH_BYTES);
    });
  }
  return out.done();
}

function countBuckets(plan: TreePlan): number {
  let count = 0;
  visitBuckets(plan, () => {
    count += 1;
  });
  return count;
}

export function readTreeLogs(bytes: Uint8Array): TreeLog[] {
  const input = new ByteReader(bytes, 'a tree log');
  const logs: TreeLog[] = [];
  const many = <T>(read: () => T): T[] => Array.from({ length: input.u32() }, read);
  while (!input.atEnd) {
    logs.push({
      module: input.text(),
      pagesWritten: many(() => input.u32()),
      pagesReplaced: many(() => ({ index: input.u32(), stamp: input.height() })),
      removed: many(() => input.u32()),
      written: many(() => {
        const word = input.u32();
        return { index: indexIn(word), kind: kindIn(word), hash: input.raw(HASH_BYTES) };
      }),
    });
  }
  return logs;
}

const indexIn = (word: number): number => word & 0x3fffffff;
const kindIn = (word: number): Kind => (word >>> 30) as Kind;

const stateWord = (index: number, kind: Kind): number => ((kind << 30) | index) >>> 0;

export function writePage(buckets: Iterable<BucketState>): Uint8Array {
  const out = new ByteWriter();
  for (const { index, kind, hash } of buckets) out.u32(stateWord(index, kind)).raw(hash);
  return out.done();
}

/** Called with a bucket and where its hash stands in the record. */
export type BucketVisitor = (index: number, kind: Kind, record: Uint8Array, hashAt: number) => void;

/** PERF: states without an object a bucket. */
function visitStates(view: DataView, from: number, to: number, visit: BucketVisitor): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = from; at < to; at += STATE_BYTES) {
    const word = view.getUint32(at);
    visit(indexIn(word), kindIn(word), bytes, at + 4);
  }
}

export function visitPage(bytes: Uint8Array, visit: BucketVisitor): void {
  if (bytes.length % STATE_BYTES !== 0) throw new StoreCorrupt('a page of the tree ends early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  visitStates(view, 0, bytes.length, visit);
}

/** One module's buckets in a tree log; those split come first. */
export function visitTreeLog(
  bytes: Uint8Array,
  module: string,
  removed: (index: number) => void,
  written: BucketVisitor,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const name = Buffer.from(bytes.subarray(at + 1, at + 1 + view.getUint8(at))).toString();
    at += 1 + view.getUint8(at);
    at += 4 + view.getUint32(at) * 4;
    at += 4 + view.getUint32(at) * 10;
    const splits = at + 4;
    const states = splits + view.getUint32(at) * 4 + 4;
    const end = states + view.getUint32(states - 4) * STATE_BYTES;
    if (end > bytes.length) throw new StoreCorrupt('a tree log ends early');
    if (name === module) {
      for (let split = splits; split < states - 4; split += 4) removed(view.getUint32(split));
      visitStates(view, states, end, written);
    }
    at = end;
  }
}

/** A key that a height wrote; `from` is the height that wrote the row it replaced or deleted. */
export type WrittenKey =
  | { readonly key: Uint8Array; readonly how: 'inserted' }
  | { readonly key: Uint8Array; readonly how: 'updated' | 'deleted'; readonly from: number };

/** Keys written at a height. */
export interface KeysRecord {
  /** Whole database keys of the aux rows of this height. */
  readonly aux: readonly Uint8Array[];
  readonly flat: readonly { readonly module: string; readonly keys: readonly WrittenKey[] }[];
}

const hows = ['inserted', 'updated', 'deleted'] as const;

/** Begins the record: by module follow its name, the count of keys, and those by the two below. */
export function beginKeys(aux: readonly Uint8Array[], room: number): ByteWriter {
  const out = new ByteWriter(room).u32(aux.length);
  for (const key of aux) out.u32(key.length).raw(key);
  return out;
}

export function putInsertedKey(out: ByteWriter, key: Uint8Array): void {
  out.part(key).u8(0);
}

export function putReplacedKey(
  out: ByteWriter,
  key: Uint8Array,
  how: 'updated' | 'deleted',
  from: number,
): void {
  out.part(key).u8(hows.indexOf(how)).height(from);
}

export function readKeys(bytes: Uint8Array): KeysRecord {
  const input = new ByteReader(bytes, 'a record of written keys');
  const aux = Array.from({ length: input.u32() }, () => input.raw(input.u32()));
  const flat: { module: string; keys: WrittenKey[] }[] = [];
  const readOne = (): WrittenKey => {
    const key = input.part();
    const how = hows[input.u8()];
    if (how === undefined) throw new StoreCorrupt('a record of written keys has an unknown kind');
    return how === 'inserted' ? { key, how } : { key, how, from: input.height() };
  };
  while (!input.atEnd) {
    const module = input.text();
    flat.push({ module, keys: Array.from({ length: input.u32() }, readOne) });
  }
  return { flat, aux };
}
