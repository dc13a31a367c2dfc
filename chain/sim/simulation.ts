/**
 * The simulator: a chain played with random commands of all modules, with crashes, absent and lying
 * validators, time that jumps; every invariant after each block, and a replay from the events at
 * the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import {
  type Event,
  type Misbehavior,
  MisbehaviorType,
  ResponseFinalizeBlock,
  type VoteInfo,
} from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { canonicalTx } from '../../modules/_kernel/canonical-tx.ts';
import { height, timeMs } from '../../modules/_kernel/units.ts';
import {
  QueryDueRevisionsRequest,
  QueryDueRevisionsResponse,
} from '../../proto/generated/artel/coupons/v1/query.ts';
import type { MsgFinalRevision } from '../../proto/generated/artel/coupons/v1/tx.ts';
import { createApp, modulesByName } from '../app/app.ts';
import { auditProblems, genesisEvents } from '../app/audit.ts';
import { makeGenesis } from '../app/local-genesis.ts';
import { openOffline } from '../app/offline.ts';
import { Auditor } from '../audit/auditor.ts';
import { devAccounts } from '../dev/accounts.ts';
import { type DrivenBlock, Driver } from '../dev/driver.ts';
import { type SigningKey, signedTx } from '../dev/sender.ts';
import { commands, type Stage, validatorKey } from './commands.ts';
import { type Act, claimMessage, economy, type Scene } from './economy.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly blocks: number;
  readonly txsPerBlock: number;
  /** Founded at the beginning, and never more; 40 where left out. */
  readonly collectives?: number;
  /** Ends as soon as so many transactions are accepted. */
  readonly accepted?: number;
  /** Blocks from one look at every invariant to the next; 1 where left out. */
  readonly invariantsEvery?: number;
  /** After every block, with what was accepted so far. */
  readonly onBlock?: (height: number, accepted: number) => void;
  readonly signal?: AbortSignal;
}

export interface Tally {
  accepted: number;
  /** By `codespace/code`. */
  readonly refused: Map<string, number>;
}

export interface SimulationResult {
  readonly seed: number;
  readonly blocks: number;
  readonly appHash: string;
  readonly restarts: number;
  readonly splits: number;
  readonly joins: number;
  readonly tallies: ReadonlyMap<string, Tally>;
  /** What went wrong, with the height; empty when all is well. */
  readonly problems: readonly string[];
}

/** A transaction on its way, with the names of its messages. */
interface Made {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Undefined where nobody signs. */
  readonly actor?: number;
}

const chainId = 'artel-dev-sim';
const segmentMs = 21_600_000;
/** Blocks from one comparison with the auditor to the next. */
const auditEvery = 20;
const genesisTimeS = 1_767_225_600n;
const actorCount = 24;
/** The first actors own the validators of genesis. */
const genesisValidators = 4;

