/** Accounts: numbers, sequences, public keys and fees. It takes no messages of its own. */
import * as wire from '../../proto/generated/artel/accounts/v1/event.ts';
import type { Module } from '../_kernel/module.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { parametersProblem } from './parameters.ts';
import { queries } from './queries.ts';
import type { AccountsCommand, AccountsEvent } from './types.ts';

export const accounts: Module<typeof tables, AccountsCommand, AccountsEvent> = {
  name: 'accounts',
  tables,
  decide,
  evolve,
  events: {
    AccountOpened: { codec: wire.AccountOpened, indexed: 'address' },
    PublicKeySet: { codec: wire.PublicKeySet, indexed: 'address' },
    SequenceAdvanced: { codec: wire.SequenceAdvanced, indexed: 'address' },
    FeeCharged: { codec: wire.FeeCharged, indexed: 'payer' },
    ParametersSet: { codec: wire.ParametersSet },
  },
  messages: [],
  timers: {},
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};
