/**
 * A small model of the whole economy of 002 over the arithmetic of this module: what production
 * will hold (lots, work in progress, shelves) as plain sums, one type of goods. Each component's
 * G - K - P + D of row 2-N1 is recomputed from scratch.
 */

import { emptyPool, mergePools, type Pool, put, splitPool, take } from '../../production/pool.ts';
import { claimable, credit, offsetsOf, type Rate, residueOf } from '../claims.ts';
import { addStandings, mergeDebts, noStanding, type Standing, splitDebt } from '../debts.ts';
import { addSums, debtAfter, defaultLimits, netOf, noSums, type Sums } from '../revision.ts';
import { Line } from './line.ts';

/** A workload that waits for its claim. */
export interface Claimable {
  readonly wallet: number;
  readonly coupons: bigint;
}

interface Registered {
  readonly wallet: number;
  readonly stretch: Line['open'][number];
  readonly common: boolean;
  /** In the work in progress still, so that a storno can take it back. */
  open: boolean;
}

export class Collective {
  lots = 0n;
  inProgress = 0n;
  /** Units of the pool that stand on its shelf. */
  shelf = 0n;
  difference = 0n;
  sums: Sums = noSums;
  line = new Line();
  registered: Registered[] = [];
  /** Kept as a running total, so that claims have to meet it exactly. */
  claimable = 0n;
  claims: Claimable[] = [];
  balances = new Map<number, bigint>();

  get standing(): Standing {
    const balances = [...this.balances.values()].reduce((sum, ms) => sum + ms, 0n);
    const { a, c, w } = this.sums;
    return {
      goods: this.lots + this.inProgress,
      coupons: balances + this.claimable + a - c - w,
      difference: this.difference,
    };
  }
}

/** One component. Members are in ascending order of id. */
export class Component {
  members: readonly number[];
  debt = 0n;
  pool: Pool = emptyPool;

  constructor(members: readonly number[]) {
    this.members = members;
  }
}

export class Economy {
  readonly collectives: readonly Collective[];
  components: readonly Component[];
  /** Accepted operations by name. */
  readonly accepted = new Map<string, number>();

  constructor(size: number) {
    this.collectives = Array.from({ length: size }, () => new Collective());
    this.components = this.collectives.map((_, id) => new Component([id]));
  }

  /** G - K - P + D; zero, or a millisecond was made or lost. */
  imbalance({ members, debt, pool }: Component): bigint {
    const { goods, coupons, difference } = this.#standing(members);
    return goods + pool.value - coupons - difference + debt;
  }

  work(id: number, wallet: number, amount: bigint, common: boolean): void {
    const collective = this.#at(id);
    const stretch = collective.line.add(amount);
    collective.registered.push({ wallet, stretch, common, open: true });
    this.#book(collective, { a: amount, c: common ? amount : 0n, w: 0n });
    if (!common) collective.inProgress += amount;
    this.#count('work');
  }

  storno(id: number, drawn: number): void {
    const collective = this.#at(id);
    const open = collective.registered.filter((workload) => workload.open);
    const workload = open[drawn % Math.max(open.length, 1)];
    if (workload === undefined) return;
    const { stretch, common } = workload;
    collective.line.cancel(stretch);
    collective.registered = collective.registered.filter((other) => other !== workload);
    this.#book(collective, { a: -stretch.amount, c: common ? -stretch.amount : 0n, w: 0n });
    if (!common) collective.inProgress -= stretch.amount;
    this.#count('storno');
  }

  output(id: number): void {
    const collective = this.#at(id);
    if (collective.inProgress === 0n) return;
    for (const workload of collective.registered) workload.open = false;
    collective.lots += collective.inProgress;
    collective.inProgress = 0n;
    this.#count('output');
  }

