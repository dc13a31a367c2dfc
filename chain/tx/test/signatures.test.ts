/** The memory of verifications changes time and nothing else. */
import { createRequire } from 'node:module';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { nativeEcdsa, nobleEcdsa, type VerifyEcdsa } from '../ecdsa.ts';
import type { SimplePublicKey } from '../public-key.ts';
import { SignatureVerifier } from '../signatures.ts';

const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(secret: Uint8Array): Uint8Array;
  ecdsaSign(digest: Uint8Array, secret: Uint8Array): { readonly signature: Uint8Array };
};
const secret = sha256(Uint8Array.of(9));
const key: SimplePublicKey = { type: 'secp256k1', bytes: native.publicKeyCreate(secret) };
const bytes = (i: number): Uint8Array => Uint8Array.of(i & 255, i >> 8);
const sign = (i: number): Uint8Array => native.ecdsaSign(sha256(bytes(i)), secret).signature;

/** A verifier that counts what it computes. */
function counting(remembered: number): { verifier: SignatureVerifier; count: () => number } {
  let count = 0;
  const verify = nativeEcdsa() ?? nobleEcdsa;
  const verifyEcdsa: VerifyEcdsa = (signature, digest, publicKey) => {
    count += 1;
    return verify(signature, digest, publicKey);
  };
  return { verifier: new SignatureVerifier({ verifyEcdsa, remembered }), count: () => count };
}

test('a success is remembered, a failure is computed again', () => {
  const { verifier, count } = counting(10);
  const wrong = sign(2);
  for (let i = 0; i < 3; i++) {
    expect(verifier.isValid(key, bytes(1), sign(1))).toBe(true);
    expect(count()).toBe(1 + i);
    expect(verifier.isValid(key, bytes(1), wrong)).toBe(false);
    expect(count()).toBe(2 + i);
  }
});

test('a success says nothing of another key, document or signature', () => {
  const { verifier } = counting(10);
  const signature = sign(1);
  expect(verifier.isValid(key, bytes(1), signature)).toBe(true);
  const other = native.publicKeyCreate(sha256(Uint8Array.of(10)));
  expect(verifier.isValid({ type: 'secp256k1', bytes: other }, bytes(1), signature)).toBe(false);
  expect(verifier.isValid(key, bytes(2), signature)).toBe(false);
  // The same bytes cut in other places are another question.
  const shifted = Uint8Array.of(...bytes(1), signature[0] ?? 0);
  expect(verifier.isValid(key, shifted, signature.subarray(1))).toBe(false);
  expect(verifier.isValid(key, bytes(1), Uint8Array.of(...signature, 0))).toBe(false);
  const asEd25519 = { type: 'ed25519', bytes: key.bytes } as const;
  expect(verifier.isValid(asEd25519, bytes(1), signature)).toBe(false);
});

test('the memory is bounded, and may be none at all', () => {
  const { verifier, count } = counting(10);
  for (let i = 0; i < 100; i++) expect(verifier.isValid(key, bytes(i), sign(i))).toBe(true);
  expect(verifier.isValid(key, bytes(99), sign(99))).toBe(true);
  expect(count()).toBe(100);
  expect(verifier.isValid(key, bytes(0), sign(0))).toBe(true);
  expect(count()).toBe(101);
  const without = counting(0);
  for (let i = 0; i < 3; i++) expect(without.verifier.isValid(key, bytes(1), sign(1))).toBe(true);
  expect(without.count()).toBe(3);
});

test('ed25519 signatures go the same way', () => {
  const publicKey: SimplePublicKey = { type: 'ed25519', bytes: ed25519.getPublicKey(secret) };
  const signature = ed25519.sign(bytes(1), secret);
  const { verifier } = counting(10);
  expect(verifier.isValid(publicKey, bytes(1), signature)).toBe(true);
  expect(verifier.isValid(publicKey, bytes(1), signature)).toBe(true);
  expect(verifier.isValid(publicKey, bytes(2), signature)).toBe(false);
});
