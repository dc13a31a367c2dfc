/** The facts of production: their fields are those of the messages, by the types of this module. */
import type * as wire from '../../proto/generated/artel/production/v1/event.ts';
import type { Address } from '../_kernel/address.ts';
import type { TimeMs, WorkMs } from '../_kernel/units.ts';
import type {
  AllocationId,
  Ballot,
  BallotId,
  CollectiveId,
  ComponentId,
  EstimateId,
  LotId,
  OrderId,
  OwnershipId,
  Params,
  ProductionId,
  SegmentId,
  TransferId,
  TypeId,
  WorkloadId,
} from './types.ts';

/** What a number or text of a name is, wherever it stands. */
interface Meanings {
  readonly allocation: AllocationId;
  readonly ballot: BallotId;
  readonly collective: CollectiveId;
  readonly component: ComponentId;
  readonly definer: CollectiveId;
  readonly estimate: EstimateId;
  readonly into: LotId;
  readonly lot: LotId;
  readonly lots: LotId;
  readonly missing: LotId;
  readonly moved: CollectiveId;
  readonly order: OrderId;
  readonly orderer: CollectiveId;
  readonly owner: CollectiveId;
  readonly ownership: OwnershipId;
  readonly part: LotId;
  readonly piece: LotId;
  readonly producer: CollectiveId;
  readonly production: ProductionId;
  readonly productType: TypeId;
  readonly proposer: CollectiveId;
  readonly refs: OrderId;
  readonly segment: SegmentId;
  readonly store: CollectiveId;
  readonly transfer: TransferId;
  readonly wallet: Address;
  readonly workload: WorkloadId;
}

type Meaning<Name, Value> = Name extends `${string}AtMs` | 'deliveryTimeMs' | 'fromMs' | 'toMs'
  ? TimeMs
  : Name extends 'byMs'
    ? bigint
    : Name extends `${string}Ms`
      ? WorkMs
      : Name extends keyof Meanings
        ? Value extends bigint | string
          ? Meanings[Name]
          : Value extends readonly bigint[]
            ? readonly Meanings[Name][]
            : Value
        : Value;

type Named<Type extends string, Message, Own = unknown> = { readonly type: Type } & {
  readonly [Name in keyof Omit<Message, keyof Own>]: Meaning<Name, Message[Name]>;
} & Own;

interface Hands {
  readonly from: CollectiveId;
  readonly to: CollectiveId;
}

interface Components {
  readonly from: ComponentId;
  readonly to: ComponentId;
}

export type ProductionEvent =
  | Named<'TypeDefined', wire.TypeDefined>
  | Named<'CategorySet', wire.CategorySet>
  | Named<'Collectivized', wire.Collectivized>
  | Named<'LotSplit', wire.LotSplit>
  | Named<'LotsMerged', wire.LotsMerged>
  | Named<'TransferOffered', wire.TransferOffered, Hands>
  | Named<'TransferAccepted', wire.TransferAccepted, Hands>
  | Named<'TransferWithdrawn', wire.TransferWithdrawn>
  | Named<'LotWrittenOff', wire.LotWrittenOff>
  | Named<'LotSeparated', wire.LotSeparated>
  | Named<'PieceKept', wire.PieceKept>
  | Named<'LotRevalued', wire.LotRevalued>
  | Named<'Ordered', wire.Ordered>
  | Named<'OrderWithdrawn', wire.OrderWithdrawn>
  | Named<'OrderRejected', wire.OrderRejected>
  | Named<'Estimated', wire.Estimated>
  | Named<'ProductionStarted', wire.ProductionStarted>
  | Named<'ProductionRejected', wire.ProductionRejected>
  | Named<'ConsumptiveAllocated', wire.ConsumptiveAllocated>
  | Named<'MeansAllocated', wire.MeansAllocated>
  | Named<'MeansDeallocated', wire.MeansDeallocated>
  | Named<'WorkloadRegistered', wire.WorkloadRegistered>
  | Named<'WorkloadCountersigned', wire.WorkloadCountersigned>
  | Named<'WorkloadReversed', wire.WorkloadReversed>
  | Named<'LotProduced', wire.LotProduced>
  | Named<'ProductionFinished', wire.ProductionFinished>
  | Named<'Shelved', wire.Shelved>
  | Named<'Unshelved', wire.Unshelved>
  | Named<'HandedOver', wire.HandedOver>
  | Named<'OverdrawWarned', wire.OverdrawWarned>
  | Named<'InventoryTaken', wire.InventoryTaken>
  | Named<'BurnCounted', wire.BurnCounted>
  | Named<'DebtMoved', wire.DebtMoved>
  | Named<'LotsRelabelled', wire.LotsRelabelled>
  | Named<'PoolRelabelled', wire.PoolRelabelled>
  | Named<'PoolMoved', wire.PoolMoved, Components>
  | Named<'MembersMoved', wire.MembersMoved, Components>
  | Named<'BallotOpened', wire.BallotOpened, Pick<Ballot, 'subject'>>
  | Named<'Voted', wire.Voted>
  | Named<'BallotAdvanced', wire.BallotAdvanced, Pick<Ballot, 'stage'>>
  | Named<'BallotMoved', wire.BallotMoved, Components>
  | Named<'DeviationApproved', wire.DeviationApproved>
  | Named<'DeviationWarned', wire.DeviationWarned>
  | Named<'ParametersSet', wire.ParametersSet, { readonly params: Params }>
  | Named<
      'ComponentParametersSet',
      wire.ComponentParametersSet,
      { readonly params?: Params | undefined }
    >
  | Named<'StateImported', wire.StateImported>;
