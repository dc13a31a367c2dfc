/**
 * Drives the application call by call, as CometBFT would: for tests of the host, and the simulator.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import {
  CheckTxType,
  type Misbehavior,
  RequestFinalizeBlock,
  RequestInitChain,
  RequestProcessProposal,
  RequestQuery,
  type ResponseCheckTx,
  type ResponseFinalizeBlock,
  type ResponseInitChain,
  ResponseProcessProposal_ProposalStatus,
  type ResponseQuery,
  type ValidatorUpdate,
  type VoteInfo,
} from 'cosmjs-types/tendermint/abci/types';
import type { App } from '../app/app.ts';

export interface DrivenBlock {
  readonly txs?: readonly Uint8Array[];
  readonly votes?: readonly VoteInfo[];
  readonly misbehavior?: readonly Misbehavior[];
  /** Seconds since the last block; 1 where left out. */
  readonly seconds?: bigint;
}

export interface DrivenGenesis {
  readonly chainId: string;
  readonly timeS: bigint;
  readonly appState: unknown;
  readonly maxGas: bigint;
  readonly validators?: ValidatorUpdate[];
}

/** One application and where its chain stands. */
export class Driver {
  readonly app: App;
  height: bigint;
  timeS: bigint;

  constructor(app: App, height: bigint, timeS: bigint) {
    this.app = app;
    this.height = height;
    this.timeS = timeS;
  }

  begin({
    chainId,
    timeS,
    appState,
    maxGas,
    validators,
  }: DrivenGenesis): Promise<ResponseInitChain> {
    this.timeS = timeS;
    return this.app.application.initChain(
      RequestInitChain.fromPartial({
        chainId,
        time: { seconds: timeS, nanos: 0 },
        appStateBytes: new TextEncoder().encode(JSON.stringify(appState)),
        initialHeight: 1n,
        consensusParams: { block: { maxBytes: 4_194_304n, maxGas } },
        validators: validators ?? [],
      }),
    );
  }

  check(tx: Uint8Array): Promise<ResponseCheckTx> {
    return this.app.application.checkTx({ tx, type: CheckTxType.NEW });
  }

  /** What PrepareProposal would put into the next block. */
  async propose(txs: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const { votes: _, ...rest } = this.#request({ txs });
    const proposed = await this.app.application.prepareProposal({
      ...rest,
      maxTxBytes: 4_000_000n,
      localLastCommit: { round: 0, votes: [] },
      nextValidatorsHash: new Uint8Array(),
      proposerAddress: new Uint8Array(),
    });
    return proposed.txs;
  }

  /** ProcessProposal's verdict on the next block. */
  async accepts(block: DrivenBlock): Promise<boolean> {
    const { votes, ...rest } = this.#request(block);
    const { status } = await this.app.application.processProposal(
      RequestProcessProposal.fromPartial({ ...rest, proposedLastCommit: { round: 0, votes } }),
    );
    return status === ResponseProcessProposal_ProposalStatus.ACCEPT;
  }

  finalize(block: DrivenBlock = {}): Promise<ResponseFinalizeBlock> {
    const { votes, ...rest } = this.#request(block);
    return this.app.application.finalizeBlock(
      RequestFinalizeBlock.fromPartial({ ...rest, decidedLastCommit: { round: 0, votes } }),
    );
  }

  async commit({ seconds = 1n }: DrivenBlock = {}): Promise<void> {
    await this.app.application.commit();
    this.height += 1n;
    this.timeS += seconds;
  }

  /** One block, finalized and committed. */
  async block(block: DrivenBlock = {}): Promise<ResponseFinalizeBlock> {
    const result = await this.finalize(block);
    await this.commit(block);
    return result;
  }

  query(path: string, data: Uint8Array = new Uint8Array(), height = 0n): Promise<ResponseQuery> {
    return this.app.application.query(RequestQuery.fromPartial({ path, data, height }));
  }

  get appHash(): string {
    return Buffer.from(this.app.store.head?.appHash ?? []).toString('hex');
  }

  #request({ txs = [], votes = [], misbehavior = [], seconds = 1n }: DrivenBlock) {
    const height = this.height + 1n;
    return {
      txs: [...txs],
      height,
      time: { seconds: this.timeS + seconds, nanos: 0 },
      hash: sha256(Buffer.concat([Buffer.from(height.toString()), ...txs])),
      misbehavior: [...misbehavior],
      votes: [...votes],
    };
  }
}
