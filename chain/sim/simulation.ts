/**
 * The simulator: a chain played with random messages of all modules, with crashes, absent and lying
 * validators, time that jumps. The chain weighs the books of what a block touched, the auditor
 * computes those of every component again after every block, and a replay from the events follows
 * at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { height, timeMs } from '../../modules/_kernel/units.ts';
import { modulesByName } from '../app/app.ts';
import { auditProblems, genesisEvents } from '../app/audit.ts';
import { openOffline } from '../app/offline.ts';
import { Auditor } from '../audit/auditor.ts';
import { refusalRule } from '../client/refusals.ts';
import { revisionTx } from '../client/reviser.ts';
import { devAccounts } from '../dev/accounts.ts';
import { type DrivenBlock, Driver } from '../dev/driver.ts';
import { type SigningKey, signedTx } from '../dev/sender.ts';
import { type Act, pack, type Scene } from './acts/act.ts';
import { acts } from './acts/all.ts';
import { claimOf } from './acts/coupons.ts';
import { nextAct, nextWrong } from './choice.ts';
import { type Counts, messageName } from './counts.ts';
import { hostMessages, type Stage } from './host.ts';
import {
  chainId,
  genesisTimeS,
  graceMs,
  handOverPeriodMs,
  openingState,
  openNode,
  segmentMs,
  voteLimitMs,
} from './opening.ts';
import { Random } from './random.ts';
import { dueRevisions, wrongRevision } from './revisions.ts';
import { type Happened, World } from './world/world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly blocks: number;
  readonly txsPerBlock: number;
  /** Founded at the beginning, and never more; 40 where left out. */
  readonly collectives?: number;
  /** Ends as soon as so many transactions are accepted. */
  readonly accepted?: number;
  /**
   * Blocks from one look at every invariant, and one comparison of every figure with the
   * auditor's, to the next; 1 where left out. The books of each component are weighed every block.
   */
  readonly auditEvery?: number;
  /** After every block, with what was accepted so far. */
  readonly onBlock?: (height: number, accepted: number) => void;
  readonly signal?: AbortSignal;
}

export interface SimulationResult extends Counts {
  readonly seed: number;
  readonly blocks: number;
  readonly appHash: string;
  readonly restarts: number;
  /** Transactions, of one or several messages. */
  readonly transactions: number;
  /** What went wrong, with the height; empty when all is well. */
  readonly problems: readonly string[];
}

/** A transaction on its way, with the names of its messages. */
interface Made {
  readonly names: readonly string[];
  readonly bytes: Uint8Array;
  /** Undefined where nobody signs. */
  readonly actor?: number;
}

