/**
 * A chain: the modules that its genesis names, on one store. `Composed` is the program's
 * composition before any genesis; `begin` and `open` turn it into a chain.
 */
import type * as abci from 'cosmjs-types/tendermint/abci/types';
import { present } from '../../modules/_kernel/assert.ts';
import type { Context } from '../../modules/_kernel/decider.ts';
import { GenesisProblem } from '../../modules/_kernel/module.ts';
import { height, type TimeMs } from '../../modules/_kernel/units.ts';
import { tables as chainTables, storeVersionKey } from '../../modules/chain/keys.ts';
import { readBlockTime } from '../events/block-record.ts';
import { chainQueries, type Scans } from '../query/handlers.ts';
import { QueryRouter } from '../query/router.ts';
import { HeadReader, type StateReader } from '../store/overlay.ts';
import type { Store } from '../store/store.ts';
import type { SignatureVerifier } from '../tx/signatures.ts';
import { Authenticator } from './authenticate.ts';
import { BlockExecutor, type Turn } from './block.ts';
import { validatorUpdates } from './block-work.ts';
import type { AnyModule, Composition } from './composition.ts';
import type { GasCosts } from './gas.ts';
import { genesisFacts, readAppState, violations } from './genesis.ts';
import { loadGenesis } from './genesis-load.ts';
import { Machine } from './machine.ts';
import { durationMs, millisecondsOf } from './time.ts';
import { Transactions } from './transaction.ts';
import { TxReader } from './tx-reader.ts';
import { type Migration, otherProgram, storeVersionOf } from './upgrade.ts';
import { wholeState } from './whole-state.ts';

export class Chain {
  readonly store: Store;
  readonly machine: Machine;
  readonly modules: readonly AnyModule[];
  readonly enabled: ReadonlyMap<string, AnyModule>;
  readonly executor: BlockExecutor;
  readonly transactions: Transactions;
  readonly queries: QueryRouter;
  readonly chainId: string;
  /** Height of the first block; genesis stands one below. */
  readonly firstHeight: bigint;
  /** Sum of the gas limits of a block; 0 is no limit. */
  readonly maxGas: bigint;
  /** Evidence is too old when both of its ages have passed. */
  readonly evidenceAge: { readonly blocks: bigint; readonly ms: bigint };
  readonly #composed: Composed;
  /** PERF: transactions ask for it one by one, and it follows from the head. */
  #next: Context | undefined;

  /** @param scans answers queries that may read much; this thread does where left out. */
  constructor(composed: Composed, store: Store, modules: readonly AnyModule[], scans?: Scans) {
    this.#composed = composed;
    this.store = store;
    this.modules = modules;
    this.enabled = new Map(modules.map((module) => [module.name, module]));
    this.machine = composed.machineOf(modules);
    const facts = present(readFacts(store), 'chain facts');
    this.chainId = facts.chainId;
    this.firstHeight = facts.initialHeight;
    this.maxGas = facts.maxGas;
    this.evidenceAge = { blocks: facts.evidenceAgeBlocks, ms: facts.evidenceAgeMs };
    this.transactions = new Transactions({
      modules: this.enabled,
      machine: this.machine,
      reader: new TxReader(this.enabled, {
        maxBytes: Number(facts.maxBytes),
        maxGas: facts.maxGas,
      }),
      authenticator: new Authenticator(facts.chainId, composed.verifier),
    });
    this.executor = new BlockExecutor({
      modules: this.enabled,
      machine: this.machine,
      transactions: this.transactions,
      migrations: composed.migrationsFrom(facts.appVersion),
      turn: composed.turn,
      // It reads what all three keep.
      watch: ['trust', 'production', 'coupons'].every((name) => this.enabled.has(name))
        ? composed.composition.watch
        : undefined,
    });
    this.queries = new QueryRouter(chainQueries(this, scans));
  }

  appVersion(): bigint {
    return present(readFacts(this.store), 'chain facts').appVersion;
  }

