/** Collectives, the trust that they sign to each other, and the components that it makes. */
import { Consumption, Kind } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import { assert } from '../_kernel/assert.ts';
import type { Id } from '../_kernel/ids.ts';
import type { DurationMs, TimeMs } from '../_kernel/units.ts';

export { Consumption, Kind };

/** From 1 on, in the order of founding; never used twice. */
export type CollectiveId = Id<'collective'>;
/** From 1 on; never used twice, so that (component, segment) names one thing for ever. */
export type ComponentId = Id<'component'>;

export const collectiveId = (value: bigint): CollectiveId => value as CollectiveId;
export const componentId = (value: bigint): ComponentId => value as ComponentId;

/** Two collectives, the smaller id first: an undirected edge has one name. */
export interface Pair {
  readonly low: CollectiveId;
  readonly high: CollectiveId;
}

export function pairOf(a: CollectiveId, b: CollectiveId): Pair {
  assert(a !== b, `collective ${a} makes no pair with itself`);
  return a < b ? { low: a, high: b } : { low: b, high: a };
}

/** What a collective says of itself. */
export interface Profile {
  readonly name: string;
  readonly kind: Kind;
  readonly consumption: Consumption;
  /** SHA-256 of a description kept elsewhere, or empty. */
  readonly descriptionHash: Uint8Array;
}

export interface Collective extends Profile {
  readonly collective: CollectiveId;
  readonly owner: Address;
  readonly foundedAtMs: TimeMs;
}

/** One of two signatures: no trust yet. */
export interface Signature {
  readonly from: CollectiveId;
  readonly to: CollectiveId;
  readonly signedAtMs: TimeMs;
}

/** Strong trust; with a cancellation, in its last days. */
export interface Edge extends Pair {
  readonly establishedAtMs: TimeMs;
  readonly cancellation?: Cancellation | undefined;
}

export interface Cancellation {
  readonly by: CollectiveId;
  readonly announcedAtMs: TimeMs;
  readonly endsAtMs: TimeMs;
}

export interface Params {
  readonly noticeMs: DurationMs;
}

// Commands

export interface FoundCollective extends Profile {
  readonly type: 'FoundCollective';
  readonly founder: Address;
}

/** Fields that are left out stay as they are. */
export interface UpdateCollective extends Partial<Profile> {
  readonly type: 'UpdateCollective';
  readonly signer: Address;
  readonly collective: CollectiveId;
  readonly owner?: Address;
}

/** What one owner says about another collective. */
export interface Statement {
  readonly signer: Address;
  readonly from: CollectiveId;
  readonly to: CollectiveId;
}

export interface SignTrust extends Statement {
  readonly type: 'SignTrust';
}

export interface WithdrawSignature extends Statement {
  readonly type: 'WithdrawSignature';
}

export interface CancelTrust extends Statement {
  readonly type: 'CancelTrust';
}

/** The timer at the end of a notice. */
export interface EndTrust extends Pair {
  readonly type: 'EndTrust';
}

/** By a vote that has passed. */
export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

export type TrustCommand =
  | FoundCollective
  | UpdateCollective
  | SignTrust
  | WithdrawSignature
  | CancelTrust
  | EndTrust
  | SetParameters;

// Events

export interface CollectiveFounded extends Collective {
  readonly type: 'CollectiveFounded';
  readonly component: ComponentId;
}

export interface CollectiveUpdated extends Profile {
  readonly type: 'CollectiveUpdated';
  readonly collective: CollectiveId;
  readonly owner: Address;
  readonly previousOwner: Address;
}

export interface TrustSigned extends Signature {
  readonly type: 'TrustSigned';
}

export interface SignatureWithdrawn {
  readonly type: 'SignatureWithdrawn';
  readonly from: CollectiveId;
  readonly to: CollectiveId;
}

/** Announcement, before anything has changed: others finish what belongs to either component. */
export interface ComponentsJoining extends Pair {
  readonly type: 'ComponentsJoining';
  readonly remaining: ComponentId;
  readonly ending: ComponentId;
}

export interface TrustEstablished extends Pair {
  readonly type: 'TrustEstablished';
  readonly establishedAtMs: TimeMs;
}

export interface ComponentsJoined {
  readonly type: 'ComponentsJoined';
  readonly remaining: ComponentId;
  readonly ending: ComponentId;
  /** All members of `ending`, ascending. */
  readonly moved: readonly CollectiveId[];
}

export interface TrustCancelled extends Pair, Cancellation {
  readonly type: 'TrustCancelled';
}

/** Announcement, before anything has changed: others finish here what belongs to the component. */
export interface ComponentSplitting extends Pair {
  readonly type: 'ComponentSplitting';
  readonly component: ComponentId;
  readonly arising: ComponentId;
}

export interface TrustEnded extends Pair {
  readonly type: 'TrustEnded';
}

export interface ComponentSplit {
  readonly type: 'ComponentSplit';
  readonly component: ComponentId;
  readonly arising: ComponentId;
  /** All members of `arising`, ascending. */
  readonly moved: readonly CollectiveId[];
}

export interface ParametersSet extends Params {
  readonly type: 'ParametersSet';
}

export interface ComponentIdsReserved {
  readonly type: 'ComponentIdsReserved';
  readonly next: ComponentId;
}

export type TrustEvent =
  | CollectiveFounded
  | CollectiveUpdated
  | TrustSigned
  | SignatureWithdrawn
  | ComponentsJoining
  | TrustEstablished
  | ComponentsJoined
  | TrustCancelled
  | ComponentSplitting
  | TrustEnded
  | ComponentSplit
  | ParametersSet
  | ComponentIdsReserved;

// What this module reads of others; the host hands it over

export interface TrustPorts {
  /** Of whoever has work due before a component changes. */
  readonly changes: {
    /** The time until which a component can't change; undefined where it can now. */
    notBefore(component: ComponentId, nowMs: TimeMs): TimeMs | undefined;
  };
}
