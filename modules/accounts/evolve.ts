/** Writes what the facts of accounts say. */
import { assert, present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { tables } from './keys.ts';
import type { AccountsEvent } from './types.ts';

export const evolve: Evolve<typeof tables, AccountsEvent> = {
  AccountOpened(draft, { address, number }) {
    assert(!draft.accounts.has(address), `${address} has an account already`);
    draft.accounts.set(address, { number, sequence: 0n, pubKey: new Uint8Array() });
    draft.nextNumber.set(number + 1n);
  },
  PublicKeySet(draft, { address, pubKey }) {
    const account = present(draft.accounts.get(address), `account ${address}`);
    draft.accounts.set(address, { ...account, pubKey });
  },
  SequenceAdvanced(draft, { address, sequence }) {
    const account = present(draft.accounts.get(address), `account ${address}`);
    draft.accounts.set(address, { ...account, sequence });
  },
  /** The tokens move in the bank. */
  FeeCharged() {},
  ParametersSet(draft, { type: _, ...parameters }) {
    draft.parameters.set(parameters);
  },
};
