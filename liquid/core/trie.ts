/**
 * The canonical trie of one day: the same ids make the same trie after any order of inserts and
 * deletes. Hashes are computed when a root is asked for, and only where something changed.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import { ChildLists, roomFor } from './children.ts';
import { type HashInto, sha256Into } from './hasher.ts';
import { type Id, idLength } from './id.ts';
import {
  type HashKind,
  hashLength,
  mapLength,
  type Node,
  nodeDomain,
  nodeHash,
  nodeType,
  setMapBit,
} from './node.ts';

/** A place in a trie, good until the next insert or delete; 0 is the root. */
export type NodeRef = number;

export const rootRef: NodeRef = 0;

const headLength = nodeDomain.length + 2;
const longestPreimage = headLength + idLength + mapLength + 256 * hashLength;
/**
 * PERF: what is hashed, four times, beginning at bytes 0 to 3: one of them has the hashes of the
 * children at a multiple of four, so that they are copied by words. Each begins with the domain.
 */
const preimages = [0, 1, 2, 3].map((shift) => {
  const bytes = new Uint8Array((longestPreimage + 7) & ~3);
  bytes.set(nodeDomain, shift);
  return { shift, bytes, words: new Uint32Array(bytes.buffer) };
});
type Preimage = (typeof preimages)[number];

/** A cell of a list of children: the byte that leads there, and the row (in a leaf: 0). */
function cellOf(byte: number, row: number): number {
  return byte * maxRows + row;
}
const maxRows = 2 ** 24;
const digest = new Uint8Array(hashLength);
const hashWords = hashLength / 4;

/** The last byte of an id stands in the map of its leaf, so a leaf's key ends before it. */
const leafEnd = idLength - 1;

export class Trie {
  readonly #hashKind: HashKind;
  readonly #sha256: HashInto;
  /**
   * PERF: a node is a row of flat arrays, about 50 bytes. Path: the first 20 bytes of any id below
   * it, of which `end` are common to all. Key: path[from, end). Children are cells sorted by their
   * byte, in a leaf the last of an id.
   */
  #paths = new Uint8Array(idLength * 16);
  #hashes = new Uint8Array(hashLength * 16);
  #hashWords = new Uint32Array(this.#hashes.buffer);
  #from = new Uint8Array(16);
  #end = new Uint8Array(16);
  #stale = new Uint8Array(16);
  #starts = new Uint32Array(16);
  #counts = new Uint16Array(16);
  #lists = new ChildLists();
  #rows = 1;
  #freeRows: number[] = [];
  #size = 0;

  /** `sha256`: the platform's, where it has one that is faster. */
  constructor(hashKind: HashKind = 'artel', sha256: HashInto = sha256Into) {
    this.#hashKind = hashKind;
    this.#sha256 = sha256;
    this.#stale[rootRef] = 1;
  }

  /** How many ids. */
  get size(): number {
    return this.#size;
  }

