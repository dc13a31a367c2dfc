/** Balances in the order of addresses; the supply is their sum. */
import { AddressSet } from '../_kernel/address-set.ts';
import { Json, LazyList } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { maxUint64, uhub } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { supplyOf } from './queries.ts';
import type { BankEvent } from './types.ts';

export interface GenesisJson {
  readonly balances: Iterable<{ readonly address: string; readonly amountUhub: string }>;
  /** Left out, it is the sum of the balances; given, it must be. */
  readonly supplyUhub?: string;
}

export const defaultGenesis: GenesisJson = { balances: [] };

export function* importState(state: unknown): Iterable<BankEvent> {
  const json = new Json(state, 'app_state.bank').only('balances', 'supplyUhub');
  const holders = new AddressSet();
  let total = 0n;
  for (const balance of json.field('balances').items()) {
    balance.only('address', 'amountUhub');
    const recipient = balance.field('address').address();
    if (!holders.add(recipient)) balance.refuse(`${recipient} stands here twice`);
    const amountUhub = uhub(balance.field('amountUhub').uint64());
    if (amountUhub === 0n) balance.refuse('is a balance of 0uhub: leave it out');
    total += amountUhub;
    if (total > maxUint64) balance.refuse(`brings the supply to ${total}uhub, above ${maxUint64}`);
    yield { type: 'Minted', recipient, amountUhub };
  }
  if (json.has('supplyUhub') && json.field('supplyUhub').uint64() !== total) {
    json.field('supplyUhub').refuse(`is not the sum of the balances, ${total}`);
  }
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const balances = new LazyList(function* () {
    for (const { key, value } of view.balances.range()) {
      yield { address: key[0], amountUhub: value.toString() };
    }
  });
  return { balances, supplyUhub: supplyOf(view).toString() };
}
