/** The key file: format 1 of docs/cli.md, read with every check, its secret locked and opened. */
import { randomBytes, scrypt } from 'node:crypto';
import { createMultisigThresholdPubkey, type Pubkey, type SinglePubkey } from '@cosmjs/amino';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { addressOf, type KeyKind, pubkeyOf } from '../client/keys.ts';
import { CliError, exitCodes } from './context.ts';

/** Of the files that this program writes. */
export const formatVersion = 1;
/** scrypt's N. */
export const defaultScryptCost = 2 ** 17;
const highestScryptCost = 2 ** 20;

/** A key without its secret: what anybody may see. */
export interface KeyEntry {
  readonly name: string;
  readonly kind: KeyKind | 'multisig';
  readonly pubkey: Pubkey;
  readonly address: string;
  readonly hdPath?: string;
}

export interface EncryptedSecret {
  readonly cipher: 'xchacha20-poly1305';
  readonly kdf: 'scrypt';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly nonce: string;
  readonly ciphertext: string;
}

export interface PlainSecret {
  readonly cipher: 'none';
  readonly plaintext: string;
}

/** What a key file holds. Bytes are base64. */
export interface KeyFile {
  readonly artel_key: number;
  readonly name: string;
  readonly kind: KeyKind | 'multisig';
  readonly public_key?: string;
  readonly threshold?: number;
  readonly public_keys?: readonly SinglePubkey[];
  readonly hd_path?: string;
  readonly secret?: EncryptedSecret | PlainSecret;
}

/** `path` is named in errors. */
export function parseKeyFile(text: string, path: string): KeyFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(path, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null || !('artel_key' in value)) {
    throw damaged(path, 'it is not a key file');
  }
  if (value.artel_key !== formatVersion) {
    throw new CliError(
      `${path} has format ${String(value.artel_key)}; this program reads format ${formatVersion}`,
      exitCodes.failed,
      'Use the version of artel that wrote it.',
    );
  }
  const file = value as KeyFile;
  if (!['secp256k1', 'ed25519', 'multisig'].includes(file.kind)) {
    throw damaged(path, `its kind is ${String(file.kind)}`);
  }
  return file;
}

/** What anybody may see of a key. */
export function entryOf(file: KeyFile): KeyEntry {
  try {
    const pubkey =
      file.kind === 'multisig'
        ? createMultisigThresholdPubkey([...(file.public_keys ?? [])], file.threshold ?? 0, true)
        : pubkeyOf(file.kind, Buffer.from(file.public_key ?? '', 'base64'));
    return {
      name: file.name,
      kind: file.kind,
      pubkey,
      address: addressOf(pubkey),
      ...(file.hd_path === undefined ? {} : { hdPath: file.hd_path }),
    };
  } catch (error) {
    throw damaged(file.name, error instanceof Error ? error.message : String(error));
  }
}

/** What the cipher authenticates beside the secret, so that a changed public part is noticed. */
function associatedData(file: KeyFile): Uint8Array {
  const { artel_key, name, kind, public_key, hd_path } = file;
  return Buffer.from(JSON.stringify([artel_key, name, kind, public_key, hd_path ?? null]));
}

function deriveKey(passphrase: string, salt: Uint8Array, n: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { N: n, r: 8, p: 1, maxmem: 129 * n * 8 + 2 ** 20 };
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** Encrypts a private key for this file; `n` is scrypt's cost. */
export async function lockSecret(
  file: KeyFile,
  privateKey: Uint8Array,
  passphrase: string,
  n: number,
): Promise<EncryptedSecret> {
  const salt = randomBytes(16);
  const nonce = randomBytes(24);
  const key = await deriveKey(passphrase, salt, n);
  const sealed = xchacha20poly1305(key, nonce, associatedData(file)).encrypt(privateKey);
  return {
    cipher: 'xchacha20-poly1305',
    kdf: 'scrypt',
    n,
    r: 8,
    p: 1,
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    ciphertext: Buffer.from(sealed).toString('base64'),
  };
}

/** The private key. @throws CliError where the passphrase is wrong or the file was changed. */
export async function openSecret(file: KeyFile, passphrase: string): Promise<Uint8Array> {
  const { secret } = file;
  if (secret === undefined) throw damaged(file.name, 'it holds no secret');
  if (secret.cipher === 'none') return Buffer.from(secret.plaintext, 'base64');
  const { n, r, p } = secret;
  const known = secret.cipher === 'xchacha20-poly1305' && secret.kdf === 'scrypt';
  if (!known || r !== 8 || p !== 1 || !(n >= 2 && n <= highestScryptCost && (n & (n - 1)) === 0)) {
    throw damaged(file.name, 'its encryption parameters are not of this format');
  }
  const key = await deriveKey(passphrase, Buffer.from(secret.salt, 'base64'), n);
  const nonce = Buffer.from(secret.nonce, 'base64');
  const ciphertext = Buffer.from(secret.ciphertext, 'base64');
  try {
    return xchacha20poly1305(key, nonce, associatedData(file)).decrypt(ciphertext);
  } catch {
    throw new CliError(
      `the passphrase does not open the key "${file.name}"`,
      exitCodes.failed,
      'Try again; if it is surely right, the file was changed: recover the key from its mnemonic.',
    );
  }
}

/** Refuses a passphrase that is too short to protect anything. */
export function assertPassphrase(passphrase: string): void {
  if ([...passphrase].length >= 8) return;
  throw new CliError(
    `the passphrase has ${[...passphrase].length} characters, fewer than 8`,
    exitCodes.usage,
    'Choose a longer one; several words are easy to keep.',
  );
}

/** A file that can't have been written by this program. */
export function damaged(path: string, why: string): CliError {
  return new CliError(
    `${path} is damaged: ${why}`,
    exitCodes.failed,
    'Restore it from a backup, or recover the key from its mnemonic.',
  );
}
