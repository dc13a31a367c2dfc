/**
 * The program, on one page: which modules there are, what they cause in each other, what they may
 * read of each other. Read this first.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Address } from '../../modules/_kernel/address.ts';
import type { View } from '../../modules/_kernel/tables.ts';
import { type Uhub, uhub } from '../../modules/_kernel/units.ts';
import { storeCosts } from '../../modules/accounts/gas.ts';
import { accounts } from '../../modules/accounts/module.ts';
import type { FeeCharged } from '../../modules/accounts/types.ts';
import type { tables as bankTables } from '../../modules/bank/keys.ts';
import { bank } from '../../modules/bank/module.ts';
import type { Transferred } from '../../modules/bank/types.ts';
import { chain } from '../../modules/chain/module.ts';
import { coupons } from '../../modules/coupons/module.ts';
import { feegrant } from '../../modules/feegrant/module.ts';
import type { AllowanceGranted } from '../../modules/feegrant/types.ts';
import { production } from '../../modules/production/module.ts';
import { trust } from '../../modules/trust/module.ts';
import type { tables as validatorsTables } from '../../modules/validators/keys.ts';
import { validators } from '../../modules/validators/module.ts';
import { evidenceAgeProblem } from '../../modules/validators/parameters.ts';
import { plannedUpgradeOf } from '../../modules/validators/queries.ts';
import {
  type BondCut,
  type Bonded,
  bondPool,
  type ChangePassed,
  type FeesDistributed,
  feeCollector,
  type UnbondingFinished,
} from '../../modules/validators/types.ts';
import { RightOfWay } from '../abci/right-of-way.ts';
import { type SnapshotSettings, Snapshots } from '../snapshot/snapshots.ts';
import type { CacheSizes } from '../store/head.ts';
import type { Pruning } from '../store/pruning.ts';
import { Store } from '../store/store.ts';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { loadEcdsa } from '../tx/ecdsa.ts';
import { SignaturePool } from '../tx/signature-pool.ts';
import { SignatureVerifier } from '../tx/signatures.ts';
import { fairTurn } from './block.ts';
import { Composed } from './chain.ts';
import type { AnyModule, Composition, Reactor } from './composition.ts';
import { labourImbalance } from './labour-balance.ts';
import { labourPorts, labourReactors } from './labour-economy.ts';
import { NodeApplication } from './node-application.ts';
import type { BlockRetention } from './retain-height.ts';
import { threadedScans } from './scans.ts';
import { SignaturesAhead } from './signatures-ahead.ts';
import { timeBudget } from './time.ts';

/** Version of the rules: raised whenever the same blocks would give another state. */
export const appVersion = 1n;

/**
 * The order is that of genesis, and of the end of a block. `chain` comes first: it starts the
 * others.
 */
const modules: readonly AnyModule[] = [
  chain,
  accounts,
  bank,
  feegrant,
  validators,
  trust,
  production,
  coupons,
];

/**
 * Effects, in the order in which they happen after an event. One that is refused refuses the
 * transaction; at block level it becomes the fact `EffectRefused`.
 */