/** Plays a chain. The same options give the same result on every machine. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const folder = await mkdtemp(join(tmpdir(), 'artel-sim-'));
  try {
    const play = await Play.begin(options, folder);
    return await play.run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Play {
  readonly #options: SimulationOptions;
  readonly #folder: string;
  readonly #random: Random;
  readonly #keys: readonly SigningKey[];
  readonly #stage: Stage;
  readonly #sequences: bigint[];
  readonly #powers = new Map<string, bigint>();
  readonly #tallies = new Map<string, Tally>();
  readonly #problems: string[] = [];
  readonly #world = new World();
  readonly #auditor = new Auditor();
  #counted = 0;
  #driver: Driver;
  #restarts = 0;

  private constructor(
    options: SimulationOptions,
    folder: string,
    keys: readonly SigningKey[],
    driver: Driver,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#random = new Random(options.seed);
    this.#keys = keys;
    this.#driver = driver;
    this.#stage = {
      chainId,
      actors: keys.map(({ address }) => address),
      owners: [],
      changes: 0,
    };
    this.#sequences = keys.map(() => 0n);
  }

  static async begin(options: SimulationOptions, folder: string): Promise<Play> {
    const keys = await devAccounts(actorCount);
    const driver = new Driver(await open(folder), 0n, genesisTimeS);
    const play = new Play(options, folder, keys, driver);
    const genesis = makeGenesis({
      chainId,
      genesisTimeMs: Number(genesisTimeS) * 1000,
      accounts: keys.map(({ address }) => address),
      validators: keys.slice(0, genesisValidators).map((_, actor) => ({
        name: `v${actor}`,
        publicKey: ed25519.getPublicKey(validatorKey(actor)),
      })),
    });
    const appState = playable(genesis.app_state as Readonly<Record<string, unknown>>);
    const begun0 = genesisEvents(modulesByName, appState, {
      chainId,
      height: height(0n),
      timeMs: timeMs(genesisTimeS * 1000n),
    });
    play.#auditor.take(0n, genesisTimeS * 1000n, begun0);
    const begun = await driver.begin({
      chainId,
      timeS: genesisTimeS,
      appState,
      maxGas: 500_000_000n,
    });
    play.#take(begun.validators);
    return play;
  }

  async run(): Promise<SimulationResult> {
    const { blocks, seed, accepted: enough, onBlock, signal } = this.#options;
    let accepted = 0;
    await this.#block(this.#foundings(), 10n);
    for (let height = 1; height <= blocks && this.#problems.length === 0; height += 1) {
      signal?.throwIfAborted();
      accepted += await this.#block([...(await this.#revisions(60)), ...this.#proposals()]);
      if (height % auditEvery === 0) await this.#audit();
      onBlock?.(height, accepted);
      if (enough !== undefined && accepted >= enough) break;
    }
    if (this.#problems.length === 0) await this.#claimEverything();
    await this.#audit();
    const { appHash, height } = this.#driver;
    await this.#driver.app.close();
    if (this.#problems.length === 0) await this.#replay();
    return {
      seed,
      blocks: Number(height),
      appHash,
      restarts: this.#restarts,
      splits: this.#world.splits,
      joins: this.#world.joins,
      tallies: this.#tallies,
      problems: this.#problems,
    };
  }

  async #block(made: readonly Made[], seconds = this.#pause()): Promise<number> {
    const proposed = await this.#driver.propose(made.map(({ bytes }) => bytes));
    // What a proposal leaves out, with all that its signer sent after it, counts for nothing.
    const taken = new Set(proposed);
    for (const { bytes, actor } of made) {
      if (actor === undefined || taken.has(bytes)) continue;
      this.#sequences[actor] = (this.#sequences[actor] ?? 0n) - 1n;
    }
    const named = new Map(made.map(({ name, bytes }) => [bytes, name]));
    const block: DrivenBlock = {
      txs: proposed,
      votes: this.#votes(),
      misbehavior: this.#misbehavior(),
      seconds,
    };
    if (!(await this.#driver.accepts(block))) this.#problem('a proposal of its own was rejected');
    const first = await this.#driver.finalize(block);
    const large = this.#options.invariantsEvery !== undefined;
    if (this.#random.below(large ? 400 : 8) === 0) await this.#restart(block, first);
    await this.#driver.commit(block);
    this.#take(first.validatorUpdates);
    let accepted = 0;
    for (const [index, result] of first.txResults.entries()) {
      const tally = this.#tallyOf(named.get(proposed[index] ?? new Uint8Array()) ?? '?');
      const code = `${result.codespace}/${result.code}`;
      if (result.code === 0) tally.accepted += 1;
      else tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
      accepted += result.code === 0 ? 1 : 0;
    }
    const facts = [...first.txResults.flatMap(({ events }) => events), ...first.events];
    this.#follow(facts);
    const { height, timeS, app } = this.#driver;
    this.#auditor.take(height, timeS * 1000n, facts);
    for (const problem of this.#auditor.problems) this.#problems.push(`auditor: ${problem}`);
    if (height % BigInt(this.#options.invariantsEvery ?? 1) === 0n) {
      for (const problem of await app.application.audit()) this.#problem(problem);
    }
    if (this.#powers.size === 0) this.#problem(`no validator has power after block ${height}`);
    return accepted;
  }

  /** What the makers of messages need to know of what has happened. */
  #follow(facts: readonly Event[]): void {
    this.#world.take(facts);
    for (const { type, attributes } of facts) {
      if (type.endsWith('.ChangeProposed')) this.#stage.changes += 1;
      if (!type.endsWith('.CollectiveFounded')) continue;
      const owner = attributes.find(({ key }) => key === 'owner')?.value ?? '';
      this.#stage.owners.push(this.#stage.actors.indexOf(owner));
    }
  }

  /** The chain's own figures against the auditor's. */
  async #audit(): Promise<void> {
    this.#auditor.check();
    for (const problem of await this.#driver.app.application.audit()) this.#problem(problem);
    const chain = await this.#driver.app.application.figures();
    for (const problem of auditProblems(this.#auditor, chain)) this.#problem(problem);
  }

  /** At the end every segment is revised and every workload claimed: nothing is left over. */
  async #claimEverything(): Promise<void> {
    const days = (3n * BigInt(segmentMs)) / 1000n;
    await this.#block([], days);
    for (;;) {
      const revisions = await this.#revisions(100);
      if (revisions.length > 0) {
        if ((await this.#block(revisions)) > 0) continue;
        this.#problem(`${revisions.length} revisions are due and refused`);
        return;
      }
      const claims = [...this.#world.unclaimed]
        .slice(0, 200)
        .map(({ id, wallet, producer, segment }) => {
          const revision = this.#world.revisions.get(`${producer}/${segment}`) ?? 0n;
          const signer = this.#world.keyOf(wallet);
          return this.#signed('Claim', {
            signer,
            message: claimMessage(signer, id, revision),
          });
        });
      if (claims.length === 0) break;
      if ((await this.#block(claims)) === 0) {
        this.#problem(`${this.#world.unclaimed.size} workloads can't be claimed`);
        return;
      }
    }
    const chain = await this.#driver.app.application.figures();
    const left = [...chain].filter(([name]) => name.startsWith('claimable'));
    for (const [name, value] of left) this.#problem(`${name} is ${value} in the end`);
  }

  /**
   * Killed between FinalizeBlock and Commit: the node that comes back must answer the same bytes.
   */
  async #restart(block: DrivenBlock, before: ResponseFinalizeBlock): Promise<void> {
    const { height, timeS } = this.#driver;
    await this.#driver.app.close();
    this.#driver = new Driver(await open(this.#folder), height, timeS);
    this.#restarts += 1;
    const again = await this.#driver.finalize(block);
    const [a, b] = [before, again].map((answer) => ResponseFinalizeBlock.encode(answer).finish());
    if (Buffer.compare(a ?? new Uint8Array(), b ?? new Uint8Array()) !== 0) {
      this.#problem('after a restart FinalizeBlock answered other bytes');
    }
  }

  async #replay(): Promise<void> {
    const offline = await openOffline(this.#folder, pino({ level: 'silent' }));
    try {
      const { divergence } = await offline.replayEvents();
      if (divergence === undefined) return;
      const { height, module } = divergence;
      this.#problems.push(
        `replay from events: height ${height} differs in ${module ?? 'the app hash'}`,
      );
    } finally {
      await offline.close();
    }
  }

  /** Mostly of the labour economy; one in ten transactions has two messages. */
  #proposals(): readonly Made[] {
    return Array.from({ length: this.#options.txsPerBlock }, () => {
      if (this.#random.chance(12)) return this.#ofTheHost();
      const act = this.#act();
      return act === undefined ? this.#ofTheHost() : this.#signed(act[0], act[1]);
    });
  }

  get #collectives(): number {
    return this.#options.collectives ?? 40;
  }

  #foundings(): readonly Made[] {
    const [, , make] = commands.find(([, name]) => name === 'FoundCollective') ?? [];
    if (make === undefined) throw new Error('nothing founds collectives');
    return Array.from({ length: this.#collectives }, (_, index) => {
      const actor = index % this.#keys.length;
      const message = make(this.#random, this.#stage, actor);
      return { name: 'FoundCollective', actor, bytes: this.#bytes(actor, [message]) };
    });
  }

  #act(): readonly [name: string, act: Act] | undefined {
    const scene: Scene = {
      world: this.#world,
      random: this.#random,
      actors: this.#stage.actors,
      nowMs: this.#driver.timeS * 1000n,
      segmentMs: BigInt(segmentMs),
      count: () => {
        this.#counted += 1;
        return this.#counted;
      },
    };
    for (let tries = 0; tries < 10; tries += 1) {
      const [name, make] = this.#random.weighted(
        economy.map(([weight, ...rest]) => [weight, rest] as const),
      );
      const act = make(scene);
      if (act !== undefined) return [name, act];
    }
    return undefined;
  }

  #signed(name: string, { signer, message }: Act): Made {
    const actor = this.#stage.actors.indexOf(signer);
    return { name, actor, bytes: this.#bytes(actor, [message]) };
  }

  #ofTheHost(): Made {
    const actor = this.#random.below(this.#keys.length);
    const count = this.#random.chance(10) ? 2 : 1;
    const full = this.#world.collectives >= this.#collectives;
    const open = commands.filter(([, name]) => name !== 'FoundCollective' || !full);
    const chosen = Array.from({ length: count }, () =>
      this.#random.weighted(open.map(([weight, name, make]) => [weight, { name, make }] as const)),
    );
    const messages = chosen.map(({ make }) => make(this.#random, this.#stage, actor));
    const name = chosen.map((each) => each.name).join('+');
    return { name, actor, bytes: this.#bytes(actor, messages) };
  }

  #bytes(actor: number, messages: readonly Any[]): Uint8Array {
    const sequence = this.#sequences[actor] ?? 0n;
    this.#sequences[actor] = sequence + 1n;
    return signedTx(this.#keys[actor] as SigningKey, {
      messages,
      chainId,
      accountNumber: BigInt(actor),
      sequence,
      gasLimit: this.#random.chance(1) ? 60_000n : 2_000_000n,
    });
  }

  /** Final revisions that are due: nobody signs them. */
  async #revisions(percent: number): Promise<readonly Made[]> {
    const request = QueryDueRevisionsRequest.encode(QueryDueRevisionsRequest.fromPartial({}));
    const path = '/artel.coupons.v1.Query/DueRevisions';
    const { value, code, log } = await this.#driver.query(path, request.finish());
    if (code !== 0) throw new Error(`due revisions: ${log}`);
    const { revisions } = QueryDueRevisionsResponse.decode(value);
    return revisions
      .filter(() => this.#random.chance(percent))
      .slice(0, 20)
      .map((revision) => ({ name: 'FinalRevision', bytes: revisionTx(revision) }));
  }

  /** Mostly within an hour; at times days, in which nothing is worked. */
  #pause(): bigint {
    const jump = this.#random.chance(2);
    return BigInt(1 + this.#random.below(jump ? 600_000 : 5_400));
  }

  #votes(): VoteInfo[] {
    return [...this.#powers].map(([key, power]) => ({
      validator: { address: consensusAddress(key), power },
      blockIdFlag: this.#random.chance(8) ? 1 : 2,
    }));
  }

  #misbehavior(): Misbehavior[] {
    if (!this.#random.chance(1) || this.#driver.height < 2n) return [];
    const [key, power] = this.#random.pick([...this.#powers]);
    const back = BigInt(this.#random.below(2));
    return [
      {
        type: this.#random.pick([
          MisbehaviorType.DUPLICATE_VOTE,
          MisbehaviorType.LIGHT_CLIENT_ATTACK,
        ]),
        validator: { address: consensusAddress(key), power },
        height: this.#driver.height - back,
        time: { seconds: this.#driver.timeS - back, nanos: 0 },
        totalVotingPower: [...this.#powers.values()].reduce((sum, each) => sum + each, 0n),
      },
    ];
  }

  #take(updates: ResponseFinalizeBlock['validatorUpdates']): void {
    for (const { pubKey, power } of updates) {
      const key = Buffer.from(pubKey.ed25519 ?? []).toString('hex');
      if (power === 0n) this.#powers.delete(key);
      else this.#powers.set(key, power);
    }
  }

  #tallyOf(name: string): Tally {
    const tally = this.#tallies.get(name) ?? { accepted: 0, refused: new Map<string, number>() };
    this.#tallies.set(name, tally);
    return tally;
  }

  #problem(what: string): void {
    this.#problems.push(`block ${this.#driver.height}: ${what}`);
  }
}

