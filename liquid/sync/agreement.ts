/**
 * The keys of one session: agreed from both one-time keys and the producer's own, bound to every
 * byte of the QR digest, so to roles and versions. docs/liquid-protocol.md, "Keys of a session".
 */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, concat } from '../core/bytes.ts';
import type { KeyPair, PublicKey } from '../core/keys.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';

export const oneTimeKeyLength = 32;
export const ticketLength = 8;

export interface SessionKeys {
  /** SHA-256 over the digest and the consumer's one-time key: what signatures are about. */
  readonly transcript: Uint8Array;
  readonly toProducer: Uint8Array;
  readonly toConsumer: Uint8Array;
  readonly resumeToProducer: Uint8Array;
  readonly resumeToConsumer: Uint8Array;
  /** 16 bytes: the token of the room in which a lost session goes on. */
  readonly room: Uint8Array;
  /** 24 bytes: the key of the sketches. */
  readonly sketch: Uint8Array;
  /** 8 bytes by which the next session of this pair names the sketches of this one. */
  readonly ticket: Uint8Array;
}

const domain = ascii('artel/liquid/sync/1');

/** What the signatures of a session begin with, before its transcript. */
export const consumerDomain = ascii('artel/liquid/sync-consumer/1');
export const producerDomain = ascii('artel/liquid/sync-producer/1');

export function oneTimeKey(secret: Uint8Array): Uint8Array {
  return x25519.getPublicKey(secret);
}

/** As the consumer: the secret half of its one-time key, and what the digest says. */
export function agreeAsConsumer(
  digest: Uint8Array,
  { secret, producerOneTime, producer }: ConsumerHalf,
): Result<SessionKeys> {
  return agree(digest, oneTimeKey(secret), () => [
    x25519.getSharedSecret(secret, producerOneTime),
    producer.scheme === 'ed25519'
      ? x25519.getSharedSecret(secret, ed25519.utils.toMontgomery(producer.bytes))
      : new Uint8Array(0),
  ]);
}

interface ConsumerHalf {
  readonly secret: Uint8Array;
  readonly producerOneTime: Uint8Array;
  readonly producer: PublicKey;
}

/** As the producer: both its secrets, and the consumer's one-time key from its first frame. */
export function agreeAsProducer(
  digest: Uint8Array,
  { secret, own, consumerOneTime }: ProducerHalf,
): Result<SessionKeys> {
  return agree(digest, consumerOneTime, () => [
    x25519.getSharedSecret(secret, consumerOneTime),
    own.publicKey.scheme === 'ed25519'
      ? x25519.getSharedSecret(ed25519.utils.toMontgomerySecret(own.secret), consumerOneTime)
      : new Uint8Array(0),
  ]);
}

interface ProducerHalf {
  readonly secret: Uint8Array;
  readonly own: KeyPair;
  readonly consumerOneTime: Uint8Array;
}

/** `shared` throws where an agreement is all zero: a point of small order was given. */
function agree(
  digest: Uint8Array,
  consumerOneTime: Uint8Array,
  shared: () => readonly Uint8Array[],
): Result<SessionKeys> {
  const transcript = sha256(concat(domain, digest, consumerOneTime));
  let secret: Uint8Array;
  try {
    secret = concat(...shared());
  } catch {
    const [field, expected] = ['one-time key', 'a point of X25519 that agrees on something'];
    return refusals.malformed({ field, expected, actual: 'one of small order' });
  }
  const bytes = expand(sha256, extract(sha256, secret, transcript), domain, 176);
  const part = (from: number, length: number): Uint8Array => bytes.slice(from, from + length);
  return accepted({
    transcript,
    toProducer: part(0, 32),
    toConsumer: part(32, 32),
    resumeToProducer: part(64, 32),
    resumeToConsumer: part(96, 32),
    room: part(128, 16),
    sketch: part(144, 24),
    ticket: part(168, ticketLength),
  });
}
