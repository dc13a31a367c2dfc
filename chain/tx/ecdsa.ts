/**
 * secp256k1 verification by libsecp256k1 through its native binding, or by noble where that can't
 * be loaded. What either library sees has been checked here first, so that both give the same
 * verdict.
 */
import { createRequire } from 'node:module';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Logger } from 'pino';

/** Whether the 64-byte r||s signs the 32-byte digest under the 33-byte key. Never throws. */
export type VerifyEcdsa = (
  signature: Uint8Array,
  digest: Uint8Array,
  publicKey: Uint8Array,
) => boolean;

/**
 * The part of `secp256k1/bindings.js` that is used; its index would load slow JavaScript silently.
 */
interface NativeSecp256k1 {
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
}

const order = secp256k1.Point.Fn.ORDER;
const orderBytes = bytesOf(order);
const halfOrderBytes = bytesOf(order >> 1n);

/** Native verification, or undefined where this platform has none. */
export function nativeEcdsa(): VerifyEcdsa | undefined {
  const native = loadNative();
  if (native === undefined) return undefined;
  return checked((signature, digest, publicKey) =>
    native.ecdsaVerify(signature, digest, publicKey),
  );
}

/** The same verdicts, about 30 times slower. */
export const nobleEcdsa: VerifyEcdsa = checked((signature, digest, publicKey) =>
  secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true }),
);

/** What the node verifies with; says in the log when that is the slow one. */
export function loadEcdsa(logger: Logger): VerifyEcdsa {
  const native = nativeEcdsa();
  if (native !== undefined) return native;
  logger.warn(
    { platform: process.platform, arch: process.arch },
    'secp256k1 has no native binding here: signatures are verified by noble, about 30 times slower',
  );
  return nobleEcdsa;
}

function loadNative(): NativeSecp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as NativeSecp256k1;
  } catch {
    return undefined;
  }
}

function checked(verify: VerifyEcdsa): VerifyEcdsa {
  return (signature, digest, publicKey) => {
    if (!isWellFormed(signature, digest, publicKey)) return false;
    try {
      return verify(signature, digest, publicKey);
    } catch {
      // Both throw on a key that is not on the curve.
      return false;
    }
  };
}

/** 33-byte key (02 or 03), 32-byte digest, 64-byte signature with 0 < r < n and 0 < s <= n/2. */
function isWellFormed(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean {
  if (publicKey.length !== 33 || (publicKey[0] !== 2 && publicKey[0] !== 3)) return false;
  if (digest.length !== 32 || signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  const s = signature.subarray(32);
  if (isZero(r) || isZero(s)) return false;
  return Buffer.compare(r, orderBytes) < 0 && Buffer.compare(s, halfOrderBytes) <= 0;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function bytesOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}
