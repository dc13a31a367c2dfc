/**
 * Public keys of accounts: secp256k1, ed25519 and threshold multisigs of those. Parsed once; an
 * account address follows from the key and from nothing else.
 */
import { hash } from 'node:crypto';
import { PubKey as Ed25519PubKey } from 'cosmjs-types/cosmos/crypto/ed25519/keys';
import { LegacyAminoPubKey } from 'cosmjs-types/cosmos/crypto/multisig/keys';
import { PubKey as Secp256k1PubKey } from 'cosmjs-types/cosmos/crypto/secp256k1/keys';
import { Any } from 'cosmjs-types/google/protobuf/any';
import type { Address } from '../../modules/_kernel/address.ts';
import { addressFromBytes, addressLength } from '../../modules/_kernel/address.ts';
import { assert } from '../../modules/_kernel/assert.ts';
import { readerOf } from './binary-reader.ts';
import { standardFields } from './standard-fields.ts';
import { StrictProto } from './strict.ts';

export interface SimplePublicKey {
  readonly type: 'secp256k1' | 'ed25519';
  /** 33 bytes compressed, or 32 bytes. */
  readonly bytes: Uint8Array;
}

export interface MultisigPublicKey {
  readonly type: 'multisig';
  /** Signatures needed: 1 to the number of members. */
  readonly threshold: number;
  /** In the order that was agreed; the order is part of the address. */
  readonly members: readonly SimplePublicKey[];
}

export type PublicKey = SimplePublicKey | MultisigPublicKey;

/** Why an `Any` is no public key, in words that can end a sentence. */
export interface PublicKeyProblem {
  readonly type: 'problem';
  readonly problem: string;
}

export const publicKeyUrls = {
  secp256k1: '/cosmos.crypto.secp256k1.PubKey',
  ed25519: '/cosmos.crypto.ed25519.PubKey',
  multisig: '/cosmos.crypto.multisig.LegacyAminoPubKey',
} as const;

const strictKeys = new StrictProto([standardFields], Object.values(publicKeyUrls));

/**
 * Reads a key from an `Any` whose encoding has been checked. A multisig has no multisig members.
 */
export function parsePublicKey(any: Any): PublicKey | PublicKeyProblem {
  switch (any.typeUrl) {
    case publicKeyUrls.secp256k1:
      return simpleKey('secp256k1', Secp256k1PubKey.decode(readerOf(any.value)).key);
    case publicKeyUrls.ed25519:
      return simpleKey('ed25519', Ed25519PubKey.decode(readerOf(any.value)).key);
    case publicKeyUrls.multisig:
      return multisigKey(LegacyAminoPubKey.decode(any.value));
    default:
      return problem(`is of the type ${any.typeUrl}, which is no public key`);
  }
}

/** Reads a key as an account stores it and a genesis gives it: the bytes of its `Any`, strictly. */
export function publicKeyFromBytes(bytes: Uint8Array): PublicKey | PublicKeyProblem {
  const found = strictKeys.check('google.protobuf.Any', bytes);
  return found === undefined ? parsePublicKey(Any.decode(bytes)) : problem(found.problem);
}

/** The bytes of the key's `Any`: what an account stores. */
export function publicKeyToBytes(key: PublicKey): Uint8Array {
  if (key.type === 'multisig') return Any.encode(toAny(key)).finish();
  const { before, length } = simpleAnys[key.type];
  assert(key.bytes.length === length, 'a key of the length of its type');
  const bytes = new Uint8Array(before.length + length);
  bytes.set(before);
  bytes.set(key.bytes, before.length);
  return bytes;
}

/**
 * The account of a key, as every Cosmos chain derives it: RIPEMD160(SHA256(key)) for secp256k1, the
 * first 20 bytes of SHA256 for ed25519 and for the amino encoding of a multisig.
 */
export function publicKeyAddress(key: PublicKey): Address {
  return addressFromBytes(publicKeyHash(key));
}

