/** Goods, orders and productions; each has a stage of life that says what can happen to it. */

import type { Params as WireParams } from '../../proto/generated/artel/production/v1/state.ts';
import { DurabilityUnit, Label, Source } from '../../proto/generated/artel/production/v1/state.ts';
import type { OutputLine } from '../../proto/generated/artel/production/v1/tx.ts';
import { Use } from '../../proto/generated/artel/production/v1/tx.ts';
import type { Address } from '../_kernel/address.ts';
import type { Id } from '../_kernel/ids.ts';
import type { DurationMs, TimeMs, WorkMs } from '../_kernel/units.ts';

export { DurabilityUnit, Label, type OutputLine, Source, Use };

/** Of the module trust. */
export type CollectiveId = Id<'collective'>;
export type ComponentId = Id<'component'>;
/** Of the module coupons: a segment ]k1, k2], numbered through for ever. */
export type SegmentId = Id<'segment'>;
/** From 1 on, in the order of their making; never used twice. */
export type TypeId = Id<'type'>;
export type LotId = Id<'lot'>;
export type OwnershipId = Id<'ownership'>;
export type TransferId = Id<'transfer'>;
export type OrderId = Id<'order'>;
export type EstimateId = Id<'estimate'>;
export type ProductionId = Id<'production'>;
export type AllocationId = Id<'allocation'>;
export type WorkloadId = Id<'workload'>;

/** What is numbered, each from 1 on. */
export type Numbered =
  | 'type'
  | 'lot'
  | 'element'
  | 'ownership'
  | 'transfer'
  | 'order'
  | 'estimate'
  | 'production'
  | 'allocation'
  | 'workload';

export interface ProductType {
  readonly productType: TypeId;
  readonly definer: CollectiveId;
  readonly name: string;
  readonly unit: string;
  readonly durabilityUnit: DurabilityUnit;
  readonly descriptionHash: Uint8Array;
}

/** What a collective can do with a lot: all while free, nothing while somebody holds it. */
export type LotStage =
  | { readonly stage: 'free'; readonly heldBy: 0n }
  | { readonly stage: 'offered'; readonly heldBy: TransferId }
  | { readonly stage: 'allocated'; readonly heldBy: AllocationId }
  | { readonly stage: 'part'; readonly heldBy: ProductionId }
  | { readonly stage: 'consumed'; readonly heldBy: ProductionId }
  | { readonly stage: 'written_off'; readonly heldBy: 0n };

export interface Goods {
  readonly lot: LotId;
  readonly owner: CollectiveId;
  readonly productType: TypeId;
  readonly label: Label;
  readonly quantity: bigint;
  /** Booked: of means of production what is left. */
  readonly valueMs: WorkMs;
  readonly ownership: OwnershipId;
  /** In the unit of the type's durability, since the composition came to be. */
  readonly used: bigint;
}

export type Lot = Goods & LotStage;

export interface Transfer {
  readonly transfer: TransferId;
  readonly lot: LotId;
  readonly from: CollectiveId;
  readonly to: CollectiveId;
  readonly stage: 'offered' | 'accepted' | 'withdrawn';
}

export interface OrderTerms {
  readonly order: OrderId;
  readonly orderer: CollectiveId;
  readonly producer: CollectiveId;
  readonly productType: TypeId;
  readonly quantity: bigint;
  readonly deliveryTimeMs: TimeMs;
  readonly label: Label;
  readonly refs: readonly OrderId[];
}

export type OrderStage =
  | { readonly stage: 'placed' | 'withdrawn' | 'rejected'; readonly heldBy: 0n }
  | { readonly stage: 'estimated'; readonly heldBy: EstimateId }
  | { readonly stage: 'started'; readonly heldBy: ProductionId };

export type Order = OrderTerms & OrderStage;

export interface Estimate {
  readonly estimate: EstimateId;
  readonly order: OrderId;
  readonly valueMs: WorkMs;
}

export interface Production {
  readonly production: ProductionId;
  readonly order: OrderId;
  readonly estimate: EstimateId;
  readonly producer: CollectiveId;
  readonly label: Label;
  readonly startedAtMs: TimeMs;
  readonly stage: 'open' | 'finished' | 'rejected';
  readonly consumedMs: WorkMs;
  readonly transferredMs: WorkMs;
  readonly workedMs: WorkMs;
  readonly openMeans: bigint;
}

export interface Allocation {
  readonly allocation: AllocationId;
  readonly production: ProductionId;
  readonly lot: LotId;
  readonly repurposed: boolean;
  readonly allocatedAtMs: TimeMs;
  readonly stage: 'open' | 'closed';
}

