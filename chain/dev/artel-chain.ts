/**
 * The embedded engine over the Artel application, with a funded genesis: for `artel dev` and for
 * tests.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApp } from '../app/app.ts';
import { makeGenesis } from '../app/local-genesis.ts';
import { type DevAccount, devAccounts } from './accounts.ts';
import type { OpenApplication } from './chain-runner.ts';
import { type DevChain, startDevChain } from './dev-chain.ts';
import type { BlockProduction } from './engine.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import type { MempoolLimits } from './mempool.ts';
import { devSigner } from './signer.ts';
import type { Clock } from './time.ts';

export interface ArtelChainOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** Version of the software, shown by `abci_info`. */
  readonly version: string;
  /**
   * `artel-dev-1` unless given; it begins with `artel-dev-` or `artel-local-`, for its keys are
   * public.
   */
  readonly chainId?: string;
  /** Funded accounts, from the test mnemonic; 10 unless given. */
  readonly accounts?: number;
  /** Validators that the engine votes for; 1 unless given. */
  readonly validators?: number;
  /** Modules to leave out. */
  readonly without?: readonly string[];
  /** A last change of the genesis document. */
  readonly genesis?: (doc: GenesisDoc) => GenesisDoc;
  readonly production?: BlockProduction;
  readonly mempool?: Partial<MempoolLimits>;
  /** Folder for blocks and state; left out, the chain lives in memory. */
  readonly home?: string;
  /** 0, a free one, unless given. */
  readonly port?: number;
  /** False: FinalizeBlock executes again whatever ProcessProposal kept. */
  readonly reuseProposals?: boolean;
}

export interface ArtelChain extends DevChain {
  /** Of the test mnemonic, in its order; the first ones own the validators. */
  readonly accounts: readonly DevAccount[];
}

/** Versions of the state that are kept, so that a snapshot far back can be reverted to. */
const keptVersions = 1_000_000;

/** @throws Error with code EADDRINUSE where the port is taken, `StoreLocked` where the home is. */
export async function startArtelChain(options: ArtelChainOptions): Promise<ArtelChain> {
  const accounts = await devAccounts(options.accounts ?? 10);
  const { home, production, mempool, port } = options;
  const genesis = makeGenesis({
    chainId: options.chainId ?? 'artel-dev-1',
    genesisTimeMs: Number(options.clock.nowMs()),
    validators: Array.from({ length: options.validators ?? 1 }, (_, index) => ({
      name: `validator${index}`,
      publicKey: devSigner(index).publicKey,
    })),
    accounts: accounts.map(({ address }) => address),
    without: options.without ?? [],
  }) as unknown as GenesisDoc;
  const chain = await startDevChain({
    genesis: options.genesis === undefined ? genesis : options.genesis(genesis),
    openApplication: openArtel(options),
    clock: options.clock,
    log: options.log,
    ...(production && { production }),
    ...(mempool && { mempool }),
    ...(home !== undefined && { blocksFolder: join(home, 'blocks') }),
    ...(port !== undefined && { port }),
  });
  return { ...chain, accounts };
}

function openArtel({ home, log, version, reuseProposals }: ArtelChainOptions): OpenApplication {
  const path = home === undefined ? ':memory:' : join(home, 'state');
  return async ({ fresh }) => {
    if (fresh && home !== undefined) await rm(path, { recursive: true, force: true });
    const { application, close } = await createApp({
      path,
      logger: log,
      version,
      pruning: { keepRecent: keptVersions, keepEvery: 0 },
      ...(reuseProposals !== undefined && { reuseProposals }),
    });
    return { app: application, rollback: (height) => application.rollback(height), close };
  };
}
