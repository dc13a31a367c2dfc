/**
 * A chain in one process: makes blocks without CometBFT, and drives the application as CometBFT
 * 0.38 would. Headers, hashes, commits and validator sets are CometBFT's, signed by known keys.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResponseCheckTx } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Commit } from 'cosmjs-types/tendermint/types/types';
import type { Logger } from 'pino';
import type { Application } from '../abci/application.ts';
import type { BlockLog, BlockRecord } from './block-log.ts';
import { signCommit } from './block-maker.ts';
import { ChainRunner, type RunnerOptions } from './chain-runner.ts';
import type { ChainState } from './chain-state.ts';
import { type Dump, writeDump } from './dump.ts';
import type { Genesis } from './genesis-doc.ts';
import { defaultMempoolLimits, Mempool, type MempoolLimits } from './mempool.ts';
import {
  EvidencePool,
  makeDuplicateVote,
  makeLightClientAttack,
  type SceneOfMisbehaviour,
} from './misbehaviour.ts';
import { propose } from './propose.ts';
import { devSigner, devSignerCount, type Signer } from './signer.ts';
import type { Clock } from './time.ts';
import { extendVotes, type VoteExtensions } from './vote-extensions.ts';

/**
 * The application that an engine drives, and what the engine needs beyond ABCI to go back in time.
 */
export interface EngineApplication {
  readonly app: Application;
  /**
   * Makes the state committed at `height` the newest; what came after is forgotten, and `info`
   * tells this height. Without it the engine opens the application afresh and runs the blocks
   * again.
   */
  rollback?(height: bigint): Promise<void>;
  close(): Promise<void>;
}

/** Opens the application; `fresh` empties whatever it has stored. */
export type OpenApplication = (options: { readonly fresh: boolean }) => Promise<EngineApplication>;

/** When blocks are made: with the first waiting transaction, in fixed steps, or only when told. */
export type BlockProduction =
  | { readonly kind: 'on-demand' }
  | { readonly kind: 'interval'; readonly everyMs: number }
  | { readonly kind: 'manual' };

export interface EngineOptions extends RunnerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly production: BlockProduction;
  readonly mempool?: Partial<MempoolLimits>;
}

/** The application or the engine failed inside a block; the chain makes no further ones. */
export class ChainHaltedError extends Error {}

interface Snapshot {
  readonly height: bigint;
  readonly offsetMs: bigint;
}

export class Engine {
  readonly mempool: Mempool;
  readonly evidence = new EvidencePool();
  readonly #options: EngineOptions;
  readonly #runner: ChainRunner;
  readonly #signers = new Map<string, Signer>();
  readonly #absent = new Set<string>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #waiters = new Set<(record: BlockRecord) => void>();
  readonly #stop = new AbortController();
  #offsetMs = 0n;
  #nextSnapshot = 1;
  #extensions: VoteExtensions = new Map();
  #halted: Error | undefined;
  #blockWanted = false;
  /** Blocks, reverts and loads come one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: EngineOptions, runner: ChainRunner, offsetMs: bigint) {
    this.#options = options;
    this.#runner = runner;
    this.#offsetMs = offsetMs;
    this.mempool = new Mempool(() => this.app, { ...defaultMempoolLimits, ...options.mempool });
    for (let index = 0; index < devSignerCount; index++) this.addSigner(devSigner(index));
    for (const { block } of runner.blocks) this.evidence.committed(block.evidence.evidence);
  }

  /** Begins the chain with its first blocks, or goes on where the stored ones end. */
  static async open(options: EngineOptions): Promise<Engine> {
    const runner = await ChainRunner.open(options);
    try {
      const engine = new Engine(options, runner, (await options.storage?.readOffsetMs()) ?? 0n);
      if (engine.blocks.last === undefined) await engine.#produce();
      // A header vouches for the state of the block before, so the genesis needs a second one.
      if (options.production.kind !== 'manual' && engine.blocks.last === engine.blocks.first) {
        await engine.#produce();
      }
      if (options.production.kind === 'interval') engine.#tick(options.production.everyMs);
      return engine;
    } catch (error) {
      await runner.close();
      throw error;
    }
  }

  get app(): Application {
    return this.#runner.app;
  }

  get blocks(): BlockLog {
    return this.#runner.blocks;
  }

  get state(): ChainState {
    return this.#runner.state;
  }

  get genesis(): Genesis {
    return this.#runner.genesis;
  }

  /** How far block time runs ahead of the clock. */
  get offsetMs(): bigint {
    return this.#offsetMs;
  }

