/**
 * SipHash-2-4 (Aumasson, Bernstein 2012) of short messages, by 32-bit halves: a million pairs are
 * hashed in each sync, and BigInt would take minutes. Why our own: docs/adr/0008.
 */
import { assert } from '../../modules/_kernel/assert.ts';

/** 16 bytes as two little-endian 64-bit numbers, low half first. */
export type SipKey = Uint32Array;

export function sipKey(bytes: Uint8Array): SipKey {
  assert(bytes.length === 16, 'a SipHash key has 16 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return Uint32Array.from({ length: 4 }, (_, i) => view.getUint32(4 * i, true));
}

/**
 * Hashes `blocks` 64-bit little-endian words of `message` (low half first, the last one with the
 * length in its top byte, as the paper pads) into `out`: low half, then high half.
 */
export function sipHash(key: SipKey, message: Uint32Array, blocks: number, out: Uint32Array): void {
  const k0 = key[0] as number;
  const k1 = key[1] as number;
  const k2 = key[2] as number;
  const k3 = key[3] as number;
  let a = k0 ^ 0x70736575;
  let A = k1 ^ 0x736f6d65;
  let b = k2 ^ 0x6e646f6d;
  let B = k3 ^ 0x646f7261;
  let c = k0 ^ 0x6e657261;
  let C = k1 ^ 0x6c796765;
  let d = k2 ^ 0x79746573;
  let D = k3 ^ 0x74656462;
  for (let block = 0; block <= blocks; block += 1) {
    const isLast = block === blocks;
    const wordLow = isLast ? 0 : (message[2 * block] as number) | 0;
    const wordHigh = isLast ? 0 : (message[2 * block + 1] as number) | 0;
    d ^= wordLow;
    D ^= wordHigh;
    if (isLast) c ^= 0xff;
    let low = 0;
    // A letter is the low half of v0 to v3, its capital the high half.
    for (let round = isLast ? 4 : 2; round > 0; round -= 1) {
      a = (a + b) | 0;
      A = (A + B + (a >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      low = ((b << 13) | (B >>> 19)) ^ a;
      B = ((B << 13) | (b >>> 19)) ^ A;
      b = low;
      low = a;
      a = A;
      A = low;
      c = (c + d) | 0;
      C = (C + D + (c >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      low = ((d << 16) | (D >>> 16)) ^ c;
      D = ((D << 16) | (d >>> 16)) ^ C;
      d = low;
      a = (a + d) | 0;
      A = (A + D + (a >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      low = ((d << 21) | (D >>> 11)) ^ a;
      D = ((D << 21) | (d >>> 11)) ^ A;
      d = low;
      c = (c + b) | 0;
      C = (C + B + (c >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      low = ((b << 17) | (B >>> 15)) ^ c;
      B = ((B << 17) | (b >>> 15)) ^ C;
      b = low;
      low = c;
      c = C;
      C = low;
    }
    a ^= wordLow;
    A ^= wordHigh;
  }
  out[0] = a ^ b ^ c ^ d;
  out[1] = A ^ B ^ C ^ D;
}

const message = new Uint32Array(6);
const out = new Uint32Array(2);

/** The hash of any bytes up to 23, low and high half. */
export function sipHashOf(key: SipKey, bytes: Uint8Array): readonly [low: number, high: number] {
  assert(bytes.length < 24, 'only short messages are hashed here');
  const blocks = (bytes.length >> 3) + 1;
  const padded = new Uint8Array(8 * blocks);
  padded.set(bytes);
  padded[8 * blocks - 1] = bytes.length;
  const view = new DataView(padded.buffer);
  for (let i = 0; i < 2 * blocks; i += 1) message[i] = view.getUint32(4 * i, true);
  sipHash(key, message, blocks, out);
  return [out[0] as number, out[1] as number];
}

/** PERF: the hash of id20 || day u16 (22 bytes) into `into`, from the id at `at` of `ids`. */
export function sipHashMark(
  key: SipKey,
  ids: Uint8Array,
  at: number,
  day: number,
  into: Uint32Array,
): void {
  for (let word = 0; word < 5; word += 1) {
    const from = at + 4 * word;
    message[word] =
      (ids[from] as number) |
      ((ids[from + 1] as number) << 8) |
      ((ids[from + 2] as number) << 16) |
      ((ids[from + 3] as number) << 24);
  }
  message[5] = (day >>> 8) | ((day & 255) << 8) | (22 << 24);
  sipHash(key, message, 3, into);
}