const actorCount = 24;
/** In percent of all messages. */
const wrongShare = 7;
const hostShare = 10;

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
  readonly #accepted = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #problems: string[] = [];
  readonly #world: World;
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
    this.#world = new World(options.collectives ?? 40);
    this.#keys = keys;
    this.#driver = driver;
    this.#stage = {
      chainId,
      actors: keys.map(({ address }) => address),
      allowances: new Set(),
      changes: 0,
    };
    this.#sequences = keys.map(() => 0n);
  }

  static async begin(options: SimulationOptions, folder: string): Promise<Play> {
    const keys = await devAccounts(actorCount);
    const driver = new Driver(await openNode(folder), 0n, genesisTimeS);
    const play = new Play(options, folder, keys, driver);
    const appState = openingState(keys.map(({ address }) => address));
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
      maxGas: 2_000_000_000n,
    });
    play.#take(begun.validators);
    return play;
  }

  async run(): Promise<SimulationResult> {
    const { blocks, seed, accepted: enough, auditEvery = 1, onBlock, signal } = this.#options;
    let transactions = 0;
    await this.#block(this.#foundings(), 10n);
    for (let height = 1; height <= blocks && this.#problems.length === 0; height += 1) {
      signal?.throwIfAborted();
      const revisions = await this.#revisions(90);
      transactions += await this.#block([...revisions, ...(await this.#messages())]);
      if (height % auditEvery === 0) await this.#audit();
      onBlock?.(height, transactions);
      if (enough !== undefined && transactions >= enough) break;
    }
    if (this.#problems.length === 0) await this.#claimEverything();
    await this.#audit();
    const { appHash, height } = this.#driver;
    await this.#driver.app.close();
    if (this.#problems.length === 0) await this.#replay();
    return {
      ...this.#counts,
      seed,
      blocks: Number(height),
      appHash,
      restarts: this.#restarts,
      transactions,
      problems: this.#problems,
    };
  }

  get #counts(): Counts {
    const happened: Happened = this.#world.happened;
    return { accepted: this.#accepted, refused: this.#refused, happened };
  }

  /** How many of its transactions were accepted. */
  async #block(made: readonly Made[], seconds = this.#pause()): Promise<number> {
    const proposed = await this.#driver.propose(made.map(({ bytes }) => bytes));
    // What a proposal leaves out, with all that its signer sent after it, counts for nothing.
    const taken = new Set(proposed);
    for (const { bytes, actor } of made) {
      if (actor === undefined || taken.has(bytes)) continue;
      this.#sequences[actor] = (this.#sequences[actor] ?? 0n) - 1n;
    }
    const named = new Map(made.map(({ names, bytes }) => [bytes, names]));
    const block: DrivenBlock = {
      txs: proposed,
      votes: this.#votes(),
      misbehavior: this.#misbehavior(),
      seconds,
    };
    if (!(await this.#driver.accepts(block))) this.#problem('a proposal of its own was rejected');
    const first = await this.#driver.finalize(block);
    const rare = (this.#options.auditEvery ?? 1) > 1;
    const killed = rare ? this.#random.below(400) === 0 : this.#driver.height % 4n === 3n;
    if (killed) await this.#restart(block, first);
    await this.#driver.commit(block);
    this.#take(first.validatorUpdates);
    let accepted = 0;
    for (const [index, result] of first.txResults.entries()) {
      if (result.code !== 0) {
        this.#refusal(result);
        continue;
      }
      accepted += 1;
      const names = named.get(proposed[index] as Uint8Array) ?? [];
      for (const name of names) this.#accepted.set(name, (this.#accepted.get(name) ?? 0) + 1);
    }
    const facts = [...first.txResults.flatMap(({ events }) => events), ...first.events];
    this.#follow(facts);
    const { height, timeS } = this.#driver;
    this.#auditor.take(height, timeS * 1000n, facts);
    for (const problem of this.#auditor.problems) this.#problems.push(`auditor: ${problem}`);
    if (this.#powers.size === 0) this.#problem(`no validator has power after block ${height}`);
    return accepted;
  }

  #refusal({ codespace, code }: { readonly codespace: string; readonly code: number }): void {
    const name = `${codespace}/${refusalRule(codespace, code)?.name ?? code}`;
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
  }

  /** What the makers of messages need to know of what has happened. */
  #follow(facts: readonly Event[]): void {
    this.#world.take(facts);
    for (const { type, attributes } of facts) {
      if (type.endsWith('.ChangeProposed')) this.#stage.changes += 1;
      if (!type.startsWith('artel.feegrant.v1.Allowance')) continue;
      const of = (name: string) => attributes.find(({ key }) => key === name)?.value;
      const pair = `${of('granter')}/${of('grantee')}`;
      if (type.endsWith('Granted')) this.#stage.allowances.add(pair);
      else if (!type.endsWith('Used')) this.#stage.allowances.delete(pair);
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
    await this.#block([], (3n * segmentMs) / 1000n);
    for (;;) {
      const revisions = await this.#revisions(100);
      if (revisions.length > 0) {
        if ((await this.#block(revisions)) > 0) continue;
        this.#problem(`${revisions.length} revisions are due and refused`);
        return;
      }
      const claims = [...this.#world.claimable]
        .slice(0, 200)
        .map((workload) => this.#signed(claimOf(this.#world, workload)));
      if (claims.length === 0) break;
      if ((await this.#block(claims)) === 0) {
        this.#problem(`${this.#world.claimable.size} workloads can't be claimed`);
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
    this.#driver = new Driver(await openNode(this.#folder), height, timeS);
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

  /** Mostly of the labour economy; what is malformed never gets into a block. */
  async #messages(): Promise<readonly Made[]> {
    const scene = this.#scene();
    const size = this.#options.txsPerBlock;
    const wrong = Array.from({ length: Math.ceil((size * wrongShare) / 100) }, () =>
      nextWrong(scene, this.#counts),
    ).filter((act) => act !== undefined);
    const malformed = wrong.filter(isMalformed);
    for (const act of malformed) await this.#checked(this.#signed(act).bytes, act);
    const answer = wrongRevision(scene, await this.#due());
    if (answer !== undefined) await this.#checked(revisionTx(answer));
    const sensible = Array.from({ length: size - wrong.length }, () => {
      if (this.#random.chance(hostShare)) return this.#ofTheHost();
      const act = nextAct(scene, this.#counts);
      return act === undefined ? this.#ofTheHost() : this.#signed(act);
    });
    const late = wrong.filter((act) => !malformed.includes(act));
    return [...sensible, ...late.map((act) => this.#signed(act))];
  }

  /** A transaction for the mempool alone, which is to refuse it. */
  async #checked(bytes: Uint8Array, act?: Act): Promise<void> {
    const actor = this.#stage.actors.indexOf(act?.signer ?? '');
    if (actor >= 0) this.#sequences[actor] = (this.#sequences[actor] ?? 0n) - 1n;
    const answer = await this.#driver.check(bytes);
    if (answer.code === 0) this.#problem(`${act?.name ?? 'a wrong revision'} is not refused`);
    else this.#refusal(answer);
  }

  #foundings(): readonly Made[] {
    const scene = this.#scene();
    const found = acts['trust.FoundCollective'];
    return Array.from({ length: this.#world.active }, () => {
      const act = found?.(scene);
      if (act === undefined) throw new Error('nothing founds collectives');
      return this.#signed(act);
    });
  }

  #scene(): Scene {
    return {
      world: this.#world,
      random: this.#random,
      actors: this.#stage.actors,
      nowMs: this.#driver.timeS * 1000n,
      segmentMs,
      graceMs,
      handOverPeriodMs,
      voteLimitMs,
      count: () => {
        this.#counted += 1;
        return this.#counted;
      },
    };
  }

  #signed(act: Act): Made {
    const actor = this.#stage.actors.indexOf(act.signer);
    return { names: [act.name], actor, bytes: this.#bytes(actor, [pack(act)]) };
  }

  #ofTheHost(): Made {
    const actor = this.#random.below(this.#keys.length);
    const messages = Array.from({ length: this.#random.chance(10) ? 2 : 1 }, () =>
      this.#random.weighted(hostMessages.map(([weight, , make]) => [weight, make] as const))(
        this.#random,
        this.#stage,
        actor,
      ),
    );
    const names = messages.map(({ typeUrl }) => messageName(typeUrl));
    return { names, actor, bytes: this.#bytes(actor, messages) };
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
    return (await this.#due())
      .filter(() => this.#random.chance(percent))
      .slice(0, 20)
      .map((revision) => ({ names: ['coupons.FinalRevision'], bytes: revisionTx(revision) }));
  }

  #due() {
    const active = [...this.#world.componentOf]
      .filter(([id]) => this.#world.isActive(id))
      .map(([, component]) => component);
    return dueRevisions(this.#driver, new Set(active));
  }

  /** Mostly within an hour; at times more than a day, in which nothing is worked. */
  #pause(): bigint {
    const jump = this.#random.chance(6);
    return BigInt(1 + this.#random.below(jump ? 100_000 : 2_400));
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

  #problem(what: string): void {
    this.#problems.push(`block ${this.#driver.height}: ${what}`);
  }
}

/** Whether its module refuses it as such, whatever the state. */
function isMalformed(act: Act): boolean {
  const { typeUrl, value } = pack(act);
  const module = modulesByName.get(act.name.split('.')[0] ?? '');
  const wire = module?.messages.find((each) => each.typeUrl === typeUrl);
  return wire !== undefined && !wire.parse(wire.codec.decode(value)).ok;
}

function consensusAddress(publicKeyHex: string): Uint8Array {
  return sha256(Buffer.from(publicKeyHex, 'hex')).slice(0, 20);
}
