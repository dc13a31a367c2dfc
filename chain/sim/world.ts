/**
 * What a play knows of the labour economy, from the facts of its chain: enough to make messages
 * that are mostly sensible. It decides nothing and may be out of date within a block.
 */
import { Fields, type SeenEvent } from '../audit/reading.ts';
import type { Random } from './random.ts';

export interface SimLot {
  readonly id: bigint;
  owner: bigint;
  readonly type: bigint;
  readonly label: number;
  quantity: bigint;
  ownership: bigint;
  readonly elements: readonly bigint[];
  stage: 'free' | 'offered' | 'allocated';
}

export interface SimProduction {
  readonly id: bigint;
  readonly order: bigint;
  readonly producer: bigint;
  readonly type: bigint;
  readonly quantity: bigint;
  readonly label: number;
  readonly startedMs: bigint;
  inside: bigint;
  openMeans: number;
  readonly parts: SimLot[];
  /** Of `inside`, what came with the parts. */
  partsValue: bigint;
}

export interface SimWorkload {
  readonly id: bigint;
  readonly wallet: string;
  readonly production: bigint;
  readonly producer: bigint;
  readonly segment: bigint;
}

interface SimOrder {
  readonly id: bigint;
  readonly orderer: bigint;
  readonly producer: bigint;
  readonly type: bigint;
  readonly quantity: bigint;
  readonly label: number;
}

export interface SimBallot {
  readonly id: bigint;
  readonly subject: string;
  readonly component: bigint;
  readonly estimate: bigint;
}

/** A set that gives a random member in one step. */
export class Pool<T> {
  readonly #items: T[] = [];
  readonly #places = new Map<T, number>();
  readonly #taken = new Set<T>();

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (this.#places.has(item)) return;
    this.#places.set(item, this.#items.length);
    this.#items.push(item);
  }

  delete(item: T): void {
    const place = this.#places.get(item);
    const last = this.#items.pop();
    if (place === undefined || last === undefined) return;
    this.#places.delete(item);
    if (last === item) return;
    this.#items[place] = last;
    this.#places.set(last, place);
  }

