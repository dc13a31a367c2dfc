/**
 * Keys are made, given away and destroyed at will, any number of them; none knows its owner.
 * Ed25519 (RFC 8032, strict) and secp256k1 (compressed, SHA-256, low s; 64-byte signatures).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { accepted, type Result, refusals } from './refusals.ts';

export type Scheme = 'ed25519' | 'secp256k1';

/** The algorithm byte on the wire and in ids. */
export const schemeCode: Readonly<Record<Scheme, 1 | 2>> = { ed25519: 1, secp256k1: 2 };

export const keyLength: Readonly<Record<Scheme, number>> = { ed25519: 32, secp256k1: 33 };

export const signatureLength = 64;

declare const checked: unique symbol;
/** A point of its curve: only `parsePublicKey` and `keyPair` make one. */
export type PublicKey = {
  readonly [S in Scheme]: {
    readonly scheme: S;
    readonly bytes: Uint8Array;
    readonly [checked]: true;
  };
}[Scheme];

export interface KeyPair<S extends Scheme = Scheme> {
  readonly publicKey: PublicKey & { readonly scheme: S };
  /** 32 bytes; whoever has them is the id. */
  readonly secret: Uint8Array;
}

/** A new pair; `entropy` is 32 random bytes (secp256k1: 48), by default the platform's. */
export function generateKeyPair<S extends Scheme>(scheme: S, entropy?: Uint8Array): KeyPair<S> {
  const secret =
    scheme === 'ed25519'
      ? (entropy ?? ed25519.utils.randomSecretKey())
      : secp256k1.utils.randomSecretKey(entropy);
  return keyPair(scheme, secret);
}

/** The pair of a secret that was kept. An impossible secret throws: it is no input of a peer. */
export function keyPair<S extends Scheme>(scheme: S, secret: Uint8Array): KeyPair<S> {
  const bytes =
    scheme === 'ed25519' ? ed25519.getPublicKey(secret) : secp256k1.getPublicKey(secret, true);
  return { publicKey: { scheme, bytes } as PublicKey & { readonly scheme: S }, secret };
}

/** Refuses what is no point of the curve, and those of small order: they sign nothing. */
export function parsePublicKey(scheme: Scheme, bytes: Uint8Array): Result<PublicKey> {
  if (bytes.length !== keyLength[scheme] || !isPoint(scheme, bytes)) {
    return refusals.malformed({
      field: 'public key',
      expected: `${keyLength[scheme]} bytes of a ${scheme} point`,
      actual: `${bytes.length} bytes that are none`,
    });
  }
  return accepted({ scheme, bytes } as PublicKey);
}

function isPoint(scheme: Scheme, bytes: Uint8Array): boolean {
  try {
    if (scheme === 'secp256k1') {
      secp256k1.Point.fromBytes(bytes);
      return true;
    }
    return !ed25519.Point.fromBytes(bytes, false).isSmallOrder();
  } catch {
    return false;
  }
}

/** 64 bytes over the message, deterministic. */
export function sign({ publicKey, secret }: KeyPair, message: Uint8Array): Uint8Array {
  return publicKey.scheme === 'ed25519'
    ? ed25519.sign(message, secret)
    : secp256k1.sign(message, secret);
}

export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signatureLength) return false;
  try {
    return key.scheme === 'ed25519'
      ? ed25519.verify(signature, message, key.bytes, { zip215: false })
      : secp256k1.verify(signature, message, key.bytes);
  } catch {
    return false;
  }
}