  /** The validator that speaks for this node. */
  get signer(): Signer {
    const known = this.state.validators.validators.find(({ address }) => this.#signerOf(address));
    return (known && this.#signers.get(hex(known.address))) ?? devSigner(0);
  }

  /** Lets the engine vote for one more validator. */
  addSigner(signer: Signer): void {
    this.#signers.set(hex(signer.address), signer);
  }

  /**
   * From the next block on exactly these validators don't vote. With a third of the power or more
   * away CometBFT would stop; the engine goes on, with commits that no light client accepts.
   */
  setAbsent(addresses: readonly Uint8Array[]): void {
    this.#absent.clear();
    for (const address of addresses) this.#absent.add(hex(address));
  }

  /**
   * Takes a transaction as `broadcast_tx_sync` does, and makes a block soon where blocks are made
   * on demand.
   *
   * @throws MempoolError where the mempool refuses it unseen.
   */
  async submit(tx: Uint8Array): Promise<ResponseCheckTx> {
    const answer = await this.mempool.submit(tx, this.state.params);
    if (answer.code === 0 && this.#options.production.kind === 'on-demand') this.#wantBlock();
    return answer;
  }

  /**
   * Takes a transaction as `broadcast_tx_async` does: nobody hears what the application says of it.
   */
  submitUnwatched(tx: Uint8Array): void {
    this.mempool
      .submit(tx, this.state.params)
      .then(({ code }) => {
        if (code === 0 && this.#options.production.kind === 'on-demand') this.#wantBlock();
      })
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'a check failed'));
  }

  /** Evidence that was checked already; the next block carries it, unless one did before. */
  takeEvidence(evidence: Evidence): void {
    if (this.evidence.add(evidence) && this.#options.production.kind === 'on-demand') {
      this.#wantBlock();
    }
  }

  /** Makes `count` blocks now, with whatever waits. */
  async mine(count = 1): Promise<void> {
    await this.#inTurn(async () => {
      for (let made = 0; made < count; made++) await this.#produce();
    });
  }

