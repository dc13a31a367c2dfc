/**
 * The rateless sketch of a set (arXiv 2402.02668): an endless row of symbols, of which a side sends
 * as many as the difference needs. Each symbol sums the items that are mapped to its index. The
 * specification is docs/liquid-protocol.md, "Symbols".
 */
import { idLength } from '../core/id.ts';
import type { Mark, Marks } from '../core/marks.ts';
import { sipHashMark, sipKey } from '../core/siphash.ts';
import { HashIndex, type Salt } from './hash-index.ts';

/** What a sketch is made under: SipHash's key, and two words that key the checks. */
export interface SketchKey {
  readonly sip: Uint32Array;
  readonly check: readonly [number, number];
}

/** 24 bytes: the SipHash key, then the words of the check, little-endian. */
export function sketchKey(bytes: Uint8Array): SketchKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 24);
  return {
    sip: sipKey(bytes.subarray(0, 16)),
    check: [view.getUint32(16, true), view.getUint32(20, true)],
  };
}

/** The 24 bytes of a key, to be kept. */
export function sketchKeyBytes({ sip, check }: SketchKey): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  for (const [i, word] of [...sip, ...check].entries()) view.setUint32(4 * i, word, true);
  return new Uint8Array(view.buffer);
}

/** Of an item's hash: tells whether a symbol that counts one holds one. */
export function checkOf({ check }: SketchKey, low: number, high: number): number {
  let mixed = Math.imul(low ^ check[0], 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed ^ high ^ check[1], 0xc2b2ae35);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0x27d4eb2f);
  return mixed ^ (mixed >>> 16);
}

/**
 * A symbol is four words: low and high half of the sum (xor) of hashes, of checks, and the count.
 */
export const symbolWords = 4;

/** Where an item's mapping has got to. */
export interface Walk {
  /** The next index that the item is mapped to; `pastAll` stands for all beyond. */
  next: number;
  low: number;
  high: number;
}

export const pastAll = 0xffffffff;

/**
 * The mapping: state' = state * 0xda942042e4dd58b5 mod 2^64, and the next index is index + max(1,
 * ceil((index + 1.5) * (2^32 / sqrt(state' + 1) - 1))) in IEEE doubles. The state begins as the
 * item's hash, the index at 0, to which every item is mapped.
 */
export function step(walk: Walk): void {
  const high = multipliedHigh(walk.low, walk.high);
  walk.low = Math.imul(walk.low, 0xe4dd58b5);
  walk.high = high;
  walk.next = nextIndex(walk.next, walk.low, high);
}

/** The high half of a state times the constant; its low half is simply `Math.imul`. */
export function multipliedHigh(low: number, high: number): number {
  const digit0 = low & 0xffff;
  const digit1 = low >>> 16;
  const cross0 = Math.imul(digit1, 0x58b5);
  const cross1 = Math.imul(digit0, 0xe4dd);
  const middle = (Math.imul(digit0, 0x58b5) >>> 16) + (cross0 & 0xffff) + (cross1 & 0xffff);
  const carried = Math.imul(digit1, 0xe4dd) + (cross0 >>> 16) + (cross1 >>> 16) + (middle >>> 16);
  return (carried + Math.imul(high, 0xe4dd58b5) + Math.imul(low, 0xda942042)) | 0;
}

export function nextIndex(index: number, low: number, high: number): number {
  const state = (high >>> 0) * 4_294_967_296 + (low >>> 0);
  const gap = Math.ceil((index + 1.5) * (4_294_967_296 / Math.sqrt(state + 1) - 1));
  return Math.min(pastAll, index + Math.max(1, gap));
}

/** One side's marks under one key, and the symbols made of them so far. */
export class Sketch {
  readonly key: SketchKey;
  /** By place; a place may be empty after an update. */
  #ids: Uint8Array;
  #days: Uint16Array;
  #low: Uint32Array;
  #high: Uint32Array;
  /** Where the mapping of each mark goes on after the symbols that are made. */
  #next: Uint32Array;
  #walkLow: Uint32Array;
  #walkHigh: Uint32Array;
  #isEmpty: Uint8Array;
  #places: number;
  #cells = new Int32Array(0);

  constructor(key: SketchKey, { count, ids, days }: Marks) {
    this.key = key;
    this.#ids = ids;
    this.#days = days;
    this.#places = count;
    this.#low = new Uint32Array(count);
    this.#high = new Uint32Array(count);
    const low = this.#low;
    const high = this.#high;
    for (let place = 0; place < count; place += 1) {
      sipHashMark(key.sip, ids, place * idLength, days[place] as number, hashed);
      low[place] = hashed[0] as number;
      high[place] = hashed[1] as number;
    }
    this.#next = new Uint32Array(count);
    this.#walkLow = this.#low.slice();
    this.#walkHigh = this.#high.slice();
    this.#isEmpty = new Uint8Array(count);
  }

