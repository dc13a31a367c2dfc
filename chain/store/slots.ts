/**
 * An arena of 32-byte hashes addressed by number, and the hashing of many pairs at once. Node 0 of
 * every arena is the empty subtree. PERF: words are copied, no object is made per hash.
 */
import { EMPTY, HASH_BYTES, hashPairs } from './hash.ts';

const WORDS = HASH_BYTES / 4;

/** Copies hash number `from` of one word array to hash number `to` of another. */
export function copyHash(source: Uint32Array, from: number, target: Uint32Array, to: number): void {
  const s = from * WORDS;
  const t = to * WORDS;
  for (let i = 0; i < WORDS; i++) target[t + i] = source[s + i] as number;
}

/** Room for `count` hashes, all zero. */
export function hashWords(count: number): Uint32Array {
  return new Uint32Array(count * WORDS);
}

/** Hash number `at` as bytes that share the memory. */
export function hashBytes(words: Uint32Array, at: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + at * HASH_BYTES, HASH_BYTES);
}

export class Slots {
  words: Uint32Array;
  #bytes: Buffer;
  #count = 1;

  /** Begins with room for so many hashes, and grows. */
  constructor(room = 64) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(2, room) * HASH_BYTES);
    this.words = new Uint32Array(this.#bytes.buffer);
    this.words.fill(0, 0, WORDS);
  }

  /** A new slot, its content undefined until it is written. */
  take(): number {
    const slot = this.#count++;
    if (slot * WORDS === this.words.length) {
      const larger = Buffer.allocUnsafeSlow(2 * slot * HASH_BYTES);
      this.#bytes.copy(larger);
      this.#bytes = larger;
      this.words = new Uint32Array(larger.buffer);
    }
    return slot;
  }

  /** The 32 bytes that stand at a place. */
  fromBytes(source: Buffer, at: number): number {
    const slot = this.take();
    source.copy(this.#bytes, slot * HASH_BYTES, at, at + HASH_BYTES);
    return slot;
  }

  /** The memory of all slots, 32 bytes each, until the next one is taken. */
  get memory(): Buffer {
    return this.#bytes;
  }

  fromWords(words: Uint32Array, at: number): number {
    const slot = this.take();
    copyHash(words, at, this.words, slot);
    return slot;
  }

  bytes(slot: number): Uint8Array {
    return slot === 0 ? EMPTY : hashBytes(this.words, slot);
  }
}

function asBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Pairs of slots to be hashed into slots: left, right, result; three numbers each. */
export type PairList = number[];

let scratch = hashWords(3 * 1024);

/** Hashes all pairs of a list in one call. */
export function hashPairList(slots: Slots, pairs: PairList): void {
  const count = pairs.length / 3;
  if (count === 0) return;
  if (scratch.length < 3 * count * WORDS) scratch = hashWords(4 * count);
  const input = scratch.subarray(0, 2 * count * WORDS);
  const output = scratch.subarray(2 * count * WORDS, 3 * count * WORDS);
  for (let i = 0; i < count; i++) {
    copyHash(slots.words, pairs[3 * i] as number, input, 2 * i);
    copyHash(slots.words, pairs[3 * i + 1] as number, input, 2 * i + 1);
  }
  hashPairs(asBytes(input), asBytes(output));
  for (let i = 0; i < count; i++) {
    copyHash(output, i, slots.words, pairs[3 * i + 2] as number);
  }
}
