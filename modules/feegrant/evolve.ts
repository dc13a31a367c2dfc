/** Writes what the facts of fee grants say. */
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { FeegrantEvent, Parties } from './types.ts';

export const evolve: Evolve<typeof tables, FeegrantEvent> = {
  AllowanceGranted(draft, { granter, grantee, allowance }) {
    draft.allowances.set(grantee, granter, allowance);
    draft.granted.set(granter, grantee, true);
  },
  AllowanceUsed(draft, { granter, grantee, left }) {
    if (left === undefined) remove(draft, { granter, grantee });
    else draft.allowances.set(grantee, granter, left);
  },
  AllowanceRevoked: remove,
  AllowanceExpired: remove,
};

function remove(draft: Draft<typeof tables>, { granter, grantee }: Parties): void {
  draft.allowances.delete(grantee, granter);
  draft.granted.delete(granter, grantee);
}
