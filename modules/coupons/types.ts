/** Revisions, coupons by origin, the keys of wallets: what happens to them, and what is read. */
import { DebtCause } from '../../proto/generated/artel/coupons/v1/event.ts';
import { EntryKind } from '../../proto/generated/artel/coupons/v1/state.ts';
import type { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import type { Id } from '../_kernel/ids.ts';
import type { DurationMs, TimeMs, WorkMs } from '../_kernel/units.ts';
import type { StornoPair, Stretch } from './claims.ts';
import type { Sums } from './revision.ts';

export { DebtCause, EntryKind };

/** Of the module trust. */
export type CollectiveId = Id<'collective'>;
export type ComponentId = Id<'component'>;
/** Of the module that registers workloads. */
export type WorkloadId = Id<'workload'>;
/** From 1 on; never used twice. */
export type RevisionId = Id<'revision'>;
/** Segments are numbered through for ever (segments.ts). */
export type SegmentId = Id<'segment'>;

export const collectiveId = (value: bigint): CollectiveId => value as CollectiveId;
export const componentId = (value: bigint): ComponentId => value as ComponentId;
export const workloadId = (value: bigint): WorkloadId => value as WorkloadId;
export const revisionId = (value: bigint): RevisionId => value as RevisionId;
export const segmentId = (value: bigint): SegmentId => value as SegmentId;

/** In force for the segments from one on. */
export interface Params {
  readonly wMaxNum: bigint;
  readonly wMaxDen: bigint;
  readonly surplusMaxNum: bigint;
  readonly surplusMaxDen: bigint;
  readonly graceMs: DurationMs;
  /** From a segment to the one whose revision ends unclaimed coupons; 0: they never expire. */
  readonly expirySegments: bigint;
  /** 0: calendar months in UTC. */
  readonly segmentLengthMs: DurationMs;
}

/** As `Era` of segments.ts, stored; a length of 0 is the calendar month. */
export interface StoredEra {
  readonly firstSegment: SegmentId;
  readonly startMs: TimeMs;
  readonly segmentLengthMs: DurationMs;
}

/** What a component carries from one revision to the next. Signed: negative is a surplus. */
export interface Ledger {
  readonly debtMs: bigint;
  readonly nextSegment: SegmentId;
}

export interface Revision {
  readonly revision: RevisionId;
  readonly component: ComponentId;
  readonly segment: SegmentId;
  readonly aMs: WorkMs;
  readonly cMs: WorkMs;
  readonly wMs: WorkMs;
  /** Signed, as the two below. */
  readonly debtBeforeMs: bigint;
  readonly netMs: WorkMs;
  readonly debtAfterMs: bigint;
  readonly residueMs: bigint;
  readonly revisedAtMs: TimeMs;
  /** What is unclaimed expires with the revision of this segment; 0: never. */
  readonly expiresWith: SegmentId;
}

/** What the workloads of one collective and segment can claim. */
export interface Share {
  readonly revision: RevisionId;
  readonly offsetMs: WorkMs;
  readonly claimableMs: WorkMs;
  readonly expired: boolean;
}

/** Coupons of one origin, of all wallets together: this module's part of K in row 2-N1. */
export interface Standing {
  readonly balanceMs: WorkMs;
  readonly claimableMs: WorkMs;
  /** Of the Merkle-sum tree of the balances; empty where there are none. */
  readonly root: Uint8Array;
}

/** All coupons of a component when a segment was revised. */
export interface Supply {
  readonly revision: RevisionId;
  readonly root: Uint8Array;
  readonly balanceMs: WorkMs;
}

export interface Part {
  readonly origin: CollectiveId;
  readonly amountMs: WorkMs;
}

export interface Receipt {
  readonly amountMs: WorkMs;
  readonly appropriatedAtMs: TimeMs;
}

/** Ascending by text, each once; `threshold` of them give the wallet a new key. */
export interface Guardians {
  readonly guardians: readonly Address[];
  readonly threshold: number;
}

/** A line of a wallet's statement. */
export interface Entry {
  readonly atMs: TimeMs;
  readonly kind: EntryKind;
  /** Of a claim the workload; appropriations of a wallet count from 1 on. */
  readonly number: bigint;
  /** Of a claim the origin, of an appropriation the store. */
  readonly collective: CollectiveId;
  readonly amountMs: WorkMs;
  /** Of a claim. */
  readonly segment: SegmentId;
}

// Commands

/** By anyone: nothing in it is free. Signed are the two debts. */
export interface FinalRevision {
  readonly type: 'FinalRevision';
  readonly member: CollectiveId;
  readonly segment: SegmentId;
  readonly a: bigint;
  readonly c: bigint;
  readonly w: bigint;
  readonly debtBefore: bigint;
  readonly net: bigint;
  readonly debtAfter: bigint;
}

export interface Claim {
  readonly type: 'Claim';
  readonly signer: Address;
  readonly workload: WorkloadId;
  readonly revision: RevisionId;
}

export interface Appropriate {
  readonly type: 'Appropriate';
  readonly signer: Address;
  readonly wallet: Address;
  readonly store: CollectiveId;
  /** Above 0. */
  readonly amountMs: WorkMs;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

export interface SetGuardians extends Guardians {
  readonly type: 'SetGuardians';
  readonly signer: Address;
  readonly wallet: Address;
}

export interface ApproveRecovery {
  readonly type: 'ApproveRecovery';
  readonly guardian: Address;
  readonly wallet: Address;
  readonly newKey: Address;
}

/** By a vote that has passed. */
export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

/** Before a component changes (D2.15). */
export interface FinaliseEnded {
  readonly type: 'FinaliseEnded';
  readonly component: ComponentId;
}

/** After a join (D2.21). */
export interface JoinLedgers {
  readonly type: 'JoinLedgers';
  readonly remaining: ComponentId;
  readonly ending: ComponentId;
}

/** After a split (D2.19). */
export interface SplitLedger {
  readonly type: 'SplitLedger';
  readonly component: ComponentId;
  readonly arising: ComponentId;
}

/** Value that left the goods of a component without entering coupons (D2.23), or the reverse. */
export interface MoveDebt {
  readonly type: 'MoveDebt';
  readonly component: ComponentId;
  /** Signed. */
  readonly byMs: bigint;
  readonly cause: DebtCause;
}

export type CouponCommand =
  | FinalRevision
  | Claim
  | Appropriate
  | SetGuardians
  | ApproveRecovery
  | SetParameters
  | FinaliseEnded
  | JoinLedgers
  | SplitLedger
  | MoveDebt;

// Events

export interface CouponsExpired {
  readonly type: 'CouponsExpired';
  readonly component: ComponentId;
  readonly collective: CollectiveId;
  readonly segment: SegmentId;
  readonly amountMs: WorkMs;
}

export interface SegmentRevised {
  readonly type: 'SegmentRevised';
  readonly revision: Revision;
  readonly shares: readonly SegmentShare[];
}

export interface SupplyCounted {
  readonly type: 'SupplyCounted';
  readonly component: ComponentId;
  readonly supply: Supply;
}

export interface SegmentShare {
  readonly collective: CollectiveId;
  readonly offsetMs: WorkMs;
  readonly claimableMs: WorkMs;
}

export interface CouponsClaimed {
  readonly type: 'CouponsClaimed';
  readonly workload: WorkloadId;
  readonly revision: RevisionId;
  readonly collective: CollectiveId;
  readonly segment: SegmentId;
  readonly wallet: Address;
  readonly amountMs: WorkMs;
  readonly claimedAtMs: TimeMs;
}

export interface CouponsAppropriated {
  readonly type: 'CouponsAppropriated';
  readonly wallet: Address;
  readonly store: CollectiveId;
  readonly amountMs: WorkMs;
  readonly nonce: Uint8Array;
  readonly parts: readonly Part[];
  readonly appropriatedAtMs: TimeMs;
}

export interface GuardiansSet extends Guardians {
  readonly type: 'GuardiansSet';
  readonly wallet: Address;
}

export interface RecoveryApproved {
  readonly type: 'RecoveryApproved';
  readonly wallet: Address;
  readonly guardian: Address;
  readonly newKey: Address;
}

export interface WalletRecovered {
  readonly type: 'WalletRecovered';
  readonly wallet: Address;
  readonly previousKey: Address;
  readonly newKey: Address;
}

export interface ParametersSet {
  readonly type: 'ParametersSet';
  readonly fromSegment: SegmentId;
  readonly params: Params;
  /** Where the length of segments changes there. */
  readonly era?: StoredEra | undefined;
}

/** Nothing was done in them, so they are final without a revision each. */
export interface SegmentsPassed {
  readonly type: 'SegmentsPassed';
  readonly component: ComponentId;
  readonly fromSegment: SegmentId;
  readonly toSegment: SegmentId;
}

export interface DebtCarried extends Ledger {
  readonly type: 'DebtCarried';
  readonly component: ComponentId;
  readonly cause: DebtCause;
}

export interface LedgerEnded {
  readonly type: 'LedgerEnded';
  readonly component: ComponentId;
}

/** Of genesis, as the three below. */
export interface BalanceCarried extends Part {
  readonly type: 'BalanceCarried';
  readonly wallet: Address;
}

export interface ClaimCarried {
  readonly type: 'ClaimCarried';
  readonly workload: WorkloadId;
}

export interface ReceiptCarried extends Receipt {
  readonly type: 'ReceiptCarried';
  readonly store: CollectiveId;
  readonly nonce: Uint8Array;
}

export interface EntryCarried {
  readonly type: 'EntryCarried';
  readonly wallet: Address;
  readonly entry: Entry;
}

export type CouponEvent =
  | CouponsExpired
  | SegmentRevised
  | SupplyCounted
  | CouponsClaimed
  | CouponsAppropriated
  | GuardiansSet
  | RecoveryApproved
  | WalletRecovered
  | ParametersSet
  | SegmentsPassed
  | DebtCarried
  | LedgerEnded
  | BalanceCarried
  | ClaimCarried
  | ReceiptCarried
  | EntryCarried;

// What this module reads of others; the host hands it over

export interface CouponPorts {
  /** Of trust. */
  readonly trust: {
    collective(
      id: CollectiveId,
    ): { readonly consumption: Consumption; readonly foundedAtMs: TimeMs } | undefined;
    componentOf(id: CollectiveId): ComponentId | undefined;
    /** In ascending order. */
    members(component: ComponentId): Iterable<CollectiveId>;
    isComponent(component: ComponentId): boolean;
    /** In ascending order, from one on. */
    components(from: ComponentId): Iterable<ComponentId>;
  };
  /** Of the module that registers workloads and keeps goods. */
  readonly work: {
    workload(id: WorkloadId): Workload | undefined;
    /** a, c and w of a collective in a segment; `a` is the end of its line of workloads. */
    sums(collective: CollectiveId, segment: SegmentId): Sums;
    /** Cancelled workloads, each with its storno on the line. */
    pairs(collective: CollectiveId, segment: SegmentId): Iterable<StornoPair>;
    /** The first segment from one on in which the collective did anything. */
    nextActive(collective: CollectiveId, from: SegmentId): SegmentId | undefined;
    /** Sums over all segments from one on. */
    sumsFrom(collective: CollectiveId, segment: SegmentId): Sums;
    /** All exclusive value in the hands of a collective, its part of the pools left out. */
    exclusiveGoods(collective: CollectiveId): bigint;
    /** V of all pools of a component. */
    poolValue(component: ComponentId): bigint;
    /** P of a store: coupons deleted less goods handed over since its last closing, signed. */
    difference(store: CollectiveId): bigint;
  };
}

/** A registered workload: a stretch of the line of its collective and segment (claims.ts). */
export interface Workload extends Stretch {
  readonly collective: CollectiveId;
  readonly segment: SegmentId;
  readonly wallet: Address;
  readonly cancelled: boolean;
}
