/** The module's part of a genesis document: so far a chain starts without goods (README). */

import { assert } from '../_kernel/assert.ts';
import { Json } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { ProductionEvent } from './types.ts';

export const defaultGenesis: Readonly<Record<string, never>> = {};

export function importState(state: unknown): readonly ProductionEvent[] {
  new Json(state, 'app_state.production').only();
  return [];
}

/** A state that this can't write must not be lost in silence: it is a defect to ask for it. */
export function exportState(view: View<typeof tables>): Readonly<Record<string, never>> {
  const first = [...view.next.range({ limit: 1 })];
  assert(first.length === 0, 'production has no export yet');
  return defaultGenesis;
}
