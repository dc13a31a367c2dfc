/**
 * Runs decided blocks on the application and remembers what came of them: begins a chain, takes it
 * up again after a restart, goes back. Which blocks there are to be is the engine's matter.
 */
import type {
  ResponseFinalizeBlock,
  ResponseInfo,
  ResponseInitChain,
} from 'cosmjs-types/tendermint/abci/types';
import { Block } from 'cosmjs-types/tendermint/types/block';
import type { Application } from '../abci/application.ts';
import { blockId as blockIdOf } from '../client/hashing.ts';
import { type Beginning, BlockLog, type BlockRecord, type BlockStorage } from './block-log.ts';
import { finalizeRequest } from './block-maker.ts';
import { type ChainState, genesisState, nextState } from './chain-state.ts';
import { type Genesis, type GenesisDoc, initChainRequest, readGenesis } from './genesis-doc.ts';

/** The application that an engine drives, and what the engine needs of it beyond ABCI. */
export interface EngineApplication {
  readonly app: Application;
  /**
   * Goes back in time: the state committed at `height` becomes the newest, what came after is
   * forgotten, and `info` tells this height. Without it the application is opened afresh and the
   * blocks are run again.
   */
  rollback?(height: bigint): Promise<void>;
  close(): Promise<void>;
}

/** Opens the application; `fresh` empties whatever it has stored. */
export type OpenApplication = (options: { readonly fresh: boolean }) => Promise<EngineApplication>;

export interface RunnerOptions {
  /** Of a new chain; stored blocks bring their own. */
  readonly genesis: GenesisDoc;
  readonly openApplication: OpenApplication;
  /** Left out: the chain lives in memory. */
  readonly storage?: BlockStorage;
  /** Told of each finished block. */
  readonly onBlock?: (record: BlockRecord) => void;
  /** Told when blocks above a height are forgotten. */
  readonly onRewind?: (height: bigint) => void;
}

/** Makes room for a commit, during which nothing may be checked, and runs it once. */
export type AroundCommit = (commit: () => Promise<BlockRecord>) => Promise<BlockRecord>;

export class ChainRunner {
  readonly blocks = new BlockLog();
  readonly #options: RunnerOptions;
  #application: EngineApplication;
  #genesis: Genesis;
  #state: ChainState | undefined;

  private constructor(options: RunnerOptions, application: EngineApplication, genesis: Genesis) {
    this.#options = options;
    this.#application = application;
    this.#genesis = genesis;
  }

  /**
   * Begins the chain, or goes on where the stored blocks end, running again those that the
   * application lacks.
   *
   * @throws Error where application and blocks belong to different chains.
   */
  static async open(options: RunnerOptions): Promise<ChainRunner> {
    const stored = await options.storage?.readBeginning();
    const genesis = readGenesis(stored?.genesis ?? options.genesis);
    const application = await options.openApplication({ fresh: false });
    const runner = new ChainRunner(options, application, genesis);
    try {
      if (stored === undefined) await runner.#begin();
      else await runner.#resume(stored);
    } catch (error) {
      await application.close();
      throw error;
    }
    return runner;
  }

  get app(): Application {
    return this.#application.app;
  }

  get genesis(): Genesis {
    return this.#genesis;
  }