  /** The version of the rules that a block begins with, where it is above the chain's own. */
  upgradeDue(blockHeight: bigint): bigint | undefined {
    const reader = new HeadReader(this.store);
    const planned = this.machine.reading(reader, this.nextContext(), () =>
      this.#composed.composition.plannedUpgrade((name) =>
        this.enabled.has(name) ? this.machine.view(name) : undefined,
      ),
    );
    if (planned === undefined || blockHeight < planned.height) return undefined;
    return planned.appVersion > this.appVersion() ? planned.appVersion : undefined;
  }

  /** The version of the program that makes a block. */
  programOf(blockHeight: bigint): bigint {
    return this.upgradeDue(blockHeight) ?? this.appVersion();
  }

  context(blockHeight: bigint, blockTime: TimeMs): Context {
    return { chainId: this.chainId, height: height(blockHeight), timeMs: blockTime };
  }

  /** Context of a committed height: for queries. */
  contextAt(blockHeight: bigint): Context {
    return this.context(blockHeight, readBlockTime(this.store, blockHeight));
  }

  /** Context of the block that would come next, at the time of the last one: for CheckTx. */
  nextContext(): Context {
    const next = present(this.store.head, 'a head').height + 1n;
    if (this.#next?.height !== next) {
      this.#next = { ...this.contextAt(next - 1n), height: height(next) };
    }
    return this.#next;
  }
}

/** What InitChain answers. */
export interface Begun {
  readonly chain: Chain;
  readonly validators: readonly abci.ValidatorUpdate[];
  readonly appHash: Uint8Array;
}

/** What a program brings to any chain. */
export interface Host {
  readonly composition: Composition;
  readonly costs: GasCosts;
  readonly turn: Turn;
  readonly verifier: SignatureVerifier;
  /** Version of the rules that this program starts chains with. */
  readonly appVersion: bigint;
}

export class Composed implements Host {
  readonly composition: Composition;
  readonly costs: GasCosts;
  readonly turn: Turn;
  readonly verifier: SignatureVerifier;
  readonly appVersion: bigint;

  constructor({ composition, costs, turn, verifier, appVersion }: Host) {
    this.composition = composition;
    this.costs = costs;
    this.turn = turn;
    this.verifier = verifier;
    this.appVersion = appVersion;
  }

  /** A machine for the modules of one chain: effects on what is left out are skipped or refused. */
  machineOf(modules: readonly AnyModule[]): Machine {
    const names = new Set(modules.map(({ name }) => name));
    const reactors = this.composition.reactors.filter(
      ({ on, to, otherwise }) => names.has(on) && (names.has(to) || otherwise === 'refuse'),
    );
    return new Machine({ ...this.composition, modules, reactors }, this.costs);
  }

  /**
   * The chain on a store that has one, with the modules that a due upgrade starts; undefined on an
   * empty store.
   */
  open(store: Store, scans?: Scans): Chain | undefined {
    if (store.head === undefined) return undefined;
    const { appVersion } = present(readFacts(store), 'chain facts');
    const steps = this.migrationsFrom(appVersion).flatMap((migration) => migration.steps);
    const coming = new Set(steps.map(({ module }) => module));
    const started = this.composition.modules.filter(
      ({ name }) => coming.has(name) || store.get(name, storeVersionKey) !== undefined,
    );
    return new Chain(this, store, started, scans);
  }

  /** What this program changes in a state of an earlier version; of its own, nothing. */
  migrationsFrom(appVersion: bigint): readonly Migration[] {
    return this.composition.migrations.filter((migration) => migration.appVersion > appVersion);
  }

  /**
   * Whether this program may make the next block of a chain.
   *
   * @throws OtherProgramNeeded where its rules are not those of that block.
   */
  checkProgram(chain: Chain): void {
    const next = present(chain.store.head, 'a head').height + 1n;
    const wanted = chain.programOf(next);
    if (wanted !== this.appVersion) throw otherProgram(wanted, this.appVersion, next);
  }

