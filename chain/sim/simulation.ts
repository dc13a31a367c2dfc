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
import {
  type Misbehavior,
  MisbehaviorType,
  ResponseFinalizeBlock,
  type VoteInfo,
} from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { createApp } from '../app/app.ts';
import { makeGenesis } from '../app/local-genesis.ts';
import { openOffline } from '../app/offline.ts';
import { devAccounts } from '../dev/accounts.ts';
import { type DrivenBlock, Driver } from '../dev/driver.ts';
import { type SigningKey, signedTx } from '../dev/sender.ts';
import { commands, type Stage, validatorKey } from './commands.ts';
import { Random } from './random.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly blocks: number;
  readonly txsPerBlock: number;
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
  readonly tallies: ReadonlyMap<string, Tally>;
  /** What went wrong, with the height; empty when all is well. */
  readonly problems: readonly string[];
}

const chainId = 'artel-dev-sim';
const genesisTimeS = 1_767_225_600n;
const actorCount = 8;
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
    const appState = genesis.app_state;
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
    const { blocks, seed, onBlock, signal } = this.#options;
    for (let height = 1; height <= blocks && this.#problems.length === 0; height += 1) {
      signal?.throwIfAborted();
      const accepted = await this.#block(height);
      onBlock?.(height, accepted);
    }
    const { appHash } = this.#driver;
    await this.#driver.app.close();
    if (this.#problems.length === 0) await this.#replay();
    return {
      seed,
      blocks,
      appHash,
      restarts: this.#restarts,
      tallies: this.#tallies,
      problems: this.#problems,
    };
  }

  async #block(height: number): Promise<number> {
    const made = Array.from({ length: this.#options.txsPerBlock }, () => this.#transaction());
    const proposed = await this.#driver.propose(made.map(({ bytes }) => bytes));
    const named = new Map(made.map(({ name, bytes }) => [bytes, name]));
    const block: DrivenBlock = {
      txs: proposed,
      votes: this.#votes(),
      misbehavior: this.#misbehavior(),
      seconds: BigInt(1 + this.#random.below(this.#random.chance(5) ? 1_000_000 : 3_600)),
    };
    if (!(await this.#driver.accepts(block))) this.#problem('a proposal of its own was rejected');
    const first = await this.#driver.finalize(block);
    if (this.#random.chance(5)) await this.#restart(block, first);
    await this.#driver.commit(block);
    this.#take(first.validatorUpdates);
    let accepted = 0;
    for (const [index, result] of first.txResults.entries()) {
      const tally = this.#tallyOf(named.get(proposed[index] ?? new Uint8Array()) ?? '?');
      const code = `${result.codespace}/${result.code}`;
      if (result.code === 0) tally.accepted += 1;
      else tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
      accepted += result.code === 0 ? 1 : 0;
      for (const { type, attributes } of result.events) {
        if (type.endsWith('.ChangeProposed')) this.#stage.changes += 1;
        if (!type.endsWith('.CollectiveFounded')) continue;
        const owner = attributes.find(({ key }) => key === 'owner')?.value ?? '';
        this.#stage.owners.push(this.#stage.actors.indexOf(owner));
      }
    }
    for (const problem of await this.#driver.app.application.audit()) this.#problem(problem);
    if (this.#powers.size === 0) this.#problem(`no validator has power after block ${height}`);
    return accepted;
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

  #transaction(): { readonly name: string; readonly bytes: Uint8Array } {
    const actor = this.#random.below(this.#keys.length);
    const count = this.#random.chance(10) ? 2 : 1;
    const chosen = Array.from({ length: count }, () =>
      this.#random.weighted(
        commands.map(([weight, name, make]) => [weight, { name, make }] as const),
      ),
    );
    const sequence = this.#sequences[actor] ?? 0n;
    this.#sequences[actor] = sequence + 1n;
    const bytes = signedTx(this.#keys[actor] as SigningKey, {
      messages: chosen.map(({ make }) => make(this.#random, this.#stage, actor)),
      chainId,
      accountNumber: BigInt(actor),
      sequence,
      gasLimit: this.#random.chance(2) ? 60_000n : 1_000_000n,
    });
    return { name: chosen.map(({ name }) => name).join('+'), bytes };
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

function open(folder: string) {
  return createApp({ path: folder, logger: pino({ level: 'silent' }), version: 'sim' });
}

function consensusAddress(publicKeyHex: string): Uint8Array {
  return sha256(Buffer.from(publicKeyHex, 'hex')).slice(0, 20);
}
