/**
 * Chain data in CometBFT 0.38's JSON: 64-bit integers as strings, hashes in upper-case hex, other
 * bytes in base64, and its own choice of what is null, empty or left out.
 */
import type {
  Event,
  ExecTxResult,
  ResponseCheckTx,
  ResponseFinalizeBlock,
  ResponseQuery,
  ValidatorUpdate,
} from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { ConsensusParams } from 'cosmjs-types/tendermint/types/params';
import type { BlockID, Commit, Header, Vote } from 'cosmjs-types/tendermint/types/types';
import type { Validator } from 'cosmjs-types/tendermint/types/validator';
import type { MerkleProof } from '../../client/hashing.ts';
import type { BlockRecord } from '../block-log.ts';
import { formatTime } from '../time.ts';
import type { ConsensusValidator } from '../validator-set.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** Go prints a nil slice of bytes as null, and protobuf knows no other empty one. */
export function base64(bytes: Uint8Array): string | null {
  return bytes.length === 0 ? null : Buffer.from(bytes).toString('base64');
}

function listOrNull(list: readonly Json[]): Json {
  return list.length === 0 ? null : list;
}

export function blockIdJson({ hash, partSetHeader }: BlockID): JsonObject {
  return {
    hash: hex(hash),
    parts: { total: partSetHeader.total, hash: hex(partSetHeader.hash) },
  };
}

export function headerJson(header: Header): JsonObject {
  const { block, app } = header.version;
  return {
    version: { block: String(block), ...(app !== 0n && { app: String(app) }) },
    chain_id: header.chainId,
    height: String(header.height),
    time: formatTime(header.time),
    last_block_id: blockIdJson(header.lastBlockId),
    last_commit_hash: hex(header.lastCommitHash),
    data_hash: hex(header.dataHash),
    validators_hash: hex(header.validatorsHash),
    next_validators_hash: hex(header.nextValidatorsHash),
    consensus_hash: hex(header.consensusHash),
    app_hash: hex(header.appHash),
    last_results_hash: hex(header.lastResultsHash),
    evidence_hash: hex(header.evidenceHash),
    proposer_address: hex(header.proposerAddress),
  };
}

export function commitJson(commit: Commit): JsonObject {
  return {
    height: String(commit.height),
    round: commit.round,
    block_id: blockIdJson(commit.blockId),
    signatures: commit.signatures.map((vote) => ({
      block_id_flag: vote.blockIdFlag,
      validator_address: hex(vote.validatorAddress),
      timestamp: formatTime(vote.timestamp),
      signature: base64(vote.signature),
    })),
  };
}

export function blockJson({ header, data, evidence, lastCommit }: Block): JsonObject {
  return {
    header: headerJson(header),
    data: { txs: data.txs.map((tx) => base64(tx) ?? '') },
    evidence: { evidence: evidence.evidence.map(evidenceJson) },
    last_commit: lastCommit === undefined ? null : commitJson(lastCommit),
  };
}

export function blockAndIdJson({ block, blockId }: BlockRecord): JsonObject {
  return { block_id: blockIdJson(blockId), block: blockJson(block) };
}

export function blockMetaJson({ block, blockId, size }: BlockRecord): JsonObject {
  return {
    block_id: blockIdJson(blockId),
    block_size: String(size),
    header: headerJson(block.header),
    num_txs: String(block.data.txs.length),
  };
}

export function publicKeyJson(publicKey: Uint8Array): JsonObject {
  return { type: 'tendermint/PubKeyEd25519', value: base64(publicKey) };
}

export function validatorJson(validator: ConsensusValidator): JsonObject {
  return {
    address: hex(validator.address),
    pub_key: publicKeyJson(validator.publicKey),
    voting_power: String(validator.power),
    proposer_priority: String(validator.priority),
  };
}

function wireValidatorJson({ address, pubKey, votingPower, proposerPriority }: Validator): Json {
  const publicKey = pubKey.ed25519 ?? new Uint8Array(0);
  return validatorJson({ address, publicKey, power: votingPower, priority: proposerPriority });
}

