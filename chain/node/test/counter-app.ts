/**
 * A tiny application for tests: its app hash is a chain of hashes over blocks, kept in one file.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as abci from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../abci/application.ts';
import type { NodeHome } from '../home.ts';
import type { RollbackTarget } from '../rollback.ts';
import type { RunningApp } from '../supervisor.ts';

/** What the application does wrong, from a height on. */
export interface Fault {
  readonly kind: 'throws' | 'too many results' | 'wrong hash';
  readonly height: number;
}

interface Kept {
  readonly height: number;
  readonly hash: string;
  /** The hashes of all heights, 0 first. */
  readonly past: readonly string[];
}

const begin: Kept = { height: 0, hash: '00'.repeat(32), past: [] };

/** Opens the application of a home. `onClose` is called when it is closed. */
export function openCounterApp(
  home: NodeHome,
  fault?: Fault,
  onClose?: () => void,
  onBlock?: (request: abci.RequestFinalizeBlock) => void,
): RunningApp {
  const file = join(home.appDir, 'counter.json');
  let kept = begin;
  if (existsSync(file)) kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  let candidate = kept;
  const faulty = (kind: Fault['kind'], height: bigint): boolean =>
    fault?.kind === kind && height >= BigInt(fault.height);
  const application: Application = {
    info: async () =>
      abci.ResponseInfo.fromPartial({
        lastBlockHeight: BigInt(kept.height),
        lastBlockAppHash: Buffer.from(kept.hash, 'hex'),
      }),
    initChain: async () =>
      abci.ResponseInitChain.fromPartial({ appHash: Buffer.from(kept.hash, 'hex') }),
    query: async () => abci.ResponseQuery.fromPartial({ height: BigInt(kept.height) }),
    checkTx: async () => abci.ResponseCheckTx.fromPartial({}),
    prepareProposal: async ({ txs }) => abci.ResponsePrepareProposal.fromPartial({ txs }),
    processProposal: async () =>
      abci.ResponseProcessProposal.fromPartial({
        status: abci.ResponseProcessProposal_ProposalStatus.ACCEPT,
      }),
    extendVote: async () => abci.ResponseExtendVote.fromPartial({}),
    verifyVoteExtension: async () => abci.ResponseVerifyVoteExtension.fromPartial({ status: 1 }),
    finalizeBlock: async (request) => {
      const { height, txs } = request;
      onBlock?.(request);
      if (faulty('throws', height)) throw new Error(`a planted defect at height ${height}`);
      const hash = createHash('sha256').update(Buffer.from(candidate.hash, 'hex'));
      // A block without transactions leaves the state alone, as Artel's do.
      for (const tx of txs) hash.update(tx);
      if (faulty('wrong hash', height)) hash.update('wrong');
      const changed = txs.length > 0 || faulty('wrong hash', height);
      candidate = {
        height: Number(height),
        hash: changed ? hash.digest('hex') : kept.hash,
        past: [...kept.past.slice(0, Number(height)), kept.hash],
      };
      const extra = faulty('too many results', height) ? [{ code: 0 }] : [];
      return abci.ResponseFinalizeBlock.fromPartial({
        txResults: [...txs.map(() => ({ code: 0 })), ...extra],
        appHash: Buffer.from(candidate.hash, 'hex'),
      });
    },
    commit: async () => {
      kept = candidate;
      mkdirSync(home.appDir, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(kept));
      renameSync(`${file}.new`, file);
      return abci.ResponseCommit.fromPartial({});
    },
    listSnapshots: async () => abci.ResponseListSnapshots.fromPartial({}),
    offerSnapshot: async () => abci.ResponseOfferSnapshot.fromPartial({}),
    loadSnapshotChunk: async () => abci.ResponseLoadSnapshotChunk.fromPartial({}),
    applySnapshotChunk: async () => abci.ResponseApplySnapshotChunk.fromPartial({}),
    connectionsReset: () => {
      candidate = kept;
    },
  };
  return { application, close: async () => onClose?.() };
}

/** The application of a stopped home as `artel rollback` handles it. */
export function openCounterTarget(home: NodeHome): RollbackTarget & { close(): Promise<void> } {
  const file = join(home.appDir, 'counter.json');
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  return {
    height: kept.height,
    rollback: async (toHeight) => {
      const past = kept.past.slice(0, toHeight);
      writeFileSync(file, JSON.stringify({ height: toHeight, hash: kept.past[toHeight], past }));
    },
    close: async () => {},
  };
}
