/**
 * Arrays of 32-byte hashes addressed by number, and the hashing of many pairs at once. PERF: words
 * are copied, no object is made per hash.
 */
import { HASH_BYTES, hashPairs } from './hash.ts';

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

/** The same hashes with room for `count`. */
export function moreWords(words: Uint32Array, count: number): Uint32Array {
  const more = hashWords(count);
  more.set(words);
  return more;
}

/** Hash number `at` as bytes that share the memory. */
export function hashBytes(words: Uint32Array, at: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + at * HASH_BYTES, HASH_BYTES);
}

/** Hashes taken one after the other and forgotten together; number 0 is the empty subtree. */
export class Slots {
  words: Uint32Array = hashWords(256);
  #bytes = Buffer.from(this.words.buffer);
  #count = 1;

  forget(): void {
    this.#count = 1;
  }

  /** A new slot, its content undefined until it is written. */
  take(): number {
    const slot = this.#count++;
    if (slot * WORDS === this.words.length) {
      this.words = moreWords(this.words, 2 * slot);
      this.#bytes = Buffer.from(this.words.buffer);
    }
    return slot;
  }

  /** The 32 bytes that stand at a place. */
  fromBytes(source: Buffer, at: number): number {
    const slot = this.take();
    source.copy(this.#bytes, slot * HASH_BYTES, at, at + HASH_BYTES);
    return slot;
  }
}

/** Pairs hashed by one call of the hasher. */
const PAIRS = 1024;

/** Gathers pairs, and hashes them by the thousand into numbered places of a target. */
export class PairHashing {
  readonly #input = hashWords(2 * PAIRS);
  readonly #output = hashWords(PAIRS);
  readonly #places = new Uint32Array(PAIRS);
  #target = this.#output;
  #count = 0;

  /** Begins: the hashes of the pairs added from now on go there. */
  into(target: Uint32Array): void {
    this.#target = target;
    this.#count = 0;
  }

  /** Adds a pair whose hash goes to place `to` of the target, once `flush` was called. */
  add(left: Uint32Array, leftAt: number, right: Uint32Array, rightAt: number, to: number): void {
    const at = this.#count++;
    copyHash(left, leftAt, this.#input, 2 * at);
    copyHash(right, rightAt, this.#input, 2 * at + 1);
    this.#places[at] = to;
    if (this.#count === PAIRS) this.flush();
  }

  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    hashPairs(bytesOf(this.#input, 2 * count), bytesOf(this.#output, count));
    for (let i = 0; i < count; i++) {
      copyHash(this.#output, i, this.#target, this.#places[i] as number);
    }
  }
}

/** The bytes of the first `count` hashes. */
function bytesOf(words: Uint32Array, count: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, count * HASH_BYTES);
}

/** One for all who gather and flush without a pause in between. */
export const pairHashing: PairHashing = new PairHashing();