export function evidenceJson(evidence: Evidence): JsonObject {
  const { duplicateVoteEvidence: vote, lightClientAttackEvidence: attack } = evidence;
  if (vote !== undefined) {
    return {
      type: 'tendermint/DuplicateVoteEvidence',
      value: {
        vote_a: vote.voteA === undefined ? null : voteJson(vote.voteA),
        vote_b: vote.voteB === undefined ? null : voteJson(vote.voteB),
        TotalVotingPower: String(vote.totalVotingPower),
        ValidatorPower: String(vote.validatorPower),
        Timestamp: formatTime(vote.timestamp),
      },
    };
  }
  const { header, commit } = attack?.conflictingBlock?.signedHeader ?? {};
  const validators = attack?.conflictingBlock?.validatorSet?.validators ?? [];
  return {
    type: 'tendermint/LightClientAttackEvidence',
    value: {
      ConflictingBlock: {
        signed_header: {
          header: header === undefined ? null : headerJson(header),
          commit: commit === undefined ? null : commitJson(commit),
        },
        validator_set: { validators: validators.map(wireValidatorJson), proposer: null },
      },
      CommonHeight: String(attack?.commonHeight ?? 0n),
      ByzantineValidators: (attack?.byzantineValidators ?? []).map(wireValidatorJson),
      TotalVotingPower: String(attack?.totalVotingPower ?? 0n),
      Timestamp: attack === undefined ? null : formatTime(attack.timestamp),
    },
  };
}

function voteJson(vote: Vote): JsonObject {
  return {
    type: vote.type,
    height: String(vote.height),
    round: vote.round,
    block_id: blockIdJson(vote.blockId),
    timestamp: formatTime(vote.timestamp),
    validator_address: hex(vote.validatorAddress),
    validator_index: vote.validatorIndex,
    signature: base64(vote.signature),
    extension: base64(vote.extension),
    extension_signature: base64(vote.extensionSignature),
  };
}

export function eventJson({ type, attributes }: Event): JsonObject {
  return {
    type,
    attributes: attributes.map(({ key, value, index }) => ({ key, value, index })),
  };
}

/** A transaction's result, and in the same form what `checkTx` said of it. */
export function resultJson(result: ExecTxResult | ResponseCheckTx): JsonObject {
  return {
    code: result.code,
    data: base64(result.data),
    log: result.log,
    info: result.info,
    gas_wanted: String(result.gasWanted),
    gas_used: String(result.gasUsed),
    events: result.events.map(eventJson),
    codespace: result.codespace,
  };
}

/** What stands in for a result that isn't there. */
export const noResultJson: JsonObject = {
  code: 0,
  data: null,
  log: '',
  info: '',
  gas_wanted: '0',
  gas_used: '0',
  events: [],
  codespace: '',
};

/** In the event `Tx` Go leaves out what is zero or empty. */
function terseResultJson(result: ExecTxResult): JsonObject {
  return {
    ...(result.code !== 0 && { code: result.code }),
    ...(result.data.length > 0 && { data: base64(result.data) }),
    ...(result.log !== '' && { log: result.log }),
    ...(result.info !== '' && { info: result.info }),
    ...(result.gasWanted !== 0n && { gas_wanted: String(result.gasWanted) }),
    ...(result.gasUsed !== 0n && { gas_used: String(result.gasUsed) }),
    ...(result.events.length > 0 && { events: result.events.map(eventJson) }),
    ...(result.codespace !== '' && { codespace: result.codespace }),
  };
}

function updateJson({ pubKey, power }: ValidatorUpdate): JsonObject {
  return {
    pub_key: {
      Sum: {
        type: 'tendermint.crypto.PublicKey_Ed25519',
        value: { ed25519: base64(pubKey.ed25519 ?? new Uint8Array(0)) },
      },
    },
    ...(power !== 0n && { power: String(power) }),
  };
}

