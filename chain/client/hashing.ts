/**
 * The hashes of CometBFT 0.38: headers, commits, transactions, results, parameters, validator sets
 * and block parts, and the bytes that a validator signs. Pure, so that a light client can use it
 * too.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { BinaryWriter } from 'cosmjs-types/binary';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import { Block } from 'cosmjs-types/tendermint/types/block';
import {
  DuplicateVoteEvidence,
  type Evidence,
  LightClientAttackEvidence,
} from 'cosmjs-types/tendermint/types/evidence';
import { type ConsensusParams, HashedParams } from 'cosmjs-types/tendermint/types/params';
import {
  BlockID,
  type Commit,
  CommitSig,
  type Header,
  type PartSetHeader,
  type SignedMsgType,
} from 'cosmjs-types/tendermint/types/types';
import { SimpleValidator } from 'cosmjs-types/tendermint/types/validator';
import { Consensus } from 'cosmjs-types/tendermint/version/types';

/** Blocks travel in parts of this many bytes; the part-set header commits to them. */
export const blockPartBytes = 65_536;

const leafPrefix = Uint8Array.of(0);
const innerPrefix = Uint8Array.of(1);
const empty = new Uint8Array(0);

function hashOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The RFC 6962 Merkle root over `leaves`, in order. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return hashOf();
  if (leaves.length === 1) return hashOf(leafPrefix, first);
  const split = splitPoint(leaves.length);
  return hashOf(innerPrefix, merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

/** The largest power of two below `count`, which is at least 2. */
function splitPoint(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

/** One leaf's proof against {@link merkleRoot}; aunts run from the leaf's sibling upwards. */
export interface MerkleProof {
  readonly total: number;
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly aunts: readonly Uint8Array[];
}

export function merkleProof(leaves: readonly Uint8Array[], index: number): MerkleProof {
  const leaf = leaves[index];
  if (leaf === undefined) throw new RangeError(`no leaf ${index} among ${leaves.length}`);
  const aunts: Uint8Array[] = [];
  let rest = leaves;
  let at = index;
  const outermost: Uint8Array[] = [];
  while (rest.length > 1) {
    const split = splitPoint(rest.length);
    const left = rest.slice(0, split);
    const right = rest.slice(split);
    if (at < split) {
      outermost.push(merkleRoot(right));
      rest = left;
    } else {
      outermost.push(merkleRoot(left));
      rest = right;
      at -= split;
    }
  }
  aunts.push(...outermost.reverse());
  return { total: leaves.length, index, leafHash: hashOf(leafPrefix, leaf), aunts };
}

export function txHash(tx: Uint8Array): Uint8Array {
  return hashOf(tx);
}

/** The header's `data_hash`: its leaves are the hashes of the transactions. */
export function dataHash(txs: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(txs.map(txHash));
}

export function headerHash(header: Header): Uint8Array {
  return merkleRoot([
    Consensus.encode(header.version).finish(),
    stringValue(header.chainId),
    int64Value(header.height),
    Timestamp.encode(header.time).finish(),
    BlockID.encode(header.lastBlockId).finish(),
    bytesValue(header.lastCommitHash),
    bytesValue(header.dataHash),
    bytesValue(header.validatorsHash),
    bytesValue(header.nextValidatorsHash),
    bytesValue(header.consensusHash),
    bytesValue(header.appHash),
    bytesValue(header.lastResultsHash),
    bytesValue(header.evidenceHash),
    bytesValue(header.proposerAddress),
  ]);
}

/** The google.protobuf wrappers, where an empty value is no bytes at all. */
function bytesValue(value: Uint8Array): Uint8Array {
  return value.length === 0 ? empty : new BinaryWriter().uint32(10).bytes(value).finish();
}

function stringValue(value: string): Uint8Array {
  return value === '' ? empty : new BinaryWriter().uint32(10).string(value).finish();
}

function int64Value(value: bigint): Uint8Array {
  return value === 0n ? empty : new BinaryWriter().uint32(8).int64(value).finish();
}

/** The header's `last_commit_hash`, over the signatures alone. */
export function commitHash(commit: Commit): Uint8Array {
  return merkleRoot(commit.signatures.map((signature) => CommitSig.encode(signature).finish()));
}

export function evidenceHash(list: readonly Evidence[]): Uint8Array {
  return merkleRoot(list.map(evidenceBytes));
}

/** The evidence without the wrapper that tells its kind: what CometBFT hashes. */
export function evidenceBytes(evidence: Evidence): Uint8Array {
  const { duplicateVoteEvidence: vote, lightClientAttackEvidence: attack } = evidence;
  if (vote !== undefined) return DuplicateVoteEvidence.encode(vote).finish();
  if (attack !== undefined) return LightClientAttackEvidence.encode(attack).finish();
  throw new TypeError('evidence of neither kind');
}

export function consensusHash(params: ConsensusParams): Uint8Array {
  const hashed = HashedParams.fromPartial({
    blockMaxBytes: params.block?.maxBytes ?? 0n,
    blockMaxGas: params.block?.maxGas ?? 0n,
  });
  return hashOf(HashedParams.encode(hashed).finish());
}

/**
 * What a validator set's hash covers. The caller keeps the set's order: power down, then address
 * up.
 */
export interface ValidatorKey {
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly power: bigint;
}

export function validatorsHash(validators: readonly ValidatorKey[]): Uint8Array {
  return merkleRoot(
    validators.map(({ publicKey, power }) =>
      SimpleValidator.encode(
        SimpleValidator.fromPartial({ pubKey: { ed25519: publicKey }, votingPower: power }),
      ).finish(),
    ),
  );
}

/** The next header's `last_results_hash`; log, info, events and codespace are not hashed. */
export function resultsHash(results: readonly ExecTxResult[]): Uint8Array {
  return merkleRoot(
    results.map(({ code, data, gasWanted, gasUsed }) =>
      ExecTxResult.encode(ExecTxResult.fromPartial({ code, data, gasWanted, gasUsed })).finish(),
    ),
  );
}

export function partSetHeader(blockBytes: Uint8Array): PartSetHeader {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < blockBytes.length; at += blockPartBytes) {
    parts.push(blockBytes.subarray(at, at + blockPartBytes));
  }
  return { total: parts.length, hash: merkleRoot(parts) };
}

export function blockId(block: Block): BlockID {
  return {
    hash: headerHash(block.header),
    partSetHeader: partSetHeader(Block.encode(block).finish()),
  };
}

/** A consensus address: the first 20 bytes of the ed25519 key's hash. */
export function consensusAddress(publicKey: Uint8Array): Uint8Array {
  return hashOf(publicKey).slice(0, 20);
}

/** The parts of a vote that its signature covers. A zero block id means a vote for nil. */
export interface SignedVote {
  readonly type: SignedMsgType;
  readonly height: bigint;
  readonly round: number;
  readonly blockId: BlockID;
  readonly timestamp: Timestamp;
}

/** `CanonicalVote`, length-prefixed: the bytes a validator signs. */
export function voteSignBytes(chainId: string, vote: SignedVote): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(8).int32(vote.type);
  if (vote.height !== 0n) writer.uint32(17).sfixed64(vote.height);
  if (vote.round !== 0) writer.uint32(25).sfixed64(BigInt(vote.round));
  writeBlockId(writer, 34, vote.blockId);
  Timestamp.encode(vote.timestamp, writer.uint32(42).fork()).ldelim();
  if (chainId !== '') writer.uint32(50).string(chainId);
  return lengthPrefixed(writer.finish());
}

