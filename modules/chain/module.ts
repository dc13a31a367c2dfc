/** The chain's own module: host facts and timers. It takes no transactions. */
import * as wire from '../../proto/generated/artel/chain/v1/event.ts';
import type { Module } from '../_kernel/module.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { timers } from './queries.ts';
import type { ChainCommand, ChainEvent } from './types.ts';

export const chain: Module<typeof tables, ChainCommand, ChainEvent> = {
  name: 'chain',
  tables,
  decide,
  evolve,
  events: {
    ChainStarted: { codec: wire.ChainStarted },
    ModuleStarted: { codec: wire.ModuleStarted, indexed: 'module' },
    ModuleMigrated: { codec: wire.ModuleMigrated, indexed: 'module' },
    TimerSet: { codec: wire.TimerSet, indexed: 'id' },
    TimerFired: { codec: wire.TimerFired, indexed: 'id' },
    TimersNumbered: { codec: wire.TimersNumbered },
    EffectRefused: { codec: wire.EffectRefused },
    AppVersionChanged: { codec: wire.AppVersionChanged },
  },
  messages: [],
  timers: {},
  queries: [timers],
  invariants,
  genesis: { import: importState, export: exportState, default: { nextTimerId: '0', timers: [] } },
};
