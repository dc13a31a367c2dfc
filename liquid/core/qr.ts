/**
 * The two digests of a handshake, as bytes and as the text of a QR code (base45, version 6-L at
 * most): the consumer shows who they are before the service, the producer where to sync after it.
 */
import { decodeBase45, encodeBase45 } from './base45.ts';
import { ascii, concat, readU32, u32 } from './bytes.ts';
import {
  type KeyPair,
  keyLength,
  type PublicKey,
  parsePublicKey,
  type Scheme,
  schemeCode,
  sign,
  signatureLength,
  verify,
} from './keys.ts';
import { accepted, type Result, refusals } from './refusals.ts';

/** Bytes that a QR code of version 6, level L holds in base45: 195 characters. */
export const maxDigestLength = 130;
export const nonceLength = 16;
export const maxRelayLength = 40;

export interface ConsumerDigest {
  readonly key: PublicKey;
  /** UTC seconds after which it is void. */
  readonly expiry: number;
  readonly nonce: Uint8Array;
}

export interface ProducerDigest {
  readonly key: PublicKey;
  readonly expiry: number;
  /** X25519, 32 bytes, for one session. */
  readonly oneTimeKey: Uint8Array;
  /** 16 bytes: the nonce of the session and what joins its room. */
  readonly token: Uint8Array;
  /** host[:port][/path], 1 to 40 ASCII characters. */
  readonly relay: string;
}

const version = 1;
const kinds = { consumer: 0, producer: 1 } as const;
type Kind = keyof typeof kinds;

const consumerDomain = ascii('artel/liquid/qr-consumer/1');

export function encodeConsumerDigest(
  pair: KeyPair,
  { expiry, nonce }: Pick<ConsumerDigest, 'expiry' | 'nonce'>,
): Uint8Array {
  const body = concat(head('consumer', pair.publicKey, expiry), nonce);
  return concat(body, sign(pair, concat(consumerDomain, body)));
}

/** The signature is checked here, before anybody looks the key up. */
export function parseConsumerDigest(bytes: Uint8Array, now: number): Result<ConsumerDigest> {
  const parsed = parseHead('consumer', bytes, now);
  if (!parsed.ok) return parsed;
  const { key, expiry, rest } = parsed.value;
  if (rest.length !== nonceLength + signatureLength) {
    return malformed(
      'consumer digest',
      `${nonceLength + signatureLength} bytes after its key`,
      rest.length,
    );
  }
  const body = bytes.subarray(0, bytes.length - signatureLength);
  if (!verify(key, concat(consumerDomain, body), rest.subarray(nonceLength))) {
    return refusals.bad_signature({ what: 'the consumer digest' });
  }
  return accepted({ key, expiry, nonce: rest.slice(0, nonceLength) });
}

export function encodeProducerDigest(digest: ProducerDigest): Uint8Array {
  const relay = ascii(digest.relay);
  const { key, expiry, oneTimeKey, token } = digest;
  return concat(
    head('producer', key, expiry),
    oneTimeKey,
    token,
    Uint8Array.of(relay.length),
    relay,
  );
}

/** Carries no signature: the key is proved when the session's keys are agreed. */
export function parseProducerDigest(bytes: Uint8Array, now: number): Result<ProducerDigest> {
  const parsed = parseHead('producer', bytes, now);
  if (!parsed.ok) return parsed;
  const { key, expiry, rest } = parsed.value;
  const relayAt = 32 + nonceLength + 1;
  const relayLength = rest[relayAt - 1];
  if (relayLength === undefined || rest.length !== relayAt + relayLength) {
    return malformed('producer digest', 'as long as its parts', bytes.length);
  }
  const relay = String.fromCharCode(...rest.subarray(relayAt));
  const problem = relayProblem(relay);
  if (problem !== undefined) return problem;
  return accepted({
    key,
    expiry,
    oneTimeKey: rest.slice(0, 32),
    token: rest.slice(32, 32 + nonceLength),
    relay,
  });
}

/** Why a text can't be a relay of a digest. */
export function relayProblem(relay: string): ReturnType<typeof malformed> | undefined {
  if (relay.length > maxRelayLength) {
    return refusals.too_large({
      field: 'relay',
      expected: `at most ${maxRelayLength} characters`,
      actual: relay.length,
    });
  }
  return /^[!-~]+$/.test(relay)
    ? undefined
    : malformed('relay', 'host[:port][/path]', `"${relay}"`);
}

export function digestText(bytes: Uint8Array): string {
  return encodeBase45(bytes);
}

export function digestBytes(text: string): Result<Uint8Array> {
  const bytes = decodeBase45(text);
  if (bytes === undefined) return malformed('QR text', 'base45', `"${text.slice(0, 20)}"`);
  if (bytes.length > maxDigestLength) {
    const expected = `at most ${maxDigestLength} bytes`;
    return refusals.too_large({ field: 'digest', expected, actual: bytes.length });
  }
  return accepted(bytes);
}

/** Version in the high four bits, then kind and scheme in two bits each. */
function head(kind: Kind, key: PublicKey, expiry: number): Uint8Array {
  const first = (version << 4) | (kinds[kind] << 2) | schemeCode[key.scheme];
  return concat(Uint8Array.of(first), u32(expiry), key.bytes);
}

interface Head {
  readonly key: PublicKey;
  readonly expiry: number;
  readonly rest: Uint8Array;
}

function parseHead(kind: Kind, bytes: Uint8Array, now: number): Result<Head> {
  const first = bytes[0] ?? 0;
  const scheme = schemeOf(first & 3);
  if (first >> 2 !== (version << 2) + kinds[kind] || scheme === undefined) {
    return malformed(`${kind} digest`, `of version ${version}`, `beginning with byte ${first}`);
  }
  const keyEnd = 5 + keyLength[scheme];
  if (bytes.length < keyEnd) return malformed(`${kind} digest`, 'whole', `${bytes.length} bytes`);
  const expiry = readU32(bytes, 1);
  if (now > expiry) return refusals.expired({ what: `the ${kind} digest`, expiry, now });
  const key = parsePublicKey(scheme, bytes.slice(5, keyEnd));
  return key.ok ? accepted({ key: key.value, expiry, rest: bytes.subarray(keyEnd) }) : key;
}

function schemeOf(code: number): Scheme | undefined {
  return code === 1 ? 'ed25519' : code === 2 ? 'secp256k1' : undefined;
}

function malformed(field: string, expected: string, actual: string | number) {
  return refusals.malformed({ field, expected, actual });
}
