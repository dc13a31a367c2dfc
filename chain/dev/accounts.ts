/**
 * The funded accounts of an embedded chain: the first keys of the mnemonic that all local chains
 * share.
 */
import { Bip39, EnglishMnemonic, Slip10, Slip10Curve, stringToPath } from '@cosmjs/crypto';
import { addressOf, hdPathOf, localMnemonic, pubkeyOf, publicKeyOf } from '../client/keys.ts';

export interface DevAccount {
  readonly address: string;
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
}

/** Accounts 0 to `count - 1`. */
export async function devAccounts(count: number): Promise<readonly DevAccount[]> {
  const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(localMnemonic));
  return Array.from({ length: count }, (_, index) => {
    const path = stringToPath(hdPathOf('secp256k1', index));
    const { privkey: privateKey } = Slip10.derivePath(Slip10Curve.Secp256k1, seed, path);
    const publicKey = publicKeyOf('secp256k1', privateKey);
    return { address: addressOf(pubkeyOf('secp256k1', publicKey)), privateKey, publicKey };
  });
}
