/** Writes what the facts of the bank say. */
import type { Address } from '../_kernel/address.ts';
import { assert } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { BankEvent } from './types.ts';

export const evolve: Evolve<typeof tables, BankEvent> = {
  /** The sender first: where both are one, the recipient's balance is read after it. */
  Transferred(draft, { sender, recipient, amountUhub }) {
    change(draft, sender, -amountUhub);
    change(draft, recipient, amountUhub);
  },
  Minted(draft, { recipient, amountUhub }) {
    change(draft, recipient, amountUhub);
    changeSupply(draft, amountUhub);
  },
  Burned(draft, { holder, amountUhub }) {
    change(draft, holder, -amountUhub);
    changeSupply(draft, -amountUhub);
  },
};

function change(draft: Draft<typeof tables>, holder: Address, byUhub: bigint): void {
  const balance = (draft.balances.get(holder) ?? 0n) + byUhub;
  assert(balance >= 0n, `the balance of ${holder} falls to ${balance}uhub`);
  if (balance === 0n) draft.balances.delete(holder);
  else draft.balances.set(holder, balance);
}

function changeSupply(draft: Draft<typeof tables>, byUhub: bigint): void {
  const supply = (draft.supply.get() ?? 0n) + byUhub;
  if (supply === 0n) draft.supply.delete();
  else draft.supply.set(supply);
}