  transfer(from: number, to: number, value: bigint): void {
    const [giver, taker] = [this.#at(from), this.#at(to)];
    if (value > giver.lots || this.componentOf(from) !== this.componentOf(to)) return;
    giver.lots -= value;
    taker.lots += value;
    this.#count('transfer');
  }

  writeOff(id: number, value: bigint): void {
    const collective = this.#at(id);
    if (value > collective.lots) return;
    collective.lots -= value;
    this.#book(collective, { a: 0n, c: 0n, w: value });
    this.#count('writeOff');
  }

  /** A type becomes common by vote (D2.23). */
  relabel(id: number, value: bigint): void {
    const collective = this.#at(id);
    if (value > collective.lots) return;
    collective.lots -= value;
    this.componentOf(id).debt += value;
    this.#count('relabel');
  }

  shelve(id: number, value: bigint, units: bigint): void {
    const collective = this.#at(id);
    if (value > collective.lots) return;
    const component = this.componentOf(id);
    collective.lots -= value;
    collective.shelf += units;
    component.pool = put(component.pool, { value, units });
    this.#count('shelve');
  }

  handOver(id: number, units: bigint): void {
    const charge = this.#unshelve(id, units);
    if (charge === undefined) return;
    this.#at(id).difference -= charge;
    this.#count('handOver');
  }

  /** Spends balances of any origin in the store's component, in ascending order (D2.18). */
  burn(id: number, wallet: number, amount: bigint): void {
    const { members } = this.componentOf(id);
    const held = members.map((origin) => this.#at(origin).balances.get(wallet) ?? 0n);
    if (amount > held.reduce((sum, ms) => sum + ms, 0n)) return;
    let rest = amount;
    members.forEach((origin, index) => {
      const balance = held[index] ?? 0n;
      const spent = balance < rest ? balance : rest;
      this.#at(origin).balances.set(wallet, balance - spent);
      rest -= spent;
    });
    this.#at(id).difference += amount;
    this.#count('burn');
  }

  /** Books a shortage (or a surplus of units at value 0) and closes the difference (D2.25). */
  inventory(id: number, missing: bigint): void {
    const collective = this.#at(id);
    const component = this.componentOf(id);
    if (missing < 0n) {
      collective.shelf -= missing;
      component.pool = put(component.pool, { value: 0n, units: -missing });
    } else if (missing > 0n) {
      const charge = this.#unshelve(id, missing);
      if (charge === undefined) return;
      this.#book(collective, { a: 0n, c: 0n, w: charge });
    }
    const { difference } = collective;
    collective.difference = 0n;
    if (difference < 0n) this.#book(collective, { a: 0n, c: 0n, w: -difference });
    else component.debt -= difference;
    this.#count('inventory');
  }

  /** Revises the running segment of a component. Returns net less what its workloads can claim. */
  revise(component: Component): bigint {
    const members = component.members.map((id) => this.#at(id));
    const sums = members.map((member) => member.sums).reduce(addSums, noSums);
    const net = netOf(sums, component.debt, defaultLimits);
    const rate: Rate = { a: sums.a, net };
    const offsets = offsetsOf(members.map(({ line }) => line.total));
    let residues = 0n;
    members.forEach((member, index) => {
      const offset = offsets[index] ?? -1n;
      const residue = residueOf(rate, offset, member.line.pairs);
      member.claimable += claimable(rate, offset, member.line.total, residue);
      for (const { wallet, stretch } of member.registered) {
        member.claims.push({ wallet, coupons: credit(rate, offset, stretch) });
      }
      residues += residue;
      // What is in progress stays so; only its workloads can't be cancelled any more.
      member.sums = noSums;
      member.line = new Line();
      member.registered = [];
    });
    component.debt = debtAfter(sums, component.debt, net, residues);
    this.#count(sums.a === 0n ? 'revise without hours' : 'revise');
    return residues;
  }

  claim(id: number, drawn: number): void {
    const collective = this.#at(id);
    const index = drawn % Math.max(collective.claims.length, 1);
    const found = collective.claims[index];
    if (found === undefined) return;
    collective.claims.splice(index, 1);
    const before = collective.balances.get(found.wallet) ?? 0n;
    collective.claimable -= found.coupons;
    collective.balances.set(found.wallet, before + found.coupons);
    this.#count('claim');
  }

  /** All unclaimed coupons of a collective expire (D2.17). */
  expire(id: number): void {
    const collective = this.#at(id);
    this.componentOf(id).debt -= collective.claimable;
    collective.claimable = 0n;
    collective.claims = [];
    this.#count('expire');
  }

  merge(one: Component, other: Component): void {
    if (one === other) return;
    const merged = new Component([...one.members, ...other.members].sort((x, y) => x - y));
    merged.debt = mergeDebts([one.debt, other.debt]);
    merged.pool = mergePools(one.pool, other.pool);
    this.#replace([one, other], [merged]);
    this.#count('merge');
  }

  split(component: Component, leaves: (id: number) => boolean): void {
    const sides = [
      component.members.filter((id) => !leaves(id)),
      component.members.filter(leaves),
    ].sort(([x = 0], [y = 0]) => x - y);
    const [first, other] = sides.map((members) => new Component(members));
    if (first === undefined || other === undefined) return;
    if (first.members.length === 0 || other.members.length === 0) return;
    const units = first.members.reduce((sum, id) => sum + this.#at(id).shelf, 0n);
    const pools = splitPool(component.pool, units);
    [first.pool, other.pool] = [pools.first, pools.other];
    const parts = [first, other].map(({ members, pool }) =>
      addStandings(this.#standing(members), { ...noStanding, goods: pool.value }),
    );
    const [firstDebt = 0n, otherDebt = 0n] = splitDebt(component.debt, parts);
    [first.debt, other.debt] = [firstDebt, otherDebt];
    this.#replace([component], [first, other]);
    this.#count(component.debt === 0n ? 'split' : 'split with debt');
  }

  componentOf(id: number): Component {
    const found = this.components.find(({ members }) => members.includes(id));
    if (found === undefined) throw new Error(`collective ${id} is in no component`);
    return found;
  }

  #standing(members: readonly number[]): Standing {
    return members.map((id) => this.#at(id).standing).reduce(addStandings, noStanding);
  }

  #unshelve(id: number, units: bigint): bigint | undefined {
    const collective = this.#at(id);
    const component = this.componentOf(id);
    if (units > collective.shelf) return undefined;
    const { charge, rest } = take(component.pool, units);
    collective.shelf -= units;
    component.pool = rest;
    return charge;
  }

  #book(collective: Collective, sums: Sums): void {
    collective.sums = addSums(collective.sums, sums);
  }

  #replace(gone: readonly Component[], come: readonly Component[]): void {
    this.components = [...this.components.filter((other) => !gone.includes(other)), ...come];
  }

  #at(id: number): Collective {
    const collective = this.collectives[id];
    if (collective === undefined) throw new Error(`no collective ${id}`);
    return collective;
  }

  #count(name: string): void {
    this.accepted.set(name, (this.accepted.get(name) ?? 0) + 1);
  }
}
