/** Goods, orders and productions; each has a stage of life that says what can happen to it. */

import { DebtCause } from '../../proto/generated/artel/production/v1/event.ts';
import {
  DurabilityUnit,
  type Input,
  Label,
  type Origin,
  Source,
  type Params as WireParams,
} from '../../proto/generated/artel/production/v1/state.ts';
import type { OutputLine } from '../../proto/generated/artel/production/v1/tx.ts';
import { Use } from '../../proto/generated/artel/production/v1/tx.ts';
import type { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import type { Id } from '../_kernel/ids.ts';
import type { DurationMs, TimeMs, WorkMs } from '../_kernel/units.ts';

export { DebtCause, DurabilityUnit, type Input, Label, type Origin, type OutputLine, Source, Use };

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
export type BallotId = Id<'ballot'>;

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
  | 'workload'
  | 'ballot'
  /** Changes of components: who could vote when. */
  | 'change';

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
  | { readonly stage: 'merged'; readonly heldBy: LotId }
  | { readonly stage: Gone; readonly heldBy: 0n };

/** Durable pieces on a shelf come back from there; what is gone otherwise does not. */
export type Gone = 'written_off' | 'shelved' | 'handed_over' | 'missing' | 'separated';

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
  readonly madeAtMs: TimeMs;
  readonly splits: bigint;
  readonly revaluations: bigint;
}

export type Lot = Goods & LotStage;

/** Whether it is in the hands of its owner, free or not. */
export function isThere({ stage }: Lot): boolean {
  return stage === 'free' || stage === 'offered' || stage === 'allocated';
}

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
  readonly inputs: bigint;
  readonly firstLot: LotId;
  readonly outputs: bigint;
  /** 0: no vote has approved more than the estimate. */
  readonly approvedMs: WorkMs;
  readonly unsigned: bigint;
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
  /** The segment before it in which the collective did anything; 0 is none. */
  readonly previous: SegmentId;
  /** How many of its workloads were taken back. */
  readonly pairs: bigint;
}

/** A workload that was taken back (D2.14). */
export interface StornoPair {
  readonly beforeMs: WorkMs;
  readonly amountMs: WorkMs;
  /** Hours of the collective in the segment just before that. */
  readonly totalMs: WorkMs;
  readonly workload: WorkloadId;
}

/** A question to the collectives of a component, one vote each. */
export interface Ballot {
  readonly ballot: BallotId;
  readonly subject: 'production' | 'deviation' | 'category' | 'parameters';
  /** Its members at the change of components that `change` counts up to vote. */
  readonly component: ComponentId;
  readonly proposer: CollectiveId;
  readonly change: bigint;
  readonly electorate: bigint;
  readonly yes: bigint;
  readonly no: bigint;
  readonly stage: 'open' | 'passed' | 'rejected' | 'void' | 'in_force';
  readonly openedAtMs: TimeMs;
  readonly estimate: EstimateId;
  readonly valueMs: WorkMs;
  readonly productType: TypeId;
  readonly label: Label;
  readonly json: string;
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

export interface CountersignWorkload extends Signed {
  readonly type: 'CountersignWorkload';
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

export interface MergeLots extends Signed {
  readonly type: 'MergeLots';
  readonly lots: readonly LotId[];
}

export interface Separate extends Signed {
  readonly type: 'Separate';
  readonly lot: LotId;
  readonly lost: readonly bigint[];
  readonly reason: string;
  readonly ownershipRef: OwnershipId;
  readonly types: readonly TypeId[];
}

export interface Revalue extends Signed {
  readonly type: 'Revalue';
  readonly lot: LotId;
  readonly durability: bigint;
  /** 0: the only one. */
  readonly element: bigint;
}

export interface Shelve extends Signed {
  readonly type: 'Shelve';
  readonly lot: LotId;
  readonly quantity: bigint;
}

/** What a store does with one type of goods. */
interface OnShelf extends Signed {
  readonly collective: CollectiveId;
  readonly productType: TypeId;
}

export interface Unshelve extends OnShelf {
  readonly type: 'Unshelve';
  readonly quantity: bigint;
  /** Of durable goods the piece, else 0. */
  readonly lot: LotId;
}

export interface HandOver extends OnShelf {
  readonly type: 'HandOver';
  readonly quantity: bigint;
  readonly lots: readonly LotId[];
}

export interface TakeInventory extends OnShelf {
  readonly type: 'Inventory';
  readonly counted: bigint;
  readonly missing: readonly LotId[];
}

interface Vote extends Signed {
  readonly collective: CollectiveId;
  readonly yes: boolean;
}

export interface VoteProduction extends Vote {
  readonly type: 'VoteProduction';
  readonly estimate: EstimateId;
}

export interface ProposeCategory extends Signed {
  readonly type: 'ProposeCategory';
  readonly collective: CollectiveId;
  readonly productType: TypeId;
  readonly label: Label;
}

export interface VoteCategory extends Vote {
  readonly type: 'VoteCategory';
  readonly ballot: BallotId;
}

export interface ProposeParameters extends Signed {
  readonly type: 'ProposeParameters';
  readonly collective: CollectiveId;
  readonly json: string;
}

export interface VoteParameters extends Vote {
  readonly type: 'VoteParameters';
  readonly ballot: BallotId;
}

/** The timer at the beginning of a segment; it goes on from a lot where there was too much. */
export interface ApplyCategory {
  readonly type: 'ApplyCategory';
  readonly ballot: BallotId;
  readonly collective: CollectiveId;
  readonly lot: LotId;
}

/** The timer at the beginning of a segment: of a component by its ballot, of the chain by none. */
export interface ApplyParameters {
  readonly type: 'ApplyParameters';
  readonly ballot: BallotId;
  readonly json: string;
}

/** By a vote of the validators that has passed. */
export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

/** The edge is no more, and with it the offers over it. */
export interface EndOffers {
  readonly type: 'EndOffers';
  readonly low: CollectiveId;
  readonly high: CollectiveId;
}

export interface JoinComponents {
  readonly type: 'JoinComponents';
  readonly remaining: ComponentId;
  readonly ending: ComponentId;
  readonly moved: readonly CollectiveId[];
}

export interface SplitComponent {
  readonly type: 'SplitComponent';
  readonly component: ComponentId;
  readonly arising: ComponentId;
  readonly moved: readonly CollectiveId[];
}

/** A store that becomes C2C may leave nothing open (D2.25). */
export interface CheckStore {
  readonly type: 'CheckStore';
  readonly collective: CollectiveId;
  readonly consumption: Consumption;
}

export interface CountBurn {
  readonly type: 'CountBurn';
  readonly store: CollectiveId;
  readonly amountMs: WorkMs;
}

/** Caused by other modules and by timers; nobody sends them. */
export type InternalCommand =
  | ApplyCategory
  | ApplyParameters
  | SetParameters
  | EndOffers
  | JoinComponents
  | SplitComponent
  | CheckStore
  | CountBurn;

export type ProductionCommand =
  | InternalCommand
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
  | Output
  | MergeLots
  | Separate
  | Revalue
  | Shelve
  | Unshelve
  | HandOver
  | TakeInventory
  | VoteProduction
  | ProposeCategory
  | VoteCategory
  | ProposeParameters
  | VoteParameters;

export type { ProductionEvent } from './facts.ts';
