/**
 * Addresses: bech32 text (BIP 173) over 20 bytes, in three kinds that the types keep apart. Parsed
 * once at the edge; inside the node an address has exactly one spelling, so strings compare by
 * `===`.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bech32 } from '@scure/base';
import { RecentMap } from './recent.ts';

declare const kind: unique symbol;

/** An account: `artel1...`. */
export type Address = string & { readonly [kind]: 'account' };
/** A validator's operator: `artelvaloper1...`, the bytes of its account. */
export type ValidatorAddress = string & { readonly [kind]: 'validator' };
/** A consensus key: `artelvalcons1...`, the first 20 bytes of SHA256(ed25519 public key). */
export type ConsensusAddress = string & { readonly [kind]: 'consensus' };

/** Why a text is no address, in words that can end a sentence. */
export interface AddressProblem {
  readonly problem: string;
}

/** Bytes of every address. */
export const addressLength = 20;

export const addressPrefixes = {
  account: 'artel',
  validator: 'artelvaloper',
  consensus: 'artelvalcons',
} as const;

/** Longest text of any kind, in characters; nothing longer reaches the bech32 code. */
const longestText = addressPrefixes.validator.length + 1 + 32 + 6;

/**
 * Parses an account address. Refuses everything but its one spelling: lower case, prefix `artel`,
 * 20 bytes, right checksum.
 *
 * @example parseAddress('artel1...')  // an Address, or { problem: 'has the prefix cosmos, not
 * artel' }
 */
export function parseAddress(text: string): Address | AddressProblem {
  return parse(addressPrefixes.account, text) as Address | AddressProblem;
}

/** As `parseAddress`, for `artelvaloper1...`. */
export function parseValidatorAddress(text: string): ValidatorAddress | AddressProblem {
  return parse(addressPrefixes.validator, text) as ValidatorAddress | AddressProblem;
}

/** As `parseAddress`, for `artelvalcons1...`. */
export function parseConsensusAddress(text: string): ConsensusAddress | AddressProblem {
  return parse(addressPrefixes.consensus, text) as ConsensusAddress | AddressProblem;
}

/** Tells a parsed address (of any kind) from a problem. */
export function isAddress<A extends string>(parsed: A | AddressProblem): parsed is A {
  return typeof parsed === 'string';
}

/** The 20 bytes of an address. Shared with other callers: read, never write. */
export function addressBytes(address: Address | ValidatorAddress | ConsensusAddress): Uint8Array {
  const known = decoded.get(address);
  if (known !== undefined) return known.bytes;
  const bytes = bech32.fromWords(bech32.decode(address, longestText).words);
  decoded.set(address, { text: address, bytes });
  return bytes;
}

/** The account address of 20 bytes; any other length is a defect of the caller. */
export function addressFromBytes(bytes: Uint8Array): Address {
  return format(addressPrefixes.account, bytes) as Address;
}

/** The operator address of 20 bytes. */
export function validatorAddressFromBytes(bytes: Uint8Array): ValidatorAddress {
  return format(addressPrefixes.validator, bytes) as ValidatorAddress;
}

/** The consensus address of 20 bytes (CometBFT's validator address). */
export function consensusAddressFromBytes(bytes: Uint8Array): ConsensusAddress {
  return format(addressPrefixes.consensus, bytes) as ConsensusAddress;
}

/**
 * The address that a module holds tokens under: the first 20 bytes of SHA256(name), as in the
 * Cosmos SDK. Nobody has its key.
 *
 * @example moduleAddress('fee_collector')
 */
export function moduleAddress(name: string): Address {
  return addressFromBytes(sha256(new TextEncoder().encode(name)).subarray(0, addressLength));
}

function parse(prefix: string, text: string): string | AddressProblem {
  const known = decoded.get(text);
  if (known !== undefined && text.startsWith(`${prefix}1`)) return known.text;
  if (text.length === 0) return { problem: 'is empty' };
  if (text.length > longestText) {
    return { problem: `has ${text.length} characters, more than ${longestText}` };
  }
  if (text !== text.toLowerCase()) return { problem: 'has capital letters' };
  const parts = bech32.decodeUnsafe(text, longestText);
  if (parts === undefined) return { problem: 'is not bech32 or its checksum is wrong' };
  if (parts.prefix !== prefix) return { problem: `has the prefix ${parts.prefix}, not ${prefix}` };
  const bytes = bech32.fromWordsUnsafe(parts.words);
  if (bytes === undefined) return { problem: 'has bits left over after its last byte' };
  if (bytes.length !== addressLength) {
    return { problem: `holds ${bytes.length} bytes, not ${addressLength}` };
  }
  decoded.set(text, { text, bytes });
  return text;
}

function format(prefix: string, bytes: Uint8Array): string {
  if (bytes.length !== addressLength) {
    throw new Error(`an address has ${addressLength} bytes, not ${bytes.length}`);
  }
  return bech32.encode(prefix, bech32.toWords(bytes), longestText);
}

/**
 * PERF: bech32 costs about 10 us, a hit 1 us; and who is given the text that is remembered finds
 * what is kept under it without hashing or comparing another one.
 */
const decoded = new RecentMap<string, { readonly text: string; readonly bytes: Uint8Array }>(
  32_768,
);
