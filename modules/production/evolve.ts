/** Writes what the facts of production say; one function an event, no rule in any of them. */
import type { Evolve } from '../_kernel/decider.ts';
import { productions } from './evolve/productions.ts';
import { resources } from './evolve/resources.ts';
import { stores } from './evolve/stores.ts';
import { votes } from './evolve/votes.ts';
import type { tables } from './keys.ts';
import { restore } from './restore.ts';
import type { ProductionEvent } from './types.ts';

export const evolve: Evolve<typeof tables, ProductionEvent> = {
  ...resources,
  ...productions,
  ...stores,
  ...votes,
  StateImported: restore,
};