const reactors: readonly Reactor[] = [
  {
    on: 'accounts',
    event: 'FeeCharged',
    to: 'bank',
    otherwise: 'refuse',
    commands: ({ payer, amountUhub }: FeeCharged) => [
      transfer(payer, feeCollector, amountUhub, 'fee'),
    ],
  },
  {
    // Whoever receives tokens has an account, and with it a number to sign with.
    on: 'bank',
    event: 'Transferred',
    to: 'accounts',
    otherwise: 'skip',
    commands: ({ recipient }: Transferred) => [{ type: 'OpenAccount', address: recipient }],
  },
  {
    // Whose fees are paid can sign at once, without a token.
    on: 'feegrant',
    event: 'AllowanceGranted',
    to: 'accounts',
    otherwise: 'skip',
    commands: ({ grantee }: AllowanceGranted) => [{ type: 'OpenAccount', address: grantee }],
  },
  {
    on: 'validators',
    event: 'Bonded',
    to: 'bank',
    otherwise: 'refuse',
    commands: ({ owner, amountUhub }: Bonded) => [transfer(owner, bondPool, amountUhub, 'bond')],
  },
  {
    on: 'validators',
    event: 'UnbondingFinished',
    to: 'bank',
    otherwise: 'skip',
    commands: ({ owner, amountUhub }: UnbondingFinished) => [
      transfer(bondPool, owner, amountUhub, 'unbonding'),
    ],
  },
  {
    on: 'validators',
    event: 'BondCut',
    to: 'bank',
    otherwise: 'skip',
    commands: ({ amountUhub }: BondCut) => [{ type: 'Burn', from: bondPool, amountUhub }],
  },
  {
    on: 'validators',
    event: 'FeesDistributed',
    to: 'bank',
    otherwise: 'skip',
    commands: ({ payouts }: FeesDistributed) =>
      payouts.map(({ owner, amountUhub }) => transfer(feeCollector, owner, amountUhub, 'fees')),
  },
  ...labourReactors,
  ...['accounts', 'trust', 'validators', 'production', 'coupons'].map(
    (to): Reactor => ({
      on: 'validators',
      event: 'ChangePassed',
      to,
      otherwise: 'skip',
      commands: ({ module, json }: ChangePassed) =>
        module === to ? [{ type: 'SetParameters', json }] : [],
    }),
  ),
];

/** What a module may read of others: as little as it declares. */
const ports: Composition['ports'] = {
  ...labourPorts,
  validators: (viewOf) => ({
    balanceUhub(address: Address): Uhub | undefined {
      const bankView = viewOf('bank') as View<typeof bankTables> | undefined;
      return bankView && uhub(bankView.balances.get(address) ?? 0n);
    },
    problemWithParameters(name: string, json: unknown): string | undefined {
      const module = modules.find((candidate) => candidate.name === name);
      if (module?.parameters === undefined) return `module ${name} has no parameters`;
      return module.parameters.check(json);
    },
  }),
};

/** What only the host can check of a genesis: modules against consensus. */
function problemWithGenesis(
  state: ReadonlyMap<string, unknown>,
  consensusEvidenceAgeMs: bigint,
): string | undefined {
  const bonds = state.get('validators');
  return bonds === undefined ? undefined : evidenceAgeProblem(bonds, consensusEvidenceAgeMs);
}

const composition: Composition = {
  modules,
  reactors,
  ports,
  critical: new Set(['artel.validators.v1.LastValidatorKept']),
  plannedUpgrade(viewOf) {
    const view = viewOf('validators') as View<typeof validatorsTables> | undefined;
    return view && plannedUpgradeOf(view);
  },
  migrations: [],
  problemWithGenesis,
  watch: labourImbalance,
};

/** All modules of this program, by name. */
export const modulesByName: ReadonlyMap<string, AnyModule> = new Map(
  modules.map((module) => [module.name, module]),
);

/**
 * What the others need for a proposal is about what it took here; CometBFT waits 3 s for both, and
 * goes on to another round, with another proposal, where that is too short. What a block leaves in
 * the mempool is checked again after it, so shorter blocks cost more.
 */
const defaultProposalMs = 1_000;

/** Signatures found right that are remembered: a full mempool and some blocks. */
const rememberedSignatures = 50_000;

/** The composition with the host's costs, clock and signature library: what chains begin with. */
export function compose(logger: Logger, remembered = rememberedSignatures): Composed {
  return new Composed({
    composition,
    costs: storeCosts,
    turn: fairTurn(() => performance.now()),
    verifier: new SignatureVerifier({ verifyEcdsa: loadEcdsa(logger), remembered }),
    appVersion,
  });
}

