/**
 * The proposal of a block, as CometBFT asks the application for it: what waits is offered, what the
 * application makes of it is judged by the same application.
 */
import { ResponseProcessProposal_ProposalStatus } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import type { Application } from '../abci/application.ts';
import {
  buildBlock,
  commitInfo,
  finalizeRequest,
  maxDataBytes,
  noCommit,
  signCommit,
} from './block-maker.ts';
import type { ChainState } from './chain-state.ts';
import type { Mempool } from './mempool.ts';
import type { EvidencePool } from './misbehaviour.ts';
import type { Signer } from './signer.ts';
import { timestampFromMs, timestampToMs } from './time.ts';
import type { VoteExtensions } from './vote-extensions.ts';

/** What a block is proposed from. */
export interface Proposing {
  readonly app: Application;
  readonly state: ChainState;
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  /** Of the votes for the last block. */
  readonly extensions: VoteExtensions;
  /** What the clock of the chain says. */
  readonly nowMs: bigint;
  /** Who signs for a validator; undefined for one that does not vote. */
  readonly signerOf: (address: Uint8Array) => Signer | undefined;
}

/** @throws Error where the application rejects its own proposal. */
export async function propose(from: Proposing): Promise<Block> {
  const { app, state, mempool, evidence: pool, extensions, signerOf } = from;
  const height = state.lastHeight + 1n;
  const first = height === state.initialHeight;
  const time = first ? state.lastBlockTime : voteTime(from);
  const voted = {
    height: state.lastHeight,
    blockId: state.lastBlockId,
    validators: state.lastValidators,
  };
  const lastCommit = first ? noCommit : signCommit(state.chainId, voted, time, signerOf);
  const evidence = pool.take(state.params.evidence.maxBytes);
  const limit = maxDataBytes(state, evidence);
  const content = { time, evidence, lastCommit };
  const waiting = mempool.reap(limit, state.params.block.maxGas);
  const draft = finalizeRequest(state, buildBlock(state, { ...content, txs: waiting }));
  const { txs } = await app.prepareProposal({
    maxTxBytes: limit,
    txs: waiting,
    localLastCommit: {
      round: 0,
      votes: commitInfo(state, lastCommit).votes.map((vote) => ({
        ...vote,
        ...(extensions.get(hex(vote.validator.address)) ?? noExtension),
      })),
    },
    misbehavior: draft.misbehavior,
    height,
    time,
    nextValidatorsHash: draft.nextValidatorsHash,
    proposerAddress: draft.proposerAddress,
  });
  const block = buildBlock(state, { ...content, txs });
  await judge(app, state, block);
  return block;
}

async function judge(app: Application, state: ChainState, block: Block): Promise<void> {
  const { decidedLastCommit, ...request } = finalizeRequest(state, block);
  const { status } = await app.processProposal({
    ...request,
    proposedLastCommit: decidedLastCommit,
  });
  if (status === ResponseProcessProposal_ProposalStatus.ACCEPT) return;
  throw new Error(
    `the application rejects its own proposal of ${block.data.txs.length} transactions ` +
      `at height ${block.header.height}`,
  );
}

/** After the last block by a millisecond at least, whatever the clock says. */
function voteTime({ state, nowMs }: Proposing): { seconds: bigint; nanos: number } {
  const least = timestampToMs(state.lastBlockTime) + 1n;
  return timestampFromMs(nowMs > least ? nowMs : least);
}

const empty = new Uint8Array(0);
const noExtension = { voteExtension: empty, extensionSignature: empty };

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