  /** A trie of its own with the same ids, untouched by what happens to this one. */
  snapshot(hashKind = this.#hashKind): Trie {
    const copy = new Trie(hashKind, this.#sha256);
    const rows = this.#rows;
    copy.#paths = this.#paths.slice(0, rows * idLength);
    copy.#hashes = this.#hashes.slice(0, rows * hashLength);
    copy.#hashWords = new Uint32Array(copy.#hashes.buffer);
    copy.#from = this.#from.slice(0, rows);
    copy.#end = this.#end.slice(0, rows);
    copy.#stale = this.#stale.slice(0, rows);
    copy.#starts = this.#starts.slice(0, rows);
    copy.#counts = this.#counts.slice(0, rows);
    copy.#lists = this.#lists.copy();
    copy.#rows = rows;
    copy.#freeRows = this.#freeRows.slice();
    copy.#size = this.#size;
    if (hashKind !== this.#hashKind) copy.#stale.fill(1);
    return copy;
  }

  has(id: Id): boolean {
    let row = rootRef;
    for (;;) {
      if (this.#common(row, id) < this.#endOf(row)) return false;
      const index = this.#indexOf(row, id[this.#endOf(row)] as number);
      if (index < 0) return false;
      if (this.isLeaf(row)) return true;
      row = this.#child(row, index);
    }
  }

  /** False where the id was there already. PERF: one walk; the way is hashed again either way. */
  insert(id: Id): boolean {
    let parent = rootRef;
    let parentIndex = -1;
    let row = rootRef;
    for (;;) {
      this.#stale[row] = 1;
      const common = this.#common(row, id);
      if (common < this.#endOf(row)) {
        this.#replace(parent, parentIndex, this.#split(row, common, id));
        break;
      }
      const byte = id[common] as number;
      const index = this.#indexOf(row, byte);
      if (index < 0) {
        const child = this.isLeaf(row) ? 0 : this.#newLeaf(id, common + 1);
        this.#hang(row, ~index, cellOf(byte, child));
        break;
      }
      if (this.isLeaf(row)) return false;
      parent = row;
      parentIndex = index;
      row = this.#child(row, index);
    }
    this.#size += 1;
    return true;
  }

  /** False where the id was not there. */
  delete(id: Id): boolean {
    const way: { row: number; index: number }[] = [];
    for (let row = rootRef; ; ) {
      if (this.#common(row, id) < this.#endOf(row)) return false;
      const index = this.#indexOf(row, id[this.#endOf(row)] as number);
      if (index < 0) return false;
      way.push({ row, index });
      if (this.isLeaf(row)) break;
      row = this.#child(row, index);
    }
    for (const { row } of way) this.#stale[row] = 1;
    this.#size -= 1;
    for (let step = way.length - 1; step >= 0; step -= 1) {
      const { row, index } = way[step] as { row: number; index: number };
      this.#unhang(row, index);
      const count = this.#counts[row] as number;
      if (row === rootRef || count > (this.isLeaf(row) ? 0 : 1)) return true;
      if (count === 1) {
        const above = way[step - 1] as { row: number; index: number };
        this.#replaceByOnlyChild(row, above.row, above.index);
        return true;
      }
      this.#freeRows.push(row);
    }
    return true;
  }

  /** 20 bytes; hashes what changed since the last time. */
  root(): Uint8Array {
    return this.hashOf(rootRef);
  }

  hashOf(row: NodeRef): Uint8Array {
    this.#refresh(row);
    return this.#hashes.slice(row * hashLength, (row + 1) * hashLength);
  }

  isLeaf(row: NodeRef): boolean {
    return this.#end[row] === leafEnd;
  }

  /** How many bytes of an id are said before this node's key. */
  fromOf(row: NodeRef): number {
    return this.#from[row] as number;
  }

  /** The node as it is sent and hashed. */
  node(row: NodeRef): Node {
    this.#refresh(row);
    const isLeaf = this.isLeaf(row);
    const key = this.#paths.slice(
      row * idLength + this.fromOf(row),
      row * idLength + this.#endOf(row),
    );
    const map = new Uint8Array(mapLength);
    const count = this.#counts[row] as number;
    const childHashes = new Uint8Array(isLeaf ? 0 : count * hashLength);
    for (let index = 0; index < count; index += 1) {
      setMapBit(map, this.#byteAt(row, index));
      if (isLeaf) continue;
      const at = this.#child(row, index) * hashLength;
      childHashes.set(this.#hashes.subarray(at, at + hashLength), index * hashLength);
    }
    return { type: isLeaf ? nodeType.leaf : nodeType.branch, key, map, childHashes };
  }

  /** Children of a branch by ascending byte. */
  children(row: NodeRef): NodeRef[] {
    assert(!this.isLeaf(row), 'a leaf has no children');
    return Array.from({ length: this.#counts[row] as number }, (_, i) => this.#child(row, i));
  }

  /** The node whose key begins right after these bytes; undefined where none does. */
  at(prefix: Uint8Array): NodeRef | undefined {
    let row = rootRef;
    while (this.fromOf(row) < prefix.length) {
      const end = this.#endOf(row);
      if (this.isLeaf(row) || end >= prefix.length || this.#common(row, prefix) < end) {
        return undefined;
      }
      const index = this.#indexOf(row, prefix[end] as number);
      if (index < 0) return undefined;
      row = this.#child(row, index);
    }
    return row;
  }

  /** Every id in ascending order. */
  *ids(row: NodeRef = rootRef): Generator<Id> {
    const count = this.#counts[row] as number;
    for (let index = 0; index < count; index += 1) {
      if (!this.isLeaf(row)) {
        yield* this.ids(this.#child(row, index));
        continue;
      }
      const id = this.#paths.slice(row * idLength, (row + 1) * idLength);
      id[leafEnd] = this.#byteAt(row, index);
      yield id as Id;
    }
  }

  /** PERF: writes every id in ascending order from `at` on; returns where they end. */
  writeIds(into: Uint8Array, at: number, row: NodeRef = rootRef): number {
    const count = this.#counts[row] as number;
    const isLeaf = this.isLeaf(row);
    let end = at;
    for (let index = 0; index < count; index += 1) {
      if (!isLeaf) {
        end = this.writeIds(into, end, this.#child(row, index));
        continue;
      }
      const from = row * idLength;
      for (let i = 0; i < leafEnd; i += 1) into[end + i] = this.#paths[from + i] as number;
      into[end + leafEnd] = this.#byteAt(row, index);
      end += idLength;
    }
    return end;
  }

  #endOf(row: number): number {
    return this.#end[row] as number;
  }

  #child(row: number, index: number): number {
    return this.#lists.at(this.#starts[row] as number, index) & (maxRows - 1);
  }

  #byteAt(row: number, index: number): number {
    return this.#lists.at(this.#starts[row] as number, index) >>> 24;
  }

  /** Where a byte stands among the children; ~(where it would stand) if it doesn't. */
  #indexOf(row: number, byte: number): number {
    const count = this.#counts[row] as number;
    if (count === 256) return byte;
    const start = this.#starts[row] as number;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#lists.at(start, middle) >>> 24 < byte) low = middle + 1;
      else high = middle;
    }
    return low < count && this.#lists.at(start, low) >>> 24 === byte ? low : ~low;
  }

  /** How many leading bytes of `id` the node shares, counted to the end of its key. */
  #common(row: number, id: Uint8Array): number {
    const at = row * idLength;
    const end = this.#endOf(row);
    let common = this.fromOf(row);
    while (common < end && this.#paths[at + common] === id[common]) common += 1;
    return common;
  }

  #newRow(path: Uint8Array, from: number, end: number): number {
    const row = this.#freeRows.pop() ?? this.#rows++;
    assert(row < maxRows, `a trie holds at most ${maxRows} nodes`);
    if (row >= this.#from.length) this.#grow();
    this.#paths.set(path, row * idLength);
    this.#from[row] = from;
    this.#end[row] = end;
    this.#stale[row] = 1;
    this.#counts[row] = 0;
    this.#starts[row] = 0;
    return row;
  }

  #newLeaf(id: Id, from: number): number {
    const row = this.#newRow(id, from, leafEnd);
    this.#starts[row] = this.#lists.one(cellOf(id[leafEnd] as number, 0));
    this.#counts[row] = 1;
    return row;
  }

  /** A branch in place of `row`, which differs from `id` at byte `common`, with both below. */
  #split(row: number, common: number, id: Id): number {
    const branch = this.#newRow(id, this.fromOf(row), common);
    this.#from[row] = common + 1;
    const before = this.#paths[row * idLength + common] as number;
    this.#starts[branch] = this.#lists.one(cellOf(before, row));
    this.#counts[branch] = 1;
    const byte = id[common] as number;
    this.#hang(branch, byte > before ? 1 : 0, cellOf(byte, this.#newLeaf(id, common + 1)));
    return branch;
  }

  #hang(row: number, index: number, cell: number): void {
    const count = this.#counts[row] as number;
    this.#starts[row] = this.#lists.insert(this.#starts[row] as number, count, index, cell);
    this.#counts[row] = count + 1;
  }

  /** Another row in a child's place, by the same byte. */
  #replace(parent: number, index: number, row: number): void {
    const cell = cellOf(this.#byteAt(parent, index), row);
    this.#lists.set(this.#starts[parent] as number, index, cell);
  }

  #unhang(row: number, index: number): void {
    const count = this.#counts[row] as number;
    this.#starts[row] = this.#lists.remove(this.#starts[row] as number, count, index);
    this.#counts[row] = count - 1;
  }

