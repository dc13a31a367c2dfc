/**
 * `compat=seed`: the digests as the author's program shows them, fields separated by spaces, keys
 * compressed secp256k1 in hexadecimal. They have no expiry and no nonce; the own form is better.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, hex } from './bytes.ts';
import { type KeyPair, type PublicKey, parsePublicKey, sign, verify } from './keys.ts';
import { relayProblem } from './qr.ts';
import { accepted, type Result, refusals } from './refusals.ts';

export interface SeedProducerDigest {
  readonly key: PublicKey;
  /** URL of the signal server, at most 40 characters. */
  readonly socket: string;
  /** Any length but none. */
  readonly token: string;
}

/** `key signature`: 66 + 1 + 128 characters; the signature is over the key's SHA-256. */
export function encodeSeedConsumer(pair: KeyPair<'secp256k1'>): string {
  const key = pair.publicKey.bytes;
  return `${hex(key)} ${hex(sign(pair, sha256(key)))}`;
}

export function parseSeedConsumer(text: string): Result<PublicKey> {
  const [keyText, signatureText, ...more] = text.split(' ');
  const signature = fromHex(signatureText ?? '');
  if (signature === undefined || more.length > 0) {
    return malformed('consumer digest', 'key and signature in hexadecimal', text);
  }
  const key = parseKey(keyText);
  if (!key.ok) return key;
  if (!verify(key.value, sha256(key.value.bytes), signature)) {
    return refusals.bad_signature({ what: 'the consumer digest' });
  }
  return key;
}

export function encodeSeedProducer({ key, socket, token }: SeedProducerDigest): string {
  return `${hex(key.bytes)} ${socket} ${token}`;
}

export function parseSeedProducer(text: string): Result<SeedProducerDigest> {
  const [keyText, socket, token, ...more] = text.split(' ');
  if (socket === undefined || !token || more.length > 0) {
    return malformed('producer digest', 'key, socket and token', text);
  }
  const problem = relayProblem(socket);
  if (problem !== undefined) return problem;
  const key = parseKey(keyText);
  return key.ok ? accepted({ key: key.value, socket, token }) : key;
}

function parseKey(text: string | undefined): Result<PublicKey> {
  const bytes = fromHex(text ?? '');
  if (bytes === undefined) return malformed('public key', 'hexadecimal', `"${text}"`);
  return parsePublicKey('secp256k1', bytes);
}

function malformed(field: string, expected: string, text: string) {
  return refusals.malformed({ field, expected, actual: `"${text.slice(0, 40)}"` });
}
