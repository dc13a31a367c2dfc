/**
 * A small application for the engine's own tests: `key=value` sets, `validator=HEX!POWER` elects,
 * `max_gas=N` changes a parameter, `fail=...` is included and fails, anything else is refused. It
 * keeps every version, so it can roll back.
 */
import { createHash } from 'node:crypto';
import * as abci from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../abci/application.ts';
import type { EngineApplication } from '../chain-runner.ts';

type State = ReadonlyMap<string, string>;

export class KeyValueStore implements Application {
  /** What was called, for tests of the order. */
  readonly calls: string[] = [];
  readonly finalized: abci.RequestFinalizeBlock[] = [];
  /** Answers to checkTx by transaction text, tried before the rules. */
  readonly refusals = new Set<string>();
  #versions: { readonly height: bigint; readonly state: State }[] = [];
  #candidate: { height: bigint; state: Map<string, string> } | undefined;

  get #latest(): { readonly height: bigint; readonly state: State } {
    return this.#versions.at(-1) ?? { height: 0n, state: new Map() };
  }

  async info(): Promise<abci.ResponseInfo> {
    const { height, state } = this.#latest;
    return {
      data: 'kvstore',
      version: '1',
      appVersion: 1n,
      lastBlockHeight: height,
      lastBlockAppHash: height === 0n ? new Uint8Array(0) : hashOf(state),
    };
  }

  async initChain(request: abci.RequestInitChain): Promise<abci.ResponseInitChain> {
    this.calls.push('initChain');
    const text = new TextDecoder().decode(request.appStateBytes) || '{}';
    const state = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
    this.#candidate = { height: 0n, state };
    return { validators: [], appHash: hashOf(state) };
  }

  async query({ path, data }: abci.RequestQuery): Promise<abci.ResponseQuery> {
    const key = path === '' ? new TextDecoder().decode(data) : path;
    const value = this.#latest.state.get(key);
    return abci.ResponseQuery.fromPartial({
      code: value === undefined ? 1 : 0,
      log: value === undefined ? 'does not exist' : 'exists',
      key: new TextEncoder().encode(key),
      value: new TextEncoder().encode(value ?? ''),
      height: this.#latest.height,
    });
  }

  async checkTx({ tx, type }: abci.RequestCheckTx): Promise<abci.ResponseCheckTx> {
    const text = new TextDecoder().decode(tx);
    this.calls.push(`${type === abci.CheckTxType.RECHECK ? 'recheck' : 'check'} ${text}`);
    const code = /^\w+=./.test(text) && !this.refusals.has(text) ? 0 : 2;
    return abci.ResponseCheckTx.fromPartial({
      code,
      gasWanted: 10n,
      codespace: code === 0 ? '' : 'kvstore',
    });
  }

  async prepareProposal(
    request: abci.RequestPrepareProposal,
  ): Promise<abci.ResponsePrepareProposal> {
    this.calls.push(`prepare ${request.height}`);
    return { txs: request.txs };
  }

  async processProposal(
    request: abci.RequestProcessProposal,
  ): Promise<abci.ResponseProcessProposal> {
    this.calls.push(`process ${request.height}`);
    return { status: abci.ResponseProcessProposal_ProposalStatus.ACCEPT };
  }

  async extendVote(request: abci.RequestExtendVote): Promise<abci.ResponseExtendVote> {
    this.calls.push(`extend ${request.height}`);
    return { voteExtension: new TextEncoder().encode(`seen ${request.height}`) };
  }

  async verifyVoteExtension(): Promise<abci.ResponseVerifyVoteExtension> {
    return { status: abci.ResponseVerifyVoteExtension_VerifyStatus.ACCEPT };
  }

  async finalizeBlock(request: abci.RequestFinalizeBlock): Promise<abci.ResponseFinalizeBlock> {
    this.calls.push(`finalize ${request.height}`);
    this.finalized.push(request);
    const before = this.#candidate?.height === 0n ? this.#candidate.state : this.#latest.state;
    const state = new Map(before);
    const answer = abci.ResponseFinalizeBlock.fromPartial({});
    for (const tx of request.txs) {
      answer.txResults.push(this.#run(new TextDecoder().decode(tx), state, answer));
    }
    answer.events = [
      {
        type: 'block',
        attributes: [{ key: 'txs', value: String(request.txs.length), index: true }],
      },
    ];
    answer.appHash = hashOf(state);
    this.#candidate = { height: request.height, state };
    return answer;
  }

  #run(
    text: string,
    state: Map<string, string>,
    answer: abci.ResponseFinalizeBlock,
  ): abci.ExecTxResult {
    const [key = '', value = ''] = text.split('=');
    if (key === 'fail') return abci.ExecTxResult.fromPartial({ code: 5, codespace: 'kvstore' });
    if (key === 'crash') throw new Error('the application broke');
    if (key === 'validator') {
      const [publicKey = '', power = '0'] = value.split('!');
      answer.validatorUpdates.push({
        pubKey: { ed25519: Uint8Array.from(Buffer.from(publicKey, 'hex')) },
        power: BigInt(power),
      });
    } else if (key === 'max_gas') {
      answer.consensusParamUpdates = { block: { maxBytes: 22_020_096n, maxGas: BigInt(value) } };
    } else {
      state.set(key, value);
    }
    return abci.ExecTxResult.fromPartial({
      data: new TextEncoder().encode(value),
      gasWanted: 10n,
      gasUsed: 7n,
      events: [
        {
          type: 'message',
          attributes: [
            { key: 'sender', value: key, index: true },
            { key: 'amount', value, index: true },
            { key: 'note', value: 'not indexed', index: false },
          ],
        },
        {
          type: 'message',
          attributes: [
            { key: 'sender', value: 'everybody', index: true },
            { key: 'kind', value: 'second', index: true },
          ],
        },
      ],
    });
  }

  async commit(): Promise<abci.ResponseCommit> {
    if (this.#candidate === undefined) throw new Error('nothing to commit');
    this.calls.push(`commit ${this.#candidate.height}`);
    this.#versions.push(this.#candidate);
    this.#candidate = undefined;
    return { retainHeight: 0n };
  }

  async listSnapshots(): Promise<abci.ResponseListSnapshots> {
    return { snapshots: [] };
  }
  async offerSnapshot(): Promise<abci.ResponseOfferSnapshot> {
    return { result: abci.ResponseOfferSnapshot_Result.REJECT };
  }
  async loadSnapshotChunk(): Promise<abci.ResponseLoadSnapshotChunk> {
    return { chunk: new Uint8Array(0) };
  }
  async applySnapshotChunk(): Promise<abci.ResponseApplySnapshotChunk> {
    return {
      result: abci.ResponseApplySnapshotChunk_Result.ABORT,
      refetchChunks: [],
      rejectSenders: [],
    };
  }

  connectionsReset(): void {
    if (this.#candidate?.height !== 0n) this.#candidate = undefined;
  }

  async rollback(height: bigint): Promise<void> {
    this.#versions = this.#versions.filter((version) => version.height <= height);
    this.#candidate = undefined;
  }

  get versionCount(): number {
    return this.#versions.length;
  }
}

function hashOf(state: State): Uint8Array {
  const text = JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
  return new Uint8Array(createHash('sha256').update(text).digest());
}

/** The store as an engine opens it; `instances` collects every one that was opened. */
export function openStores(
  instances: KeyValueStore[],
  options: { readonly canRollBack: boolean } = { canRollBack: true },
): (request: { readonly fresh: boolean }) => Promise<EngineApplication> {
  return async ({ fresh }) => {
    const known = fresh ? undefined : instances.at(-1);
    const app = known ?? new KeyValueStore();
    if (known === undefined) instances.push(app);
    return {
      app,
      ...(options.canRollBack && { rollback: (height: bigint) => app.rollback(height) }),
      close: async () => undefined,
    };
  };
}
