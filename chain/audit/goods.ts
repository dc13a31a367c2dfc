/**
 * Goods and the labour time in them (002, points 9 to 19; D2.1, D2.8, D2.9, D2.23, D2.24), from
 * what people did: every value that a fact tells is computed again, on fractions.
 */
import { floor, fraction } from './fraction.ts';
import { type Account, lengthOf } from './hours.ts';
import {
  booksOf,
  type Element,
  elementsOf,
  keptOf,
  type Piece,
  residualOf,
  usedOf,
} from './pieces.ts';
import type { Fields } from './reading.ts';
import { Sums } from './reading.ts';
import type { Segments } from './segments.ts';

type Complain = (problem: string) => void;

const commons = 1n;
const byCalendar = 3n;

interface Lot extends Piece {
  owner: bigint;
  readonly type: bigint;
  label: bigint;
  quantity: bigint;
}

interface Production {
  readonly producer: bigint;
  label: bigint;
  /** Work in progress. */
  inside: bigint;
  produced: bigint;
  /** Lots built in. */
  readonly parts: Lot[];
}

/** Facts that move neither goods nor labour time. */
const withoutFigures: ReadonlySet<string> = new Set([
  ...['ParametersSet', 'CategorySet', 'TransferOffered', 'TransferWithdrawn', 'Ordered'],
  ...['OrderWithdrawn', 'OrderRejected', 'Estimated', 'WorkloadCountersigned'],
  ...['MembersMoved', 'BallotOpened', 'Voted', 'BallotAdvanced', 'BallotMoved'],
  ...['DeviationApproved', 'DeviationWarned', 'OverdrawWarned', 'ComponentParametersSet'],
  // Counted where the coupons are deleted, and where the debt is carried.
  ...['BurnCounted', 'DebtMoved'],
]);

interface Pool {
  value: bigint;
  units: bigint;
}

export class Goods {
  readonly lots = new Map<bigint, Lot>();
  readonly productions = new Map<bigint, Production>();
  /** By `collective/segment`. */
  readonly accounts = new Map<string, Account>();
  /** By `component/type`. */
  readonly pools = new Map<string, Pool>();
  /** P of each store: deleted less handed over since the last closing. */
  readonly stores = new Sums();
  readonly #pieces = new Map<bigint, bigint[]>();
  readonly #shelved = new Map<bigint, Lot>();
  /** Types whose goods age by the calendar. */
  readonly #perishable = new Set<bigint>();
  readonly #allocated = new Map<bigint, { readonly lot: bigint; readonly repurposed: boolean }>();
  readonly #segments: Segments;
  readonly #complain: Complain;

  constructor(segments: Segments, complain: Complain) {
    this.#segments = segments;
    this.#complain = complain;
  }

  /** True where the fact is told here. */
  take(type: string, fields: Fields, nowMs: bigint): boolean {
    const rule = this.#rules[type];
    if (rule === undefined) return withoutFigures.has(type);
    rule(fields, nowMs);
    return true;
  }

  account(collective: bigint, segment: bigint): Account {
    const name = `${collective}/${segment}`;
    const known = this.accounts.get(name) ?? { line: [], c: 0n, w: 0n };
    this.accounts.set(name, known);
    return known;
  }

  /** G of row 2-N1 by collective, without the pools. */
  exclusiveGoods(): Sums {
    const sums = new Sums();
    for (const { owner, label, value } of this.lots.values()) {
      if (label !== commons) sums.add(`${owner}`, value);
    }
    for (const { producer, label, inside } of this.productions.values()) {
      if (label !== commons) sums.add(`${producer}`, inside);
    }
    return sums;
  }

  *figures(): Iterable<readonly [name: string, value: bigint]> {
    for (const [id, lot] of this.lots) {
      yield [`value of lot ${id}`, lot.value];
      yield [`quantity of lot ${id}`, lot.quantity];
      yield [`owner of lot ${id}`, lot.owner];
    }
    for (const [id, { inside }] of this.productions) yield [`work in production ${id}`, inside];
    for (const [collective, value] of this.exclusiveGoods().entries()) {
      yield [`goods of ${collective}`, value];
    }
    for (const [name, { line, c, w }] of this.accounts) {
      yield [`a of ${name}`, lengthOf(line)];
      yield [`c of ${name}`, c];
      yield [`w of ${name}`, w];
    }
    for (const [name, { value, units }] of this.pools) {
      yield [`value of pool ${name}`, value];
      yield [`units of pool ${name}`, units];
    }
    for (const [store, difference] of this.stores.entries()) {
      yield [`difference of ${store}`, difference];
    }
  }

