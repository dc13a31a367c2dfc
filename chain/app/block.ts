/**
 * One block, executed: begin work, transactions, due timers, end work, event log. Used by
 * ProcessProposal, FinalizeBlock and replay; it writes to an overlay only, `Store.commit` does the
 * rest.
 */
import type { Event, ExecTxResult, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { assert, present } from '../../modules/_kernel/assert.ts';
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import type { Refusal } from '../../modules/_kernel/refusals.ts';
import type { View } from '../../modules/_kernel/tables.ts';
import type { TimeMs } from '../../modules/_kernel/units.ts';
import { type tables as chainTables, eventLogHeadKey } from '../../modules/chain/keys.ts';
import type { TimerFired } from '../../modules/chain/types.ts';
import { abciEvents } from '../events/abci.ts';
import { encodeFacts, nextHead } from '../events/record.ts';
import { type Changes, type HeadReader, Overlay, settle } from '../store/overlay.ts';
import { type BlockWork, validatorUpdates } from './block-work.ts';
import type { AnyModule, Composition, Fact } from './composition.ts';
import { Meter } from './gas.ts';
import type { Machine } from './machine.ts';
import { type TransactionOutcome, type Transactions, txResult } from './transaction.ts';
import { applyMigrations, type Migration } from './upgrade.ts';

/** What CometBFT says of a block, in our words. */
export interface BlockInput {
  readonly context: Context;
  readonly txs: readonly Uint8Array[];
  readonly work: BlockWork;
  /** The version of the rules that takes over with this block, where one does. */
  readonly upgrade?: bigint;
}

export interface BlockOutcome {
  readonly changes: Changes;
  /** Canonical bytes of the block's facts; empty without facts. */
  readonly facts: Uint8Array;
  readonly txResults: readonly ExecTxResult[];
  readonly events: readonly Event[];
  readonly validatorUpdates: readonly ValidatorUpdate[];
  /** As in the input: headers after this block carry it. */
  readonly upgrade: bigint | undefined;
  /**
   * Transactions that must not stand in a block: decoding, authentication, sequence or fee failed.
   */
  readonly inadmissible: readonly { readonly index: number; readonly refusal: Refusal }[];
  /** Sum of the gas limits. */
  readonly gasWanted: number;
}

/** Timers of a block stop starting when they have used so much gas; the rest wait, in order. */
const timerGasPerBlock = 50_000_000;

/** Consensus answers other requests at least this often. */
const longestTurnMs = 10;

export class BlockExecutor {
  readonly #modules: ReadonlyMap<string, AnyModule>;
  readonly #machine: Machine;
  readonly #transactions: Transactions;
  readonly #migrations: readonly Migration[];
  readonly #yieldTurn: () => Promise<void>;
  readonly #watch: Composition['watch'] | undefined;

  constructor(o: {
    readonly modules: ReadonlyMap<string, AnyModule>;
    readonly machine: Machine;
    readonly transactions: Transactions;
    readonly migrations: readonly Migration[];
    readonly turn: Turn;
    readonly watch: Composition['watch'] | undefined;
  }) {
    this.#modules = o.modules;
    this.#watch = o.watch;
    this.#machine = o.machine;
    this.#transactions = o.transactions;
    this.#migrations = o.migrations;
    this.#yieldTurn = o.turn;
  }

  /**
   * Executes a block on the head. Nothing is written; the same input gives the same outcome. Where
   * `isEnough` says so, the rest of the transactions is left out, as if the block had only those
   * that have results.
   */
  async execute(
    head: HeadReader,
    { context, txs, work, upgrade }: BlockInput,
    isEnough: () => boolean = never,
  ): Promise<BlockOutcome> {
    const block = new Overlay(head);
    const facts: Fact[] = [];
    const events: Event[] = [];
    const keep = (added: readonly Fact[]): void => {
      facts.push(...added);
      events.push(...abciEvents(this.#modules, added));
    };
    // First of all: the rest of the block follows the new rules.
    if (upgrade !== undefined) keep(await this.#migrate(head, block, context, upgrade));
    for (const { module, command } of work.begin) {
      keep(await this.#blockCommand(head, block, context, module, command));
    }
    const outcomes: TransactionOutcome[] = [];
    let unsigned = 0;
    for (const bytes of txs) {
      if (isEnough()) break;
      await this.#yieldTurn();
      const outcome = await this.#transactions.execute(head, block, context, bytes, unsigned);
      outcomes.push(outcome);
      if (outcome.unsigned === true) unsigned += 1;
      facts.push(...outcome.facts);
    }
    keep(await this.#dueTimers(head, block, context));
    for (const { module, command } of work.end) {
      keep(await this.#blockCommand(head, block, context, module, command));
    }
    await this.#check(head, block, context);
    const encoded = encodeFacts(this.#modules, facts);
    if (encoded.length > 0) {
      const before = block.get('chain', eventLogHeadKey);
      block.set('chain', eventLogHeadKey, nextHead(before, encoded));
    }
    return {
      changes: block.changes(),
      facts: encoded,
      txResults: outcomes.map(txResult),
      events,
      validatorUpdates: validatorUpdates(facts),
      upgrade,
      inadmissible: outcomes.flatMap(({ admitted, refusal }, index) =>
        admitted || refusal === undefined ? [] : [{ index, refusal }],
      ),
      gasWanted: outcomes.reduce((sum, { gasWanted }) => sum + gasWanted, 0),
    };
  }

  #migrate(
    head: HeadReader,
    block: Overlay,
    context: Context,
    to: bigint,
  ): Promise<readonly Fact[]> {
    const work = (): void => applyMigrations(this.#machine, this.#migrations, to, context);
    return settle(
      head,
      () => block.attempt(() => this.#machine.on(block, context, new Meter(), work)).facts,
    );
  }

  /** A block that breaks what modules promise each other is a defect: it is never decided. */
  async #check(head: HeadReader, block: Overlay, context: Context): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined) return;
    const machine = this.#machine;
    const problem = await settle(head, () =>
      watch({
        changesOf: (module) => block.changesOf(module),
        view: (module) => machine.view(module),
        ports: (module) => machine.ports(module),
        before: (read) => machine.reading(head, context, read),
        after: (read) => machine.reading(block, context, read),
      }),
    );
    assert(problem === undefined, `block ${context.height} is out of balance: ${problem}`);
  }

  /** A command of the block itself. Where it or an effect is refused, that is the fact. */
  async #blockCommand(
    head: HeadReader,
    block: Overlay,
    context: Context,
    module: string,
    command: Tagged,
  ): Promise<readonly Fact[]> {
    return settle(head, () => {
      const { result: refusal, facts } = this.#attempt(block, context, new Meter(), () =>
        this.#machine.command(module, command),
      );
      if (refusal === undefined) return facts;
      const refused = {
        type: 'EffectRefused',
        module,
        command: command.type,
        refused: `${refusal.codespace}/${refusal.name}`,
        reason: refusal.message,
      };
      return this.#machine.on(block, context, new Meter(), () =>
        this.#machine.apply('chain', refused),
      ).facts;
    });
  }

  /** Runs commands; after a refusal the block is as before. */
  #attempt(
    block: Overlay,
    context: Context,
    meter: Meter,
    work: () => Refusal | undefined,
  ): { readonly result: Refusal | undefined; readonly facts: readonly Fact[] } {
    return block.attempt(
      () => this.#machine.on(block, context, meter, work),
      ({ result }) => result === undefined,
    );
  }

  async #dueTimers(head: HeadReader, block: Overlay, context: Context): Promise<readonly Fact[]> {
    const facts: Fact[] = [];
    let spent = 0;
    while (spent < timerGasPerBlock) {
      await this.#yieldTurn();
      const fired = await settle(head, () => block.attempt(() => this.#fireNext(block, context)));
      if (fired === undefined) break;
      facts.push(...fired.facts);
      spent += fired.gas;
    }
    return facts;
  }

  /** Fires the first due timer; undefined where none is due. */
  #fireNext(
    block: Overlay,
    context: Context,
  ): { readonly facts: readonly Fact[]; readonly gas: number } | undefined {
    const spent = new Meter();
    const machine = this.#machine;
    const waiting = machine.view('chain') as View<typeof chainTables>;
    const next = machine.on(block, context, spent, () => {
      const [first] = waiting.timers.range({ limit: 1 });
      return first !== undefined && (first.key[0] ?? 0n) <= context.timeMs ? first : undefined;
    }).result;
    if (next === undefined) return undefined;
    const [atMs, id] = next.key as readonly [TimeMs, bigint];
    const { module, command, payload } = next.value;
    const { result: refusal, facts } = this.#attempt(block, context, spent, () => {
      const codec = this.#modules.get(module)?.timers[command];
      const stored = present(codec, `timer ${module}.${command}`).decode(payload);
      return machine.command(module, { type: command, ...stored });
    });
    const refused = refusal === undefined ? '' : `${refusal.codespace}/${refusal.name}`;
    const fact: TimerFired = { type: 'TimerFired', id, atMs, refused };
    const firing = machine.on(block, context, spent, () => machine.apply('chain', fact));
    return {
      facts: [...(refusal === undefined ? facts : []), ...firing.facts],
      gas: spent.used,
    };
  }
}

const never = (): boolean => false;

/** Gives others a turn when the present one has been long. */
export type Turn = () => Promise<void>;

/** A turn by the host's clock: affects when answers come, never what they say. */
export function fairTurn(nowMs: () => number): Turn {
  let began = nowMs();
  return async () => {
    if (nowMs() - began < longestTurnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    began = nowMs();
  };
}
