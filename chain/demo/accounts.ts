/** An account for every member of a network, derived from a seed, and its signatures. */
import { createRequire } from 'node:module';
import { sha256 } from '@noble/hashes/sha2.js';
import { addressOf, pubkeyOf, publicKeyOf, signBytes } from '../client/keys.ts';

export interface DemoAccount {
  readonly address: string;
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
}

/** The same seed and member give the same account, so that a demo can go on where it stopped. */
export function memberAccount(seed: string, member: string): DemoAccount {
  return accountOf(sha256(new TextEncoder().encode(`artel demo trust\n${seed}\n${member}`)));
}

export function accountOf(privateKey: Uint8Array): DemoAccount {
  const publicKey = native?.publicKeyCreate(privateKey) ?? publicKeyOf('secp256k1', privateKey);
  return { privateKey, publicKey, address: addressOf(pubkeyOf('secp256k1', publicKey)) };
}

/** 64 bytes r||s over the SHA-256 of `bytes`. PERF: native 0.1 ms, else 1 ms. */
export function signatureOf({ privateKey }: DemoAccount, bytes: Uint8Array): Uint8Array {
  if (native === undefined) return signBytes('secp256k1', privateKey, bytes);
  return native.ecdsaSign(sha256(bytes), privateKey).signature;
}

/** The part of `secp256k1/bindings.js` that is used; absent on platforms without a build. */
interface NativeSecp256k1 {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { readonly signature: Uint8Array };
}

const native = loadNative();

function loadNative(): NativeSecp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as NativeSecp256k1;
  } catch {
    return undefined;
  }
}
