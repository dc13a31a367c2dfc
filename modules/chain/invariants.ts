/** What is always true of the chain's own state. */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';

export const invariants: readonly Invariant<typeof tables>[] = [
  {
    name: 'every waiting timer has a number below the next',
    check(view) {
      const next = view.nextTimerId.get() ?? 0n;
      for (const { key } of view.timers.range()) {
        if (key[1] >= next) return `timer ${key[1]} waits, the next number is ${next}`;
      }
      return undefined;
    },
  },
];
