/** SHA-256 for the many nodes of a trie: Noble's, or the platform's where that is faster. */
import { sha256 } from '@noble/hashes/sha2.js';

/** A platform's own SHA-256: writes the first bytes of the digest, as many as there is room for. */
export type HashInto = (message: Uint8Array, into: Uint8Array) => void;

const fresh = sha256.create();
let working = sha256.create();
const digest = new Uint8Array(32);

/** PERF: one state is used again and again; a new one a message costs half as much again. */
export const sha256Into: HashInto = (message, into) => {
  working = fresh._cloneInto(working);
  working.update(message);
  working.digestInto(digest);
  for (let i = 0; i < into.length; i += 1) into[i] = digest[i] as number;
};