/**
 * Parameter changes in protobuf's JSON as Go prints it: groups and values that are zero are left
 * out.
 */
function paramUpdatesJson(params: ConsensusParams | undefined): Json {
  if (params === undefined) return null;
  const { block, evidence, validator, version, abci } = params;
  const value = (name: string, amount: bigint): JsonObject =>
    amount === 0n ? {} : { [name]: String(amount) };
  return {
    ...(block && {
      block: { ...value('max_bytes', block.maxBytes), ...value('max_gas', block.maxGas) },
    }),
    ...(evidence && {
      evidence: {
        ...value('max_age_num_blocks', evidence.maxAgeNumBlocks),
        max_age_duration: String(
          evidence.maxAgeDuration.seconds * 1_000_000_000n + BigInt(evidence.maxAgeDuration.nanos),
        ),
        ...value('max_bytes', evidence.maxBytes),
      },
    }),
    ...(validator && { validator: { pub_key_types: validator.pubKeyTypes } }),
    ...(version && { version: value('app', version.app) }),
    ...(abci && {
      abci: value('vote_extensions_enable_height', abci.voteExtensionsEnableHeight),
    }),
  };
}

export function blockResultsJson({ block, results }: BlockRecord): JsonObject {
  return {
    height: String(block.header.height),
    txs_results: listOrNull(results.txResults.map(resultJson)),
    finalize_block_events: listOrNull(results.events.map(eventJson)),
    validator_updates: listOrNull(results.validatorUpdates.map(updateJson)),
    consensus_param_updates: paramUpdatesJson(results.consensusParamUpdates),
    app_hash: base64(results.appHash) ?? '',
  };
}

/** The value of the event `NewBlock`. */
export function newBlockJson({ block, blockId, results }: BlockRecord): JsonObject {
  return {
    type: 'tendermint/event/NewBlock',
    value: {
      block: blockJson(block),
      block_id: blockIdJson(blockId),
      result_finalize_block: finalizedJson(results),
    },
  };
}

function finalizedJson(results: ResponseFinalizeBlock): JsonObject {
  return {
    ...(results.events.length > 0 && { events: results.events.map(eventJson) }),
    ...(results.txResults.length > 0 && { tx_results: results.txResults.map(resultJson) }),
    validator_updates: listOrNull(results.validatorUpdates.map(updateJson)),
    ...(results.consensusParamUpdates !== undefined && {
      consensus_param_updates: paramUpdatesJson(results.consensusParamUpdates),
    }),
    app_hash: base64(results.appHash) ?? '',
  };
}

/** The value of the event `Tx`. */
export function newTxJson(
  height: bigint,
  index: number,
  tx: Uint8Array,
  result: ExecTxResult,
): JsonObject {
  return {
    type: 'tendermint/event/Tx',
    value: {
      TxResult: {
        height: String(height),
        ...(index !== 0 && { index }),
        tx: base64(tx),
        result: terseResultJson(result),
      },
    },
  };
}

export function queryJson(answer: ResponseQuery): JsonObject {
  return {
    code: answer.code,
    log: answer.log,
    info: answer.info,
    index: String(answer.index),
    key: base64(answer.key),
    value: base64(answer.value),
    proofOps:
      answer.proofOps === undefined
        ? null
        : {
            ops: answer.proofOps.ops.map(({ type, key, data }) => ({
              type,
              key: base64(key),
              data: base64(data),
            })),
          },
    height: String(answer.height),
    codespace: answer.codespace,
  };
}

/** The proof that a transaction is in a block's `data_hash`. */
export function txProofJson(root: Uint8Array, tx: Uint8Array, proof: MerkleProof): JsonObject {
  return {
    root_hash: hex(root),
    data: base64(tx),
    proof: {
      total: String(proof.total),
      index: String(proof.index),
      leaf_hash: base64(proof.leafHash),
      aunts: proof.aunts.map(base64),
    },
  };
}