/** The parts of a proposal that its signature covers. */
export interface SignedProposal extends SignedVote {
  /** Of the round in which the block had enough prevotes; -1 where it had none. */
  readonly polRound: number;
}

/** `CanonicalProposal`, length-prefixed: the bytes a proposer signs. */
export function proposalSignBytes(chainId: string, proposal: SignedProposal): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(8).int32(proposal.type);
  if (proposal.height !== 0n) writer.uint32(17).sfixed64(proposal.height);
  if (proposal.round !== 0) writer.uint32(25).sfixed64(BigInt(proposal.round));
  if (proposal.polRound !== 0) writer.uint32(32).int64(BigInt(proposal.polRound));
  writeBlockId(writer, 42, proposal.blockId);
  Timestamp.encode(proposal.timestamp, writer.uint32(50).fork()).ldelim();
  if (chainId !== '') writer.uint32(58).string(chainId);
  return lengthPrefixed(writer.finish());
}

/** A block id of nothing but zeros is left out. */
function writeBlockId(writer: BinaryWriter, tag: number, blockId: BlockID): void {
  const { hash, partSetHeader: parts } = blockId;
  if (hash.length === 0 && parts.total === 0 && parts.hash.length === 0) return;
  BlockID.encode(blockId, writer.uint32(tag).fork()).ldelim();
}

/** `CanonicalVoteExtension`, length-prefixed. */
export function extensionSignBytes(
  chainId: string,
  vote: { readonly extension: Uint8Array; readonly height: bigint; readonly round: number },
): Uint8Array {
  const writer = new BinaryWriter();
  if (vote.extension.length > 0) writer.uint32(10).bytes(vote.extension);
  if (vote.height !== 0n) writer.uint32(17).sfixed64(vote.height);
  if (vote.round !== 0) writer.uint32(25).sfixed64(BigInt(vote.round));
  if (chainId !== '') writer.uint32(34).string(chainId);
  return lengthPrefixed(writer.finish());
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().bytes(bytes).finish();
}
