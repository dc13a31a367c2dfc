/** Trust: collectives, strong trust by mutual signature, weak trust as components (002, 2 to 8). */
import * as wire from '../../proto/generated/artel/trust/v1/event.ts';
import { EndTrust } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Module } from '../_kernel/module.ts';
import { messages } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { parametersProblem } from './parameters.ts';
import { queries } from './queries.ts';
import type { TrustCommand, TrustEvent, TrustPorts } from './types.ts';

export const trust: Module<typeof tables, TrustCommand, TrustEvent, TrustPorts> = {
  name: 'trust',
  tables,
  decide,
  evolve,
  events: {
    CollectiveFounded: { codec: wire.CollectiveFounded, indexed: 'collective' },
    CollectiveUpdated: { codec: wire.CollectiveUpdated, indexed: 'collective' },
    TrustSigned: { codec: wire.TrustSigned, indexed: 'from' },
    SignatureWithdrawn: { codec: wire.SignatureWithdrawn, indexed: 'from' },
    ComponentsJoining: { codec: wire.ComponentsJoining, indexed: 'remaining' },
    TrustEstablished: { codec: wire.TrustEstablished, indexed: 'low' },
    ComponentsJoined: { codec: wire.ComponentsJoined, indexed: 'remaining' },
    TrustCancelled: { codec: wire.TrustCancelled, indexed: 'by' },
    ComponentSplitting: { codec: wire.ComponentSplitting, indexed: 'component' },
    TrustEnded: { codec: wire.TrustEnded, indexed: 'low' },
    ComponentSplit: { codec: wire.ComponentSplit, indexed: 'component' },
    ParametersSet: { codec: wire.ParametersSet },
    ComponentIdsReserved: { codec: wire.ComponentIdsReserved },
  },
  messages,
  timers: { EndTrust },
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};
