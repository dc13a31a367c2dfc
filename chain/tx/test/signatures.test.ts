/** The memory of verifications changes time and nothing else. */
import { createRequire } from 'node:module';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type ParsedTx, type TxSigner, transactionId } from '../decode.ts';
import { nativeEcdsa, nobleEcdsa, type VerifyEcdsa } from '../ecdsa.ts';
import { signModes } from '../mode-info.ts';
import type { SimplePublicKey } from '../public-key.ts';
import { signBytes } from '../sign-bytes.ts';
import { SignatureVerifier } from '../signatures.ts';

const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(secret: Uint8Array): Uint8Array;
  ecdsaSign(digest: Uint8Array, secret: Uint8Array): { readonly signature: Uint8Array };
};
const secret = sha256(Uint8Array.of(9));
const key: SimplePublicKey = { type: 'secp256k1', bytes: native.publicKeyCreate(secret) };
const bytes = (i: number): Uint8Array => Uint8Array.of(i & 255, i >> 8);

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

/** A transaction with one signer, over a body of our own. */
function signed(i: number, signature: (document: Uint8Array) => Uint8Array): ParsedTx {
  const mode = { type: 'single', mode: signModes.direct } as const;
  const parts = { bodyBytes: bytes(i), authInfoBytes: bytes(0) };
  const document = signBytes({ ...parts } as ParsedTx, signModes.direct, account) ?? bytes(0);
  const signer = { mode, signature: signature(document) } as TxSigner;
  const id = transactionId(Uint8Array.of(...bytes(i), ...signer.signature));
  return { ...parts, id, signers: [signer] as readonly TxSigner[] } as ParsedTx;
}

const account = { chainId: 'artel-dev-1', accountNumber: 7n, sequence: 3n, publicKey: key };
const right = (document: Uint8Array) => native.ecdsaSign(sha256(document), secret).signature;
const wrong = (document: Uint8Array) =>
  native.ecdsaSign(sha256(document.slice(1)), secret).signature;

test('a success is remembered, a failure is computed again', () => {
  const { verifier, count } = counting(10);
  for (let i = 0; i < 3; i++) {
    expect(verifier.verify(signed(1, right), 0, account)).toBeUndefined();
    expect(count()).toBe(1 + i);
    expect(verifier.verify(signed(1, wrong), 0, account)).toMatchObject({ code: 4 });
    expect(count()).toBe(2 + i);
  }
  expect(verifier.counts).toEqual({ remembered: 2, computed: 4 });
});

test('a success says nothing of another account, key, chain, document or signature', () => {
  const { verifier } = counting(10);
  const tx = signed(1, right);
  expect(verifier.verify(tx, 0, account)).toBeUndefined();
  const other = native.publicKeyCreate(sha256(Uint8Array.of(10)));
  for (const question of [
    { ...account, accountNumber: 8n },
    { ...account, chainId: 'artel-dev-2' },
    { ...account, publicKey: { type: 'secp256k1', bytes: other } },
    { ...account, publicKey: { type: 'ed25519', bytes: key.bytes } },
    { ...account, publicKey: { type: 'multisig', threshold: 1, members: [key] } },
  ] as const) {
    expect(verifier.verify(tx, 0, question)).toMatchObject({ code: 4 });
  }
  expect(verifier.verify(signed(2, wrong), 0, account)).toMatchObject({ code: 4 });
  expect(() => verifier.verify(tx, 1, account)).toThrow('no signer 1');
});

test('the memory is bounded, and may be none at all', () => {
  const { verifier, count } = counting(10);
  const verify = (i: number): void => {
    expect(verifier.verify(signed(i, right), 0, account)).toBeUndefined();
  };
  for (let i = 0; i < 100; i++) verify(i);
  verify(99);
  expect(count()).toBe(100);
  verify(0);
  expect(count()).toBe(101);
  const without = counting(0);
  for (let i = 0; i < 3; i++) without.verifier.verify(signed(1, right), 0, account);
  expect(without.count()).toBe(3);
});

test('ed25519 signatures go the same way', () => {
  const publicKey: SimplePublicKey = { type: 'ed25519', bytes: ed25519.getPublicKey(secret) };
  const { verifier } = counting(10);
  const tx = signed(1, (document) => ed25519.sign(document, secret));
  expect(verifier.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
  expect(verifier.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
  expect(verifier.verify(signed(2, right), 0, { ...account, publicKey })).toMatchObject({
    code: 4,
  });
  expect(verifier.counts).toEqual({ remembered: 1, computed: 2 });
});
