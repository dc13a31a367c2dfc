/** The one rule of this module: a timer gets the next number. */
import { accept, type Decide } from '../_kernel/decider.ts';
import type { tables } from './keys.ts';
import type { ChainCommand, ChainEvent } from './types.ts';

export const decide: Decide<typeof tables, ChainCommand, ChainEvent> = {
  SetTimer(view, { atMs, module, command, payload }) {
    const id = view.nextTimerId.get() ?? 0n;
    return accept([{ type: 'TimerSet', id, atMs, module, command, payload }]);
  },
};
