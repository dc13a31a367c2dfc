/** What is done with the store of a stopped node: export, audit, and the two replays. */
import type { RequestFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import { RightOfWay } from '../abci/right-of-way.ts';
import { Store } from '../store/store.ts';
import { compose } from './app.ts';
import { auditLog, auditProblems, figuresOf } from './audit.ts';
import type { Chain, Composed } from './chain.ts';
import { violations } from './genesis.ts';
import { appStateText } from './genesis-text.ts';
import { NodeApplication } from './node-application.ts';
import { type Divergence, firstDifference, type ReplayResult, replayEvents } from './replay.ts';
import { otherProgram } from './upgrade.ts';
import { wholeState } from './whole-state.ts';

/** A stopped node's store has no chain: `artel start` never made a block there. */
export class NoChain extends Error {
  constructor(path: string) {
    super(`the store at ${path} holds no chain yet: start the node first`);
    this.name = 'NoChain';
  }
}

/** The chain of a stopped node. Close it in every case. */
export interface OfflineChain {
  readonly chain: Chain;
  readonly store: Store;
  /** `app_state` at a height (the last where left out) as JSON, and its block's time in ms. */
  exportGenesis(height?: bigint): Promise<{
    readonly height: bigint;
    readonly timeMs: bigint;
    readonly appState: AsyncIterable<string>;
  }>;
  /** Every invariant of every module at the last height: what is violated. */
  audit(): Promise<readonly string[]>;
  /** What an auditor, following the event log from genesis, finds different: empty when nothing. */
  auditNaively(o?: {
    readonly onProgress?: (height: bigint, last: bigint) => void;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly figures: number; readonly differences: readonly string[] }>;
  /** Folds the event log into an empty store in memory, comparing every height that is kept. */
  replayEvents(o?: {
    readonly onProgress?: (height: bigint, last: bigint) => void;
    readonly signal?: AbortSignal;
  }): Promise<ReplayResult>;
  close(): Promise<void>;
}

/**
 * Opens the store of a stopped node.
 *
 * @throws NoChain, StoreLocked, StoreFormat, StoreCorrupt; OtherProgramNeeded where the chain has
 *   rules that are newer than this program's.
 */
export async function openOffline(
  path: string,
  logger: Logger,
  composed: Composed = compose(logger),
): Promise<OfflineChain> {
  const store = await Store.open({ path, logger });
  const chain = composed.open(store);
  if (chain === undefined) {
    await store.close();
    throw new NoChain(path);
  }
  if (chain.appVersion() > composed.appVersion) {
    const needed = otherProgram(
      chain.appVersion(),
      composed.appVersion,
      chain.nextContext().height,
    );
    await store.close();
    throw needed;
  }
  const whole = async (height: bigint) =>
    wholeState(
      await store.at(height),
      chain.modules.map(({ name }) => name),
    );
  const last = (): bigint => store.head?.height ?? 0n;
  return {
    chain,
    store,
    async exportGenesis(height = last()) {
      const version = await store.at(height);
      const context = chain.contextAt(height);
      const appState = appStateText(chain.machine, chain.modules, version, context);
      return { height, timeMs: context.timeMs, appState };
    },
    async audit() {
      const state = await whole(last());
      return chain.machine.reading(state, chain.contextAt(last()), () =>
        violations(chain.machine, chain.modules),
      );
    },
    async auditNaively(o = {}) {
      const genesisHeight = chain.firstHeight - 1n;
      const auditor = auditLog({ ...o, store, modules: chain.enabled, genesisHeight });
      const { machine } = chain;
      const viewOf = (name: string) => (machine.has(name) ? machine.view(name) : undefined);
      const figures = machine.reading(await whole(last()), chain.contextAt(last()), () =>
        figuresOf(viewOf),
      );
      return { figures: figures.size, differences: auditProblems(auditor, figures) };
    },
    async replayEvents(o = {}) {
      const target = await Store.open({ path: ':memory:' });
      try {
        return await replayEvents({
          ...o,
          source: store,
          target,
          machine: composed.machineOf(chain.modules),
          modules: chain.enabled,
          genesisHeight: chain.firstHeight - 1n,
        });
      } finally {
        await target.close();
      }
    },
    close: () => store.close(),
  };
}

/** One stored block, as CometBFT would bring it again. */
export interface ReplayedBlock {
  readonly request: RequestFinalizeBlock;
  /** The app hash that was answered then; undefined where it was not kept. */
  readonly appHash: Uint8Array | undefined;
}

/**
 * Runs a chain again from its genesis in memory, block by block, comparing app hashes with what was
 * answered then; on a difference, the module is named by the roots of `recorded`, where that keeps
 * the height.
 */
export async function replayBlocks(o: {
  readonly genesis: Parameters<NodeApplication['initChain']>[0];
  readonly blocks: AsyncIterable<ReplayedBlock>;
  readonly recorded: Store;
  readonly logger: Logger;
  readonly onProgress?: (height: bigint) => void;
  readonly signal?: AbortSignal;
}): Promise<{ readonly blocks: number; readonly divergence?: Divergence }> {
  const store = await Store.open({ path: ':memory:' });
  try {
    const application = new NodeApplication({
      store,
      composed: compose(o.logger),
      logger: o.logger,
      version: '',
      rightOfWay: new RightOfWay(),
      minGasPrice: { num: 0n, den: 1n },
    });
    await application.initChain(o.genesis);
    let blocks = 0;
    for await (const { request, appHash } of o.blocks) {
      o.signal?.throwIfAborted();
      const { appHash: found } = await application.finalizeBlock(request);
      await application.commit();
      blocks += 1;
      if (appHash !== undefined && Buffer.compare(appHash, found) !== 0) {
        const named = await firstDifference(o.recorded, store, request.height);
        const { height } = request;
        return {
          blocks,
          divergence: named ?? { height, module: undefined, expected: appHash, found },
        };
      }
      o.onProgress?.(request.height);
    }
    return { blocks };
  } finally {
    await store.close();
  }
}