  /** Moves block time ahead and makes a block at the new time, so that due timers run. */
  async advanceTime(ms: bigint): Promise<void> {
    if (ms < 0n) throw new RangeError(`time can only be advanced, by 0 ms or more; got ${ms}`);
    await this.#inTurn(async () => {
      this.#offsetMs += ms;
      await this.#options.storage?.writeOffsetMs(this.#offsetMs);
      await this.#produce();
    });
  }

  /** Remembers this height and time; the id stays good until something earlier is reverted to. */
  async snapshot(): Promise<string> {
    return this.#inTurn(async () => {
      const id = String(this.#nextSnapshot++);
      this.#snapshots.set(id, { height: this.state.lastHeight, offsetMs: this.#offsetMs });
      return id;
    });
  }

  /**
   * Goes back to a snapshot: later blocks, waiting transactions and later snapshots are forgotten.
   */
  async revert(id: string): Promise<void> {
    await this.#inTurn(async () => {
      const snapshot = this.#snapshots.get(id);
      if (snapshot === undefined) throw new Error(`there is no snapshot ${id}`);
      await this.mempool.exclusively(() => this.#rewind(snapshot));
      for (const other of [...this.#snapshots.keys()]) {
        if (Number(other) > Number(id)) this.#snapshots.delete(other);
      }
    });
  }

  /** The chain as text, see {@link writeDump}. No block is made meanwhile. */
  async dump(write: (line: string) => Promise<void>): Promise<void> {
    await this.#inTurn(async () => {
      for (const line of writeDump(this.genesis.doc, this.#offsetMs, this.blocks)) {
        await write(line);
      }
    });
  }

  /** Replaces this chain by a dumped one. A dump that can't be run leaves the chain halted. */
  async load(dump: Dump): Promise<void> {
    await this.#inTurn(() =>
      this.mempool.exclusively(async () => {
        try {
          this.#forget();
          await this.#runner.restart(dump.genesis);
          for (const { block, appHash } of dump.blocks) await this.#rerun(block, appHash);
        } catch (error) {
          throw this.#halt(error);
        }
        this.#snapshots.clear();
        this.#offsetMs = dump.offsetMs;
        await this.#options.storage?.writeOffsetMs(this.#offsetMs);
      }),
    );
  }

  /**
   * Resolves with the first block from now on for which `wanted` holds; undefined after the time.
   */
  async waitForBlock(
    wanted: (record: BlockRecord) => boolean,
    timeoutMs: number,
  ): Promise<BlockRecord | undefined> {
    const found = Promise.withResolvers<BlockRecord | undefined>();
    const timer = setTimeout(() => found.resolve(undefined), timeoutMs);
    const check = (record: BlockRecord): void => {
      if (wanted(record)) found.resolve(record);
    };
    const stopped = (): void => found.resolve(undefined);
    this.#waiters.add(check);
    this.#stop.signal.addEventListener('abort', stopped);
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', stopped);
      this.#waiters.delete(check);
    }
  }

  /** Evidence that the next block carries: a validator signed twice at `height`. */
  injectDuplicateVote(height: bigint, validator: Uint8Array): Evidence {
    return this.#inject(makeDuplicateVote(this.scene(height), this.#requireSigner(validator)));
  }

  /** Evidence that the next block carries: these validators signed a false header of `height`. */
  injectLightClientAttack(height: bigint, validators: readonly Uint8Array[]): Evidence {
    const signers = validators.map((address) => this.#requireSigner(address));
    return this.#inject(makeLightClientAttack(this.scene(height), signers));
  }

  /** A past header with its validators, by which evidence is judged. */
  scene(height: bigint): SceneOfMisbehaviour {
    const record = this.blocks.at(height);
    if (record === undefined) throw new Error(`don't have header #${height}`);
    return { header: record.block.header, validators: record.before.validators };
  }

  /** The commit of a block: the one in the next block, or for the last block one signed now. */
  commitOf(record: BlockRecord): { commit: Commit; canonical: boolean } {
    const { height, time } = record.block.header;
    const canonical = this.blocks.at(height + 1n)?.block.lastCommit;
    if (canonical !== undefined) return { commit: canonical, canonical: true };
    const { blockId, before } = record;
    const signed = { height, blockId, validators: before.validators };
    const commit = signCommit(this.state.chainId, signed, time, (one) => this.#signerOf(one));
    return { commit, canonical: false };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#turn;
    await this.mempool.exclusively(() => this.#runner.close());
  }

  #inject(evidence: Evidence): Evidence {
    this.evidence.add(evidence);
    return evidence;
  }

  #signerOf(address: Uint8Array): Signer | undefined {
    const id = hex(address);
    return this.#absent.has(id) ? undefined : this.#signers.get(id);
  }

  #requireSigner(address: Uint8Array): Signer {
    const signer = this.#signers.get(hex(address));
    if (signer !== undefined) return signer;
    throw new Error(`the engine has no key of validator ${hex(address)}`);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      if (this.#stop.signal.aborted) throw new Error('the chain is closed');
      return work();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Goes on for ever; a halted chain may be reverted to where it stood. */
  #tick(everyMs: number): void {
    const { signal } = this.#stop;
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await sleep(everyMs, undefined, { signal });
        if (this.#halted === undefined) await this.mine();
      }
    };
    const again = (error: unknown): Promise<void> | undefined => {
      if (signal.aborted) return undefined;
      this.#options.log.error({ err: error }, 'the block was not made');
      return run().catch(again);
    };
    run().catch(again);
  }

  #wantBlock(): void {
    if (this.#blockWanted || this.#stop.signal.aborted) return;
    this.#blockWanted = true;
    setImmediate(() => {
      this.#inTurn(() => this.#produceWhileWanted()).catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#options.log.error({ err: error }, 'the block was not made');
      });
    });
  }

  /**
   * As CometBFT without empty blocks: one more after the last, where the app hash is not in a
   * header yet.
   */
  async #produceWhileWanted(): Promise<void> {
    this.#blockWanted = false;
    while (this.mempool.size > 0 || this.evidence.size > 0) {
      const { block } = await this.#produce();
      if (block.data.txs.length + block.evidence.evidence.length === 0) break;
    }
    const { last } = this.blocks;
    if (last !== undefined && !same(last.block.header.appHash, this.state.appHash)) {
      await this.#produce();
    }
  }

  async #produce(): Promise<BlockRecord> {
    if (this.#halted !== undefined) throw this.#halted;
    const block = await propose({
      app: this.app,
      state: this.state,
      mempool: this.mempool,
      evidence: this.evidence,
      extensions: this.#extensions,
      nowMs: this.#options.clock.nowMs() + this.#offsetMs,
      signerOf: (address) => this.#signerOf(address),
    });
    try {
      const extensions = await extendVotes(this.app, this.state, block, (address) =>
        this.#signerOf(address),
      );
      const record = await this.#apply(block);
      this.#extensions = extensions;
      return record;
    } catch (error) {
      throw this.#halt(error);
    }
  }

  #halt(error: unknown): ChainHaltedError {
    const reason = error instanceof Error ? error.message : String(error);
    const height = this.state.lastHeight + 1n;
    this.#halted = new ChainHaltedError(`the chain halted at height ${height}: ${reason}`, {
      cause: error,
    });
    this.#options.log.error({ err: error, height: String(height) }, 'the chain halted');
    return this.#halted;
  }

  async #apply(block: Block): Promise<BlockRecord> {
    const record = await this.#runner.apply(block, (commit) =>
      this.mempool.exclusively(async () => {
        const done = await commit();
        await this.mempool.update(block.data.txs, done.results.txResults, done.after.params);
        return done;
      }),
    );
    this.evidence.committed(block.evidence.evidence);
    for (const waiter of this.#waiters) waiter(record);
    return record;
  }

  async #rerun(block: Block, appHash: Uint8Array): Promise<void> {
    const { after } = await this.#runner.apply(block);
    this.evidence.committed(block.evidence.evidence);
    if (same(after.appHash, appHash)) return;
    throw new Error(
      `block ${block.header.height} gives app hash ${hex(after.appHash)}, ` +
        `the dump has ${hex(appHash)}: it was made with other rules`,
    );
  }

  async #rewind({ height, offsetMs }: Snapshot): Promise<void> {
    try {
      await this.#runner.rewind(height);
    } catch (error) {
      throw this.#halt(error);
    }
    this.#forget();
    for (const { block } of this.blocks) this.evidence.committed(block.evidence.evidence);
    this.#offsetMs = offsetMs;
    await this.#options.storage?.writeOffsetMs(offsetMs);
  }

  /** What waited for blocks that will not be. */
  #forget(): void {
    this.mempool.clear();
    this.evidence.clear();
    this.#extensions = new Map();
    this.#halted = undefined;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