/** Time worked in ]from, to]. */
export interface Workload {
  readonly workload: WorkloadId;
  readonly production: ProductionId;
  readonly wallet: Address;
  readonly fromMs: TimeMs;
  readonly toMs: TimeMs;
  readonly stage: 'registered' | 'countersigned' | 'reversed';
  readonly producer: CollectiveId;
  readonly segment: SegmentId;
  /** Hours of the collective in the segment before it, storno taken off (D2.14). */
  readonly beforeMs: WorkMs;
}

/** What a collective did in a segment. */
export interface SegmentSums {
  readonly aMs: WorkMs;
  readonly cMs: WorkMs;
  readonly wMs: WorkMs;
}

/** A workload that was taken back (D2.14). */
export interface StornoPair {
  readonly beforeMs: WorkMs;
  readonly amountMs: WorkMs;
  /** Hours of the collective in the segment just before that. */
  readonly totalMs: WorkMs;
}

/** What a vote can change (state.proto). */
export interface Params extends WireParams {
  readonly voteLimitMs: WorkMs;
  readonly handOverPeriodMs: DurationMs;
}

// Commands

interface Signed {
  readonly signer: Address;
}

export interface DefineType extends Signed {
  readonly type: 'DefineType';
  readonly collective: CollectiveId;
  readonly name: string;
  readonly unit: string;
  readonly durabilityUnit: DurabilityUnit;
  readonly descriptionHash: Uint8Array;
}

export interface Collectivize extends Signed {
  readonly type: 'Collectivize';
  readonly collective: CollectiveId;
  readonly productType: TypeId;
  readonly quantity: bigint;
  readonly label: Label;
  readonly source: Source;
  /** 0 where it is left out. */
  readonly durability: bigint;
}

export interface OfferTransfer extends Signed {
  readonly type: 'Transfer';
  readonly lot: LotId;
  readonly quantity: bigint;
  readonly to: CollectiveId;
}

export interface AcceptTransfer extends Signed {
  readonly type: 'AcceptTransfer';
  readonly transfer: TransferId;
}

export interface WithdrawTransfer extends Signed {
  readonly type: 'WithdrawTransfer';
  readonly transfer: TransferId;
}

export interface WriteOff extends Signed {
  readonly type: 'WriteOff';
  readonly lot: LotId;
  readonly quantity: bigint;
  readonly reason: string;
  readonly ownershipRef: OwnershipId;
}

export interface PlaceOrder extends Signed {
  readonly type: 'Order';
  readonly collective: CollectiveId;
  readonly producer: CollectiveId;
  readonly productType: TypeId;
  readonly quantity: bigint;
  readonly deliveryTimeMs: TimeMs;
  readonly label: Label;
  readonly refs: readonly OrderId[];
}

export interface WithdrawOrder extends Signed {
  readonly type: 'WithdrawOrder';
  readonly order: OrderId;
}

export interface RejectOrder extends Signed {
  readonly type: 'RejectOrder';
  readonly order: OrderId;
  readonly reason: string;
}

export interface EstimateOrder extends Signed {
  readonly type: 'Estimate';
  readonly order: OrderId;
  readonly valueMs: WorkMs;
}

export interface StartProduction extends Signed {
  readonly type: 'StartProduction';
  readonly estimate: EstimateId;
}

export interface AllocateConsumptive extends Signed {
  readonly type: 'AllocateConsumptive';
  readonly production: ProductionId;
  readonly lot: LotId;
  readonly quantity: bigint;
  readonly as: Use;
}

export interface AllocateMeans extends Signed {
  readonly type: 'AllocateMeans';
  readonly production: ProductionId;
  readonly lot: LotId;
  readonly repurpose: boolean;
}

export interface DeallocateMeans extends Signed {
  readonly type: 'DeallocateMeans';
  readonly allocation: AllocationId;
  readonly used: bigint;
}

export interface RegisterWorkload extends Signed {
  readonly type: 'RegisterWorkload';
  readonly production: ProductionId;
  readonly wallet: Address;
  readonly fromMs: TimeMs;
  readonly toMs: TimeMs;
}

export interface CountersignWorkload {
  readonly type: 'CountersignWorkload';
  readonly wallet: Address;
  readonly workload: WorkloadId;
}

export interface StornoWorkload extends Signed {
  readonly type: 'StornoWorkload';
  readonly workload: WorkloadId;
}

export interface Output extends Signed {
  readonly type: 'Output';
  readonly production: ProductionId;
  readonly lines: readonly OutputLine[];
}

/** By a vote of the validators that has passed. */
export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

export type ProductionCommand =
  | SetParameters
  | DefineType
  | Collectivize
  | OfferTransfer
  | AcceptTransfer
  | WithdrawTransfer
  | WriteOff
  | PlaceOrder
  | WithdrawOrder
  | RejectOrder
  | EstimateOrder
  | StartProduction
  | AllocateConsumptive
  | AllocateMeans
  | DeallocateMeans
  | RegisterWorkload
  | CountersignWorkload
  | StornoWorkload
  | Output;

export type { ProductionEvent } from './facts.ts';
