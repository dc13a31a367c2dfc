/** Layout of the store `production`. */
import * as wire from '../../proto/generated/artel/production/v1/state.ts';
import { rational } from '../_kernel/rational.ts';
import {
  address,
  here,
  type KeyPart,
  record,
  table,
  text,
  u64,
  type ValueCodec,
} from '../_kernel/tables.ts';
import type { TimeMs } from '../_kernel/units.ts';
import type { Composition } from './composition.ts';
import type {
  Allocation,
  AllocationId,
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
  StornoPair,
  Transfer,
  TransferId,
  TypeId,
  Workload,
  WorkloadId,
} from './types.ts';

/** As stored and in facts: values are whole until a revaluation exists. */
export type StoredComposition = wire.Composition;

const part = <T extends bigint>(): KeyPart<T> & ValueCodec<T> =>
  u64 as unknown as KeyPart<T> & ValueCodec<T>;

const product = part<TypeId>();
const lot = part<LotId>();
const owner = part<CollectiveId>();
const production = part<ProductionId>();

export const tables = {
  /** The next number of each kind; no row where none was given yet. */
  next: table(1, [text as unknown as KeyPart<Numbered>], u64),
  types: table(2, [product], record(wire.ProductType) as ValueCodec<ProductType>),
  /** What is commons in a component; exclusive is all else. */
  commons: table(3, [part<ComponentId>(), product], here),
  lots: table(4, [lot], record(wire.Lot) as unknown as ValueCodec<Lot>),
  /** Lots that are neither consumed nor written off. */
  lotsOf: table(5, [owner, lot], here),
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
  /** (wallet, from) -> to: no two overlap. */
  worked: table(14, [address, part<TimeMs>()], part<TimeMs>()),
  /** What a revision is made of, a collective and segment. No row where nothing was done. */
  sums: table(15, [owner, part<SegmentId>()], record(wire.SegmentSums) as ValueCodec<SegmentSums>),
  /** Workloads that were taken back. */
  pairs: table(
    16,
    [owner, part<SegmentId>(), part<WorkloadId>()],
    record(wire.StornoPair) as ValueCodec<StornoPair>,
  ),
  /** G of row 2-N1, a collective: all exclusive value in its hands. No row where there is none. */
  exclusiveGoods: table(17, [owner], u64),
  /** What stands on shelves, at its average value (D2.24): V and N. */
  pools: table(19, [part<ComponentId>(), product], record(wire.Pool)),
  /** Units of a pool that are with one store. No row where there are none. */
  shelves: table(20, [owner, product], u64),
  /** P of row 2-N1 in its two parts. No row after a closing. */
  differences: table(21, [owner], record(wire.Difference)),
  params: table(18, [], record(wire.Params) as ValueCodec<Params>),
};

export function fromStored({ elements }: StoredComposition): Composition {
  return elements.map(({ valueMs, ...element }) => ({ ...element, value: rational(valueMs) }));
}

export function toStored(composition: Composition): StoredComposition {
  return {
    elements: composition.map(({ value, ...element }) => ({ ...element, valueMs: value.num })),
  };
}