/** Short segments and notices, so that a play sees many of both. */
function playable(appState: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const state = structuredClone(appState) as Record<string, Record<string, unknown>>;
  const edit = (module: string, changes: Record<string, unknown>): void => {
    state[module] = { ...state[module], ...changes };
  };
  const of = (module: string): object => (state[module]?.parameters ?? {}) as object;
  edit('trust', { parameters: { ...of('trust'), noticeMs: '7200000' } });
  edit('production', {
    parameters: {
      ...of('production'),
      ...{ declaredUse: true, voteLimitMs: '18000000', handOverPeriodMs: '600000' },
    },
  });
  const [first] = (state.coupons?.parameters ?? []) as readonly { readonly parameters: object }[];
  const parameters = { ...first?.parameters, segmentLengthMs: `${segmentMs}`, graceMs: '1800000' };
  edit('coupons', { parameters: [{ ...first, startMs: '0', parameters }] });
  return state;
}

function revisionTx(revision: MsgFinalRevision): Uint8Array {
  const messages = modulesByName.get('coupons')?.messages ?? [];
  const wire = messages.find(({ typeUrl }) => typeUrl.endsWith('.MsgFinalRevision'));
  if (wire?.unsigned === undefined) throw new Error('final revisions are unsigned');
  return canonicalTx({ ...wire, unsigned: wire.unsigned }, revision);
}

function open(folder: string) {
  return createApp({
    path: folder,
    logger: pino({ level: 'silent' }),
    version: 'sim',
    proposalMs: Number.POSITIVE_INFINITY,
  });
}

function consensusAddress(publicKeyHex: string): Uint8Array {
  return sha256(Buffer.from(publicKeyHex, 'hex')).slice(0, 20);
}
