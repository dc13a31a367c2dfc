/**
 * The ten funded accounts of every local chain. Their mnemonic is known to the whole world, so a
 * chain that others can reach must never hold value in them.
 */
import { rawSecp256k1PubkeyToRawAddress } from '@cosmjs/amino';
import {
  Bip39,
  EnglishMnemonic,
  Secp256k1,
  Slip10,
  Slip10Curve,
  stringToPath,
} from '@cosmjs/crypto';
import { toBech32 } from '@cosmjs/encoding';

/** The mnemonic that many developer tools share. Account i is at `m/44'/118'/0'/0/i`. */
export const testMnemonic = 'test test test test test test test test test test test junk';

/** What a local genesis gives to each, in uhub: 1,000,000 hub. */
export const testAccountUhub = 1_000_000_000_000n;

/** The addresses of accounts 0 to 9; a test derives them again from the mnemonic. */
export const testAddresses: readonly string[] = [
  'artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6ynxkunl',
  'artel1erxf3sa9q2j4vgseu7jq4a258ckmk7cy62rcdr',
  'artel1htamarexaxhgdsp0xu6sppeyx7avtvqrcarc7f',
  'artel19tkvgvwht3n8pcqydrcq4cxwhr8rp2ge2fdl09',
  'artel164cy6j05j3kaqlzqgzn9mjz95vqjhxmh0gmphs',
  'artel18el2mdgsjwvzezu5cjsyuyx0uru4zrm2vnvjc9',
  'artel1wqsddpelugnm7ss40puw20dacafhq8gkxvqwd6',
  'artel1urv8703cxqny9mcqdu8enh4mdhx0x55d9jewdx',
  'artel1lh6cxaa5hl0wv73jjct2mk7x2z6rq7de98s258',
  'artel1f84c23zhjlddsfg6n4y94v260v5yd8kt5xyxe0',
];

/** The key of one test account. */
export interface TestKey {
  readonly address: string;
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
}

/** Derives the keys of accounts 0 to `count - 1`; about 20 ms for the seed and 1 ms an account. */
export async function deriveTestKeys(count: number): Promise<readonly TestKey[]> {
  const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(testMnemonic));
  const keys: TestKey[] = [];
  for (let i = 0; i < count; i += 1) {
    const path = stringToPath(`m/44'/118'/0'/0/${i}`);
    const { privkey: privateKey } = Slip10.derivePath(Slip10Curve.Secp256k1, seed, path);
    const pair = await Secp256k1.makeKeypair(privateKey);
    const publicKey = Secp256k1.compressPubkey(pair.pubkey);
    const address = toBech32('artel', rawSecp256k1PubkeyToRawAddress(publicKey));
    keys.push({ address, privateKey, publicKey });
  }
  return keys;
}