  /** A branch of one child is no branch: the child takes its place and its key. */
  #replaceByOnlyChild(row: number, parent: number, parentIndex: number): void {
    const child = this.#child(row, 0);
    this.#from[child] = this.fromOf(row);
    this.#stale[child] = 1;
    this.#replace(parent, parentIndex, child);
    this.#lists.drop(this.#starts[row] as number, 1);
    this.#freeRows.push(row);
  }

  #refresh(row: number): void {
    if (this.#stale[row] === 0) return;
    if (!this.isLeaf(row)) {
      const count = this.#counts[row] as number;
      for (let index = 0; index < count; index += 1) this.#refresh(this.#child(row, index));
    }
    this.#stale[row] = 0;
    if (this.#hashKind === 'hash160') {
      this.#hashes.set(nodeHash('hash160', this.node(row)), row * hashLength);
      return;
    }
    this.#sha256(this.#preimage(row), digest);
    for (let i = 0; i < hashLength; i += 1) {
      this.#hashes[row * hashLength + i] = digest[i] as number;
    }
  }

  /** PERF: what is hashed, in an array that all nodes share. */
  #preimage(row: number): Uint8Array {
    const isLeaf = this.isLeaf(row);
    const [from, end] = [this.fromOf(row), this.#endOf(row)];
    const length = headLength + end - from + mapLength;
    const { shift, bytes, words } = preimages[-length & 3] as Preimage;
    const keyAt = shift + headLength;
    bytes[keyAt - 2] = isLeaf ? nodeType.leaf : nodeType.branch;
    bytes[keyAt - 1] = end - from;
    for (let at = from; at < end; at += 1) {
      bytes[keyAt + at - from] = this.#paths[row * idLength + at] as number;
    }
    const mapAt = keyAt + end - from;
    bytes.fill(0, mapAt, mapAt + mapLength);
    const count = this.#counts[row] as number;
    const hashes = this.#hashWords;
    let word = (shift + length) >> 2;
    for (let index = 0; index < count; index += 1) {
      const byte = this.#byteAt(row, index);
      const at = mapAt + (byte >> 3);
      bytes[at] = (bytes[at] as number) | (1 << (byte & 7));
      if (isLeaf) continue;
      const hashAt = this.#child(row, index) * hashWords;
      for (let i = 0; i < hashWords; i += 1) words[word + i] = hashes[hashAt + i] as number;
      word += hashWords;
    }
    return bytes.subarray(shift, isLeaf ? shift + length : 4 * word);
  }

  #grow(): void {
    const rows = roomFor(this.#from.length + 1);
    const larger = <A extends Uint8Array | Uint16Array | Uint32Array>(old: A, room: A): A => {
      room.set(old);
      return room;
    };
    this.#paths = larger(this.#paths, new Uint8Array(rows * idLength));
    this.#hashes = larger(this.#hashes, new Uint8Array(rows * hashLength));
    this.#hashWords = new Uint32Array(this.#hashes.buffer);
    this.#from = larger(this.#from, new Uint8Array(rows));
    this.#end = larger(this.#end, new Uint8Array(rows));
    this.#stale = larger(this.#stale, new Uint8Array(rows));
    this.#starts = larger(this.#starts, new Uint32Array(rows));
    this.#counts = larger(this.#counts, new Uint16Array(rows));
  }
}
