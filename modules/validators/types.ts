/**
 * What the validators module is told and what it says. Bonds are in uhub, power is whole hub of
 * bond.
 */
import type { Parameters, Upgrade } from '../../proto/generated/artel/validators/v1/state.ts';
import { type Address, type ConsensusAddress, moduleAddress } from '../_kernel/address.ts';
import { type Height, maxInt64, type TimeMs, type Uhub } from '../_kernel/units.ts';

export type { Parameters, Upgrade };

/** Where fees wait for their distribution, and where bonds and unbondings lie. */
export const feeCollector: Address = moduleAddress('fee_collector');
export const bondPool: Address = moduleAddress('bonded_pool');

/** Bond of one unit of voting power: one hub. */
export const uhubPerPower = 1_000_000n;

/** uhub: the most that may be bonded together, CometBFT's bound of the total power. */
export const largestTotalBond: bigint = maxInt64 / 8n;

interface Standing {
  /** ed25519, 32 bytes. It never changes. */
  readonly pubKey: Uint8Array;
  readonly bondUhub: Uhub;
  /** Missed blocks on record. */
  readonly missed: bigint;
}

export interface Active extends Standing {
  readonly stage: 'active';
}

/** Without power until its owner calls it back, at `jailedUntilMs` at the earliest. */
export interface Jailed extends Standing {
  readonly stage: 'jailed';
  readonly jailedUntilMs: TimeMs;
}

/** Punished, but the only one with power: removed as soon as another has some. */
export interface Condemned extends Standing {
  readonly stage: 'condemned';
}

/** Punished and out for good: neither key nor owner returns. */
export interface Removed extends Standing {
  readonly stage: 'removed';
}

export type Validator = Active | Jailed | Condemned | Removed;

/** What breaks consensus. */
export type Offence = 'duplicate_vote' | 'light_client_attack';

/** Exactly one of the two. */
export type ChangeContent =
  | {
      readonly parameters: { readonly module: string; readonly json: string };
      readonly upgrade: undefined;
    }
  | { readonly parameters: undefined; readonly upgrade: Upgrade };

// Commands of transactions.

export interface RegisterValidator {
  readonly type: 'RegisterValidator';
  readonly owner: Address;
  readonly pubKey: Uint8Array;
  /** The key's signature over `registrationBytes`. */
  readonly proof: Uint8Array;
  readonly bondUhub: Uhub;
}

export interface Bond {
  readonly type: 'Bond';
  readonly owner: Address;
  readonly amountUhub: Uhub;
}

export interface Unbond {
  readonly type: 'Unbond';
  readonly owner: Address;
  readonly amountUhub: Uhub;
}

export interface Unjail {
  readonly type: 'Unjail';
  readonly owner: Address;
}

export type ProposeChange = ChangeContent & {
  readonly type: 'ProposeChange';
  readonly proposer: Address;
  readonly summary: string;
};

export interface VoteChange {
  readonly type: 'VoteChange';
  readonly voter: Address;
  readonly change: bigint;
  readonly yes: boolean;
}

// Commands of timers, of a passed vote and of the block.

export interface FinishUnbonding {
  readonly type: 'FinishUnbonding';
  readonly owner: Address;
  readonly id: bigint;
}

export interface CloseChange {
  readonly type: 'CloseChange';
  readonly change: bigint;
}

export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

export interface Vote {
  /** The first 20 bytes of SHA-256(public key). */
  readonly address: Uint8Array;
  readonly power: bigint;
  readonly signed: boolean;
}

export interface Misbehavior {
  readonly kind: Offence;
  readonly address: Uint8Array;
  readonly height: bigint;
  readonly timeMs: bigint;
  readonly totalPower: bigint;
}

export interface BeginBlock {
  readonly type: 'BeginBlock';
  /** Of the block before. */
  readonly votes: readonly Vote[];
  readonly misbehavior: readonly Misbehavior[];
}

export interface EndBlock {
  readonly type: 'EndBlock';
}

export type ValidatorsCommand =
  | RegisterValidator
  | Bond
  | Unbond
  | Unjail
  | ProposeChange
  | VoteChange
  | FinishUnbonding
  | CloseChange
  | SetParameters
  | BeginBlock
  | EndBlock;

export interface ValidatorRegistered {
  readonly type: 'ValidatorRegistered';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
  readonly pubKey: Uint8Array;
}

export interface Bonded {
  readonly type: 'Bonded';
  readonly owner: Address;
  readonly amountUhub: Uhub;
}

interface UnbondingFacts {
  readonly owner: Address;
  readonly id: bigint;
  readonly amountUhub: Uhub;
  readonly begunHeight: Height;
  readonly begunMs: TimeMs;
  readonly dueMs: TimeMs;
}

export interface UnbondingBegun extends UnbondingFacts {
  readonly type: 'UnbondingBegun';
}

