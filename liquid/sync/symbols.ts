/**
 * The rateless sketch of a set (arXiv 2402.02668): an endless row of symbols, of which a side sends as
 * many as the difference needs. Each symbol sums the items that are mapped to its index. The
 * specification is docs/liquid-protocol.md, "Symbols".
 */
import type { Marks } from '../core/marks.ts';
import { sipHashMark, sipKey } from '../core/siphash.ts';

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

/** Of an item's hash: tells whether a symbol that counts one holds one. */
export function checkOf({ check: [first, second] }: SketchKey, low: number, high: number): number {
  let mixed = Math.imul(low ^ first, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed ^ high ^ second, 0xc2b2ae35);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0x27d4eb2f);
  return mixed ^ (mixed >>> 16);
}

/** A symbol is four words: low and high half of the sum (xor) of hashes, of checks, and the count. */
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
 * The mapping: state' = state * 0xda942042e4dd58b5 mod 2^64, and the next index is
 * index + max(1, ceil((index + 1.5) * (2^32 / sqrt(state' + 1) - 1))) in IEEE doubles. The state begins
 * as the item's hash, the index at 0, to which every item is mapped.
 */
export function step(walk: Walk): void {
  const { low, high } = walk;
  const lowHigh = multiplyLow(low);
  walk.high = (lowHigh + Math.imul(high, 0xe4dd58b5) + Math.imul(low, 0xda942042)) | 0;
  walk.low = Math.imul(low, 0xe4dd58b5);
  const state = (walk.high >>> 0) * 4_294_967_296 + (walk.low >>> 0);
  const gap = Math.ceil((walk.next + 1.5) * (4_294_967_296 / Math.sqrt(state + 1) - 1));
  walk.next = Math.min(pastAll, walk.next + Math.max(1, gap));
}

/** The high half of a 32-bit number times 0xe4dd58b5, by 16-bit digits. */
function multiplyLow(low: number): number {
  const digit0 = low & 0xffff;
  const digit1 = low >>> 16;
  const cross0 = Math.imul(digit1, 0x58b5);
  const cross1 = Math.imul(digit0, 0xe4dd);
  const middle = (Math.imul(digit0, 0x58b5) >>> 16) + (cross0 & 0xffff) + (cross1 & 0xffff);
  return (Math.imul(digit1, 0xe4dd) + (cross0 >>> 16) + (cross1 >>> 16) + (middle >>> 16)) | 0;
}

/** One side's items under one key, and the symbols made of them so far. */
export class Sketch {
  readonly key: SketchKey;
  readonly marks: Marks;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly #walkNext: Uint32Array;
  readonly #walkLow: Uint32Array;
  readonly #walkHigh: Uint32Array;
  #cells = new Int32Array(0);

  constructor(key: SketchKey, marks: Marks) {
    this.key = key;
    this.marks = marks;
    const { count, ids, days } = marks;
    this.low = new Uint32Array(count);
    this.high = new Uint32Array(count);
    const hash = new Uint32Array(2);
    for (let i = 0; i < count; i += 1) {
      sipHashMark(key.sip, ids, 20 * i, days[i] as number, hash);
      this.low[i] = hash[0] as number;
      this.high[i] = hash[1] as number;
    }
    this.#walkNext = new Uint32Array(count);
    this.#walkLow = this.low.slice();
    this.#walkHigh = this.high.slice();
  }

  /** The first `count` symbols. */
  cells(count: number): Int32Array {
    const made = this.#cells.length / symbolWords;
    if (count > made) this.#extend(count);
    return this.#cells.subarray(0, count * symbolWords);
  }

  /** PERF: the mapping of `step`, written out for a million items. */
  #extend(count: number): void {
    const cells = new Int32Array(count * symbolWords);
    cells.set(this.#cells);
    const items = this.low.length;
    for (let i = 0; i < items; i += 1) {
      let next = this.#walkNext[i] as number;
      if (next >= count) continue;
      const low = this.low[i] as number;
      const high = this.high[i] as number;
      const check = checkOf(this.key, low, high);
      let walkLow = this.#walkLow[i] as number | 0;
      let walkHigh = this.#walkHigh[i] as number | 0;
      while (next < count) {
        const at = next * symbolWords;
        cells[at] = (cells[at] as number) ^ low;
        cells[at + 1] = (cells[at + 1] as number) ^ high;
        cells[at + 2] = (cells[at + 2] as number) ^ check;
        cells[at + 3] = (cells[at + 3] as number) + 1;
        walkHigh =
          (multiplyLow(walkLow) +
            Math.imul(walkHigh, 0xe4dd58b5) +
            Math.imul(walkLow, 0xda942042)) |
          0;
        walkLow = Math.imul(walkLow, 0xe4dd58b5);
        const state = (walkHigh >>> 0) * 4_294_967_296 + (walkLow >>> 0);
        const gap = Math.ceil((next + 1.5) * (4_294_967_296 / Math.sqrt(state + 1) - 1));
        next = Math.min(pastAll, next + Math.max(1, gap));
      }
      this.#walkNext[i] = next;
      this.#walkLow[i] = walkLow;
      this.#walkHigh[i] = walkHigh;
    }
    this.#cells = cells;
  }
}
