/** Production: resources, orders and what is made of them, in labour time (002, 9 to 19). */
import * as wire from '../../proto/generated/artel/production/v1/event.ts';
import { ApplyCategory, ApplyParameters } from '../../proto/generated/artel/production/v1/state.ts';
import type { Module } from '../_kernel/module.ts';
import { messages } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { parametersProblem } from './parameters.ts';
import type { ProductionPorts } from './ports.ts';
import { queries } from './queries.ts';
import type { ProductionCommand, ProductionEvent } from './types.ts';

export const production: Module<
  typeof tables,
  ProductionCommand,
  ProductionEvent,
  ProductionPorts
> = {
  name: 'production',
  tables,
  decide,
  evolve,
  events: {
    TypeDefined: { codec: wire.TypeDefined, indexed: 'productType' },
    CategorySet: { codec: wire.CategorySet, indexed: 'productType' },
    Collectivized: { codec: wire.Collectivized, indexed: 'lot' },
    LotSplit: { codec: wire.LotSplit, indexed: 'lot' },
    TransferOffered: { codec: wire.TransferOffered, indexed: 'transfer' },
    TransferAccepted: { codec: wire.TransferAccepted, indexed: 'transfer' },
    TransferWithdrawn: { codec: wire.TransferWithdrawn, indexed: 'transfer' },
    LotWrittenOff: { codec: wire.LotWrittenOff, indexed: 'lot' },
    Ordered: { codec: wire.Ordered, indexed: 'order' },
    OrderWithdrawn: { codec: wire.OrderWithdrawn, indexed: 'order' },
    OrderRejected: { codec: wire.OrderRejected, indexed: 'order' },
    Estimated: { codec: wire.Estimated, indexed: 'order' },
    ProductionStarted: { codec: wire.ProductionStarted, indexed: 'production' },
    ProductionRejected: { codec: wire.ProductionRejected, indexed: 'production' },
    ConsumptiveAllocated: { codec: wire.ConsumptiveAllocated, indexed: 'production' },
    MeansAllocated: { codec: wire.MeansAllocated, indexed: 'production' },
    MeansDeallocated: { codec: wire.MeansDeallocated, indexed: 'production' },
    WorkloadRegistered: { codec: wire.WorkloadRegistered, indexed: 'wallet' },
    WorkloadCountersigned: { codec: wire.WorkloadCountersigned, indexed: 'workload' },
    WorkloadReversed: { codec: wire.WorkloadReversed, indexed: 'wallet' },
    LotProduced: { codec: wire.LotProduced, indexed: 'lot' },
    LotsMerged: { codec: wire.LotsMerged, indexed: 'into' },
    LotSeparated: { codec: wire.LotSeparated, indexed: 'lot' },
    PieceKept: { codec: wire.PieceKept, indexed: 'piece' },
    LotRevalued: { codec: wire.LotRevalued, indexed: 'lot' },
    Shelved: { codec: wire.Shelved, indexed: 'store' },
    Unshelved: { codec: wire.Unshelved, indexed: 'store' },
    HandedOver: { codec: wire.HandedOver, indexed: 'store' },
    OverdrawWarned: { codec: wire.OverdrawWarned, indexed: 'store' },
    InventoryTaken: { codec: wire.InventoryTaken, indexed: 'store' },
    BurnCounted: { codec: wire.BurnCounted, indexed: 'store' },
    DebtMoved: { codec: wire.DebtMoved, indexed: 'component' },
    LotsRelabelled: { codec: wire.LotsRelabelled, indexed: 'productType' },
    PoolRelabelled: { codec: wire.PoolRelabelled, indexed: 'productType' },
    PoolMoved: { codec: wire.PoolMoved, indexed: 'productType' },
    MembersMoved: { codec: wire.MembersMoved, indexed: 'to' },
    BallotOpened: { codec: wire.BallotOpened, indexed: 'ballot' },
    Voted: { codec: wire.Voted, indexed: 'ballot' },
    BallotAdvanced: { codec: wire.BallotAdvanced, indexed: 'ballot' },
    BallotMoved: { codec: wire.BallotMoved, indexed: 'ballot' },
    DeviationApproved: { codec: wire.DeviationApproved, indexed: 'production' },
    DeviationWarned: { codec: wire.DeviationWarned, indexed: 'production' },
    ComponentParametersSet: { codec: wire.ComponentParametersSet, indexed: 'component' },
    ParametersSet: { codec: wire.ParametersSet },
    StateImported: { codec: wire.StateImported },
    ProductionFinished: { codec: wire.ProductionFinished, indexed: 'production' },
  },
  messages,
  timers: { ApplyCategory, ApplyParameters },
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};
