/**
 * A light client's check of one height: the header hashes to what was signed, the validator set is
 * the one the header names, and more than two thirds of its power signed. Takes the answers of the
 * RPC methods `commit` and `validators` as they come, from CometBFT and from the embedded engine
 * alike.
 */
import { fromBase64, fromHex } from '@cosmjs/encoding';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import {
  type BlockID,
  type Commit,
  type Header,
  SignedMsgType,
} from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import {
  consensusAddress,
  headerHash,
  type ValidatorKey,
  validatorsHash,
  voteSignBytes,
} from './hashing.ts';

/** A field of an RPC answer is missing or malformed, or a check failed; the message says which. */
export class HeaderVerificationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HeaderVerificationError';
  }
}

/** What {@link verifyHeader} found: a header that the signing power vouches for. */
export interface VerifiedHeader {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly signedPower: bigint;
  readonly totalPower: bigint;
  /** All of the height, in the header's order. */
  readonly validators: readonly ValidatorKey[];
  /** Those who signed this very block. */
  readonly signers: readonly ValidatorKey[];
}

/**
 * Verifies the answer of `commit` against the answer of `validators` at the same height.
 * The validator set itself is as good as where it came from: compare `validatorsHash` with one
 * that is trusted, or with the `nextValidatorsHash` of a verified header one below.
 *
 * @throws HeaderVerificationError naming the first check that failed.
 */
export function verifyHeader(
  commitAnswer: unknown,
  validatorsAnswer: unknown,
  expected: { readonly chainId: string },
): VerifiedHeader {
  const signed = field(commitAnswer, 'signed_header');
  const header = parseHeader(field(signed, 'header'));
  const commit = parseCommit(field(signed, 'commit'));
  const validators = parseValidators(validatorsAnswer);
  if (header.chainId !== expected.chainId) {
    throw new HeaderVerificationError(
      `the header is of chain ${header.chainId}, expected ${expected.chainId}`,
    );
  }
  const hash = headerHash(header);
  if (!same(hash, commit.blockId.hash) || commit.height !== header.height) {
    throw new HeaderVerificationError(
      `the commit of height ${commit.height} signs another block than header ${header.height}`,
    );
  }
  if (!same(validatorsHash(validators), header.validatorsHash)) {
    throw new HeaderVerificationError(
      `the ${validators.length} validators given are not those of header ${header.height}`,
    );
  }
  return { header, hash, validators, ...countPower(header, commit, validators) };
}

function countPower(
  header: Header,
  commit: Commit,
  validators: readonly ValidatorKey[],
): Pick<VerifiedHeader, 'signedPower' | 'totalPower' | 'signers'> {
  if (commit.signatures.length !== validators.length) {
    throw new HeaderVerificationError(
      `the commit has ${commit.signatures.length} signatures for ${validators.length} validators`,
    );
  }
  let signedPower = 0n;
  let totalPower = 0n;
  const signers: ValidatorKey[] = [];
  for (const [index, validator] of validators.entries()) {
    totalPower += validator.power;
    if (commit.signatures[index]?.blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_ABSENT) continue;
    if (!verifySignature(header.chainId, commit, index, validator)) {
      throw new HeaderVerificationError(
        `signature ${index} of the commit at height ${commit.height} is wrong`,
      );
    }
    const { blockIdFlag } = commit.signatures[index] ?? {};
    if (blockIdFlag !== BlockIDFlag.BLOCK_ID_FLAG_COMMIT) continue;
    signedPower += validator.power;
    signers.push(validator);
  }
  if (signedPower * 3n <= totalPower * 2n) {
    throw new HeaderVerificationError(
      `power ${signedPower} of ${totalPower} signed height ${commit.height}; more than two thirds is needed`,
    );
  }
  return { signedPower, totalPower, signers };
}

const nilBlockId: BlockID = {
  hash: new Uint8Array(0),
  partSetHeader: { total: 0, hash: new Uint8Array(0) },
};

/**
 * Whether precommit `index` of the commit is `validator`'s and its signature holds (ZIP-215, as in
 * CometBFT).
 */
export function verifySignature(
  chainId: string,
  commit: Commit,
  index: number,
  validator: ValidatorKey,
): boolean {
  const vote = commit.signatures[index];
  if (vote === undefined) return false;
  if (!same(vote.validatorAddress, consensusAddress(validator.publicKey))) return false;
  const forBlock = vote.blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_COMMIT;
  const message = voteSignBytes(chainId, {
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height: commit.height,
    round: commit.round,
    blockId: forBlock ? commit.blockId : nilBlockId,
    timestamp: vote.timestamp,
  });
  try {
    return ed25519.verify(vote.signature, message, validator.publicKey, { zip215: true });
  } catch {
    return false;
  }
}