  /** A random member that fits, if a few tries find one. */
  look(random: Random, fits: (item: T) => boolean = () => true): T | undefined {
    for (let tries = 0; tries < 12 && this.#items.length > 0; tries += 1) {
      const item = this.#items[random.below(this.#items.length)];
      if (item !== undefined && !this.#taken.has(item) && fits(item)) return item;
    }
    return undefined;
  }

  /** The same, and mostly for nobody else in this block: it can be used up once. */
  pick(random: Random, fits?: (item: T) => boolean): T | undefined {
    const item = this.look(random, fits);
    if (item !== undefined && random.chance(95)) this.#taken.add(item);
    return item;
  }

  nextBlock(): void {
    this.#taken.clear();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }
}

export class World {
  readonly owners = new Map<bigint, string>();
  readonly stores = new Pool<bigint>();
  readonly componentOf = new Map<bigint, bigint>();
  /** `low/high`. */
  readonly edges = new Pool<string>();
  readonly signatures = new Pool<string>();
  /** Account that signs for a wallet, where it is another than the wallet's own. */
  readonly keys = new Map<string, string>();
  /** Over edges that stand. */
  readonly neighbours = new Map<bigint, Pool<bigint>>();
  readonly types = new Map<
    bigint,
    { readonly definer: bigint; readonly durable: boolean; readonly unit: number }
  >();
  readonly lots = new Map<bigint, SimLot>();
  readonly free = new Pool<SimLot>();
  readonly offers = new Pool<{
    readonly id: bigint;
    readonly lot: bigint;
    readonly to: bigint;
    readonly from: bigint;
  }>();
  readonly orders = new Map<bigint, SimOrder>();
  readonly placed = new Pool<SimOrder>();
  readonly estimates = new Pool<{ readonly id: bigint; readonly order: SimOrder }>();
  readonly productions = new Map<bigint, SimProduction>();
  readonly open = new Pool<SimProduction>();
  readonly means = new Pool<{
    readonly id: bigint;
    readonly production: SimProduction;
    readonly lot: SimLot;
  }>();
  readonly workloads = new Map<bigint, SimWorkload>();
  readonly fresh = new Pool<SimWorkload>();
  readonly unclaimed = new Pool<SimWorkload>();
  /** Last end of work of a wallet. */
  readonly busyUntil = new Map<string, bigint>();
  /** Revision of `collective/segment`. */
  readonly revisions = new Map<string, bigint>();
  readonly #offer = new Map<
    bigint,
    { readonly id: bigint; readonly lot: bigint; readonly to: bigint; readonly from: bigint }
  >();
  readonly #means = new Map<
    bigint,
    { readonly id: bigint; readonly production: SimProduction; readonly lot: SimLot }
  >();
  readonly #estimates = new Map<bigint, { readonly id: bigint; readonly order: SimOrder }>();
  /** Units on the shelves of a store, by `store/type`. */
  readonly shelves = new Map<string, bigint>();
  readonly stocked = new Pool<string>();
  /** Ballots that are open, with what they are about. */
  readonly ballots = new Map<bigint, SimBallot>();
  readonly voting = new Pool<SimBallot>();
  collectives = 0;
  splits = 0;
  joins = 0;

  take(events: readonly SeenEvent[]): void {
    for (const pool of Object.values(this)) if (pool instanceof Pool) pool.nextBlock();
    for (const event of events) {
      const rule = this.#rules[event.type];
      if (rule !== undefined) rule(new Fields(event));
    }
  }

  readonly #rules: Readonly<Record<string, (fields: Fields) => void>> = {
    'artel.trust.v1.CollectiveFounded': (f) => {
      const id = f.number('collective');
      this.owners.set(id, f.text('owner'));
      if (f.number('consumption') === 2n) this.stores.add(id);
      this.componentOf.set(id, f.number('component'));
      this.collectives += 1;
    },
    'artel.trust.v1.TrustSigned': (f) => this.signatures.add(`${f.text('from')}/${f.text('to')}`),
    'artel.trust.v1.SignatureWithdrawn': (f) =>
      this.signatures.delete(`${f.text('from')}/${f.text('to')}`),
    'artel.trust.v1.TrustEstablished': (f) => {
      const [low, high] = [f.text('low'), f.text('high')];
      this.edges.add(`${low}/${high}`);
      this.#neighbours(BigInt(low)).add(BigInt(high));
      this.#neighbours(BigInt(high)).add(BigInt(low));
      this.signatures.delete(`${low}/${high}`);
      this.signatures.delete(`${high}/${low}`);
    },
    // Over a cancelled edge nothing is begun any more.
    'artel.trust.v1.TrustCancelled': (f) => {
      const [low, high] = [f.number('low'), f.number('high')];
      this.edges.delete(`${low}/${high}`);
      this.#neighbours(low).delete(high);
      this.#neighbours(high).delete(low);
    },
    'artel.trust.v1.ComponentsJoined': (f) => {
      this.joins += 1;
      for (const id of f.numbers('moved')) this.componentOf.set(id, f.number('remaining'));
    },
    'artel.trust.v1.ComponentSplit': (f) => {
      this.splits += 1;
      for (const id of f.numbers('moved')) this.componentOf.set(id, f.number('arising'));
    },
    'artel.production.v1.TypeDefined': (f) => {
      const unit = Number(f.text('durability_unit'));
      const type = { definer: f.number('definer'), durable: unit !== 0, unit };
      this.types.set(f.number('product_type'), type);
    },
    'artel.production.v1.Collectivized': (f) => {
      const element = f.number('element');
      this.#lot(f, f.number('durability') === 0n ? [] : [element]);
    },
    'artel.production.v1.LotSplit': (f) => {
      const lot = this.lots.get(f.number('lot'));
      if (lot === undefined) return;
      const quantity = f.number('quantity');
      lot.quantity -= quantity;
      const part: SimLot = { ...lot, id: f.number('part'), quantity, stage: 'free' };
      this.lots.set(part.id, part);
      this.free.add(part);
    },
    'artel.production.v1.TransferOffered': (f) => {
      const offer = {
        id: f.number('transfer'),
        lot: f.number('lot'),
        to: f.number('to'),
        from: f.number('from'),
      };
      this.#offer.set(offer.id, offer);
      this.offers.add(offer);
      this.#stage(offer.lot, 'offered');
    },
    'artel.production.v1.TransferAccepted': (f) => {
      this.#endOffer(f.number('transfer'));
      const lot = this.#stage(f.number('lot'), 'free');
      if (lot === undefined) return;
      lot.owner = f.number('to');
      lot.ownership = f.number('ownership');
    },
    'artel.production.v1.TransferWithdrawn': (f) => {
      this.#endOffer(f.number('transfer'));
      this.#stage(f.number('lot'), 'free');
    },
    'artel.production.v1.LotWrittenOff': (f) => this.#gone(f.number('lot')),
    'artel.production.v1.LotsMerged': (f) => {
      for (const id of f.numbers('lots')) this.#gone(id);
      this.#put(f, f.number('into'), []);
    },
    'artel.production.v1.LotSeparated': (f) => {
      const lot = this.#gone(f.number('lot'));
      if (lot !== undefined) this.#apart.set(lot.id, lot);
    },
    'artel.production.v1.PieceKept': (f) => {
      const whole = this.#apart.get(f.number('lot'));
      if (whole === undefined) return;
      const elements = elementsOf(f);
      const id = f.number('piece');
      const lot: SimLot = { ...whole, id, type: f.number('product_type'), elements, stage: 'free' };
      this.lots.set(id, lot);
      this.free.add(lot);
    },
    'artel.production.v1.Shelved': (f) => {
      this.#gone(f.number('lot'));
      this.#shelve(f, f.number('quantity'));
    },
    'artel.production.v1.Unshelved': (f) => {
      this.#shelve(f, -f.number('quantity'));
      if (this.types.get(f.number('product_type'))?.durable === true) return;
      this.#put(f, f.number('lot'), [], f.number('store'));
    },
    'artel.production.v1.HandedOver': (f) => this.#shelve(f, -f.number('quantity')),
    'artel.production.v1.InventoryTaken': (f) =>
      this.#shelve(f, f.number('counted') - f.number('due')),
    'artel.production.v1.BallotOpened': (f) => {
      const ballot: SimBallot = {
        id: f.number('ballot'),
        subject: f.text('subject'),
        component: f.number('component'),
        estimate: f.number('estimate'),
      };
      this.ballots.set(ballot.id, ballot);
      this.voting.add(ballot);
    },
    'artel.production.v1.BallotAdvanced': (f) => {
      const ballot = this.ballots.get(f.number('ballot'));
      if (ballot !== undefined) this.voting.delete(ballot);
    },
    'artel.production.v1.Ordered': (f) => {
      const order: SimOrder = {
        id: f.number('order'),
        orderer: f.number('orderer'),
        producer: f.number('producer'),
        type: f.number('product_type'),
        quantity: f.number('quantity'),
        label: Number(f.text('label')),
      };
      this.orders.set(order.id, order);
      this.placed.add(order);
    },
    'artel.production.v1.OrderWithdrawn': (f) => this.#endOrder(f.number('order')),
    'artel.production.v1.OrderRejected': (f) => this.#endOrder(f.number('order')),
    'artel.production.v1.Estimated': (f) => {
      const order = this.orders.get(f.number('order'));
      if (order === undefined) return;
      this.placed.delete(order);
      const estimate = { id: f.number('estimate'), order };
      this.#estimates.set(order.id, estimate);
      this.estimates.add(estimate);
    },
    'artel.production.v1.ProductionStarted': (f) => {
      const order = this.orders.get(f.number('order'));
      if (order === undefined) return;
      this.#endOrder(order.id);
      const production: SimProduction = {
        id: f.number('production'),
        order: order.id,
        producer: order.producer,
        type: order.type,
        quantity: order.quantity,
        label: order.label,
        startedMs: f.number('started_at_ms'),
        inside: 0n,
        openMeans: 0,
        parts: [],
        partsValue: 0n,
      };
      this.productions.set(production.id, production);
      this.open.add(production);
    },
    'artel.production.v1.ProductionRejected': (f) => this.#endProduction(f.number('production')),
    'artel.production.v1.ProductionFinished': (f) => this.#endProduction(f.number('production')),
    'artel.production.v1.ConsumptiveAllocated': (f) => {
      const production = this.productions.get(f.number('production'));
      const lot = this.#gone(f.number('lot'));
      if (production === undefined) return;
      production.inside += f.number('value_ms');
      if (!f.flag('part') || lot === undefined) return;
      production.parts.push(lot);
      production.partsValue += f.number('value_ms');
    },
    'artel.production.v1.MeansAllocated': (f) => {
      const production = this.productions.get(f.number('production'));
      const lot = this.#stage(f.number('lot'), 'allocated');
      if (production === undefined || lot === undefined) return;
      production.openMeans += 1;
      const means = { id: f.number('allocation'), production, lot };
      this.#means.set(means.id, means);
      this.means.add(means);
    },
    'artel.production.v1.MeansDeallocated': (f) => {
      const means = this.#means.get(f.number('allocation'));
      this.#stage(f.number('lot'), 'free');
      if (means === undefined) return;
      this.means.delete(means);
      this.#means.delete(means.id);
      means.production.openMeans -= 1;
      means.production.inside += f.number('value_ms');
    },
    'artel.production.v1.WorkloadRegistered': (f) => {
      const workload: SimWorkload = {
        id: f.number('workload'),
        wallet: f.text('wallet'),
        production: f.number('production'),
        producer: f.number('producer'),
        segment: f.number('segment'),
      };
      this.workloads.set(workload.id, workload);
      this.fresh.add(workload);
      this.unclaimed.add(workload);
      this.#work(f, 1n);
    },
    'artel.production.v1.WorkloadReversed': (f) => {
      const workload = this.workloads.get(f.number('workload'));
      if (workload !== undefined) {
        this.fresh.delete(workload);
        this.unclaimed.delete(workload);
        this.workloads.delete(workload.id);
      }
      this.#work(f, -1n);
    },
    'artel.production.v1.LotProduced': (f) => {
      this.#lot(f, elementsOf(f));
    },
    'artel.coupons.v1.SegmentRevised': (f) => {
      const { revision, segment } = f.json('revision') as {
        readonly revision: string;
        readonly segment: string;
      };
      const shares = (f.json('shares') ?? []) as readonly { readonly collective: string }[];
      for (const { collective } of shares) {
        this.revisions.set(`${collective}/${segment}`, BigInt(revision));
      }
    },
    'artel.coupons.v1.WalletRecovered': (f) => {
      this.keys.set(f.text('wallet'), f.text('new_key'));
    },
    'artel.coupons.v1.CouponsClaimed': (f) => {
      const workload = this.workloads.get(f.number('workload'));
      if (workload === undefined) return;
      this.unclaimed.delete(workload);
      this.fresh.delete(workload);
      this.workloads.delete(workload.id);
    },
  };

  keyOf(wallet: string): string {
    return this.keys.get(wallet) ?? wallet;
  }

  #neighbours(collective: bigint): Pool<bigint> {
    const known = this.neighbours.get(collective) ?? new Pool<bigint>();
    this.neighbours.set(collective, known);
    return known;
  }