  /** Begins a chain: block 0 is written one height below the first block. */
  async begin(store: Store, request: abci.RequestInitChain, scans?: Scans): Promise<Begun> {
    const { state, modules } = this.#read(request.appStateBytes);
    const machine = this.machineOf(modules);
    const initialHeight = request.initialHeight === 0n ? 1n : request.initialHeight;
    const genesisHeight = initialHeight - 1n;
    const genesisTime = millisecondsOf(request.time);
    const context: Context = {
      chainId: request.chainId,
      height: height(genesisHeight),
      timeMs: genesisTime,
    };
    const { block, evidence, version } = request.consensusParams ?? {};
    this.#checkVersion(version?.app ?? 0n);
    const evidenceAgeMs = durationMs(evidence?.maxAgeDuration);
    const misfit = this.composition.problemWithGenesis(state, evidenceAgeMs);
    if (misfit !== undefined) throw new GenesisProblem('consensus_params.evidence', misfit);
    const header = {
      context,
      initialHeight,
      appVersion: this.appVersion,
      maxGas: positive(block?.maxGas),
      maxBytes: positive(block?.maxBytes),
      evidenceAgeBlocks: positive(evidence?.maxAgeNumBlocks),
      evidenceAgeMs: BigInt(evidenceAgeMs),
      storeVersion: (module: string) =>
        storeVersionOf(this.composition.migrations, module, this.appVersion),
    };
    const updates: abci.ValidatorUpdate[] = [];
    const facts = genesisFacts(modules, state, header, request.appStateBytes);
    const byName = new Map(modules.map((module) => [module.name, module]));
    await loadGenesis(store, machine, byName, context, facts, (fact) => {
      updates.push(...validatorUpdates([fact]));
    });
    try {
      const whole = await wholeState(await store.at(genesisHeight), [...byName.keys()]);
      const [problem] = machine.reading(whole, context, () => violations(machine, modules));
      if (problem !== undefined) throw new GenesisProblem('app_state', problem);
      assertSameValidators(request.validators, updates);
    } catch (error) {
      await store.clear();
      throw error;
    }
    const { appHash } = present(store.head, 'a head');
    const chain = new Chain(this, store, modules, scans);
    return { chain, validators: updates, appHash };
  }

  /** Of a genesis that says for which program it is. */
  #checkVersion(wanted: bigint): void {
    if (wanted === 0n || wanted === this.appVersion) return;
    throw new GenesisProblem(
      'consensus_params.version.app',
      `is ${wanted}, this program has the rules of version ${this.appVersion}: ` +
        `start the program of version ${wanted}, or join by state sync`,
    );
  }

  /** `app_state` and the modules it names, in composition order. */
  #read(appState: Uint8Array): {
    readonly state: ReadonlyMap<string, unknown>;
    readonly modules: readonly AnyModule[];
  } {
    const state = readAppState(this.composition.modules, appState);
    return { state, modules: this.composition.modules.filter(({ name }) => state.has(name)) };
  }
}

/** CometBFT's genesis may name validators too; then both must agree. */
function assertSameValidators(
  asked: readonly abci.ValidatorUpdate[],
  ours: readonly abci.ValidatorUpdate[],
): void {
  if (asked.length === 0) {
    if (ours.length > 0) return;
    throw new GenesisProblem(
      'app_state.validators',
      'names no validator: nobody could make blocks',
    );
  }
  if (ours.length === 0) return;
  const text = (updates: readonly abci.ValidatorUpdate[]): string =>
    updates
      .map(({ pubKey, power }) => `${Buffer.from(pubKey.ed25519 ?? []).toString('hex')}=${power}`)
      .sort()
      .join();
  if (text(asked) !== text(ours)) {
    throw new GenesisProblem('validators', 'differ from those of app_state.validators');
  }
}

function positive(limit: bigint | undefined): bigint {
  return limit === undefined || limit < 0n ? 0n : limit;
}

/** The chain's facts as committed. */
function readFacts(store: Store) {
  const reader: StateReader = new HeadReader(store);
  const bytes = reader.get('chain', Uint8Array.of(chainTables.facts.prefix));
  return bytes === undefined ? undefined : chainTables.facts.value.decode(bytes);
}
