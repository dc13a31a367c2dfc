/**
 * Collectives with lots and productions for scenarios. Messages pass through their wire form; after
 * each one the invariants hold, and a refused one has changed nothing.
 */
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { type Outcome, Scenario } from '../../_kernel/harness.ts';
import type { ProtoCodec } from '../../_kernel/proto-codec.ts';
import { type TimeMs, timeMs } from '../../_kernel/units.ts';
import { messages } from '../codec.ts';
import { production } from '../module.ts';
import { type ProductionPorts, productionReads } from '../ports.ts';
import {
  type CollectiveId,
  type ComponentId,
  DurabilityUnit,
  Label,
  type Lot,
  type ProductionCommand,
  type ProductionEvent,
  type SegmentId,
  Source,
  type TypeId,
} from '../types.ts';

export type Result = Outcome<ProductionEvent>;
export const minute = 60_000n;
export const hour = 60n * minute;

/** When scenarios begin: 2026-01-01 UTC. A segment is 30 days from 1970 on. */
export const start = 1_767_225_600_000n;
export const segmentMs = 30n * 24n * hour;

export function account(id: number): Address {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, id);
  return addressFromBytes(bytes);
}
/** Collective `id` is signed for by account `id`; workers have accounts from 100 on. */
export const worker = (id: number): Address => account(100 + id);

type Name = ProductionCommand['type'];
type Fields = Readonly<Record<string, unknown>>;

/** Types of the world: 1 flour (grams), 2 oven (uses), 3 drive (minutes). */
export const flour = 1n;
export const oven = 2n;
export const drive = 3n;

const one = 1n as ComponentId;

/** Collectives 1 to 4: 1-2 and 2-3 trust each other; 4 is a component of its own. */
export class World {
  readonly edges = new Map<string, 'strong' | 'cancelled'>([
    ['1-2', 'strong'],
    ['2-3', 'strong'],
  ]);
  readonly components = new Map<bigint, bigint>([
    [1n, 1n],
    [2n, 1n],
    [3n, 1n],
    [4n, 4n],
  ]);
  readonly finals = new Set<bigint>();
  /** Collectives that are C2I. */
  readonly stores = new Set<bigint>();
  /** Wallets for which another account signs. */
  readonly keys = new Map<Address, Address>();
  /** All facts so far. */
  readonly told: ProductionEvent[] = [];
  readonly #timers: Result['timers'][number][] = [];
  readonly scenario: Scenario<
    typeof production.tables,
    ProductionCommand,
    ProductionEvent,
    ProductionPorts
  >;

