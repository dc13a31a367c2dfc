/** What the bank is told and what it says. There is one token; amounts are in its base unit. */
import { type Address, moduleAddress } from '../_kernel/address.ts';
import type { Uhub } from '../_kernel/units.ts';

/** The token's base denom. 1 hub is 1,000,000 uhub. */
export const denom = 'uhub';

/** Addresses of modules: fees and bonds get there by rules, never by a message. */
export const moduleHolders: readonly Address[] = [
  moduleAddress('fee_collector'),
  moduleAddress('bonded_pool'),
];

export interface Send {
  readonly type: 'Send';
  readonly sender: Address;
  readonly recipient: Address;
  readonly amountUhub: Uhub;
}

export interface Output {
  readonly recipient: Address;
  readonly amountUhub: Uhub;
}

/** One sender, many recipients; the outputs add up to the input. */
export interface MultiSend {
  readonly type: 'MultiSend';
  readonly sender: Address;
  readonly amountUhub: Uhub;
  readonly outputs: readonly Output[];
}

/** Other modules move tokens: fees, bonds, payouts. Of 0 uhub nothing happens. */
export interface Transfer {
  readonly type: 'Transfer';
  readonly from: Address;
  readonly to: Address;
  readonly amountUhub: Uhub;
  readonly reason: string;
}

/** Other modules destroy tokens. Of 0 uhub nothing happens. */
export interface Burn {
  readonly type: 'Burn';
  readonly from: Address;
  readonly amountUhub: Uhub;
}

export type BankCommand = Send | MultiSend | Transfer | Burn;

export interface Transferred {
  readonly type: 'Transferred';
  readonly sender: Address;
  readonly recipient: Address;
  readonly amountUhub: Uhub;
  readonly reason: string;
}

/** Genesis only. */
export interface Minted {
  readonly type: 'Minted';
  readonly recipient: Address;
  readonly amountUhub: Uhub;
}

export interface Burned {
  readonly type: 'Burned';
  readonly holder: Address;
  readonly amountUhub: Uhub;
}

export type BankEvent = Transferred | Minted | Burned;