  readonly #apart = new Map<bigint, SimLot>();

  #shelve(f: Fields, units: bigint): void {
    const name = `${f.number('store')}/${f.number('product_type')}`;
    const sum = (this.shelves.get(name) ?? 0n) + units;
    this.shelves.set(name, sum);
    if (sum > 0n) this.stocked.add(name);
    else this.stocked.delete(name);
  }

  #lot(f: Fields, elements: readonly bigint[]): void {
    this.#put(f, f.number('lot'), elements);
  }

  #put(f: Fields, id: bigint, elements: readonly bigint[], owner = f.number('owner')): void {
    const lot: SimLot = {
      id,
      owner,
      type: f.number('product_type'),
      label: Number(f.text('label')),
      quantity: f.number('quantity'),
      ownership: f.number('ownership'),
      elements,
      stage: 'free',
    };
    this.lots.set(lot.id, lot);
    this.free.add(lot);
  }

  #stage(id: bigint, stage: SimLot['stage']): SimLot | undefined {
    const lot = this.lots.get(id);
    if (lot === undefined) return undefined;
    lot.stage = stage;
    if (stage === 'free') this.free.add(lot);
    else this.free.delete(lot);
    return lot;
  }

  #gone(id: bigint): SimLot | undefined {
    const lot = this.lots.get(id);
    if (lot === undefined) return undefined;
    this.free.delete(lot);
    this.lots.delete(id);
    return lot;
  }

  #endOffer(id: bigint): void {
    const offer = this.#offer.get(id);
    if (offer === undefined) return;
    this.offers.delete(offer);
    this.#offer.delete(id);
  }

  #endOrder(id: bigint): void {
    const [order, estimate] = [this.orders.get(id), this.#estimates.get(id)];
    if (order !== undefined) this.placed.delete(order);
    if (estimate !== undefined) this.estimates.delete(estimate);
    this.#estimates.delete(id);
  }

  #endProduction(id: bigint): void {
    const production = this.productions.get(id);
    if (production === undefined) return;
    this.open.delete(production);
    this.productions.delete(id);
  }

  #work(f: Fields, sign: bigint): void {
    const [from, to] = [f.number('from_ms'), f.number('to_ms')];
    const production = this.productions.get(f.number('production'));
    if (production !== undefined) production.inside += sign * (to - from);
    if (sign > 0n) this.busyUntil.set(f.text('wallet'), to);
  }
}

function elementsOf(f: Fields): readonly bigint[] {
  const { elements = [] } = (f.json('composition') ?? {}) as {
    readonly elements?: readonly { readonly id: string }[];
  };
  return elements.map(({ id }) => BigInt(id));
}