  /** The marks by place, those of empty places included: pick from them what was found. */
  get marks(): Marks {
    return { count: this.#places, ids: this.#ids, days: this.#days };
  }

  /** Hands each mark's hash and place to `visit`. */
  forEach(visit: (low: number, high: number, place: number) => void): void {
    for (let place = 0; place < this.#places; place += 1) {
      if (this.#isEmpty[place] === 1) continue;
      visit(this.#low[place] as number, this.#high[place] as number, place);
    }
  }

  /** The first `count` symbols. */
  cells(count: number): Int32Array {
    const made = this.#cells.length / symbolWords;
    if (count > made) {
      const cells = new Int32Array(count * symbolWords);
      cells.set(this.#cells);
      this.#cells = cells;
      this.#walk(0, this.#places, count);
    }
    return this.#cells.subarray(0, count * symbolWords);
  }

  /** Follows a registry: cheap where little has changed. Marks to remove must be there. */
  update(added: readonly Mark[], removed: readonly Mark[], salt: Salt): void {
    const made = this.#cells.length / symbolWords;
    const gone = new HashIndex(salt);
    for (const { id, day } of removed) {
      sipHashMark(this.key.sip, id, 0, day, hashed);
      gone.add(hashed[0] as number, hashed[1] as number);
    }
    if (gone.size > 0) {
      this.forEach((low, high, place) => {
        if (gone.find(low, high) >= 0) this.#remove(place, made);
      });
    }
    this.#grow(this.#places + added.length);
    for (const { id, day } of added) {
      const place = this.#places;
      this.#places += 1;
      this.#ids.set(id, place * idLength);
      this.#days[place] = day;
      this.#hash(place);
      this.#restart(place);
      this.#walk(place, place + 1, made);
    }
  }

  #hash(place: number): void {
    sipHashMark(this.key.sip, this.#ids, place * idLength, this.#days[place] as number, hashed);
    this.#low[place] = hashed[0] as number;
    this.#high[place] = hashed[1] as number;
  }

  #restart(place: number): void {
    this.#next[place] = 0;
    this.#walkLow[place] = this.#low[place] as number;
    this.#walkHigh[place] = this.#high[place] as number;
  }

  #remove(place: number, made: number): void {
    this.#restart(place);
    this.#walk(place, place + 1, made, -1);
    this.#next[place] = pastAll;
    this.#isEmpty[place] = 1;
  }

  /**
   * PERF: the mapping of `step`, written out for a million marks: those of places from `from` on.
   */
  #walk(from: number, to: number, end: number, times: 1 | -1 = 1): void {
    const [cells, nexts] = [this.#cells, this.#next];
    const [lows, highs] = [this.#low, this.#high];
    const [walkLows, walkHighs] = [this.#walkLow, this.#walkHigh];
    const key = this.key;
    for (let place = from; place < to; place += 1) {
      let next = nexts[place] as number;
      if (next >= end) continue;
      const low = (lows[place] as number) | 0;
      const high = (highs[place] as number) | 0;
      const check = checkOf(key, low, high);
      let walkLow = (walkLows[place] as number) | 0;
      let walkHigh = (walkHighs[place] as number) | 0;
      while (next < end) {
        const at = next * symbolWords;
        cells[at] = (cells[at] as number) ^ low;
        cells[at + 1] = (cells[at + 1] as number) ^ high;
        cells[at + 2] = (cells[at + 2] as number) ^ check;
        cells[at + 3] = (cells[at + 3] as number) + times;
        walkHigh = multipliedHigh(walkLow, walkHigh);
        walkLow = Math.imul(walkLow, 0xe4dd58b5);
        next = nextIndex(next, walkLow, walkHigh);
      }
      nexts[place] = next;
      walkLows[place] = walkLow;
      walkHighs[place] = walkHigh;
    }
  }

  #grow(places: number): void {
    if (places <= this.#low.length) return;
    const room = Math.ceil(1.25 * places);
    const larger = <A extends Uint8Array | Uint16Array | Uint32Array>(old: A, made: A): A => {
      made.set(old);
      return made;
    };
    this.#ids = larger(this.#ids, new Uint8Array(room * idLength));
    this.#days = larger(this.#days, new Uint16Array(room));
    this.#low = larger(this.#low, new Uint32Array(room));
    this.#high = larger(this.#high, new Uint32Array(room));
    this.#next = larger(this.#next, new Uint32Array(room));
    this.#walkLow = larger(this.#walkLow, new Uint32Array(room));
    this.#walkHigh = larger(this.#walkHigh, new Uint32Array(room));
    this.#isEmpty = larger(this.#isEmpty, new Uint8Array(room));
  }
}

const hashed = new Uint32Array(2);
