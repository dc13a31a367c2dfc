/**
 * Builds the next block of a chain from its state, and tells the application about it as CometBFT
 * does.
 */
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import type { CommitInfo, RequestFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import { type BlockID, type Commit, SignedMsgType } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import {
  commitHash,
  consensusHash,
  dataHash,
  evidenceHash,
  headerHash,
  validatorsHash,
  voteSignBytes,
} from '../client/hashing.ts';
import { type ChainState, noBlockId } from './chain-state.ts';
import { misbehaviourOf } from './misbehaviour.ts';
import type { Signer } from './signer.ts';
import { zeroTime } from './time.ts';
import type { ValidatorSet } from './validator-set.ts';

/** The version of the block format in CometBFT 0.38. */
const blockProtocol = 11n;

/** What the block before the first has for a commit. */
export const noCommit: Commit = { height: 0n, round: 0, blockId: noBlockId, signatures: [] };

/**
 * The commit of a block: a precommit at `time` of every validator that `signerOf` knows, and an
 * absent vote of the others. CometBFT takes the next block's time from here.
 */
export function signCommit(
  chainId: string,
  signed: { readonly height: bigint; readonly blockId: BlockID; readonly validators: ValidatorSet },
  time: Timestamp,
  signerOf: (address: Uint8Array) => Signer | undefined,
): Commit {
  const { height, blockId } = signed;
  const message = voteSignBytes(chainId, {
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height,
    round: 0,
    blockId,
    timestamp: time,
  });
  const signatures = signed.validators.validators.map(({ address }) => {
    const signer = signerOf(address);
    if (signer === undefined) {
      return {
        blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
        validatorAddress: new Uint8Array(0),
        timestamp: zeroTime,
        signature: new Uint8Array(0),
      };
    }
    return {
      blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
      validatorAddress: address,
      timestamp: time,
      signature: signer.sign(message),
    };
  });
  return { height, round: 0, blockId, signatures };
}

export interface BlockContent {
  readonly time: Timestamp;
  readonly txs: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
  readonly lastCommit: Commit;
}

export function buildBlock(state: ChainState, content: BlockContent): Block {
  const { time, txs, evidence, lastCommit } = content;
  return {
    header: {
      version: { block: blockProtocol, app: state.appVersion },
      chainId: state.chainId,
      height: state.lastHeight + 1n,
      time,
      lastBlockId: state.lastBlockId,
      lastCommitHash: commitHash(lastCommit),
      dataHash: dataHash(txs),
      validatorsHash: validatorsHash(state.validators.validators),
      nextValidatorsHash: validatorsHash(state.nextValidators.validators),
      consensusHash: consensusHash(state.params),
      appHash: state.appHash,
      lastResultsHash: state.lastResultsHash,
      evidenceHash: evidenceHash(evidence),
      proposerAddress: state.validators.proposer,
    },
    data: { txs: [...txs] },
    evidence: { evidence: [...evidence] },
    lastCommit,
  };
}

/**
 * Who of the last block's validators signed it, for the application; nothing at the first block.
 */
export function commitInfo(state: ChainState, commit: Commit | undefined): CommitInfo {
  if (commit === undefined || state.lastHeight < state.initialHeight)
    return { round: 0, votes: [] };
  return {
    round: commit.round,
    votes: state.lastValidators.validators.map(({ address, power }, index) => ({
      validator: { address, power },
      blockIdFlag: commit.signatures[index]?.blockIdFlag ?? BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
    })),
  };
}

/** @param state before the block. */
export function finalizeRequest(state: ChainState, block: Block): RequestFinalizeBlock {
  const { header } = block;
  return {
    txs: block.data.txs,
    decidedLastCommit: commitInfo(state, block.lastCommit),
    misbehavior: block.evidence.evidence.flatMap(misbehaviourOf),
    hash: headerHash(header),
    height: header.height,
    time: header.time,
    nextValidatorsHash: header.nextValidatorsHash,
    proposerAddress: header.proposerAddress,
  };
}

const maxBlockBytes = 104_857_600n;
const maxHeaderBytes = 626n;
const blockOverheadBytes = 11n;
const commitOverheadBytes = 94n;
const voteBytes = 111n;

/** Bytes left for transactions, as CometBFT reckons them. */
export function maxDataBytes(state: ChainState, evidence: readonly Evidence[]): bigint {
  const { maxBytes } = state.params.block;
  const evidenceBytes = evidence.reduce(
    (sum, one) => sum + BigInt(Evidence.encode(one).finish().length),
    0n,
  );
  return (
    (maxBytes === -1n ? maxBlockBytes : maxBytes) -
    blockOverheadBytes -
    maxHeaderBytes -
    commitOverheadBytes -
    voteBytes * BigInt(state.validators.validators.length) -
    evidenceBytes
  );
}
