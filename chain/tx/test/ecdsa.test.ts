/** Both secp256k1 libraries give the same verdicts, on good, random and hostile input. */
import { createRequire } from 'node:module';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { pino } from 'pino';
import { loadEcdsa, nativeEcdsa, nobleEcdsa } from '../ecdsa.ts';
import { verifyEd25519 } from '../signatures.ts';

/** The native binding's signing half, for speed. */
interface Signer {
  publicKeyCreate(secret: Uint8Array): Uint8Array;
  ecdsaSign(digest: Uint8Array, secret: Uint8Array): { readonly signature: Uint8Array };
}

const native = nativeEcdsa();
const n = secp256k1.Point.Fn.ORDER;
const p = secp256k1.Point.Fp.ORDER;

/** The verdict of both, which must be one. */
function verify(signature: Uint8Array, digest: Uint8Array, key: Uint8Array): boolean {
  if (native === undefined)
    throw new Error('no native secp256k1 on this platform: can not compare');
  const verdict = native(signature, digest, key);
  expect(nobleEcdsa(signature, digest, key)).toBe(verdict);
  return verdict;
}

const be = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const int = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

const secret = sha256(Uint8Array.of(1));
const key = secp256k1.getPublicKey(secret, true);
const digest = sha256(new TextEncoder().encode('artel'));
const good = secp256k1.sign(digest, secret, { prehash: false, lowS: true });
const [r, s] = [int(good.subarray(0, 32)), int(good.subarray(32))];

test('2,000 random signatures verify and no changed bit does; both agree on every eighth', () => {
  let seed = sha256(Uint8Array.of(42));
  const next = (): Uint8Array => {
    seed = sha256(seed);
    return seed;
  };
  const signer = createRequire(import.meta.url)('secp256k1/bindings.js') as Signer;
  for (let i = 0; i < 2_000; i++) {
    const [own, message] = [next(), next()];
    const publicKey = signer.publicKeyCreate(own);
    const { signature } = signer.ecdsaSign(message, own);
    // PERF: noble takes 1.4 ms, and much more on a busy machine.
    const judge = i % 8 === 0 ? verify : (native ?? verify);
    expect(judge(signature, message, publicKey)).toBe(true);
    const at = i % (64 + 32 + 33);
    const all = join(signature, message, publicKey);
    all[at] = (all[at] ?? 0) ^ (1 << (i % 8));
    expect(judge(all.slice(0, 64), all.slice(64, 96), all.slice(96))).toBe(false);
  }
});

test.each<[string, Uint8Array]>([
  ['high s', join(be(r), be(n - s))],
  ['r = 0', join(be(0n), be(s))],
  ['s = 0', join(be(r), be(0n))],
  ['r = s = 0', new Uint8Array(64)],
  ['r = n', join(be(n), be(s))],
  ['r = n + 1', join(be(n + 1n), be(s))],
  ['r = p', join(be(p), be(s))],
  ['s = n', join(be(r), be(n))],
  ['s = n + s', join(be(r), be((n + s) % 2n ** 256n))],
  ['r and s all ones', new Uint8Array(64).fill(255)],
  ['r = 1, s = 1', join(be(1n), be(1n))],
  ['r = n - 1', join(be(n - 1n), be(s))],
  ['s = (n + 1) / 2', join(be(r), be((n + 1n) / 2n))],
  ['s negated mod 2^256', join(be(r), be(2n ** 256n - s))],
  ['r and s exchanged', join(be(s), be(r))],
  ['empty', new Uint8Array()],
  ['63 bytes', good.slice(0, 63)],
  ['65 bytes', join(good, Uint8Array.of(0))],
  ['65 bytes with a recovery id first', join(Uint8Array.of(27), good)],
  ['DER', secp256k1.sign(digest, secret, { prehash: false, format: 'der' })],
])('the signature %s is refused by both', (_, signature) => {
  expect(verify(good, digest, key)).toBe(true);
  expect(verify(signature, digest, key)).toBe(false);
});

test('r + n is refused, where r is small enough that it still fits', () => {
  // A key for a chosen r: Q = r^-1 (s R - z G), with the smallest r that is the x of a point.
  let x = 1n;
  let R = secp256k1.Point.BASE;
  for (; ; x++) {
    try {
      R = secp256k1.Point.fromBytes(join(Uint8Array.of(2), be(x)));
      break;
    } catch {
      // Not the x of a point.
    }
  }
  const z = int(digest) % n;
  const inverse = secp256k1.Point.Fn.inv(x);
  const Q = R.multiply(s).subtract(secp256k1.Point.BASE.multiply(z)).multiply(inverse);
  const forged = Q.toBytes(true);
  expect(verify(join(be(x), be(s)), digest, forged)).toBe(true);
  expect(verify(join(be(x + n), be(s)), digest, forged)).toBe(false);
});

test('an R whose x lies between n and p verifies as x - n, the reduced r, in both', () => {
  let x = n + 1n;
  let R = secp256k1.Point.BASE;
  for (; ; x++) {
    try {
      R = secp256k1.Point.fromBytes(join(Uint8Array.of(2), be(x)));
      break;
    } catch {
      // Not the x of a point.
    }
  }
  const reduced = x - n;
  const z = int(digest) % n;
  const inverse = secp256k1.Point.Fn.inv(reduced);
  const Q = R.multiply(s).subtract(secp256k1.Point.BASE.multiply(z)).multiply(inverse);
  expect(verify(join(be(reduced), be(s)), digest, Q.toBytes(true))).toBe(true);
  expect(verify(join(be(x), be(s)), digest, Q.toBytes(true))).toBe(false);
});