  get state(): ChainState {
    if (this.#state === undefined) throw new Error('the chain has not begun');
    return this.#state;
  }

  /**
   * Runs a decided block to its end.
   *
   * @throws Error where the application fails or its answer can't be used; the chain can't go on.
   */
  async apply(block: Block, around: AroundCommit = (commit) => commit()): Promise<BlockRecord> {
    const results = await this.#finalize(this.state, block);
    const record = this.#recordOf(block, results);
    await this.#options.storage?.writeBlock({ block, results });
    await around(async () => {
      await this.app.commit({});
      this.#append(record);
      return record;
    });
    this.#options.onBlock?.(record);
    return record;
  }

  /** Goes back to an earlier block of this chain. */
  async rewind(height: bigint): Promise<void> {
    const kept = this.blocks.at(height);
    if (kept === undefined) throw new Error(`there is no block ${height} to go back to`);
    if (this.#application.rollback === undefined) await this.#replayTo(height);
    else if (height < this.state.lastHeight) await this.#application.rollback(height);
    this.app.connectionsReset();
    this.#forgetAbove(height);
    this.#state = kept.after;
    await this.#options.storage?.truncate(height);
  }

  /** Forgets this chain and begins another. */
  async restart(doc: GenesisDoc): Promise<void> {
    const genesis = readGenesis(doc);
    await this.#openFresh();
    this.#forgetAbove(-1n);
    await this.#options.storage?.clear();
    this.#genesis = genesis;
    await this.#begin();
  }

  async close(): Promise<void> {
    await this.#application.close();
    await this.#options.storage?.close();
  }

  async #begin(): Promise<void> {
    const genesis = this.#genesis;
    this.app.connectionsReset();
    const { appVersion, lastBlockHeight } = await this.#info();
    if (lastBlockHeight > 0n) {
      throw new Error(
        `the application is at height ${lastBlockHeight}, but there are no blocks: ` +
          'its folder belongs to another chain',
      );
    }
    const answer: ResponseInitChain = await this.app.initChain(initChainRequest(genesis));
    this.#state = genesisState(genesis, answer, appVersion);
    await this.#options.storage?.writeBeginning({ genesis: genesis.doc, answer, appVersion });
  }

  async #resume({ answer, appVersion }: Beginning): Promise<void> {
    this.app.connectionsReset();
    this.#state = genesisState(this.#genesis, answer, appVersion);
    const { lastBlockHeight } = await this.#info();
    if (lastBlockHeight === 0n) await this.app.initChain(initChainRequest(this.#genesis));
    for await (const { block, results } of this.#options.storage?.readBlocks() ?? []) {
      if (block.header.height > lastBlockHeight) await this.#repeat(block, results);
      const record = this.#recordOf(block, results);
      this.#append(record);
      this.#options.onBlock?.(record);
    }
    const { lastHeight } = this.state;
    if (lastBlockHeight <= lastHeight) return;
    throw new Error(
      `the application is at height ${lastBlockHeight}, the stored blocks end at ${lastHeight}: ` +
        'they belong to different chains',
    );
  }

  async #repeat(block: Block, before: ResponseFinalizeBlock): Promise<void> {
    const again = await this.#finalize(this.state, block);
    if (Buffer.compare(again.appHash, before.appHash) !== 0) {
      const [now, then] = [again.appHash, before.appHash].map((one) => hex(one));
      throw new Error(`block ${block.header.height} gives app hash ${now}, it was ${then}`);
    }
    await this.app.commit({});
  }

  /** A fresh application up to `height`, for one that can't roll back. */
  async #replayTo(height: bigint): Promise<void> {
    await this.#openFresh();
    await this.app.initChain(initChainRequest(this.#genesis));
    for (const { block, before } of this.blocks) {
      if (block.header.height > height) break;
      await this.#finalize(before, block);
      await this.app.commit({});
    }
  }

  async #openFresh(): Promise<void> {
    await this.#application.close();
    this.#application = await this.#options.openApplication({ fresh: true });
  }

  async #finalize(state: ChainState, block: Block): Promise<ResponseFinalizeBlock> {
    const results = await this.app.finalizeBlock(finalizeRequest(state, block));
    const { length } = block.data.txs;
    if (results.txResults.length === length) return results;
    throw new Error(
      `expected tx results length to match size of transactions in block. ` +
        `Expected ${length}, got ${results.txResults.length}`,
    );
  }

  #recordOf(block: Block, results: ResponseFinalizeBlock): BlockRecord {
    const before = this.state;
    const blockId = blockIdOf(block);
    const after = nextState(before, block.header, blockId, results);
    return { block, blockId, size: Block.encode(block).finish().length, results, before, after };
  }

  #append(record: BlockRecord): void {
    this.#state = record.after;
    this.blocks.append(record);
  }

  #forgetAbove(height: bigint): void {
    this.blocks.truncate(height);
    this.#options.onRewind?.(height);
  }

  #info(): Promise<ResponseInfo> {
    return this.app.info(infoRequest);
  }
}

/** How CometBFT 0.38 introduces itself. */
export const infoRequest = {
  version: '0.38.25',
  blockVersion: 11n,
  p2pVersion: 8n,
  abciVersion: '2.0.0',
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
