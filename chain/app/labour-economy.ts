/**
 * The labour-time economy as one: what trust, production and coupons cause in each other, and what
 * they read of each other (002; README of coupons, "Joined with").
 */
import type { Reader } from '../../modules/_kernel/state.ts';
import { type Tables, type View, view } from '../../modules/_kernel/tables.ts';
import { tables as couponTables } from '../../modules/coupons/keys.ts';
import { type CouponReads, couponReads } from '../../modules/coupons/ports.ts';
import type { CouponPorts } from '../../modules/coupons/types.ts';
import { tables as productionTables } from '../../modules/production/keys.ts';
import { type ProductionPorts, productionReads } from '../../modules/production/ports.ts';
import { tables as trustTables } from '../../modules/trust/keys.ts';
import { trustReads } from '../../modules/trust/ports.ts';
import type {
  ComponentSplit,
  ComponentSplitting,
  ComponentsJoined,
  ComponentsJoining,
  TrustPorts,
} from '../../modules/trust/types.ts';
import type { Composition, Reactor, ViewOf } from './composition.ts';

export const labourReactors: readonly Reactor[] = [
  // What is due is revised before its component changes (D2.15); debts follow the change.
  {
    on: 'trust',
    event: 'ComponentsJoining',
    to: 'coupons',
    otherwise: 'skip',
    commands: ({ remaining, ending }: ComponentsJoining) => [
      { type: 'FinaliseEnded', component: remaining },
      { type: 'FinaliseEnded', component: ending },
    ],
  },
  {
    on: 'trust',
    event: 'ComponentsJoined',
    to: 'coupons',
    otherwise: 'skip',
    commands: ({ remaining, ending }: ComponentsJoined) => [
      { type: 'JoinLedgers', remaining, ending },
    ],
  },
  {
    on: 'trust',
    event: 'ComponentSplitting',
    to: 'coupons',
    otherwise: 'skip',
    commands: ({ component }: ComponentSplitting) => [{ type: 'FinaliseEnded', component }],
  },
  {
    on: 'trust',
    event: 'ComponentSplit',
    to: 'coupons',
    otherwise: 'skip',
    commands: ({ component, arising }: ComponentSplit) => [
      { type: 'SplitLedger', component, arising },
    ],
  },
];

export const labourPorts: Composition['ports'] = {
  trust: (viewOf): TrustPorts => ({ changes: couponsOf(viewOf) }),
  production: (viewOf): ProductionPorts => ({
    trust: trustReads(viewOn(viewOf, 'trust', trustTables)),
    segments: couponsOf(viewOf),
  }),
  coupons: couponPorts,
};

function couponsOf(viewOf: ViewOf): CouponReads {
  return couponReads(viewOn(viewOf, 'coupons', couponTables), couponPorts(viewOf));
}

function couponPorts(viewOf: ViewOf): CouponPorts {
  return {
    trust: trustReads(viewOn(viewOf, 'trust', trustTables)),
    work: productionReads(viewOn(viewOf, 'production', productionTables)),
  };
}

/** Of a module that the chain does without, nothing is there. */
function viewOn<T extends Tables>(viewOf: ViewOf, module: string, tables: T): View<T> {
  return (viewOf(module) as View<T> | undefined) ?? view(tables, nothing);
}

const nothing: Reader = { get: () => undefined, range: () => [] };
