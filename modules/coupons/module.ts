/** Coupons: what labour time becomes by revisions and claims, how it is deleted (002, 18 to 25). */
import * as wire from '../../proto/generated/artel/coupons/v1/event.ts';
import type { Module } from '../_kernel/module.ts';
import { finalRevision, messages } from './codec.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { defaultGenesis, exportState, importState } from './genesis.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { parametersProblem } from './parameters.ts';
import { queries } from './queries.ts';
import type { CouponCommand, CouponEvent, CouponPorts } from './types.ts';

export const coupons: Module<typeof tables, CouponCommand, CouponEvent, CouponPorts> = {
  name: 'coupons',
  tables,
  decide,
  evolve,
  events: {
    CouponsExpired: { codec: wire.CouponsExpired, indexed: 'collective' },
    SegmentRevised: { codec: wire.SegmentRevised },
    SupplyCounted: { codec: wire.SupplyCounted, indexed: 'component' },
    CouponsClaimed: { codec: wire.CouponsClaimed, indexed: 'wallet' },
    CouponsAppropriated: { codec: wire.CouponsAppropriated, indexed: 'wallet' },
    GuardiansSet: { codec: wire.GuardiansSet, indexed: 'wallet' },
    RecoveryApproved: { codec: wire.RecoveryApproved, indexed: 'wallet' },
    WalletRecovered: { codec: wire.WalletRecovered, indexed: 'wallet' },
    ParametersSet: { codec: wire.ParametersSet },
    SegmentsPassed: { codec: wire.SegmentsPassed, indexed: 'component' },
    DebtCarried: { codec: wire.DebtCarried, indexed: 'component' },
    LedgerEnded: { codec: wire.LedgerEnded, indexed: 'component' },
    BalanceCarried: { codec: wire.BalanceCarried, indexed: 'wallet' },
    ClaimCarried: { codec: wire.ClaimCarried, indexed: 'workload' },
    ReceiptCarried: { codec: wire.ReceiptCarried, indexed: 'store' },
    EntryCarried: { codec: wire.EntryCarried, indexed: 'wallet' },
  },
  messages,
  timers: {},
  queries,
  invariants,
  parameters: { check: parametersProblem },
  genesis: { import: importState, export: exportState, default: defaultGenesis },
};

export { finalRevision };
