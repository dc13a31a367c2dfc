/** The application driven call by call, as CometBFT would, with accounts whose keys a test holds. */
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
  ResponseProcessProposal_ProposalStatus,
  type ResponseQuery,
  type VoteInfo,
} from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { devAccounts } from '../../dev/accounts.ts';
import { type App, type AppOptions, createApp } from '../app.ts';
import { makeGenesis } from '../local-genesis.ts';
import { type Envelope, type SigningKey, sendMessage, signedTx } from './sender.ts';

export const chainId = 'artel-dev-test';
export const genesisTimeS = 1_767_225_600n;

/** ed25519 public keys of two validators nobody signs for; the first two accounts own them. */
export const validatorKeys: readonly Uint8Array[] = [
  new Uint8Array(32).fill(1),
  new Uint8Array(32).fill(2),
];

/** The first five have funds and an account, the sixth has neither. */
export const keys: readonly SigningKey[] = await devAccounts(6);

export interface Block {
  readonly txs?: readonly Uint8Array[];
  readonly votes?: readonly VoteInfo[];
  readonly misbehavior?: readonly Misbehavior[];
  /** Seconds since the last block. */
  readonly seconds?: bigint;
}

export class TestNode {
  readonly app: App;
  readonly sequences = new Map<string, bigint>();
  height = 0n;
  #timeS = genesisTimeS;

  private constructor(app: App) {
    this.app = app;
  }

  static async open(options: Partial<AppOptions> = {}): Promise<TestNode> {
    const logger = pino({ level: 'silent' });
    return new TestNode(await createApp({ path: ':memory:', logger, version: 'test', ...options }));
  }

  /** A node on its first genesis. */
  static async begun(
    options: Partial<AppOptions> = {},
    without: readonly string[] = [],
  ): Promise<TestNode> {
    const node = await TestNode.open(options);
    await node.begin(genesisState(without), without.includes('validators'));
    return node;
  }

  async begin(appState: unknown, withValidators = false) {
    return this.app.application.initChain(
      RequestInitChain.fromPartial({
        chainId,
        time: { seconds: genesisTimeS, nanos: 0 },
        appStateBytes: new TextEncoder().encode(JSON.stringify(appState)),
        initialHeight: 1n,
        consensusParams: { block: { maxBytes: 4_194_304n, maxGas: 50_000_000n } },
        validators: withValidators
          ? [{ pubKey: { ed25519: new Uint8Array(32).fill(1) }, power: 1n }]
          : [],
      }),
    );
  }

  check(tx: Uint8Array): Promise<ResponseCheckTx> {
    return this.app.application.checkTx({ tx, type: CheckTxType.NEW });
  }

  /** PrepareProposal and ProcessProposal of the next block: what it would hold, and the verdict. */
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

  async accepts(txs: readonly Uint8Array[]): Promise<boolean> {
    const { votes, ...rest } = this.#request({ txs });
    const { status } = await this.app.application.processProposal(
      RequestProcessProposal.fromPartial({ ...rest, proposedLastCommit: { round: 0, votes } }),
    );
    return status === ResponseProcessProposal_ProposalStatus.ACCEPT;
  }

  finalize(block: Block = {}): Promise<ResponseFinalizeBlock> {
    const { votes, ...rest } = this.#request(block);
    return this.app.application.finalizeBlock(
      RequestFinalizeBlock.fromPartial({ ...rest, decidedLastCommit: { round: 0, votes } }),
    );
  }

  async commit(block: Block = {}): Promise<void> {
    await this.app.application.commit();
    this.height += 1n;
    this.#timeS += block.seconds ?? 1n;
  }

  /** One block, finalized and committed. */
  async block(block: Block = {}): Promise<ResponseFinalizeBlock> {
    const result = await this.finalize(block);
    await this.commit(block);
    return result;
  }

  /** Goes on at the height that the store has: after a restart. */
  async resume(): Promise<void> {
    const { lastBlockHeight } = await this.app.application.info();
    this.height = lastBlockHeight;
    this.#timeS = genesisTimeS + lastBlockHeight;
  }

  query(path: string, data: Uint8Array = new Uint8Array(), height = 0n): Promise<ResponseQuery> {
    return this.app.application.query(RequestQuery.fromPartial({ path, data, height }));
  }

  /** A transfer of account `from`, with its next sequence. */
  send(from: number, to: string, amount: string, envelope: Partial<Envelope> = {}): Uint8Array {
    const key = keyOf(from);
    const sequence = this.sequences.get(key.address) ?? 0n;
    this.sequences.set(key.address, sequence + 1n);
    return signedTx(key, { ...transfer(from, to, amount), sequence, ...envelope });
  }

  get appHash(): string {
    return hex(this.app.store.head?.appHash ?? new Uint8Array());
  }

  #request({ txs = [], votes = [], misbehavior = [], seconds = 1n }: Block) {
    const height = this.height + 1n;
    return {
      txs: [...txs],
      height,
      time: { seconds: this.#timeS + seconds, nanos: 0 },
      hash: sha256(Buffer.concat([Buffer.from(height.toString()), ...txs])),
      misbehavior: [...misbehavior],
      votes: [...votes],
    };
  }
}

export function genesisState(without: readonly string[] = []): Record<string, unknown> {
  const doc = makeGenesis({
    chainId,
    genesisTimeMs: Number(genesisTimeS) * 1000,
    validators: validatorKeys.map((publicKey, index) => ({ name: `v${index}`, publicKey })),
    accounts: keys.slice(0, 5).map(({ address }) => address),
    without,
  });
  return doc.app_state as Record<string, unknown>;
}

/** What account `from` signs to send tokens, at sequence 0. */
export function transfer(from: number, to: string, amount: string): Envelope {
  return {
    messages: [sendMessage(keyOf(from).address, to, amount)],
    chainId,
    accountNumber: BigInt(from),
    sequence: 0n,
  };
}

export function keyOf(index: number): SigningKey {
  const key = keys[index];
  if (key === undefined) throw new Error(`no key ${index}`);
  return key;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
