/**
 * The labour-time economy as one: what trust, production and coupons cause in each other, and what
 * they read of each other (002; README of coupons, "Joined with").
 */

import type { Reader } from '../../modules/_kernel/state.ts';
import { type Tables, type View, view } from '../../modules/_kernel/tables.ts';
import { tables as couponTables } from '../../modules/coupons/keys.ts';
import { type CouponReads, couponReads } from '../../modules/coupons/ports.ts';
import {
  type CouponPorts,
  type CouponsAppropriated,
  DebtCause,
} from '../../modules/coupons/types.ts';
import type { ProductionEvent } from '../../modules/production/facts.ts';
import { tables as productionTables } from '../../modules/production/keys.ts';
import { type ProductionPorts, productionReads } from '../../modules/production/ports.ts';
import { tables as trustTables } from '../../modules/trust/keys.ts';
import { trustReads } from '../../modules/trust/ports.ts';
import type {
  CollectiveUpdated,
  ComponentSplit,
  ComponentSplitting,
  ComponentsJoined,
  ComponentsJoining,
  TrustEnded,
  TrustPorts,
} from '../../modules/trust/types.ts';
import { DebtCause as GoodsCause } from '../../proto/generated/artel/production/v1/event.ts';
import type { Composition, Reactor, ViewOf } from './composition.ts';

type DebtMoved = Extract<ProductionEvent, { readonly type: 'DebtMoved' }>;

export const labourReactors: readonly Reactor[] = [
  {
    on: 'trust',
    event: 'TrustEnded',
    to: 'production',
    otherwise: 'skip',
    commands: ({ low, high }: TrustEnded) => [{ type: 'EndOffers', low, high }],
  },
  // Pools are divided and joined before debts, which are what balances goods and coupons.
  {
    on: 'trust',
    event: 'ComponentsJoined',
    to: 'production',
    otherwise: 'skip',
    commands: ({ remaining, ending, moved }: ComponentsJoined) => [
      { type: 'JoinComponents', remaining, ending, moved },
    ],
  },
  {
    on: 'trust',
    event: 'ComponentSplit',
    to: 'production',
    otherwise: 'skip',
    commands: ({ component, arising, moved }: ComponentSplit) => [
      { type: 'SplitComponent', component, arising, moved },
    ],
  },
  {
    on: 'trust',
    event: 'CollectiveUpdated',
    to: 'production',
    otherwise: 'skip',
    commands: ({ collective, consumption }: CollectiveUpdated) => [
      { type: 'CheckStore', collective, consumption },
    ],
  },
  {
    on: 'coupons',
    event: 'CouponsAppropriated',
    to: 'production',
    otherwise: 'skip',
    commands: ({ store, amountMs }: CouponsAppropriated) => [
      { type: 'CountBurn', store, amountMs },
    ],
  },
  {
    on: 'production',
    event: 'DebtMoved',
    to: 'coupons',
    otherwise: 'skip',
    commands: ({ component, byMs, cause }: DebtMoved) => [
      {
        type: 'MoveDebt',
        component,
        byMs,
        cause: cause === GoodsCause.CLOSED ? DebtCause.CLOSED : DebtCause.RELABELLED,
      },
    ],
  },
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
