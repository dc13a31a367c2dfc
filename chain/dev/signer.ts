/**
 * The ed25519 keys of an embedded chain's validators: derived from their number, so public by
 * intent.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { consensusAddress } from '../client/hashing.ts';

/** The header of a PKCS #8 ed25519 private key (RFC 8410); the 32-byte seed follows. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Bytes before the key in a DER SubjectPublicKeyInfo of ed25519. */
const spkiHeaderBytes = 12;

export interface Signer {
  readonly publicKey: Uint8Array;
  /** 20 bytes. */
  readonly address: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export function signerFromSeed(seed: Uint8Array): Signer {
  const key: KeyObject = createPrivateKey({
    key: Buffer.concat([pkcs8Header, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(spkiHeaderBytes));
  return {
    publicKey,
    address: consensusAddress(publicKey),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/**
 * Validator `index` of an embedded chain. The engine holds the keys of the first
 * {@link devSignerCount}, so a chain that elects any of them gets its votes.
 */
export function devSigner(index: number): Signer {
  return signerFromSeed(sha256(new TextEncoder().encode(`artel dev validator ${index}`)));
}

export const devSignerCount = 100;
