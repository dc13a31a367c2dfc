/**
 * An id20 names a public key in the registry and says nothing of its owner. Encoding:
 * docs/liquid-protocol.md, "Ids".
 */
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { assert } from '../../modules/_kernel/assert.ts';
import { ascii, concat, fromHex } from './bytes.ts';
import type { PublicKey } from './keys.ts';
import { schemeCode } from './keys.ts';
import { accepted, type Result, refusals } from './refusals.ts';

declare const id20: unique symbol;
/** 20 bytes. */
export type Id = Uint8Array & { readonly [id20]: true };

export const idLength = 20;

const domain = ascii('artel/liquid/id/1');

/** First 20 bytes of SHA-256(domain || algorithm || public key). */
export function idOfKey(key: PublicKey): Id {
  return sha256(concat(domain, Uint8Array.of(schemeCode[key.scheme]), key.bytes)).slice(
    0,
    idLength,
  ) as Id;
}

/** `compat=seed`: RIPEMD-160(SHA-256(33 bytes of a compressed secp256k1 key)). */
export function seedIdOfKey(key: PublicKey & { readonly scheme: 'secp256k1' }): Id {
  return ripemd160(sha256(key.bytes)) as Id;
}

/** For bytes whose length is known to be right; anything else is a defect. */
export function idOfBytes(bytes: Uint8Array): Id {
  assert(bytes.length === idLength, `an id has ${idLength} bytes, not ${bytes.length}`);
  return bytes as Id;
}

/** An id as people write it: 40 hexadecimal digits. */
export function parseId(text: string): Result<Id> {
  const bytes = fromHex(text.trim());
  if (bytes?.length !== idLength) {
    return refusals.malformed({ field: 'id', expected: '40 hexadecimal digits', actual: text });
  }
  return accepted(bytes as Id);
}