  readonly #rules: Readonly<Record<string, (fields: Fields, nowMs: bigint) => void>> = {
    TypeDefined: (f) => {
      const type = f.number('product_type');
      if (f.number('durability_unit') === byCalendar) this.#perishable.add(type);
    },
    Collectivized: (f) => {
      const durability = f.number('durability');
      const simple = {
        id: f.number('element'),
        value: fraction(0n),
        durability,
        age: 0n,
        parts: [],
      };
      this.lots.set(f.number('lot'), {
        owner: f.number('owner'),
        type: f.number('product_type'),
        label: f.number('label'),
        quantity: f.number('quantity'),
        value: 0n,
        used: 0n,
        elements: durability === 0n ? [] : [simple],
        agesSince: this.#agesSince(f),
      });
    },
    LotSplit: (f) => {
      const lot = this.lot(f.number('lot'));
      const quantity = f.number('quantity');
      const value = floor(fraction(lot.value * quantity, lot.quantity));
      this.#told(`lot ${f.number('part')}`, f.number('value_ms'), value);
      this.lots.set(f.number('part'), { ...lot, quantity, value });
      lot.quantity -= quantity;
      lot.value -= value;
    },
    TransferAccepted: (f) => {
      const lot = this.lot(f.number('lot'));
      this.#told(`transferred lot ${f.number('lot')}`, f.number('value_ms'), lot.value);
      lot.owner = f.number('to');
    },
    LotWrittenOff: (f, nowMs) => {
      const id = f.number('lot');
      const lot = this.lot(id);
      this.#told(`written off lot ${id}`, f.number('value_ms'), lot.value);
      this.lots.delete(id);
      if (lot.label !== commons) this.#lose(lot.owner, lot.value, f, nowMs);
    },
    ProductionStarted: (f) => {
      this.productions.set(f.number('production'), {
        producer: f.number('producer'),
        label: f.number('label'),
        inside: 0n,
        produced: 0n,
        parts: [],
      });
    },
    ProductionRejected: (f, nowMs) => {
      const id = f.number('production');
      const { producer, label, inside } = this.production(id);
      this.#told(`lost production ${id}`, f.number('lost_ms'), inside);
      this.productions.delete(id);
      if (label !== commons) this.#lose(producer, inside, f, nowMs);
    },
    ConsumptiveAllocated: (f) => {
      const [id, lotId] = [f.number('production'), f.number('lot')];
      const [production, lot] = [this.production(id), this.lot(lotId)];
      this.#told(`consumed lot ${lotId}`, f.number('booked_ms'), lot.value);
      const value = this.#counted(lot, production);
      this.#told(`what production ${id} takes on of lot ${lotId}`, f.number('value_ms'), value);
      production.inside += value;
      if (f.flag('part')) production.parts.push(lot);
      this.lots.delete(lotId);
    },
    MeansAllocated: (f) => {
      const repurposed = f.flag('repurposed');
      this.#allocated.set(f.number('allocation'), { lot: f.number('lot'), repurposed });
    },
    MeansDeallocated: (f, nowMs) => {
      const { lot: id, repurposed } = this.#allocated.get(f.number('allocation')) ?? {
        lot: f.number('lot'),
        repurposed: false,
      };
      this.#allocated.delete(f.number('allocation'));
      const [lot, production] = [this.lot(id), this.production(f.number('production'))];
      const booked = booksOf(lot, f.number('used'));
      const moved = lot.value - booked;
      const due = usedOf(lot, nowMs) - lot.used;
      if (lot.agesSince !== undefined) this.#told(`the age of ${id}`, f.number('used'), due);
      this.#told(`what means ${id} transfer`, f.number('transfer_ms'), moved);
      const exclusive = lot.label !== commons;
      const takenOn = exclusive || production.label === commons ? moved : 0n;
      this.#told(`what is taken on of means ${id}`, f.number('value_ms'), takenOn);
      production.inside += takenOn;
      lot.value = booked;
      lot.used += f.number('used');
      if (!repurposed) return;
      this.#inSegment(f, nowMs);
      this.account(production.producer, this.#segments.at(nowMs)).c += moved;
    },
    WorkloadRegistered: (f) => {
      const [amount, account] = this.#worked(f);
      this.#told('the line before a workload', f.number('before_ms'), lengthOf(account.line));
      account.line.push({ workload: f.number('workload'), amount, back: false });
    },
    WorkloadReversed: (f) => {
      const [amount, account] = this.#worked(f, -1n);
      this.#told('the line before a storno', f.number('total_ms'), lengthOf(account.line));
      account.line.push({ workload: f.number('workload'), amount, back: true });
    },
    LotProduced: (f, nowMs) => {
      const production = this.production(f.number('production'));
      const value = f.number('value_ms');
      production.produced += value;
      const elements = elementsOf(f.json('composition'));
      for (const element of elements) this.#sameAsPart(element, production, nowMs);
      this.lots.set(f.number('lot'), {
        owner: f.number('owner'),
        type: f.number('product_type'),
        label: f.number('label'),
        quantity: f.number('quantity'),
        value,
        used: 0n,
        elements,
        agesSince: this.#agesSince(f),
      });
    },
    ProductionFinished: (f) => {
      const id = f.number('production');
      const { produced, inside } = this.production(id);
      this.#told(`output of production ${id}`, produced, inside);
      this.#told(`production ${id}`, f.number('value_ms'), inside);
      this.productions.delete(id);
    },
    LotsMerged: (f) => {
      const merged = f.numbers('lots').map((id) => this.lot(id));
      const [first] = merged;
      const quantity = merged.reduce((sum, lot) => sum + lot.quantity, 0n);
      const value = merged.reduce((sum, lot) => sum + lot.value, 0n);
      this.#told('a merged quantity', f.number('quantity'), quantity);
      this.#told('a merged value', f.number('value_ms'), value);
      for (const id of f.numbers('lots')) this.lots.delete(id);
      if (first !== undefined) this.lots.set(f.number('into'), { ...first, quantity, value });
    },
    LotSeparated: (f, nowMs) => {
      const id = f.number('lot');
      const lot = this.lot(id);
      const kept = keptOf(lot, usedOf(lot, nowMs), f.numbers('lost'));
      const gone = lot.value - kept.reduce((sum, value) => sum + value, 0n);
      this.#told(`what is lost of lot ${id}`, f.number('written_off_ms'), gone);
      this.#pieces.set(id, kept);
      this.#shelved.set(id, lot);
      this.lots.delete(id);
      if (lot.label !== commons) this.#lose(lot.owner, gone, f, nowMs);
    },
    PieceKept: (f) => {
      const [id, piece] = [f.number('lot'), f.number('piece')];
      const before = this.#shelved.get(id);
      if (before === undefined) throw new Error(`lot ${id} is not in pieces`);
      const value = this.#pieces.get(id)?.shift() ?? 0n;
      this.#told(`piece ${piece} of lot ${id}`, f.number('value_ms'), value);
      const elements = elementsOf(f.json('composition'));
      const type = f.number('product_type');
      const agesSince = this.#agesSince(f);
      this.lots.set(piece, { ...before, type, value, used: 0n, elements, quantity: 1n, agesSince });
    },
    LotRevalued: (f, nowMs) => {
      const id = f.number('lot');
      const lot = this.lot(id);
      const elements = elementsOf(f.json('composition'));
      const used = usedOf(lot, nowMs);
      const [before, after] = [residualOf(lot.elements, used), residualOf(elements, 0n)];
      if (before.above * after.below !== after.above * before.below) {
        this.#complain(`lot ${id} has another residual after a revaluation`);
      }
      const agesSince = lot.agesSince === undefined ? undefined : f.number('made_at_ms');
      this.lots.set(id, { ...lot, used: 0n, elements, agesSince });
    },
    Shelved: (f) => {
      const id = f.number('lot');
      const lot = this.lot(id);
      this.#told(`shelved lot ${id}`, f.number('booked_ms'), lot.value);
      const value = lot.label === commons ? 0n : lot.value;
      this.#told(`what a pool takes on of lot ${id}`, f.number('value_ms'), value);
      this.#intoPool(f, value, f.number('quantity'));
      this.#shelved.set(id, lot);
      this.lots.delete(id);
    },
    Unshelved: (f) => {
      const [id, quantity] = [f.number('lot'), f.number('quantity')];
      const value = this.#charge(f, quantity, 'value_ms');
      const piece = this.#shelved.get(id);
      this.lots.set(id, {
        owner: f.number('store'),
        type: f.number('product_type'),
        label: f.number('label'),
        quantity,
        value,
        used: piece?.used ?? 0n,
        elements: piece?.elements ?? [],
        agesSince: piece?.agesSince,
      });
    },
    HandedOver: (f) => {
      const charge = this.#charge(f, f.number('quantity'), 'charge_ms');
      this.stores.add(f.text('store'), -charge);
    },
    InventoryTaken: (f, nowMs) => {
      const [store, counted, due] = [f.number('store'), f.number('counted'), f.number('due')];
      const short = due - counted;
      this.#told('units on a shelf', due, this.#shelves.get(this.#shelf(f)));
      const charge = short > 0n ? this.#charge(f, short, 'charge_ms') : 0n;
      if (short <= 0n) this.#intoPool(f, 0n, -short);
      const difference = f.number('burned_ms') - f.number('charged_ms');
      this.#told(`the difference of store ${store}`, difference, this.stores.get(`${store}`));
      this.stores.delete(`${store}`);
      const lost = charge + (difference < 0n ? -difference : 0n);
      if (lost > 0n) this.#lose(store, lost, f, nowMs);
    },
    LotsRelabelled: (f) => {
      const label = f.number('label');
      for (const id of f.numbers('lots')) {
        const lot = this.lot(id);
        // What becomes exclusive enters at nothing, with all its elements (D2.23).
        const free = lot.elements.map((element) => ({ ...element, value: fraction(0n) }));
        if (label === commons) this.lots.set(id, { ...lot, label });
        else this.lots.set(id, { ...lot, label, value: 0n, elements: free });
      }
    },
    PoolRelabelled: (f) => {
      const pool = this.#pool(f.number('component'), f);
      this.#told('a pool that becomes common', f.number('value_ms'), pool.value);
      pool.value = 0n;
    },
    PoolMoved: (f) => {
      const [from, to] = [this.#pool(f.number('from'), f), this.#pool(f.number('to'), f)];
      const [value, units] = [f.number('value_ms'), f.number('units')];
      const down = floor(fraction(from.value * units, from.units));
      const rest = from.value - floor(fraction(from.value * (from.units - units), from.units));
      if (value !== down && value !== rest) {
        this.#complain(`${units} of a pool of ${from.units} take ${value} of ${from.value}`);
      }
      from.value -= value;
      from.units -= units;
      to.value += value;
      to.units += units;
    },
  };

