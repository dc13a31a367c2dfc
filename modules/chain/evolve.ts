/**
 * Writes what the chain's own facts say. The permanent leaf of a started module is the host's
 * write.
 */

import { assert, present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { tables } from './keys.ts';
import type { ChainEvent } from './types.ts';

export const evolve: Evolve<typeof tables, ChainEvent> = {
  ChainStarted(draft, { type: _, ...facts }) {
    assert(!draft.facts.has(), 'the chain has started already');
    draft.facts.set(facts);
  },
  ModuleStarted(draft, { module }) {
    draft.modules.set(module, true);
  },
  /** The host plants the leaf anew: nothing else of this module changes. */
  ModuleMigrated(draft, { module }) {
    assert(draft.modules.has(module), `module ${module} has not started`);
  },
  TimerSet(draft, { id, atMs, module, command, payload }) {
    draft.timers.set(atMs, id, { module, command, payload });
    draft.nextTimerId.set(id + 1n);
  },
  TimersNumbered(draft, { next }) {
    draft.nextTimerId.set(next);
  },
  TimerFired(draft, { id, atMs }) {
    assert(draft.timers.has(atMs, id), `timer ${id} is not waiting`);
    draft.timers.delete(atMs, id);
  },
  /** A fact for readers of the log: nothing happened. */
  EffectRefused() {},
  AppVersionChanged(draft, { appVersion }) {
    draft.facts.set({ ...present(draft.facts.get(), 'chain facts'), appVersion });
  },
};
