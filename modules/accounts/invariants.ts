/** What is always true of the accounts. */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';

export const invariants: readonly Invariant<typeof tables>[] = [
  {
    name: 'account numbers count up from 0 without a gap',
    check(view) {
      const next = view.nextNumber.get() ?? 0n;
      const seen = new Uint8Array(Number(next));
      let count = 0n;
      for (const { key, value } of view.accounts.range()) {
        const number = Number(value.number);
        if (value.number >= next) return `${key[0]} has number ${number}, the next is ${next}`;
        if (seen[number] === 1) return `${key[0]} has number ${number}, as another has`;
        seen[number] = 1;
        count += 1n;
      }
      return count === next ? undefined : `${count} accounts, the next is ${next}`;
    },
  },
  {
    name: 'an account that has signed has a public key',
    check(view) {
      for (const { key, value } of view.accounts.range()) {
        if (value.sequence > 0n && value.pubKey.length === 0) return `${key[0]} has none`;
      }
      return undefined;
    },
  },
];
