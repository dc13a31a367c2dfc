/** SHA-256 for the many nodes of a trie: Noble's, or the platform's where that is faster. */
import { sha256 } from '@noble/hashes/sha2.js';

/** A platform's own SHA-256; the digest has 32 bytes. */
export type Sha256 = (message: Uint8Array) => Uint8Array;

/** PERF: from here on a call into the platform costs less than hashing here (measured). */
const longMessage = 128;

const fresh = sha256.create();
let working = sha256.create();

/** PERF: one state is used again and again; a new one a message costs half as much again. */
export function sha256Into(message: Uint8Array, into: Uint8Array, platform?: Sha256): void {
  if (platform !== undefined && message.length >= longMessage) {
    into.set(platform(message));
    return;
  }
  working = fresh._cloneInto(working);
  working.update(message);
  working.digestInto(into);
}
