/** What is always true of fee grants. */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';

export const invariants: readonly Invariant<typeof tables>[] = [
  {
    name: 'granters and grantees list the same allowances',
    check(view) {
      let [received, granted] = [0, 0];
      for (const { key } of view.allowances.range()) {
        received += 1;
        if (!view.granted.has(key[1], key[0])) return `${key[1]} lists none for ${key[0]}`;
      }
      for (const _ of view.granted.range()) granted += 1;
      return granted === received ? undefined : `${granted} are granted, ${received} received`;
    },
  },
  {
    name: 'an allowance has something left, and a period no more than its limit',
    check(view) {
      for (const { key, value } of view.allowances.range()) {
        if (value.spendLimitUhub === 0n) return `that of ${key[1]} for ${key[0]} is used up`;
        const { period } = value;
        if (period === undefined || period.canSpendUhub <= period.limitUhub) continue;
        return `${key[0]} can spend ${period.canSpendUhub}uhub of ${period.limitUhub}uhub`;
      }
      return undefined;
    },
  },
];
