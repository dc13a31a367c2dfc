/** The facts of production, as the event log keeps them. */
import type { StateImported } from '../../proto/generated/artel/production/v1/event.ts';
import type { WorkMs } from '../_kernel/units.ts';
import type { StoredComposition } from './keys.ts';
import type {
  Allocation,
  CollectiveId,
  ComponentId,
  Estimate,
  Goods,
  Label,
  LotId,
  OrderId,
  OrderTerms,
  OwnershipId,
  Params,
  Production,
  ProductionId,
  ProductType,
  SegmentId,
  Source,
  Transfer,
  TransferId,
  TypeId,
  Workload,
  WorkloadId,
} from './types.ts';

/** Facts that the sums of a collective in a segment are made of (README, 2-N1). */
interface OfProducer {
  readonly producer: CollectiveId;
  readonly label: Label;
  readonly segment: SegmentId;
}

export type ProductionEvent =
  | (ProductType & { readonly type: 'TypeDefined' })
  | {
      readonly type: 'CategorySet';
      readonly component: ComponentId;
      readonly productType: TypeId;
      readonly label: Label;
    }
  | (Omit<Goods, 'valueMs' | 'used'> & {
      readonly type: 'Collectivized';
      readonly source: Source;
      readonly durability: bigint;
      readonly element: bigint;
    })
  | {
      readonly type: 'LotSplit';
      readonly lot: LotId;
      readonly part: LotId;
      readonly quantity: bigint;
      readonly valueMs: WorkMs;
    }
  | (Omit<Transfer, 'stage'> & { readonly type: 'TransferOffered' })
  | (Omit<Transfer, 'stage'> & {
      readonly type: 'TransferAccepted';
      readonly ownership: OwnershipId;
      readonly label: Label;
      readonly valueMs: WorkMs;
    })
  | { readonly type: 'TransferWithdrawn'; readonly transfer: TransferId; readonly lot: LotId }
  | (Omit<Goods, 'productType' | 'used'> & {
      readonly type: 'LotWrittenOff';
      readonly segment: SegmentId;
      readonly reason: string;
    })
  | (OrderTerms & { readonly type: 'Ordered' })
  | { readonly type: 'OrderWithdrawn'; readonly order: OrderId }
  | { readonly type: 'OrderRejected'; readonly order: OrderId; readonly reason: string }
  | (Estimate & { readonly type: 'Estimated' })
  | (Pick<
      Production,
      'production' | 'order' | 'estimate' | 'producer' | 'label' | 'startedAtMs'
    > & {
      readonly type: 'ProductionStarted';
    })
  | (OfProducer & {
      readonly type: 'ProductionRejected';
      readonly production: ProductionId;
      readonly lostMs: WorkMs;
    })
  | {
      readonly type: 'ConsumptiveAllocated';
      readonly production: ProductionId;
      readonly lot: LotId;
      readonly part: boolean;
      readonly valueMs: WorkMs;
      readonly bookedMs: WorkMs;
      readonly label: Label;
    }
  | (Omit<Allocation, 'stage'> & { readonly type: 'MeansAllocated' })
  | (OfProducer &
      Pick<Allocation, 'allocation' | 'production' | 'lot' | 'repurposed'> & {
        readonly type: 'MeansDeallocated';
        readonly used: bigint;
        readonly transferMs: WorkMs;
        readonly valueMs: WorkMs;
      })
  | (Omit<Workload, 'stage'> & OfProducer & { readonly type: 'WorkloadRegistered' })
  | { readonly type: 'WorkloadCountersigned'; readonly workload: WorkloadId }
  | (Omit<Workload, 'stage'> &
      OfProducer & {
        readonly type: 'WorkloadReversed';
        readonly totalMs: WorkMs;
      })
  | (Omit<Goods, 'used'> & {
      readonly type: 'LotProduced';
      readonly production: ProductionId;
      readonly composition?: StoredComposition;
    })
  | { readonly type: 'ParametersSet'; readonly params: Params }
  | (StateImported & { readonly type: 'StateImported' })
  | (Omit<OfProducer, 'segment'> & {
      readonly type: 'ProductionFinished';
      readonly production: ProductionId;
      readonly valueMs: WorkMs;
    });
