/**
 * What a play knows of the labour economy, from the facts of its chain: enough to make messages
 * that are mostly sensible. It decides nothing and may be out of date within a block.
 */
import { Fields, type SeenEvent } from '../../audit/reading.ts';
import type { Random } from '../random.ts';
import { couponFacts } from './coupons.ts';
import { goodsFacts } from './goods.ts';
import { Index, Past, Pool } from './pool.ts';
import { productionFacts } from './production.ts';
import type {
  SimBallot,
  SimLot,
  SimMeans,
  SimOffer,
  SimOrder,
  SimProduction,
  SimReceipt,
  SimRevision,
  SimType,
  SimWorkload,
} from './records.ts';
import { storeFacts } from './stores.ts';
import { trustFacts } from './trust.ts';

export type Facts = Readonly<Record<string, (fields: Fields) => void>>;

/** What makes a play hard, and how often it happened. */
export interface Happened {
  splits: number;
  /** Of components that carried a debt or a surplus. */
  splitsInDebt: number;
  merges: number;
  cuts: number;
  storno: number;
  zeroHourSegments: number;
}

export class World {
  /** Founded at the beginning; only these take part in more than trust in themselves. */
  readonly active: number;
  founded = 0;
  readonly owners = new Map<bigint, string>();
  readonly names = new Map<bigint, string>();
  readonly stores = new Pool<bigint>();
  readonly producers = new Pool<bigint>();
  readonly componentOf = new Map<bigint, bigint>();
  /** Active members. */
  readonly members = new Index<bigint, bigint>();
  /** `low/high`, of trust that nobody has cancelled. */
  readonly edges = new Pool<string>();
  /** `low/high`, cancelled and in its notice. */
  readonly notices = new Pool<string>();
  /** `from/to`. */
  readonly signatures = new Pool<string>();
  readonly neighbours = new Index<bigint, bigint>();

  readonly types = new Map<bigint, SimType>();
  /** By who defined them. */
  readonly typesOf = new Index<bigint, SimType>();
  /** `component/type`. */
  readonly commons = new Set<string>();
  readonly lots = new Map<bigint, SimLot>();
  readonly free = new Pool<SimLot>();
  readonly freeOf = new Index<bigint, SimLot>();
  /** By `owner/type/label`, what can be merged. */
  readonly alike = new Index<string, SimLot>();
  readonly manyAlike = new Pool<string>();
  readonly assemblies = new Pool<SimLot>();
  readonly allocated = new Pool<SimLot>();
  readonly wornOut = new Pool<SimLot>();
  /** Near the end of 64 bits. */
  readonly huge = new Pool<SimLot>();
  readonly offers = new Pool<SimOffer>();
  readonly offerOf = new Map<bigint, SimOffer>();

  readonly orders = new Map<bigint, SimOrder>();
  readonly placed = new Pool<SimOrder>();
  readonly estimated = new Pool<SimOrder>();
  readonly byEstimate = new Map<bigint, SimOrder>();
  readonly productions = new Map<bigint, SimProduction>();
  readonly open = new Pool<SimProduction>();
  readonly openOf = new Index<bigint, SimProduction>();
  readonly openCommons = new Pool<SimProduction>();
  readonly means = new Pool<SimMeans>();
  readonly meansOf = new Map<bigint, SimMeans>();

  readonly workloads = new Map<bigint, SimWorkload>();
  /** In a production that is open and a segment that is not revised. */
  readonly fresh = new Pool<SimWorkload>();
  readonly unsigned = new Pool<SimWorkload>();
  /** By `collective/segment`, before the revision. */
  readonly unrevised = new Index<string, SimWorkload>();
  readonly claimable = new Pool<SimWorkload>();
  /** Last end of work of a wallet. */
  readonly busyUntil = new Map<string, bigint>();

  /** Of `collective/segment`. */
  readonly revisions = new Map<string, bigint>();
  readonly revised = new Past<SimRevision>();
  readonly debts = new Map<bigint, bigint>();
  /** Account that signs for a wallet, where it is another than the wallet's own. */
  readonly keys = new Map<string, string>();
  readonly guardians = new Map<string, readonly string[]>();
  /** Of `wallet/guardian`: the key that the guardian has approved. */
  readonly approvals = new Map<string, string>();
  /** Coupons of a wallet by the collective they come from. */
  readonly balances = new Map<string, Map<bigint, bigint>>();

  /** By `component/type`. */
  readonly pools = new Map<string, { value: bigint; units: bigint }>();
  /** Units by `store/type`. */
  readonly shelves = new Map<string, bigint>();
  readonly stocked = new Pool<string>();
  /** By `store/type`, of durable goods. */
  readonly pieces = new Index<string, bigint>();
  /** Burned less handed over since the last closing, a store. */
  readonly differences = new Map<bigint, bigint>();
  /** By `store/type`. */
  readonly handedAt = new Map<string, bigint>();

