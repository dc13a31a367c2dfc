/** Nodes of a tree by depth, in plain arrays: what a block changes, on its way into the heap. */
import { copyHash, hashWords, moreWords } from './slots.ts';

/** What a subtree holds: nothing, one leaf (whose hash it then is), or more. */
export type Kind = 0 | 1 | 2;

/** Beside its kind, what is noted of a node: whether a bucket stands there. */
export const BUCKET = 4;

export function kindOf(leaves: number): Kind {
  return leaves === 0 ? 0 : leaves === 1 ? 1 : 2;
}

/** The kind in a note. */
export function kindIn(note: number): Kind {
  return (note & 3) as Kind;
}

/** Nodes of one depth, ascending by index. */
export class Level {
  index: Uint32Array;
  /** Kinds, with BUCKET where a bucket stands. */
  note: Uint8Array;
  hashes: Uint32Array;
  length = 0;

  /** Begins with room for so many nodes, and grows. */
  constructor(room = 64) {
    this.index = new Uint32Array(room);
    this.note = new Uint8Array(room);
    this.hashes = hashWords(room);
  }

  /** Adds a node whose hash is all zero, behind those that are there; gives its place. */
  add(index: number, note: number): number {
    const at = this.length++;
    if (at === this.index.length) this.#grow(2 * at);
    this.index[at] = index;
    this.note[at] = note;
    return at;
  }

  #grow(room: number): void {
    const index = new Uint32Array(room);
    index.set(this.index);
    const note = new Uint8Array(room);
    note.set(this.note);
    [this.index, this.note] = [index, note];
    this.hashes = moreWords(this.hashes, room);
  }
}

function copyNode(source: Level, from: number, target: Level): void {
  const at = target.add(source.index[from] as number, source.note[from] as number);
  copyHash(source.hashes, from, target.hashes, at);
}

/** The nodes of both levels, which have none in common. */
export function merge(a: Level, b: Level): Level {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged = new Level(a.length + b.length);
  let next = 0;
  for (let i = 0; i < a.length; i++) {
    const index = a.index[i] as number;
    for (; next < b.length && (b.index[next] as number) < index; next++) copyNode(b, next, merged);
    copyNode(a, i, merged);
  }
  for (; next < b.length; next++) copyNode(b, next, merged);
  return merged;
}
