/** What the accounts module is told and what it says. Sequences and numbers are plain counts. */
import type { Address } from '../_kernel/address.ts';
import type { Uhub } from '../_kernel/units.ts';

/** Limits and gas prices of transactions, under the names of cosmos.auth's Params. */
export interface Parameters {
  /** Bytes of UTF-8, as in the Cosmos SDK, whatever the name says. */
  readonly maxMemoCharacters: bigint;
  /** Signatures of a transaction; a multisig counts one a key that signed. */
  readonly txSigLimit: bigint;
  /** Gas. */
  readonly txSizeCostPerByte: bigint;
  readonly sigVerifyCostEd25519: bigint;
  readonly sigVerifyCostSecp256k1: bigint;
}

export interface Signer {
  readonly address: Address;
  /** Bytes of a google.protobuf.Any. The host passes only a key that hashes to the address. */
  readonly pubKeyAny?: Uint8Array;
  readonly sequence: bigint;
}

/** A transaction asks to be let in. The host has checked the signatures. */
export interface AdmitTransaction {
  readonly type: 'AdmitTransaction';
  /** In the order of the messages, each once, the fee payer among them. */
  readonly signers: readonly Signer[];
  readonly feePayer: Address;
  /** Pays in place of the fee payer; has allowed it. */
  readonly feeGranter?: Address;
  readonly feeUhub: Uhub;
  readonly memoBytes: number;
  /** A multisig counts one a key that signed. */
  readonly signatures: number;
}

/** Makes sure that the address has an account. */
export interface OpenAccount {
  readonly type: 'OpenAccount';
  readonly address: Address;
}

/** A vote has passed: some parameters as JSON. */
export interface SetParameters {
  readonly type: 'SetParameters';
  readonly json: string;
}

export type AccountsCommand = AdmitTransaction | OpenAccount | SetParameters;

export interface AccountOpened {
  readonly type: 'AccountOpened';
  readonly address: Address;
  readonly number: bigint;
}

export interface PublicKeySet {
  readonly type: 'PublicKeySet';
  readonly address: Address;
  readonly pubKey: Uint8Array;
}

export interface SequenceAdvanced {
  readonly type: 'SequenceAdvanced';
  readonly address: Address;
  /** The one that the next signature must carry. */
  readonly sequence: bigint;
}

export interface FeeCharged {
  readonly type: 'FeeCharged';
  readonly payer: Address;
  readonly amountUhub: Uhub;
}

export interface ParametersSet extends Parameters {
  readonly type: 'ParametersSet';
}

export type AccountsEvent =
  | AccountOpened
  | PublicKeySet
  | SequenceAdvanced
  | FeeCharged
  | ParametersSet;