/** Reads `header` in CometBFT's JSON. */
export function parseHeader(value: unknown): Header {
  const version = field(value, 'version');
  return {
    version: { block: integer(version, 'block', 0n), app: integer(version, 'app', 0n) },
    chainId: text(value, 'chain_id'),
    height: integer(value, 'height'),
    time: parseTime(text(value, 'time')),
    lastBlockId: parseBlockId(field(value, 'last_block_id')),
    lastCommitHash: hex(value, 'last_commit_hash'),
    dataHash: hex(value, 'data_hash'),
    validatorsHash: hex(value, 'validators_hash'),
    nextValidatorsHash: hex(value, 'next_validators_hash'),
    consensusHash: hex(value, 'consensus_hash'),
    appHash: hex(value, 'app_hash'),
    lastResultsHash: hex(value, 'last_results_hash'),
    evidenceHash: hex(value, 'evidence_hash'),
    proposerAddress: hex(value, 'proposer_address'),
  };
}

/** Reads `commit` or `last_commit` in CometBFT's JSON. */
export function parseCommit(value: unknown): Commit {
  return {
    height: integer(value, 'height'),
    round: Number(count(value, 'round')),
    blockId: parseBlockId(field(value, 'block_id')),
    signatures: list(value, 'signatures').map((signature) => ({
      blockIdFlag: count(signature, 'block_id_flag'),
      validatorAddress: hex(signature, 'validator_address'),
      timestamp: parseTime(text(signature, 'timestamp')),
      signature: base64(signature, 'signature'),
    })),
  };
}

/** Reads the validators of a `validators` answer, in its order. All must be ed25519. */
export function parseValidators(answer: unknown): ValidatorKey[] {
  const found = list(answer, 'validators').map((validator) => {
    const key = field(validator, 'pub_key');
    const type = text(key, 'type');
    if (type !== 'tendermint/PubKeyEd25519') {
      throw new HeaderVerificationError(`validator key type ${type}, expected ed25519`);
    }
    return { publicKey: base64(key, 'value'), power: integer(validator, 'voting_power') };
  });
  const total = integer(answer, 'total', BigInt(found.length));
  if (total !== BigInt(found.length)) {
    throw new HeaderVerificationError(
      `${found.length} of ${total} validators given; ask for all pages (per_page up to 100)`,
    );
  }
  return found;
}

export function parseBlockId(value: unknown): BlockID {
  const parts = field(value, 'parts');
  return {
    hash: hex(value, 'hash'),
    partSetHeader: { total: count(parts, 'total'), hash: hex(parts, 'hash') },
  };
}

/** An RFC 3339 time in UTC with up to nine decimals, as CometBFT prints it. */
export function parseTime(value: string): Timestamp {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(value);
  const milliseconds = Date.parse(`${match?.[1]}Z`);
  if (match === null || Number.isNaN(milliseconds)) {
    throw new HeaderVerificationError(`time ${value} is not RFC 3339 in UTC`);
  }
  return {
    seconds: BigInt(milliseconds / 1000),
    nanos: Number((match[2] ?? '').padEnd(9, '0')),
  };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) {
    throw new HeaderVerificationError(`the answer has no field ${name}`);
  }
  return (value as Record<string, unknown>)[name];
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found === 'string') return found;
  throw new HeaderVerificationError(`field ${name} is ${typeof found}, expected a string`);
}

/** A 64-bit integer, which CometBFT prints as a string. */
function integer(value: unknown, name: string, missing?: bigint): bigint {
  if (missing !== undefined && (value as Record<string, unknown>)?.[name] === undefined) {
    return missing;
  }
  const found = text(value, name);
  if (/^-?\d{1,20}$/.test(found)) return BigInt(found);
  throw new HeaderVerificationError(`field ${name} is ${found}, expected an integer`);
}

function count(value: unknown, name: string): number {
  const found = field(value, name);
  if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
  throw new HeaderVerificationError(`field ${name} is ${found}, expected a small integer`);
}

function list(value: unknown, name: string): unknown[] {
  const found = field(value, name);
  if (Array.isArray(found)) return found;
  throw new HeaderVerificationError(`field ${name} is not a list`);
}

function hex(value: unknown, name: string): Uint8Array {
  return decode(text(value, name), name, fromHex);
}

function base64(value: unknown, name: string): Uint8Array {
  const found = field(value, name);
  return found === null ? new Uint8Array(0) : decode(text(value, name), name, fromBase64);
}

function decode(
  encoded: string,
  name: string,
  decoder: (encoded: string) => Uint8Array,
): Uint8Array {
  try {
    return decoder(encoded);
  } catch {
    throw new HeaderVerificationError(`field ${name} is not properly encoded`);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