export interface AppOptions {
  /** Folder of the store, or `:memory:`. */
  readonly path: string;
  readonly logger: Logger;
  /** Software version, shown by Info. */
  readonly version: string;
  readonly minGasPrice?: { readonly num: bigint; readonly den: bigint };
  readonly reuseProposals?: boolean;
  /** Time for a proposal in milliseconds; a play that has to come out alike sets Infinity. */
  readonly proposalMs?: number;
  /** Signatures found right that are remembered; 0 verifies each one again, for tests. */
  readonly rememberedSignatures?: number;
  /** Heights that the store keeps; its default where left out. */
  readonly pruning?: Pruning;
  /** Memory of the store's caches; its default where left out. */
  readonly caches?: CacheSizes;
  /** Who measures; nobody where left out. */
  readonly telemetry?: Telemetry;
  /** Snapshots of a store in a folder; none are made, offered or taken where left out. */
  readonly snapshots?: SnapshotSettings;
  /** Which blocks CometBFT keeps; all of them where left out. */
  readonly retention?: BlockRetention;
  /** False: queries that read much are answered in the thread of the blocks, too. */
  readonly scanThreads?: boolean;
  /** A query that reads much is refused after so many ms; a minute where left out. */
  readonly longestQueryMs?: number;
  /** Threads that verify signatures; the thread of the blocks does where left out. */
  readonly signatureThreads?: number;
  /** Another program than this one's own, for tests. */
  readonly composed?: Composed;
}

export interface App {
  readonly application: NodeApplication;
  readonly store: Store;
  readonly snapshots: Snapshots | undefined;
  /** What goes before other threads' work. */
  readonly rightOfWay: RightOfWay;
  close(): Promise<void>;
}

/** Opens the store of a node and the application on it. */
export async function createApp(options: AppOptions): Promise<App> {
  const { path, logger, version, pruning, caches, reuseProposals } = options;
  const store = await Store.open({
    path,
    logger,
    ...(pruning === undefined ? {} : { pruning }),
    ...(caches === undefined ? {} : { caches }),
  });
  const composed = options.composed ?? compose(logger, options.rememberedSignatures);
  const telemetry = options.telemetry ?? silentTelemetry;
  // A program of a test's own is not known to the threads, and a store in memory can't be.
  const rightOfWay = new RightOfWay();
  const scans =
    path === ':memory:' || options.composed || options.scanThreads === false
      ? undefined
      : threadedScans(store, path, rightOfWay.signal, options.longestQueryMs);
  telemetry.watch({
    queriesWaiting: () => scans?.waiting ?? 0,
    heights() {
      const { head, oldest } = store;
      return head && { head: head.height, oldest: oldest ?? head.height };
    },
    signatures: () => composed.verifier.counts,
    store: () => store.figures,
    storeBytes: () => store.diskBytes(),
  });
  const { retention } = options;
  const snapshots =
    options.snapshots &&
    (await openSnapshots(store, composed, options, options.snapshots, rightOfWay));
  const { signatureThreads = 0 } = options;
  const signatures = signatureThreads > 0 ? new SignaturePool(signatureThreads) : undefined;
  const application = new NodeApplication({
    store,
    composed,
    logger,
    telemetry,
    rightOfWay,
    version,
    minGasPrice: options.minGasPrice ?? { num: 0n, den: 1n },
    proposalBudget: timeBudget(() => performance.now(), options.proposalMs ?? defaultProposalMs),
    ...(reuseProposals === undefined ? {} : { reuseProposals }),
    ...(snapshots && { snapshots }),
    ...(retention && { retention }),
    ...(scans && { scans }),
    ...(signatures && { signaturesAhead: new SignaturesAhead(signatures, composed.verifier) }),
  });
  return {
    application,
    store,
    snapshots,
    rightOfWay,
    async close() {
      await scans?.close();
      await signatures?.close();
      await snapshots?.close();
      await store.close();
    },
  };
}

function openSnapshots(
  store: Store,
  { appVersion, composition }: Composed,
  { path, logger }: AppOptions,
  settings: SnapshotSettings,
  { signal }: RightOfWay,
): Promise<Snapshots> {
  const names = new Set(composition.modules.map(({ name }) => name));
  return Snapshots.open({
    ...settings,
    store,
    storePath: path,
    blocks: signal,
    appVersion,
    modules: names,
    logger,
  });
}

function transfer(from: Address, to: Address, amountUhub: Uhub, reason: string) {
  return { type: 'Transfer', from, to, amountUhub, reason };
}