  readonly ballots = new Map<bigint, SimBallot>();
  readonly voting = new Pool<SimBallot>();
  /** `component/subject/type` of what is asked and not in force. */
  readonly pending = new Map<string, bigint>();
  /** Components that ask for countersignatures before an output. */
  readonly countersigning = new Set<bigint>();

  /** Too late for these. */
  readonly past = {
    consumed: new Past<SimLot>(),
    writtenOff: new Past<SimLot>(),
    merged: new Past<SimLot>(),
    shelved: new Past<SimLot>(),
    separated: new Past<SimLot>(),
    handedOver: new Past<SimLot>(),
    offers: new Past<SimOffer>(),
    withdrawn: new Past<SimOrder>(),
    rejected: new Past<SimOrder>(),
    started: new Past<SimOrder>(),
    finished: new Past<SimProduction>(),
    lost: new Past<SimProduction>(),
    means: new Past<SimMeans>(),
    reversed: new Past<SimWorkload>(),
    countersigned: new Past<SimWorkload>(),
    claimed: new Past<SimWorkload>(),
    expired: new Past<SimWorkload>(),
    ballots: new Past<SimBallot>(),
    receipts: new Past<SimReceipt>(),
  };
  readonly happened: Happened = {
    splits: 0,
    splitsInDebt: 0,
    merges: 0,
    cuts: 0,
    storno: 0,
    zeroHourSegments: 0,
  };
  readonly #facts: Facts;

  constructor(active: number) {
    this.active = active;
    this.#facts = {
      ...trustFacts(this),
      ...goodsFacts(this),
      ...productionFacts(this),
      ...storeFacts(this),
      ...couponFacts(this),
    };
  }

  take(events: readonly SeenEvent[]): void {
    for (const part of Object.values(this)) {
      if (part instanceof Pool || part instanceof Index) part.nextBlock();
    }
    for (const event of events) this.#facts[event.type]?.(new Fields(event));
  }

  isActive(collective: bigint): boolean {
    return collective <= BigInt(this.active);
  }

  /** A collective that takes part. */
  collective(random: Random): bigint {
    return BigInt(1 + random.below(Math.min(this.active, Math.max(1, this.founded))));
  }

  component(collective: bigint): bigint {
    return this.componentOf.get(collective) ?? 0n;
  }

  /** A type that a member of the collective's component has defined. */
  typeFor(
    random: Random,
    collective: bigint,
    fits?: (type: SimType) => boolean,
  ): SimType | undefined {
    for (let tries = 0; tries < 8; tries += 1) {
      const member = this.members.of(this.component(collective)).look(random);
      const type = member === undefined ? undefined : this.typesOf.of(member).look(random, fits);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  isCommon(collective: bigint, type: bigint): boolean {
    return this.commons.has(`${this.component(collective)}/${type}`);
  }

  unitOf(type: bigint): number {
    return this.types.get(type)?.unit ?? 0;
  }

  /** Whoever signs for a wallet. */
  keyOf(wallet: string): string {
    return this.keys.get(wallet) ?? wallet;
  }

  /** Coupons of a wallet that a store can take, and all that it has. */
  couponsAt(wallet: string, store: bigint): readonly [usable: bigint, all: bigint] {
    let [usable, all] = [0n, 0n];
    for (const [origin, amount] of this.balances.get(wallet) ?? []) {
      all += amount;
      if (this.component(origin) === this.component(store)) usable += amount;
    }
    return [usable, all];
  }

  put(lot: SimLot): void {
    this.lots.set(lot.id, lot);
    this.release(lot);
  }

  /** Into the hands of its owner. */
  release(lot: SimLot): void {
    lot.stage = 'free';
    if (lot.quantity > 2n ** 62n) {
      this.huge.add(lot);
      return;
    }
    this.free.add(lot);
    this.freeOf.of(lot.owner).add(lot);
    if (lot.elements.length > 1) this.assemblies.add(lot);
    if (lot.elements.length > 0) return;
    const like = this.alike.of(likeness(lot));
    like.add(lot);
    if (like.size > 1) this.manyAlike.add(likeness(lot));
  }

  /** Out of the hands of its owner, for a time or for ever. */
  hold(lot: SimLot, stage: Exclude<SimLot['stage'], 'free'>): void {
    lot.stage = stage;
    for (const pool of [
      this.free,
      this.freeOf.of(lot.owner),
      this.assemblies,
      this.wornOut,
      this.huge,
    ]) {
      pool.delete(lot);
    }
    const like = this.alike.of(likeness(lot));
    like.delete(lot);
    if (like.size < 2) this.manyAlike.delete(likeness(lot));
  }

  /** Not there any more. */
  end(id: bigint, past: Past<SimLot>): SimLot | undefined {
    const lot = this.lots.get(id);
    if (lot === undefined) return undefined;
    this.hold(lot, 'gone');
    this.lots.delete(id);
    past.add(lot);
    return lot;
  }
}

function likeness({ owner, type, label }: SimLot): string {
  return `${owner}/${type}/${label}`;
}