  readonly #shelves = new Sums();

  #shelf(f: Fields): string {
    return `${f.number('store')}/${f.number('product_type')}`;
  }

  #pool(component: bigint, f: Fields): Pool {
    const name = `${component}/${f.number('product_type')}`;
    const pool = this.pools.get(name) ?? { value: 0n, units: 0n };
    this.pools.set(name, pool);
    return pool;
  }

  #intoPool(f: Fields, value: bigint, units: bigint): void {
    const pool = this.#pool(f.number('component'), f);
    pool.value += value;
    pool.units += units;
    this.#shelves.add(this.#shelf(f), units);
  }

  /** floor(V * q / N) leaves with q of N units (D2.24). */
  #charge(f: Fields, quantity: bigint, told: string): bigint {
    const { value, units } = this.#pool(f.number('component'), f);
    const charge = floor(fraction(value * quantity, units));
    this.#told('a pool charge', f.number(told), charge);
    this.#intoPool(f, -charge, -quantity);
    return charge;
  }

  lot(id: bigint): Lot {
    const lot = this.lots.get(id);
    if (lot === undefined) throw new Error(`lot ${id} is not there`);
    return lot;
  }

  production(id: bigint): Production {
    const production = this.productions.get(id);
    if (production === undefined) throw new Error(`production ${id} is not open`);
    return production;
  }

  /** Of perishables since when they age, by a fact that says when they were made. */
  #agesSince(f: Fields): bigint | undefined {
    return this.#perishable.has(f.number('product_type')) ? f.number('made_at_ms') : undefined;
  }

  #told(what: string, told: bigint, due: bigint): void {
    if (told !== due) this.#complain(`${what}: the chain says ${told}, ${due} is due`);
  }

  /** What exclusive production takes on of commons is 0 (D2.23). */
  #counted(lot: Lot, { label }: Production): bigint {
    return lot.label === commons && label !== commons ? 0n : lot.value;
  }

  #lose(collective: bigint, value: bigint, fields: Fields, nowMs: bigint): void {
    this.#inSegment(fields, nowMs);
    this.account(collective, this.#segments.at(nowMs)).w += value;
  }

  #inSegment(fields: Fields, timeMs: bigint): void {
    this.#told('a segment', fields.number('segment'), this.#segments.at(timeMs));
  }

  /** Hours go into the work in progress, and of commons production into c. */
  #worked(fields: Fields, sign = 1n): readonly [amount: bigint, account: Account] {
    const amount = fields.number('to_ms') - fields.number('from_ms');
    this.#inSegment(fields, fields.number('to_ms'));
    const production = this.production(fields.number('production'));
    const segment = this.#segments.at(fields.number('to_ms'));
    const account = this.account(production.producer, segment);
    production.inside += sign * amount;
    if (production.label === commons) account.c += sign * amount;
    return [amount, account];
  }

  /** An element that was a part keeps its value, its durability and its age. */
  #sameAsPart(
    { id, value, durability, age }: Element,
    { label, parts }: Production,
    nowMs: bigint,
  ): void {
    for (const lot of parts) {
      const before = lot.elements.find((element) => element.id === id);
      if (before === undefined) continue;
      const free = lot.label === commons && label !== commons;
      const kept = free ? fraction(0n) : before.value;
      const same = kept.above * value.below === value.above * kept.below;
      if (same && durability === before.durability && age === before.age + usedOf(lot, nowMs))
        return;
      this.#complain(`element ${id} is built in with other figures than it had`);
    }
  }
}
