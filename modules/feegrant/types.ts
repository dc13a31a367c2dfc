/** Who pays whose fees, and how far. Amounts are uhub, the token's base unit. */
import type {
  Allowance as AllowanceRecord,
  Period as PeriodRecord,
} from '../../proto/generated/artel/feegrant/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import type { Uhub } from '../_kernel/units.ts';

/** A limit that begins anew: `canSpendUhub` is left until `resetsAtMs`, then `limitUhub` again. */
export type Period = PeriodRecord;

/** What is left: in all, until when, in this period, for which messages. */
export type Allowance = AllowanceRecord;

/** The one who pays, and the one whose fees are paid. */
export interface Parties {
  readonly granter: Address;
  readonly grantee: Address;
}

export interface GrantAllowance extends Parties {
  readonly type: 'GrantAllowance';
  readonly allowance: Allowance;
}

export interface RevokeAllowance extends Parties {
  readonly type: 'RevokeAllowance';
}

/** A transaction of the grantee names the granter as the one who pays its fee. */
export interface UseAllowance extends Parties {
  readonly type: 'UseAllowance';
  readonly feeUhub: Uhub;
  /** Type URLs of its messages. */
  readonly messages: readonly string[];
}

/** The timer at the end of an allowance. */
export interface ExpireAllowance extends Parties {
  readonly type: 'ExpireAllowance';
}

export type FeegrantCommand = GrantAllowance | RevokeAllowance | UseAllowance | ExpireAllowance;

export interface AllowanceGranted extends Parties {
  readonly type: 'AllowanceGranted';
  readonly allowance: Allowance;
}

export interface AllowanceUsed extends Parties {
  readonly type: 'AllowanceUsed';
  readonly spentUhub: Uhub;
  /** Undefined where nothing is left: the allowance is gone. */
  readonly left?: Allowance | undefined;
}

export interface AllowanceRevoked extends Parties {
  readonly type: 'AllowanceRevoked';
}

export interface AllowanceExpired extends Parties {
  readonly type: 'AllowanceExpired';
}

export type FeegrantEvent = AllowanceGranted | AllowanceUsed | AllowanceRevoked | AllowanceExpired;