export interface UnbondingFinished {
  readonly type: 'UnbondingFinished';
  readonly owner: Address;
  readonly id: bigint;
  readonly amountUhub: Uhub;
}

export interface UnbondingCut {
  readonly id: bigint;
  readonly amountUhub: Uhub;
}

export interface BondCut {
  readonly type: 'BondCut';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
  readonly kind: Offence;
  readonly infractionHeight: bigint;
  readonly infractionMs: bigint;
  /** The sum of the cuts. */
  readonly amountUhub: Uhub;
  readonly bondCutUhub: Uhub;
  readonly unbondingCuts: readonly UnbondingCut[];
}

export interface ValidatorRemoved {
  readonly type: 'ValidatorRemoved';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
}

/** Critical: without it, the set would be empty and the chain would halt on every replay. */
export interface LastValidatorKept {
  readonly type: 'LastValidatorKept';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
  readonly reason: 'misbehavior' | 'downtime';
}

export interface BlockMissed {
  readonly type: 'BlockMissed';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
  readonly height: bigint;
  readonly expiredHeights: readonly bigint[];
}

export interface ValidatorJailed {
  readonly type: 'ValidatorJailed';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
  readonly untilMs: TimeMs;
  readonly missed: bigint;
}

export interface ValidatorUnjailed {
  readonly type: 'ValidatorUnjailed';
  readonly owner: Address;
  readonly consensusAddress: ConsensusAddress;
}

export interface ValidatorUpdate {
  readonly pubKey: Uint8Array;
  readonly power: bigint;
}

export interface ValidatorSetChanged {
  readonly type: 'ValidatorSetChanged';
  readonly updates: readonly ValidatorUpdate[];
}

export interface Payout {
  readonly owner: Address;
  readonly amountUhub: Uhub;
}

export interface FeesDistributed {
  readonly type: 'FeesDistributed';
  readonly payouts: readonly Payout[];
  readonly carriedUhub: Uhub;
}

export type ChangeProposed = ChangeContent & {
  readonly type: 'ChangeProposed';
  readonly change: bigint;
  readonly proposer: Address;
  readonly summary: string;
  readonly closesMs: TimeMs;
};

export interface ChangeVoted {
  readonly type: 'ChangeVoted';
  readonly change: bigint;
  readonly voter: Address;
  readonly yes: boolean;
}

export interface ChangePassed {
  readonly type: 'ChangePassed';
  readonly change: bigint;
  readonly yesPower: bigint;
  readonly totalPower: bigint;
  /** Empty for an upgrade. */
  readonly module: string;
  readonly json: string;
}

export interface ChangeFailed {
  readonly type: 'ChangeFailed';
  readonly change: bigint;
  readonly yesPower: bigint;
  readonly totalPower: bigint;
  readonly reason: string;
}

export interface UpgradePlanned {
  readonly type: 'UpgradePlanned';
  readonly change: bigint;
  readonly height: bigint;
  readonly appVersion: bigint;
}

export interface ParametersSet {
  readonly type: 'ParametersSet';
  readonly parameters: Parameters;
}

export interface ValidatorImported {
  readonly type: 'ValidatorImported';
  readonly owner: Address;
  readonly pubKey: Uint8Array;
  readonly bondUhub: Uhub;
  readonly stage: Validator['stage'];
  readonly jailedUntilMs: TimeMs;
}

export interface UnbondingImported extends UnbondingFacts {
  readonly type: 'UnbondingImported';
}

export type Change = ChangeContent & {
  readonly proposer: Address;
  readonly summary: string;
  readonly closesMs: TimeMs;
  readonly outcome: 'open' | 'passed' | 'failed';
  /** As counted when it closed. */
  readonly yesPower: bigint;
  readonly totalPower: bigint;
};

export interface ChangeImported {
  readonly type: 'ChangeImported';
  readonly id: bigint;
  readonly change: Change;
}

export interface NumberingContinued {
  readonly type: 'NumberingContinued';
  readonly nextUnbonding: bigint;
  readonly nextChange: bigint;
}

export type ValidatorsEvent =
  | ValidatorRegistered
  | Bonded
  | UnbondingBegun
  | UnbondingFinished
  | BondCut
  | ValidatorRemoved
  | LastValidatorKept
  | BlockMissed
  | ValidatorJailed
  | ValidatorUnjailed
  | ValidatorSetChanged
  | FeesDistributed
  | ChangeProposed
  | ChangeVoted
  | ChangePassed
  | ChangeFailed
  | UpgradePlanned
  | ParametersSet
  | ValidatorImported
  | UnbondingImported
  | ChangeImported
  | NumberingContinued;

/** What this module reads of others. */
export interface ValidatorsPorts {
  /** undefined on a chain without a bank: nothing is bonded or paid there. */
  readonly balanceUhub: (holder: Address) => Uhub | undefined;
  /** What is wrong with proposed parameters of a module, as when there is no such module. */
  readonly problemWithParameters: (module: string, json: unknown) => string | undefined;
}
