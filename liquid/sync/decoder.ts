/**
 * What differs between two sets, out of the symbols of one and the sketch of the other. The symbols
 * come from a stranger: whatever they say, work and memory stay within what was received.
 */
import { type Refusal, refusals } from '../core/refusals.ts';
import { HashIndex, type Salt } from './hash-index.ts';
import {
  checkOf,
  multipliedHigh,
  nextIndex,
  type Sketch,
  type SketchKey,
  symbolWords,
} from './symbols.ts';

/** Hashes that only one of the sides has, found by peeling. */
export interface Difference {
  /** Of items that only the other side has. */
  readonly theirs: HashIndex;
  /** Where the items that only this side has are in its sketch. */
  readonly ours: readonly number[];
}

export class Decoder {
  readonly #key: SketchKey;
  readonly #own: Sketch;
  /** What is not yet explained: the other side's symbols less the own, less what was peeled. */
  #cells = new Int32Array(0);
  #received = 0;
  #counts = new Int32Array(0);
  readonly #found: HashIndex;
  /** By place in `#found`: 1 for theirs, -1 for ours; and where the mapping has got to. */
  #signs = new Int8Array(0);
  #next = new Uint32Array(0);
  #low = new Int32Array(0);
  #high = new Int32Array(0);

  /** `salt`: two random words, so that no chosen hashes fall together in a table. */
  constructor(own: Sketch, salt: Salt) {
    this.#own = own;
    this.#key = own.key;
    this.#found = new HashIndex(salt);
  }

  /** How many symbols have come. */
  get received(): number {
    return this.#received;
  }

  /** Takes the next symbols, as many words as four times their number. */
  receive(symbols: Int32Array): Refusal | undefined {
    const first = this.#received;
    this.#received += symbols.length / symbolWords;
    const own = this.#own.cells(this.#received);
    const cells = new Int32Array(own.length);
    cells.set(this.#cells);
    this.#makeRoom(this.#received);
    const from = first * symbolWords;
    for (let at = from; at < cells.length; at += symbolWords) {
      const given = at - from;
      cells[at] = (symbols[given] as number) ^ (own[at] as number);
      cells[at + 1] = (symbols[given + 1] as number) ^ (own[at + 1] as number);
      cells[at + 2] = (symbols[given + 2] as number) ^ (own[at + 2] as number);
      cells[at + 3] = (symbols[given + 3] as number) - (own[at + 3] as number);
      this.#counts[at / symbolWords] = cells[at + 3] as number;
    }
    this.#cells = cells;
    for (let item = 0; item < this.#found.size; item += 1) this.#explain(item, -1, []);
    return this.#peel(first);
  }

  /** Their counts less ours, of all symbols that came: what estimates how many are needed. */
  get counts(): Int32Array {
    return this.#counts;
  }

  /** How many items have been found so far. */
  get found(): number {
    return this.#found.size;
  }

  /** Undefined where more symbols are needed. */
  difference(): Difference | Refusal | undefined {
    if (this.#received === 0 || this.#cells.some((word) => word !== 0)) return undefined;
    const ours: number[] = [];
    let isLying = false;
    this.#own.forEach((low, high, index) => {
      const place = this.#found.find(low, high);
      if (place < 0) return;
      if (this.#signs[place] !== -1) isLying = true;
      ours.push(index);
    });
    if (isLying) return lying('an item that this side lacks');
    const theirs = this.#found.filter((place) => this.#signs[place] === 1);
    if (theirs.size + ours.length !== this.#found.size) return lying('an item that is ours');
    return { theirs, ours };
  }

  /** Peels from the symbols from `first` on; each item shows where else to look. */
  #peel(first: number): Refusal | undefined {
    const queue: number[] = [];
    for (let index = first; index < this.#received; index += 1) {
      if (this.#isPure(index)) queue.push(index);
    }
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      if (!this.#isPure(index)) continue;
      const at = index * symbolWords;
      const low = this.#cells[at] as number;
      const high = this.#cells[at + 1] as number;
      if (this.#found.find(low, high) >= 0) return lying('an item that was found before');
      if (this.#found.size >= this.#received) return lying('at most one item a symbol');
      const item = this.#found.add(low, high);
      this.#signs[item] = this.#cells[at + 3] as number;
      this.#low[item] = low;
      this.#high[item] = high;
      if (!this.#explain(item, index, queue)) return lying('an item that belongs there');
    }
    return undefined;
  }

  #isPure(index: number): boolean {
    const at = index * symbolWords;
    const count = this.#cells[at + 3];
    if (count !== 1 && count !== -1) return false;
    const [low, high] = [this.#cells[at] as number, this.#cells[at + 1] as number];
    return checkOf(this.#key, low, high) === this.#cells[at + 2];
  }

  /** Takes an item out of all symbols it is mapped to; whether `index` is one of them. */
  #explain(item: number, index: number, queue: number[]): boolean {
    const [low, high] = this.#found.at(item);
    const sign = this.#signs[item] as number;
    const check = checkOf(this.#key, low, high);
    const [cells, received] = [this.#cells, this.#received];
    let next = this.#next[item] as number;
    let walkLow = this.#low[item] as number;
    let walkHigh = this.#high[item] as number;
    let isMapped = false;
    while (next < received) {
      if (next === index) isMapped = true;
      const at = next * symbolWords;
      cells[at] = (cells[at] as number) ^ low;
      cells[at + 1] = (cells[at + 1] as number) ^ high;
      cells[at + 2] = (cells[at + 2] as number) ^ check;
      const count = (cells[at + 3] as number) - sign;
      cells[at + 3] = count;
      if (count === 1 || count === -1) queue.push(next);
      walkHigh = multipliedHigh(walkLow, walkHigh);
      walkLow = Math.imul(walkLow, 0xe4dd58b5);
      next = nextIndex(next, walkLow, walkHigh);
    }
    this.#next[item] = next;
    this.#low[item] = walkLow;
    this.#high[item] = walkHigh;
    return isMapped;
  }

  /** At most one item a symbol is ever peeled. */
  #makeRoom(items: number): void {
    const larger = <A extends Int8Array | Int32Array | Uint32Array>(old: A, made: A): A => {
      made.set(old);
      return made;
    };
    this.#counts = larger(this.#counts, new Int32Array(items));
    this.#signs = larger(this.#signs, new Int8Array(items));
    this.#next = larger(this.#next, new Uint32Array(items));
    this.#low = larger(this.#low, new Int32Array(items));
    this.#high = larger(this.#high, new Int32Array(items));
  }
}

function lying(expected: string): Refusal {
  return refusals.malformed({ field: 'a symbol', expected, actual: 'one that can’t be' });
}
