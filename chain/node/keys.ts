/**
 * The two keys of a CometBFT node in CometBFT's file format: the validator key signs blocks, the
 * node key is the identity on the peer-to-peer network.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { CliError, exitCodes } from '../cli/context.ts';
import type { NodeHome } from './home.ts';

/** The public side of a home's keys. */
export interface NodeIdentity {
  /** 40 hex digits, before the `@` of a peer address. */
  readonly nodeId: string;
  /** 32 bytes, ed25519. */
  readonly validatorPublicKey: Uint8Array;
  /** The consensus address: the first 20 bytes of SHA-256 of the public key. */
  readonly validatorAddress: Uint8Array;
}

/** Consensus address of an ed25519 public key, also the node id in binary. */
export function consensusAddress(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 20);
}

/** @throws CliError where a key file is missing or damaged. */
export async function readIdentity(home: NodeHome): Promise<NodeIdentity> {
  const nodeKey = await readSecret(home.nodeKeyFile);
  const validatorKey = await readSecret(home.validatorKeyFile);
  return {
    nodeId: Buffer.from(consensusAddress(nodeKey.slice(32))).toString('hex'),
    validatorPublicKey: validatorKey.slice(32),
    validatorAddress: consensusAddress(validatorKey.slice(32)),
  };
}

/** The 32-byte secret of a home's validator key. @throws CliError where its file is damaged. */
export async function readValidatorSecret(home: NodeHome): Promise<Uint8Array> {
  return (await readSecret(home.validatorKeyFile)).slice(0, 32);
}

/**
 * Replaces both keys of a home by ones that follow from `seed`. For test networks only: whoever
 * knows the seed has the keys.
 */
export async function writeSeededKeys(home: NodeHome, seed: string): Promise<void> {
  const validator = expand(`artel validator key:${seed}`);
  const publicKey = validator.slice(32);
  await writeKeyFile(home.validatorKeyFile, {
    address: Buffer.from(consensusAddress(publicKey)).toString('hex').toUpperCase(),
    pub_key: { type: 'tendermint/PubKeyEd25519', value: base64(publicKey) },
    priv_key: { type: 'tendermint/PrivKeyEd25519', value: base64(validator) },
  });
  await writeKeyFile(home.nodeKeyFile, {
    priv_key: {
      type: 'tendermint/PrivKeyEd25519',
      value: base64(expand(`artel node key:${seed}`)),
    },
  });
}

/** Go's form of an ed25519 private key: the 32-byte secret, then the public key. */
function expand(text: string): Uint8Array {
  const secret = sha256(new TextEncoder().encode(text));
  const key = new Uint8Array(64);
  key.set(secret);
  key.set(ed25519.getPublicKey(secret), 32);
  return key;
}

async function writeKeyFile(path: string, content: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
}

async function readSecret(path: string): Promise<Uint8Array> {
  let value: unknown;
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as { priv_key?: { value?: unknown } };
    value = content.priv_key?.value;
  } catch (error) {
    throw damaged(path, error instanceof Error ? error.message : String(error));
  }
  const key = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (key.length !== 64) throw damaged(path, `priv_key has ${key.length} bytes, 64 are expected`);
  return new Uint8Array(key);
}

function damaged(path: string, reason: string): CliError {
  return new CliError(
    `${path} is no CometBFT key file: ${reason}`,
    exitCodes.usage,
    'Restore the file from a backup, or make a new home with `artel init`.',
  );
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
