/**
 * Row 2-N1 at every block: in each component that the block touched G - K - P + D is 0. It was 0
 * before, so where no component changed only the members that the block touched are read; where
 * one did, or a segment became final, all of its members are.
 */
import { decodeKey, type Table, type View } from '../../modules/_kernel/tables.ts';
import { imbalance, memberStanding } from '../../modules/coupons/balance.ts';
import { debtOf } from '../../modules/coupons/debts.ts';
import { tables as couponTables } from '../../modules/coupons/keys.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponPorts,
  type Ledger,
  segmentId,
} from '../../modules/coupons/types.ts';
import { tables as productionTables } from '../../modules/production/keys.ts';
import { tables as trustTables } from '../../modules/trust/keys.ts';
import type { Watched } from './composition.ts';

/** Tables of G, K, P and D; the first part of a key is the collective or the component. */
const ofCollective = {
  coupons: [couponTables.standings],
  production: [
    productionTables.exclusiveGoods,
    productionTables.sums,
    productionTables.differences,
  ],
};
const carrying = { coupons: [couponTables.ledgers] };
const pooling = { production: [productionTables.pools] };
const moving = { trust: [trustTables.componentOf] };

/** What is wrong with the books after a block, in one line; undefined where they balance. */
export function labourImbalance({
  changesOf,
  view,
  ports,
  before,
  after,
}: Watched): string | undefined {
  const touched = firstParts<CollectiveId>(changesOf, ofCollective);
  const owing = firstParts<ComponentId>(changesOf, carrying);
  const pooled = firstParts<ComponentId>(changesOf, pooling);
  const moved = firstParts<CollectiveId>(changesOf, moving);
  if (touched.size + owing.size + pooled.size + moved.size === 0) return undefined;
  const coupons = view('coupons') as View<typeof couponTables>;
  const couponPorts = ports('coupons') as CouponPorts;
  const { trust, work } = couponPorts;

  const componentsOf = (ids: Iterable<CollectiveId>): readonly ComponentId[] =>
    [...ids].flatMap((id) => trust.componentOf(id) ?? []);
  const whole = new Set([
    ...after(() => componentsOf(moved)),
    ...before(() => componentsOf(moved)),
  ]);
  // Before its first revision nothing of a component is revised.
  const carried = (component: ComponentId): Ledger =>
    coupons.ledgers.get(component) ?? { debtMs: 0n, nextSegment: segmentId(0n) };
  const next = (component: ComponentId) => carried(component).nextSegment;
  const components = new Set([...owing, ...pooled, ...after(() => componentsOf(touched))]);
  const partial = new Set<ComponentId>();
  for (const component of components) {
    if (whole.has(component)) continue;
    if (!after(() => trust.isComponent(component))) continue;
    if (before(() => next(component)) === after(() => next(component))) partial.add(component);
    else whole.add(component);
  }
  for (const component of whole) {
    const problem = after(() =>
      trust.isComponent(component) ? imbalance(coupons, couponPorts, component) : undefined,
    );
    if (problem !== undefined) return problem;
  }
  const membersOf = new Map<ComponentId, CollectiveId[]>();
  for (const member of touched) {
    for (const component of after(() => componentsOf([member]))) {
      const members = membersOf.get(component) ?? [];
      membersOf.set(component, members);
      members.push(member);
    }
  }
  // K + P - G of what the block touched, less D: its change must be 0.
  const owed = (component: ComponentId): bigint => {
    const { debtMs, nextSegment } = carried(component);
    const poolMs = pooled.has(component) ? work.poolValue(component) : 0n;
    const standings = (membersOf.get(component) ?? []).map((member) =>
      debtOf(memberStanding(coupons, couponPorts, member, nextSegment)),
    );
    return standings.reduce((sum, debt) => sum + debt, -poolMs - debtMs);
  };
  for (const component of partial) {
    const change = after(() => owed(component)) - before(() => owed(component));
    if (change === 0n) continue;
    const now = after(() => imbalance(coupons, couponPorts, component));
    return now ?? `component ${component} was out of balance by ${change} before this block`;
  }
  return undefined;
}

/** The first key parts of all written rows of some tables. */
function firstParts<Id extends bigint>(
  changesOf: Watched['changesOf'],
  // biome-ignore lint/suspicious/noExplicitAny: tables of any key and value.
  tables: Readonly<Record<string, readonly Table<any, any>[]>>,
): ReadonlySet<Id> {
  const ids = new Set<Id>();
  for (const [module, owned] of Object.entries(tables)) {
    const byPrefix = new Map(owned.map((table) => [table.prefix, table]));
    for (const [key] of changesOf(module)) {
      const table = byPrefix.get(key[0] ?? 0);
      if (table !== undefined) ids.add(decodeKey(table, key)[0] as Id);
    }
  }
  return ids;
}
