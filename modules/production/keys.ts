/** Layout of the store `production`. */
import * as wire from '../../proto/generated/artel/production/v1/state.ts';
import {
  address,
  here,
  type KeyPart,
  record,
  table,
  text,
  u64,
  type ValueCodec,
  type View,
} from '../_kernel/tables.ts';
import type { TimeMs } from '../_kernel/units.ts';
import type { Composition } from './composition.ts';
import { pairsRow } from './pairs.ts';
import type {
  Allocation,
  AllocationId,
  Ballot,
  BallotId,
  CollectiveId,
  ComponentId,
  Estimate,
  EstimateId,
  Lot,
  LotId,
  Numbered,
  Order,
  OrderId,
  Params,
  Production,
  ProductionId,
  ProductType,
  SegmentId,
  SegmentSums,
  Transfer,
  TransferId,
  TypeId,
  Workload,
  WorkloadId,
} from './types.ts';

/** As stored and in facts: only a revalued element has a fraction. */
export type StoredComposition = wire.Composition;

const part = <T extends bigint>(): KeyPart<T> & ValueCodec<T> =>
  u64 as unknown as KeyPart<T> & ValueCodec<T>;

const product = part<TypeId>();
const lot = part<LotId>();
const owner = part<CollectiveId>();
const production = part<ProductionId>();
const ballot = part<BallotId>();

/** Time worked by a wallet. */
interface Worked {
  readonly toMs: TimeMs;
  readonly workload: WorkloadId;
}

export const tables = {
  /** The next number of each kind; no row where none was given yet. */
  next: table(1, [text as unknown as KeyPart<Numbered>], u64),
  types: table(2, [product], record(wire.ProductType) as ValueCodec<ProductType>),
  /** What is commons in a component; exclusive is all else. */
  commons: table(3, [part<ComponentId>(), product], here),
  lots: table(4, [lot], record(wire.Lot) as unknown as ValueCodec<Lot>),
  /** Lots that are there, by type: neither used up, nor gone, nor on a shelf. */
  lotsOf: table(5, [owner, product, lot], here),
  /** Of durable goods. Ages are those of the time when it came to be; the lot counts on. */
  compositions: table(6, [lot], record(wire.Composition)),
  transfers: table(
    7,
    [part<TransferId>()],
    record(wire.Transfer) as unknown as ValueCodec<Transfer>,
  ),
  orders: table(8, [part<OrderId>()], record(wire.Order) as unknown as ValueCodec<Order>),
  estimates: table(9, [part<EstimateId>()], record(wire.Estimate) as ValueCodec<Estimate>),
  productions: table(
    10,
    [production],
    record(wire.Production) as unknown as ValueCodec<Production>,
  ),
  /** Lots that are parts of the output of an open production. */
  partsOf: table(11, [production, lot], here),
  allocations: table(
    12,
    [part<AllocationId>()],
    record(wire.Allocation) as unknown as ValueCodec<Allocation>,
  ),
  workloads: table(
    13,
    [part<WorkloadId>()],
    record(wire.Workload) as unknown as ValueCodec<Workload>,
  ),
  /** By wallet and beginning: no two overlap. */
  worked: table(14, [address, part<TimeMs>()], record(wire.Worked) as ValueCodec<Worked>),
  /** What a revision is made of, a collective and segment. No row where nothing was done. */
  sums: table(15, [owner, part<SegmentId>()], record(wire.SegmentSums) as ValueCodec<SegmentSums>),
  /** The last segment in which a collective did anything; `previous` leads on. */
  latest: table(40, [owner], part<SegmentId>()),
  /** When a wallet's latest work ended, also where it was taken back. */
  workedUntil: table(41, [address], part<TimeMs>()),
  /** Workloads that were taken back, in their order, some to a row (pairs.ts). */
  pairs: table(16, [owner, part<SegmentId>(), u64], pairsRow),
  /** G of row 2-N1, a collective: all exclusive value in its hands. No row where there is none. */
  exclusiveGoods: table(17, [owner], u64),
  /** What stands on shelves, at its average value (D2.24): V and N. */
  pools: table(19, [part<ComponentId>(), product], record(wire.Pool)),
  /** Units of a pool that are with one store. No row where there are none. */
  shelves: table(20, [owner, product], u64),
  /** P of row 2-N1 in its two parts. No row after a closing. */
  differences: table(21, [owner], record(wire.Difference)),
  params: table(18, [], record(wire.Params) as ValueCodec<Params>),
  /** Before a durability was estimated anew, by the number of that. */
  formerCompositions: table(22, [lot, u64], record(wire.Composition)),
  origins: table(23, [lot], record(wire.Origin)),
  /** What was split off a lot, in order. */
  splits: table(24, [lot, u64], lot),
  /** What a production took in, in order. */
  inputs: table(25, [production, u64], record(wire.Input)),
  statistics: table(26, [product, part<SegmentId>()], record(wire.TypeSums)),
  /** Durable pieces on a shelf. */
  shelved: table(27, [owner, product, lot], here),
  /** When goods of a type were last handed over. */
  handedOverAt: table(28, [owner, product], part<TimeMs>()),
  /** Charges of what a store handed over in a segment. */
  handed: table(29, [owner, part<SegmentId>()], u64),
  /** Open offers between two collectives, (low, high). */
  offersOver: table(30, [owner, owner, part<TransferId>()], here),
  ballots: table(31, [ballot], record(wire.Ballot) as unknown as ValueCodec<Ballot>),
  /** The last ballot on an estimate. */
  ballotOf: table(32, [part<EstimateId>()], ballot),
  /** Ballots that are open or not yet in force, by the component that they are about now. */
  pending: table(33, [part<ComponentId>(), ballot], here),
  /** 1 is yes, 0 no. */
  votes: table(34, [ballot, owner], u64),
  /** (collective, change) -> the component that it was in until then. */
  moves: table(35, [owner, u64], part<ComponentId>()),
  componentParams: table(36, [part<ComponentId>()], record(wire.Params) as ValueCodec<Params>),
  ordersOf: table(37, [owner, part<OrderId>()], here),
  productionsOf: table(38, [owner, production], here),
  workloadsOf: table(39, [owner, part<SegmentId>(), part<WorkloadId>()], here),
};

/** PERF: field by field, as products have ten thousand elements. */
export function fromStored({ elements }: StoredComposition): Composition {
  return elements.map(({ id, valueMs, durability, age, parts, valueDen }) => ({
    id,
    // As it was stored: in lowest terms.
    value: { num: valueMs, den: valueDen === 0n ? 1n : valueDen },
    durability,
    age,
    parts,
  }));
}

export function toStored(composition: Composition): StoredComposition {
  return {
    elements: composition.map(({ id, value: { num, den }, durability, age, parts }) => ({
      id,
      valueMs: num,
      durability,
      age,
      parts,
      valueDen: den === 1n ? 0n : den,
    })),
  };
}

/** A durable piece on a shelf is known one by one; other goods go up in the pool. */
export function shelvedPiece(view: View<typeof tables>, { lot, stage }: Lot): boolean {
  return stage === 'shelved' && view.compositions.has(lot);
}

/** Two collectives, the smaller id first: an edge has one name. */
export function pairOf(
  a: CollectiveId,
  b: CollectiveId,
): { readonly low: CollectiveId; readonly high: CollectiveId } {
  return a < b ? { low: a, high: b } : { low: b, high: a };
}
