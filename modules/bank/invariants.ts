/** What is always true of the bank (row X-2). */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';
import { supplyOf } from './queries.ts';

export const invariants: readonly Invariant<typeof tables>[] = [
  {
    name: 'the supply is the sum of the balances',
    check(view) {
      let total = 0n;
      for (const { value } of view.balances.range()) total += value;
      const supply = supplyOf(view);
      return supply === total ? undefined : `supply ${supply}uhub, balances ${total}uhub`;
    },
  },
  {
    name: 'a balance that is stored is above 0',
    check(view) {
      for (const { key, value } of view.balances.range()) {
        if (value === 0n) return `${key[0]} has a row of 0uhub`;
      }
      return undefined;
    },
  },
];