/** The 20 bytes of the key's address. */
export function publicKeyHash(key: PublicKey): Uint8Array {
  switch (key.type) {
    case 'secp256k1':
      return hash('ripemd160', hash('sha256', key.bytes, 'buffer'), 'buffer');
    case 'ed25519':
      return hash('sha256', key.bytes, 'buffer').subarray(0, addressLength);
    case 'multisig':
      return hash('sha256', aminoBytes(key), 'buffer').subarray(0, addressLength);
  }
}

function simpleKey(
  type: 'secp256k1' | 'ed25519',
  bytes: Uint8Array,
): SimplePublicKey | PublicKeyProblem {
  const length = type === 'secp256k1' ? 33 : 32;
  if (bytes.length !== length) {
    return problem(`has ${bytes.length} bytes, a ${type} key has ${length}`);
  }
  if (type === 'secp256k1' && bytes[0] !== 2 && bytes[0] !== 3) {
    return problem(`begins with byte ${bytes[0]}, a compressed secp256k1 key with 2 or 3`);
  }
  return { type, bytes };
}

function multisigKey({
  threshold,
  publicKeys,
}: LegacyAminoPubKey): MultisigPublicKey | PublicKeyProblem {
  if (threshold === 0 || threshold > publicKeys.length) {
    return problem(`has the threshold ${threshold} with ${publicKeys.length} members`);
  }
  const members: SimplePublicKey[] = [];
  for (const any of publicKeys) {
    if (any.typeUrl === publicKeyUrls.multisig) return problem('has a multisig as a member');
    const member = parsePublicKey(any);
    if (member.type === 'problem') return member;
    if (member.type !== 'multisig') members.push(member);
  }
  return { type: 'multisig', threshold, members };
}

function toAny(key: PublicKey): Any {
  const typeUrl = publicKeyUrls[key.type];
  switch (key.type) {
    case 'secp256k1':
      return { typeUrl, value: Secp256k1PubKey.encode({ key: key.bytes }).finish() };
    case 'ed25519':
      return { typeUrl, value: Ed25519PubKey.encode({ key: key.bytes }).finish() };
    case 'multisig': {
      const { threshold } = key;
      const publicKeys = key.members.map(toAny);
      return { typeUrl, value: LegacyAminoPubKey.encode({ threshold, publicKeys }).finish() };
    }
  }
}

/** PERF: the `Any` of a key: the key's own bytes are its last, and `before` stands before them. */
const simpleAnys = { secp256k1: simpleAny('secp256k1', 33), ed25519: simpleAny('ed25519', 32) };

function simpleAny(type: SimplePublicKey['type'], length: number) {
  const any = Any.encode(toAny({ type, bytes: new Uint8Array(length) })).finish();
  return { before: any.slice(0, -length), length };
}

/** Amino's registered prefixes, for keys with their length (tendermint `encoding.md`). */
const aminoPrefixes = {
  secp256k1: Uint8Array.of(0xeb, 0x5a, 0xe9, 0x87, 33),
  ed25519: Uint8Array.of(0x16, 0x24, 0xde, 0x64, 32),
  multisig: Uint8Array.of(0x22, 0xc1, 0xf7, 0xe2),
};

function aminoBytes(key: PublicKey): Uint8Array {
  if (key.type !== 'multisig') return Buffer.concat([aminoPrefixes[key.type], key.bytes]);
  const members = key.members.flatMap((member) => {
    const bytes = aminoBytes(member);
    return [Uint8Array.of(0x12, bytes.length), bytes];
  });
  const threshold = Uint8Array.of(0x08, ...uvarint(key.threshold));
  return Buffer.concat([aminoPrefixes.multisig, threshold, ...members]);
}

function uvarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...uvarint(Math.floor(value / 0x80))];
}

function problem(text: string): PublicKeyProblem {
  return { type: 'problem', problem: text };
}
