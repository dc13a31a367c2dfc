/**
 * 128 counters of a set, each the sum of +1 or -1 over its marks. The mean square of the difference
 * of two sides' counters estimates how many marks differ, to 12.5 % (one standard deviation).
 */
import { sipHashMark } from './siphash.ts';

export const counterCount = 128;

/** Twelve bits each on the wire. */
export const countersLength = (counterCount * 12) / 8;

/** A key that everybody has: the signs are kept on each write, before any session is known. */
const openKey = new Uint32Array(4);
const hash = new Uint32Array(2);
const signs = new Uint32Array(4);

/** Adds a mark (`times` 1) or takes it away (-1). */
export function count(counters: Int32Array, id: Uint8Array, day: number, times: 1 | -1): void {
  signsOf(id, 0, day);
  for (let word = 0; word < 4; word += 1) {
    let bits = signs[word] as number;
    for (let i = 32 * word; i < 32 * word + 32; i += 1) {
      counters[i] = (counters[i] as number) + ((bits & 1) === 1 ? times : -times);
      bits >>>= 1;
    }
  }
}

/**
 * Counter i takes bit i & 31 of word i >> 5: a set bit is +1. Words 0 and 1 are the halves of
 * SipHash-2-4 of id || day u16 under the zero key, low first; words 2 and 3 are those, mixed.
 */
function signsOf(ids: Uint8Array, at: number, day: number): void {
  sipHashMark(openKey, ids, at, day, hash);
  const low = hash[0] as number;
  const high = hash[1] as number;
  signs[0] = low;
  signs[1] = high;
  signs[2] = mixed(low ^ 0x9e3779b9);
  signs[3] = mixed(high ^ 0x85ebca6b);
}

function mixed(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Each counter modulo 4096, two in three bytes, the first in the higher bits. */
export function encodeCounters(counters: Int32Array): Uint8Array {
  const bytes = new Uint8Array(countersLength);
  for (let i = 0; i < counterCount; i += 2) {
    const two = (((counters[i] as number) & 0xfff) << 12) | ((counters[i + 1] as number) & 0xfff);
    bytes.set([two >>> 16, two >>> 8, two], (3 * i) / 2);
  }
  return bytes;
}

/** About how many marks differ; above some 300,000 it only says that they are very many. */
export function estimateDifference(own: Int32Array, theirs: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < counterCount; i += 1) {
    const at = (3 * (i & ~1)) / 2;
    const [a, b, c] = [theirs[at] as number, theirs[at + 1] as number, theirs[at + 2] as number];
    const their = (i & 1) === 0 ? (a << 4) | (b >> 4) : ((b & 15) << 8) | c;
    const difference = (((own[i] as number) - their) << 20) >> 20;
    sum += difference * difference;
  }
  return Math.round(sum / counterCount);
}