  constructor() {
    this.scenario = new Scenario(production, this.#ports()) as typeof this.scenario;
    this.scenario.at({ timeMs: timeMs(start) });
    for (const [name, unit, durabilityUnit] of [
      ['flour', 'g', DurabilityUnit.UNSPECIFIED],
      ['oven', 'piece', DurabilityUnit.USES],
      ['drive', 'piece', DurabilityUnit.MINUTES],
    ] as const) {
      this.ok('DefineType', { collective: 1n, name, unit, durabilityUnit });
    }
  }

  /** Sends a message, signed by the owner of collective 1 unless it says otherwise. */
  act(name: Name, fields: Fields): Result {
    const found = messages.find(({ typeUrl }) => typeUrl.endsWith(`.Msg${name}`));
    if (found === undefined) throw new Error(`no message ${name}`);
    const type = found.codec as unknown as { fromPartial(fields: Fields): unknown };
    const sent = type.fromPartial({ signer: account(1), ...fields });
    const result = found.parse(found.codec.decode(found.codec.encode(sent).finish()));
    if (!result.ok) {
      return { events: [], timers: [], refused: result.name, message: result.message };
    }
    return this.cause(result.command);
  }

  /** A command of another module or a timer. */
  cause(command: ProductionCommand): Result {
    const before = this.scenario.state.dump();
    const outcome = this.scenario.when(command);
    if (outcome.refused !== undefined) expect(this.scenario.state.dump()).toBe(before);
    expect(this.scenario.violations()).toEqual([]);
    this.#timers.push(...outcome.timers);
    this.told.push(...outcome.events);
    return outcome;
  }

  /** Timers that are due, in order; what they said. */
  wake(): readonly ProductionEvent[] {
    const events: ProductionEvent[] = [];
    for (;;) {
      const at = this.#timers.findIndex(({ atMs }) => atMs <= this.now);
      const [due] = at === -1 ? [] : this.#timers.splice(at, 1);
      if (due === undefined) return events;
      const { type, ...fields } = due.command as ProductionCommand;
      const codec = production.timers[type] as ProtoCodec<object>;
      const command = { type, ...codec.decode(codec.encode(fields).finish()) };
      events.push(...this.cause(command as ProductionCommand).events);
    }
  }

  ok(name: Name, fields: Fields): Result {
    const outcome = this.act(name, fields);
    if (outcome.refused !== undefined) throw new Error(`${outcome.refused}: ${outcome.message}`);
    return outcome;
  }

  /** The refusal of a message, and its sentence. */
  no(name: Name, fields: Fields): readonly [string | undefined, string | undefined] {
    const { refused, message } = this.act(name, fields);
    return [refused, message];
  }

  /** The only event of its type in an outcome. */
  static fact<T extends ProductionEvent['type']>(
    { events }: Result,
    type: T,
  ): Extract<ProductionEvent, { readonly type: T }> {
    const [event, ...more] = events.filter((candidate) => candidate.type === type);
    if (event === undefined || more.length > 0) throw new Error(`not one ${type}`);
    return event as Extract<ProductionEvent, { readonly type: T }>;
  }

  later(ms: bigint): this {
    this.scenario.at({ timeMs: timeMs(this.now + ms) });
    return this;
  }

  get now(): TimeMs {
    return this.scenario.context.timeMs;
  }

  lot(id: bigint): Lot {
    const lot = this.scenario.view.lots.get(id as never);
    if (lot === undefined) throw new Error(`no lot ${id}`);
    return lot;
  }

  /** Lots that are there, of all collectives. */
  lots(): readonly Lot[] {
    const { view } = this.scenario;
    return Array.from(view.lotsOf.range(), ({ key }) => this.lot(key[2]));
  }

  stock(quantity: bigint, collective = 1): bigint {
    return World.fact(
      this.ok('Collectivize', {
        signer: account(collective),
        collective: BigInt(collective),
        type: flour,
        quantity,
        label: Label.EXCLUSIVE,
        source: Source.APPROPRIATION,
      }),
      'Collectivized',
    ).lot;
  }

  /** A piece of a durable type, at value 0. */
  piece(type: bigint, durability: bigint, label: Label = Label.EXCLUSIVE): bigint {
    const source = Source.EXTERNAL_TRADE;
    const said = { collective: 1n, type, quantity: 1n, durability, label, source };
    return World.fact(this.ok('Collectivize', said), 'Collectivized').lot;
  }

  /** Orders of itself, unless fields say otherwise. */
  order(fields: Fields = {}): bigint {
    return World.fact(this.ok('Order', { ...this.terms(), ...fields }), 'Ordered').order;
  }

  terms(): Fields {
    return {
      collective: 1n,
      producer: 1n,
      type: flour,
      quantity: 1n,
      deliveryTimeMs: this.now + hour,
      label: Label.EXCLUSIVE,
    };
  }

  /** A production of collective 1 that has just started. */
  begin(fields: Fields = {}, valueMs = hour): bigint {
    const order = this.order(fields);
    const estimated = this.ok('Estimate', { order, valueMs });
    const { estimate } = World.fact(estimated, 'Estimated');
    return World.fact(this.ok('StartProduction', { estimate }), 'ProductionStarted').production;
  }

  /** Work from now on, which takes its time. */
  work(of: bigint, ms: bigint, wallet = worker(1)): bigint {
    const fromMs = this.now;
    this.later(ms);
    const done = this.ok('RegisterWorkload', { production: of, wallet, fromMs, toMs: this.now });
    return World.fact(done, 'WorkloadRegistered').workload;
  }

  /** Goods of collective 1 worth so many ms. */
  goods(quantity: bigint, valueMs: bigint, label: Label = Label.EXCLUSIVE): bigint {
    const id = this.begin({ label }, valueMs);
    this.work(id, valueMs);
    const done = this.ok('Output', { production: id, lines: [{ type: flour, quantity, valueMs }] });
    return World.fact(done, 'LotProduced').lot;
  }

  /** A durable piece of collective 1 worth so many ms. */
  machine(type: bigint, durability: bigint, valueMs: bigint): bigint {
    const id = this.begin({ type }, valueMs);
    this.work(id, valueMs);
    const lines = [{ type, quantity: 1n, valueMs, elements: [{ valueMs, durability }] }];
    return World.fact(this.ok('Output', { production: id, lines }), 'LotProduced').lot;
  }

  get reads() {
    return productionReads(this.scenario.view);
  }

  /** a, c and w of collective 1 in the present segment. */
  sums() {
    return this.reads.sums(1n as CollectiveId, this.#segment());
  }

  pairs() {
    return [...this.reads.pairs(1n as CollectiveId, this.#segment())];
  }

  #segment(): SegmentId {
    return ((this.now - 1n) / segmentMs) as SegmentId;
  }

  /** A genesis may say so: goods of a type are commons where 1 is, whatever lots there are. */
  makeCommon(type: bigint): void {
    const said = { component: one, productType: type as TypeId, label: Label.COMMONS };
    this.scenario.given({ type: 'CategorySet', ...said });
  }

  /** By a vote of all, with the next segment: goods of a type are commons where 1 is. */
  vote(type: bigint, label: Label = Label.COMMONS): readonly ProductionEvent[] {
    const asked = this.ok('ProposeCategory', { collective: 1n, type, label });
    const { ballot, electorate } = World.fact(asked, 'BallotOpened');
    for (let id = 1; BigInt(2 * (id - 1)) <= electorate; id += 1) {
      const vote = { signer: account(id), collective: BigInt(id), ballot, yes: true };
      this.ok('VoteCategory', vote);
    }
    this.later(segmentMs);
    return this.wake();
  }

  get isJoined(): boolean {
    return this.components.get(1n) === this.components.get(4n);
  }

  /** Collective 4 joins the component of 1, by an edge with 3. */
  join(): readonly ProductionEvent[] {
    const ending = this.components.get(4n) as ComponentId;
    this.edges.set('3-4', 'strong');
    this.components.set(4n, 1n);
    const moved = [4n as CollectiveId];
    return this.cause({ type: 'JoinComponents', remaining: one, ending, moved }).events;
  }

  /** And leaves it again. */
  split(): readonly ProductionEvent[] {
    this.edges.delete('3-4');
    const ended = this.cause({ type: 'EndOffers', low: 3n as never, high: 4n as never });
    this.#lastComponent += 1n;
    const arising = this.#lastComponent as ComponentId;
    this.components.set(4n, arising);
    const moved = [4n as CollectiveId];
    const divided = this.cause({ type: 'SplitComponent', component: one, arising, moved });
    return [...ended.events, ...divided.events];
  }

  #lastComponent = 4n;

  #ports(): ProductionPorts {
    const key = (a: bigint, b: bigint): string => (a < b ? `${a}-${b}` : `${b}-${a}`);
    const { components, edges, finals, keys, stores } = this;
    const membersOf = (component: bigint, from: bigint): CollectiveId[] =>
      [...components].flatMap(([id, of]) =>
        of === component && id >= from ? [id as CollectiveId] : [],
      );
    return {
      trust: {
        collective: (id) =>
          components.has(id)
            ? { owner: account(Number(id)), consumption: stores.has(id) ? 2 : 1 }
            : undefined,
        edgeState: (a, b) => edges.get(key(a, b)) ?? 'none',
        sameComponent: (a, b) => components.get(a) === components.get(b),
        componentOf: (id: CollectiveId) => components.get(id) as ComponentId | undefined,
        members: (component, from = 0n as CollectiveId) => membersOf(component, from),
        sizeOf: (component) => BigInt(membersOf(component, 0n as CollectiveId).length),
      },
      segments: {
        segmentAt: (at) => ((at - 1n) / segmentMs) as SegmentId,
        isFinal: (_, segment) => finals.has(segment),
        endOf: (segment) => timeMs((segment + 1n) * segmentMs),
        keyOf: (wallet) => keys.get(wallet) ?? wallet,
      },
    };
  }
}