test.each<[string, Uint8Array]>([
  ['uncompressed', secp256k1.getPublicKey(secret, false)],
  [
    'hybrid',
    join(Uint8Array.of(6 + ((key[0] ?? 0) & 1)), secp256k1.getPublicKey(secret, false).slice(1)),
  ],
  ['without prefix', key.slice(1)],
  ['prefix 0', join(Uint8Array.of(0), key.slice(1))],
  ['prefix 4 and 33 bytes', join(Uint8Array.of(4), key.slice(1))],
  ['prefix 5', join(Uint8Array.of(5), key.slice(1))],
  ['the other half', join(Uint8Array.of((key[0] ?? 0) ^ 1), key.slice(1))],
  ['infinity in one byte', Uint8Array.of(0)],
  ['infinity in 33 bytes', new Uint8Array(33)],
  ['x = 0', join(Uint8Array.of(2), be(0n))],
  ['x = 5, not on the curve', join(Uint8Array.of(2), be(5n))],
  ['x = p', join(Uint8Array.of(2), be(p))],
  ['x = p + 1, which would reduce to a point', join(Uint8Array.of(2), be(p + 1n))],
  ['x all ones', join(Uint8Array.of(2), new Uint8Array(32).fill(255))],
  ['34 bytes', join(key, Uint8Array.of(0))],
  ['empty', new Uint8Array()],
])('the key %s is refused by both', (_, other) => {
  expect(verify(good, digest, other)).toBe(false);
});

test('digests: zero and all ones are taken, other lengths are not', () => {
  for (const fill of [0, 255]) {
    const message = new Uint8Array(32).fill(fill);
    const signature = secp256k1.sign(message, secret, { prehash: false, lowS: true });
    expect(verify(signature, message, key)).toBe(true);
    expect(verify(signature, digest, key)).toBe(false);
  }
  for (const length of [0, 20, 31, 33, 64]) {
    expect(verify(good, join(digest, digest).slice(0, length), key)).toBe(false);
  }
});

test('noise of any length is refused by both and throws nowhere', () => {
  const noise = fc.uint8Array({ maxLength: 70 });
  fc.assert(
    fc.property(noise, noise, noise, (a, b, c) => {
      expect(verify(a, b, c)).toBe(false);
      expect(verify(a, digest, key)).toBe(false);
      expect(verify(good, digest, c)).toBe(false);
      expect(verifyEd25519(a, b, c)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('edge scalars and coordinates: both libraries agree on 400 pairs around the limits', () => {
  const edges = [
    0n,
    1n,
    2n,
    n / 2n,
    n / 2n + 1n,
    n - 2n,
    n - 1n,
    n,
    n + 1n,
    p - 1n,
    p,
    p + 1n,
    r,
    s,
    n - s,
  ];
  const sizes = edges.map((value) => be(value % 2n ** 256n));
  let accepted = 0;
  for (const a of sizes) for (const b of sizes) if (verify(join(a, b), digest, key)) accepted += 1;
  expect(accepted).toBe(1);
});

test('the log says so when the slow library is taken, and not otherwise', () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const verifyEcdsa = loadEcdsa(logger);
  expect(verifyEcdsa(good, digest, key)).toBe(true);
  expect(lines).toHaveLength(native === undefined ? 1 : 0);
});

// y = 1 is the identity; the list has the points of order 1, 2, 4 and 8 (canonical and not).
const smallOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000080',
].map((text) => Uint8Array.from(Buffer.from(text, 'hex')));

test('ed25519: no key of small order verifies anything', () => {
  for (const small of smallOrder) {
    for (const R of smallOrder) {
      for (const fill of [0, 1]) {
        const scalar = new Uint8Array(32);
        scalar[0] = fill;
        expect(verifyEd25519(join(R, scalar), digest, small)).toBe(false);
      }
    }
  }
});

test('ed25519: RFC 8032 vectors, and their malleated twins', () => {
  const vectors: [string, string, string][] = [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
        '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ];
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (const [publicKey, message, signature] of vectors) {
    const [k, m, sig] = [publicKey, message, signature].map((text) =>
      Uint8Array.from(Buffer.from(text, 'hex')),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    expect(verifyEd25519(sig, m, k)).toBe(true);
    const S = int(Uint8Array.from(sig.slice(32)).reverse());
    const twin = join(sig.slice(0, 32), Uint8Array.from(be(S + order)).reverse());
    expect(verifyEd25519(twin, m, k)).toBe(false);
    for (let bit = 0; bit < 512; bit += 37) {
      const changed = Uint8Array.from(sig);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyEd25519(changed, m, k)).toBe(false);
    }
    expect(verifyEd25519(join(sig, Uint8Array.of(0)), m, k)).toBe(false);
    expect(verifyEd25519(sig, m, join(k, Uint8Array.of(0)))).toBe(false);
  }
});
