import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase45, encodeBase45 } from '../base45.ts';
import { fromHex, hex } from '../bytes.ts';
import { generateKeyPair, type KeyPair, keyPair, type Scheme } from '../keys.ts';
import {
  digestBytes,
  digestText,
  encodeConsumerDigest,
  encodeProducerDigest,
  maxDigestLength,
  type ProducerDigest,
  parseConsumerDigest,
  parseProducerDigest,
} from '../qr.ts';
import {
  encodeSeedConsumer,
  encodeSeedProducer,
  parseSeedConsumer,
  parseSeedProducer,
} from '../qr-seed.ts';
import type { Result } from '../refusals.ts';

interface Digests {
  readonly consumer: string;
  readonly producer: string;
}
interface Vectors
  extends Readonly<Record<Scheme, Digests & Record<`${keyof Digests}Text`, string>>> {
  readonly secret: string;
  readonly seed: Digests;
}
const vectors: Vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/vectors/handshake.json'), 'utf8'),
);

const now = 1_800_000_000;
const schemes: readonly Scheme[] = ['ed25519', 'secp256k1'];

function bytes(text: string): Uint8Array {
  const parsed = fromHex(text);
  if (parsed === undefined) throw new Error(`not hexadecimal: ${text}`);
  return parsed;
}

function pairOf(scheme: Scheme): KeyPair {
  return keyPair(scheme, bytes(vectors.secret));
}

function producer(scheme: Scheme, relay = 'relay.example:8080/room'): ProducerDigest {
  const token = new Uint8Array(16).fill(7);
  const oneTimeKey = new Uint8Array(32).fill(9);
  return { key: pairOf(scheme).publicKey, expiry: now + 300, oneTimeKey, token, relay };
}

const nameOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.name);

describe('digests of the handshake', () => {
  test.each(schemes)(
    '0-P2 the golden digests of %s round-trip, as bytes and as QR text',
    (scheme) => {
      const consumer = encodeConsumerDigest(pairOf(scheme), {
        expiry: now + 300,
        nonce: new Uint8Array(16).fill(7),
      });
      expect(hex(consumer)).toBe(vectors[scheme].consumer);
      expect(digestText(consumer)).toBe(vectors[scheme].consumerText);
      expect(digestBytes(vectors[scheme].consumerText)).toEqual({ ok: true, value: consumer });
      expect(parseConsumerDigest(consumer, now)).toMatchObject({
        ok: true,
        value: { key: { scheme, bytes: pairOf(scheme).publicKey.bytes }, expiry: now + 300 },
      });
      const offered = encodeProducerDigest(producer(scheme));
      expect(hex(offered)).toBe(vectors[scheme].producer);
      expect(digestText(offered)).toBe(vectors[scheme].producerText);
      expect(parseProducerDigest(offered, now)).toEqual({ ok: true, value: producer(scheme) });
    },
  );

  test.each(schemes)('0-P2 any flipped byte of a consumer digest of %s is refused', (scheme) => {
    const nonce = new Uint8Array(16).fill(7);
    const digest = encodeConsumerDigest(pairOf(scheme), { expiry: now + 300, nonce });
    const names = new Set<string>();
    for (let at = 0; at < digest.length; at += 1) {
      const flipped = digest.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      names.add(nameOf(parseConsumerDigest(flipped, now)));
    }
    expect(names).not.toContain('ok');
    expect(names).toContain('bad_signature');
  });

  test('0-P2 a relay of 41 characters, none at all and a missing token are refused', () => {
    const with41 = encodeProducerDigest(producer('ed25519', 'x'.repeat(41)));
    expect(nameOf(parseProducerDigest(with41, now))).toBe('too_large');
    const largest = encodeProducerDigest(producer('secp256k1', 'x'.repeat(40)));
    expect(largest.length).toBeLessThanOrEqual(maxDigestLength);
    expect(nameOf(parseProducerDigest(largest, now))).toBe('ok');
    const without = encodeProducerDigest(producer('ed25519', ''));
    expect(nameOf(parseProducerDigest(without, now))).toBe('malformed');
    const cut = encodeProducerDigest(producer('ed25519')).subarray(0, 5 + 32 + 32);
    expect(nameOf(parseProducerDigest(cut, now))).toBe('malformed');
    expect(nameOf(digestBytes('0'.repeat(198)))).toBe('too_large');
  });

  test('0-P2 the digests in the seed’s form, fields separated by spaces, are read too', () => {
    const pair = keyPair('secp256k1', bytes(vectors.secret));
    const { consumer, producer: offered } = vectors.seed;
    expect(encodeSeedConsumer(pair)).toBe(consumer);
    expect(consumer).toHaveLength(195);
    expect(parseSeedConsumer(consumer)).toEqual({ ok: true, value: pair.publicKey });
    const forged = `${consumer.slice(0, -1)}${consumer.endsWith('0') ? '1' : '0'}`;
    expect(nameOf(parseSeedConsumer(forged))).toBe('bad_signature');
    const value = { key: pair.publicKey, socket: 'ws://relay.example:8080', token: 'room-1' };
    expect(encodeSeedProducer(value)).toBe(offered);
    expect(parseSeedProducer(offered)).toEqual({ ok: true, value });
    const key = hex(pair.publicKey.bytes);
    expect(nameOf(parseSeedProducer(`${key} ws://${'x'.repeat(36)} t`))).toBe('too_large');
    expect(nameOf(parseSeedProducer(`${key} ws://relay.example`))).toBe('malformed');
    expect(nameOf(parseSeedProducer(`${key} ws://relay.example `))).toBe('malformed');
  });

  test('an expired digest and one of the other kind are refused', () => {
    const nonce = new Uint8Array(16);
    const digest = encodeConsumerDigest(pairOf('ed25519'), { expiry: now, nonce });
    expect(nameOf(parseConsumerDigest(digest, now))).toBe('ok');
    expect(nameOf(parseConsumerDigest(digest, now + 1))).toBe('expired');
    expect(nameOf(parseProducerDigest(digest, now))).toBe('malformed');
  });

  test('base45 is that of RFC 9285, in its one spelling', () => {
    const utf8 = new TextEncoder();
    for (const [plain, text] of [
      ['AB', 'BB8'],
      ['Hello!!', '%69 VD92EX0'],
      ['base-45', 'UJCLQE7W581'],
    ] as const) {
      expect(encodeBase45(utf8.encode(plain))).toBe(text);
      expect(decodeBase45(text)).toEqual(utf8.encode(plain));
    }
    for (const text of ['GGX', ':::', 'A', 'aaa', 'V5']) expect(decodeBase45(text)).toBeUndefined();
  });

  test('0-P1 a thousand ids are a thousand keys, and a digest tells nothing else', () => {
    const keys = Array.from({ length: 500 }, () => [
      generateKeyPair('ed25519'),
      generateKeyPair('secp256k1'),
    ]).flat();
    expect(new Set(keys.map(({ publicKey }) => hex(publicKey.bytes))).size).toBe(1000);
    const [any] = keys;
    if (any === undefined) throw new Error('no key');
    expect(Object.keys(any).toSorted()).toEqual(['publicKey', 'secret']);
  });
});
