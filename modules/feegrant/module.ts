/** Fee grants: one account pays the fees of another, within limits (cosmos.feegrant). */
import * as wire from '../../proto/generated/artel/feegrant/v1/event.ts';
import { ExpireAllowance } from '../../proto/generated/artel/feegrant/v1/state.ts';
import type { ConventionalEvent, Module } from '../_kernel/module.ts';
import { messages } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { queries } from './queries.ts';
import type { FeegrantCommand, FeegrantEvent, Parties } from './types.ts';

export const feegrant: Module<typeof tables, FeegrantCommand, FeegrantEvent> = {
  name: 'feegrant',
  tables,
  decide,
  evolve,
  events: {
    AllowanceGranted: {
      codec: wire.AllowanceGranted,
      indexed: 'grantee',
      conventional: (event) => [conventional('set_feegrant', event)],
    },
    AllowanceUsed: {
      codec: wire.AllowanceUsed,
      indexed: 'grantee',
      conventional: (event) => [conventional('use_feegrant', event)],
    },
    AllowanceRevoked: {
      codec: wire.AllowanceRevoked,
      indexed: 'grantee',
      conventional: (event) => [conventional('revoke_feegrant', event)],
    },
    AllowanceExpired: { codec: wire.AllowanceExpired, indexed: 'grantee' },
  },
  messages,
  timers: { ExpireAllowance },
  queries,
  invariants,
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};

function conventional(type: string, { granter, grantee }: Parties): ConventionalEvent {
  const attributes = [
    ['granter', granter],
    ['grantee', grantee],
  ] as const;
  return { type, attributes };
}
