/** What is always true of the accounts. */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';

export const invariants: readonly Invariant<typeof tables>[] = [
  {
    name: 'account numbers count up from 0 without a gap',
    check(view) {
      const rows = view.accounts.range();
      const numbers = Array.from(rows, ({ value }) => value.number).sort((a, b) =>
        a < b ? -1 : 1,
      );
      const gap = numbers.findIndex((number, index) => number !== BigInt(index));
      if (gap !== -1) return `the number after ${gap - 1} is ${numbers[gap]}`;
      const next = view.nextNumber.get() ?? 0n;
      if (next !== BigInt(numbers.length)) return `${numbers.length} accounts, the next is ${next}`;
      return undefined;
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
