/**
 * The smallest application that CometBFT can run: `key=value` transactions in memory. Run by hand:
 * `node chain/abci/test/kvstore.ts unix:///path/abci.sock`, then `cometbft start` with that
 * proxy_app.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import * as abci from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import type { Application } from '../application.ts';
import { AbciServer } from '../server.ts';

const text = new TextDecoder();

export class KvStore implements Application {
  readonly committed = new Map<string, string>();
  candidate: Map<string, string> | undefined;
  height = 0n;
  resets = 0;

  get appHash(): Uint8Array {
    return sha256(new TextEncoder().encode(JSON.stringify([...this.committed].sort())));
  }

  async info(): Promise<abci.ResponseInfo> {
    return abci.ResponseInfo.fromPartial({
      lastBlockHeight: this.height,
      lastBlockAppHash: this.height > 0n ? this.appHash : new Uint8Array(),
    });
  }

  async initChain(): Promise<abci.ResponseInitChain> {
    return abci.ResponseInitChain.fromPartial({ appHash: this.appHash });
  }

  async query(request: abci.RequestQuery): Promise<abci.ResponseQuery> {
    const value = this.committed.get(text.decode(request.data)) ?? '';
    return abci.ResponseQuery.fromPartial({
      key: request.data,
      value: new TextEncoder().encode(value),
      height: this.height,
    });
  }

  async checkTx(request: abci.RequestCheckTx): Promise<abci.ResponseCheckTx> {
    const good = text.decode(request.tx).includes('=');
    return abci.ResponseCheckTx.fromPartial(good ? {} : { code: 1, log: 'want key=value' });
  }

  async prepareProposal(
    request: abci.RequestPrepareProposal,
  ): Promise<abci.ResponsePrepareProposal> {
    return { txs: request.txs };
  }

  async processProposal(): Promise<abci.ResponseProcessProposal> {
    return { status: abci.ResponseProcessProposal_ProposalStatus.ACCEPT };
  }

  async extendVote(): Promise<abci.ResponseExtendVote> {
    return { voteExtension: new Uint8Array() };
  }

  async verifyVoteExtension(): Promise<abci.ResponseVerifyVoteExtension> {
    return { status: abci.ResponseVerifyVoteExtension_VerifyStatus.ACCEPT };
  }

  async finalizeBlock(request: abci.RequestFinalizeBlock): Promise<abci.ResponseFinalizeBlock> {
    const before = new Map(this.committed);
    for (const tx of request.txs) {
      const [key = '', value = ''] = text.decode(tx).split('=');
      this.committed.set(key, value);
    }
    const answer = abci.ResponseFinalizeBlock.fromPartial({
      txResults: request.txs.map(() => ({ code: 0, gasUsed: 1n })),
      appHash: this.appHash,
    });
    this.candidate = new Map(this.committed);
    this.committed.clear();
    for (const [key, value] of before) this.committed.set(key, value);
    this.height = request.height - 1n;
    return answer;
  }

  async commit(): Promise<abci.ResponseCommit> {
    if (this.candidate === undefined) throw new Error('Commit without FinalizeBlock');
    this.committed.clear();
    for (const [key, value] of this.candidate) this.committed.set(key, value);
    this.candidate = undefined;
    this.height += 1n;
    return { retainHeight: 0n };
  }

  async listSnapshots(): Promise<abci.ResponseListSnapshots> {
    return { snapshots: [] };
  }

  async offerSnapshot(): Promise<abci.ResponseOfferSnapshot> {
    return { result: abci.ResponseOfferSnapshot_Result.REJECT };
  }

  async loadSnapshotChunk(): Promise<abci.ResponseLoadSnapshotChunk> {
    return { chunk: new Uint8Array() };
  }

  async applySnapshotChunk(): Promise<abci.ResponseApplySnapshotChunk> {
    return abci.ResponseApplySnapshotChunk.fromPartial({
      result: abci.ResponseApplySnapshotChunk_Result.ABORT,
    });
  }

  connectionsReset(): void {
    this.resets += 1;
    this.candidate = undefined;
  }
}

const [program, , address] = [process.argv[1] ?? '', process.argv[0], process.argv[2]];
if (program.endsWith('chain/abci/test/kvstore.ts') && address !== undefined) {
  const server = await AbciServer.listen(address, {
    application: new KvStore(),
    logger: pino({ level: 'debug' }),
    onFatal: (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  });
  process.once('SIGTERM', () => void server.close());
  process.once('SIGINT', () => void server.close());
}
