/**
 * Account keys: from a mnemonic (BIP 39, SLIP 10) to a private key, a public key, an address and a
 * signature. Public keys are CosmJS's amino form, in which multisig keys are told apart, too.
 */
import {
  encodeEd25519Pubkey,
  encodeSecp256k1Pubkey,
  type Pubkey,
  pubkeyToAddress,
} from '@cosmjs/amino';
import { Bip39, EnglishMnemonic, Slip10, Slip10Curve, stringToPath } from '@cosmjs/crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

/** Kinds of keys that sign by themselves. */
export type KeyKind = 'secp256k1' | 'ed25519';

/** bech32 prefix of accounts. */
export const accountPrefix = 'artel';

/** The mnemonic of the funded accounts of local chains; never worth anything elsewhere. */
export const localMnemonic = 'test test test test test test test test test test test junk';

/**
 * Path of the `index`-th key: `m/44'/118'/0'/0/i`. SLIP 10 has only hardened steps for ed25519, so
 * there every step is hardened.
 */
export function hdPathOf(kind: KeyKind, index: number): string {
  return kind === 'secp256k1' ? `m/44'/118'/0'/0/${index}` : `m/44'/118'/0'/0'/${index}'`;
}

/** A new mnemonic of 24 words from the given 32 random bytes. */
export function mnemonicFrom(entropy: Uint8Array): string {
  return Bip39.encode(entropy).toString();
}

/** The 32-byte private key at an HD path; throws on a mnemonic with a wrong word or checksum. */
export async function derivePrivateKey(
  kind: KeyKind,
  mnemonic: string,
  hdPath: string,
  bip39Passphrase = '',
): Promise<Uint8Array> {
  const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(mnemonic), bip39Passphrase);
  const curve = kind === 'secp256k1' ? Slip10Curve.Secp256k1 : Slip10Curve.Ed25519;
  return Slip10.derivePath(curve, seed, stringToPath(hdPath)).privkey;
}

/** The public key of a private one: 33 bytes (secp256k1, compressed) or 32 (ed25519). */
export function publicKeyOf(kind: KeyKind, privateKey: Uint8Array): Uint8Array {
  return kind === 'secp256k1'
    ? secp256k1.getPublicKey(privateKey, true)
    : ed25519.getPublicKey(privateKey);
}

/** The amino form of raw public key bytes. */
export function pubkeyOf(kind: KeyKind, publicKey: Uint8Array): Pubkey {
  return kind === 'secp256k1' ? encodeSecp256k1Pubkey(publicKey) : encodeEd25519Pubkey(publicKey);
}

/** `artel1...` of a public key, multisig keys included. */
export function addressOf(pubkey: Pubkey): string {
  return pubkeyToAddress(pubkey, accountPrefix);
}

/** 64 bytes over sign bytes: r||s with low s over their SHA-256 (secp256k1), or ed25519. */
export function signBytes(kind: KeyKind, privateKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return kind === 'secp256k1' ? secp256k1.sign(bytes, privateKey) : ed25519.sign(bytes, privateKey);
}
