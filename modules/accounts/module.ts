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

/** `tx.acc_seq`, `tx.signature`, `tx.fee` and `tx.fee_payer` say the same. */
const always = (): boolean => true;

export const accounts: Module<typeof tables, AccountsCommand, AccountsEvent> = {
  name: 'accounts',
  tables,
  decide,
  evolve,
  events: {
    AccountOpened: { codec: wire.AccountOpened, indexed: 'address' },
    PublicKeySet: { codec: wire.PublicKeySet, quiet: always },
    SequenceAdvanced: { codec: wire.SequenceAdvanced, quiet: always },
    FeeCharged: { codec: wire.FeeCharged, quiet: always },
    ParametersSet: { codec: wire.ParametersSet },
  },
  messages: [],
  timers: {},
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};
