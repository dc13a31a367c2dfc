/**
 * The hashes of the tree, as docs/adr/0002 fixes them: a leaf is SHA256("artel/smt/leaf/1" ||
 * SHA256(key) || SHA256(value)), an inner node SHA256(left || right), an empty subtree 32 zero
 * bytes.
 */
import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { sha256 as plainSha256 } from '@noble/hashes/sha2.js';

export const HASH_BYTES = 32;

/** The hash of an empty subtree. */
export const EMPTY: Uint8Array = new Uint8Array(HASH_BYTES);

const LEAF_PREFIX = 'artel/smt/leaf/1';

export function sha256(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer');
}

const leafInput = Buffer.alloc(16 + 2 * HASH_BYTES);
leafInput.write(LEAF_PREFIX, 'latin1');

/** The leaf of a key, given its hash, and its value. */
export function leafHash(keyHash: Uint8Array, value: Uint8Array): Uint8Array {
  leafInput.set(keyHash, 16);
  leafInput.set(sha256(value), 48);
  return sha256(leafInput);
}

const innerInput = new Uint8Array(2 * HASH_BYTES);

export function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  innerInput.set(left);
  innerInput.set(right, HASH_BYTES);
  return sha256(innerInput);
}

/** Hashes n pairs of 64 bytes to n hashes of 32 bytes, one after the other. */
export type PairHasher = (pairs: Uint8Array, hashes: Uint8Array) => void;

/** Pure JavaScript, for machines without the native library; equal results. */
export function hashPairsPlain(pairs: Uint8Array, hashes: Uint8Array): void {
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    hashes.set(plainSha256(pairs.subarray(2 * at, 2 * at + 64)), at);
  }
}

function loadNative(): PairHasher | undefined {
  try {
    const native = createRequire(import.meta.url)('@chainsafe/hashtree') as {
      hashInto: PairHasher;
    };
    native.hashInto(new Uint8Array(64), new Uint8Array(32));
    return native.hashInto;
  } catch {
    return undefined;
  }
}

/** The native batch hasher, where this machine has it. */
export const hashPairsNative: PairHasher | undefined = loadNative();

/** The fastest pair hasher here. */
export const hashPairs: PairHasher = hashPairsNative ?? hashPairsPlain;
