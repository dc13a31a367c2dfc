/**
 * Sorted lists of 1 to 256 small numbers in one flat array: what hangs below each node of a trie.
 * PERF: a list of n takes the next power of two of n cells, and freed room is used again.
 */
import { assert } from '../../modules/_kernel/assert.ts';

/** How many to have room for, if so many are needed: large ones keep little in reserve. */
export function roomFor(count: number): number {
  return Math.ceil((count < 4096 ? 1.5 : 1.125) * count);
}

/** Where a list begins; a list of none has no room. */
export type ListStart = number;

export class ChildLists {
  #cells = new Uint32Array(64);
  #end = 0;
  /** Free rooms by the logarithm of their size. */
  readonly #free: number[][] = Array.from({ length: 9 }, () => []);

  copy(): ChildLists {
    const copy = new ChildLists();
    copy.#cells = this.#cells.slice(0, this.#end);
    copy.#end = this.#end;
    this.#free.forEach((starts, size) => {
      copy.#free[size] = starts.slice();
    });
    return copy;
  }

  at(start: ListStart, index: number): number {
    return this.#cells[start + index] as number;
  }

  set(start: ListStart, index: number, value: number): void {
    this.#cells[start + index] = value;
  }

  one(value: number): ListStart {
    const start = this.#take(0);
    this.#cells[start] = value;
    return start;
  }

  /** Puts a value before the one at `index` of a list of `count`; the list may move. */
  insert(start: ListStart, count: number, index: number, value: number): ListStart {
    let to = start;
    if (count === 0 || isPowerOfTwo(count)) {
      to = this.#take(sizeClass(count + 1));
      this.#cells.copyWithin(to, start, start + index);
      this.#cells.copyWithin(to + index + 1, start + index, start + count);
      this.drop(start, count);
    } else {
      this.#cells.copyWithin(start + index + 1, start + index, start + count);
    }
    this.#cells[to + index] = value;
    return to;
  }

  /** Takes the value at `index` out of a list of `count`; the list may move. */
  remove(start: ListStart, count: number, index: number): ListStart {
    this.#cells.copyWithin(start + index, start + index + 1, start + count);
    if (!isPowerOfTwo(count - 1)) {
      if (count === 1) this.drop(start, 1);
      return start;
    }
    const to = this.#take(sizeClass(count - 1));
    this.#cells.copyWithin(to, start, start + count - 1);
    this.drop(start, count);
    return to;
  }

  /** Gives the room of a list of `count` back. */
  drop(start: ListStart, count: number): void {
    if (count > 0) this.#free[sizeClass(count)]?.push(start);
  }

  #take(size: number): ListStart {
    const start = this.#free[size]?.pop();
    if (start !== undefined) return start;
    const end = this.#end + (1 << size);
    assert(end < 2 ** 32, 'a trie holds at most 2^32 children');
    if (end > this.#cells.length) {
      const larger = new Uint32Array(Math.max(end, roomFor(this.#cells.length + 1)));
      larger.set(this.#cells);
      this.#cells = larger;
    }
    const at = this.#end;
    this.#end = end;
    return at;
  }
}

function sizeClass(count: number): number {
  return 32 - Math.clz32(count - 1);
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}
