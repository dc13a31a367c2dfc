/**
 * Row 2-N1 at every block: in each component that the block touched G - K - P + D is 0. It was 0
 * before, so where no component changed the written rows alone are weighed, before and after; where
 * one did, or a segment became final, all of its members are.
 */
import { decodeKey, type Table, type TableView, type View } from '../../modules/_kernel/tables.ts';
import { imbalance } from '../../modules/coupons/balance.ts';
import { tables as couponTables } from '../../modules/coupons/keys.ts';
import {
  type CollectiveId,
  type ComponentId,
  type CouponPorts,
  type SegmentId,
  segmentId,
} from '../../modules/coupons/types.ts';
import { tables as productionTables } from '../../modules/production/keys.ts';
import { tables as trustTables } from '../../modules/trust/keys.ts';
import type { Watched } from './composition.ts';

/** Rows of one table that K + P - G - D is made of; a key begins with the member or component. */
interface Weighed {
  readonly module: 'coupons' | 'production';
  readonly table: string;
  readonly of: 'member' | 'component';
  // biome-ignore lint/suspicious/noExplicitAny: the rows of the table that is named.
  readonly owes: (row: any) => bigint;
}

type Figures<Name extends string> = { readonly [N in Name]: bigint };

const weighed: readonly Weighed[] = [
  {
    module: 'coupons',
    table: 'standings',
    of: 'member',
    owes: ({ balanceMs, claimableMs }: Figures<'balanceMs' | 'claimableMs'>) =>
      balanceMs + claimableMs,
  },
  {
    module: 'production',
    table: 'sums',
    of: 'member',
    owes: ({ aMs, cMs, wMs }: Figures<'aMs' | 'cMs' | 'wMs'>) => aMs - cMs - wMs,
  },
  {
    module: 'production',
    table: 'differences',
    of: 'member',
    owes: ({ burnedMs, chargedMs }: Figures<'burnedMs' | 'chargedMs'>) => burnedMs - chargedMs,
  },
  { module: 'production', table: 'exclusiveGoods', of: 'member', owes: (goods: bigint) => -goods },
  {
    module: 'production',
    table: 'pools',
    of: 'component',
    owes: ({ valueMs }: Figures<'valueMs'>) => -valueMs,
  },
  {
    module: 'coupons',
    table: 'ledgers',
    of: 'component',
    owes: ({ debtMs }: Figures<'debtMs'>) => -debtMs,
  },
];

// biome-ignore lint/suspicious/noExplicitAny: tables of any key and value.
type AnyTable = Table<any, any>;
const tablesOf: Readonly<Record<Weighed['module'], Readonly<Record<string, AnyTable>>>> = {
  coupons: couponTables,
  production: productionTables,
};

/** What is wrong with the books after a block, in one line; undefined where they balance. */
export function labourImbalance(block: Watched): string | undefined {
  const written = writtenIn(block);
  const moved = written('trust', trustTables.componentOf).map(([id]) => id as CollectiveId);
  const rows = weighed.filter(
    ({ module, table }) => written(module, tablesOf[module][table] as AnyTable).length > 0,
  );
  if (rows.length + moved.length === 0) return undefined;
  const coupons = block.view('coupons') as View<typeof couponTables>;
  const ports = block.ports('coupons') as CouponPorts;
  const { trust } = ports;

  const problemIn = (components: Iterable<ComponentId>): string | undefined => {
    for (const component of components) {
      const problem = trust.isComponent(component)
        ? imbalance(coupons, ports, component)
        : undefined;
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  // Before its first revision nothing of a component is revised.
  const next = (component: ComponentId): SegmentId =>
    coupons.ledgers.get(component)?.nextSegment ?? segmentId(0n);
  const componentsOf = (ids: readonly CollectiveId[]): readonly ComponentId[] =>
    ids.flatMap((id) => trust.componentOf(id) ?? []);
  const ledgers = written('coupons', couponTables.ledgers).map(([id]) => id as ComponentId);
  const [was, is] = [block.before(() => ledgers.map(next)), block.after(() => ledgers.map(next))];
  const whole = new Set([
    ...block.after(() => componentsOf(moved)),
    ...block.before(() => componentsOf(moved)),
    ...ledgers.filter((_, index) => was[index] !== is[index]),
  ]);
  // PERF: first, as what runs before a range that is not loaded yet runs twice.
  const problem = block.after(() => problemIn(whole));
  if (problem !== undefined) return problem;

  const owed = new Map<ComponentId, bigint>();
  for (const row of rows) {
    for (const { component, byMs } of changesOf(block, row, written, whole, next)) {
      owed.set(component, (owed.get(component) ?? 0n) + byMs);
    }
  }
  const unequal = [...owed].flatMap(([component, byMs]) => (byMs === 0n ? [] : [component]));
  return block.after(() => problemIn(unequal));
}

type Written = (module: string, table: AnyTable) => readonly (readonly unknown[])[];

/** Keys that the block has written of a table. */
function writtenIn(block: Watched): Written {
  const changes = new Map<string, ReturnType<Watched['changesOf']>>();
  const keys = new Map<AnyTable, readonly (readonly unknown[])[]>();
  return (module, table) => {
    const all = changes.get(module) ?? block.changesOf(module);
    changes.set(module, all);
    const found =
      keys.get(table) ??
      all.flatMap(([key]) => (key[0] === table.prefix ? [decodeKey(table, key)] : []));
    keys.set(table, found);
    return found;
  };
}

/** What the side of coupons owes more by each written row, of components not weighed whole. */
function changesOf(
  block: Watched,
  { module, table: name, of, owes }: Weighed,
  written: Written,
  whole: ReadonlySet<ComponentId>,
  next: (component: ComponentId) => SegmentId,
): readonly { readonly component: ComponentId; readonly byMs: bigint }[] {
  const table = tablesOf[module][name] as AnyTable;
  const { trust } = block.ports('coupons') as CouponPorts;
  const found = block.after(() =>
    written(module, table).flatMap((key) => {
      const component =
        of === 'component' ? (key[0] as ComponentId) : trust.componentOf(key[0] as CollectiveId);
      if (component === undefined || whole.has(component)) return [];
      // What is revised already is in the balances.
      if (name === 'sums' && (key[1] as SegmentId) < next(component)) return [];
      return [{ key, component }];
    }),
  );
  const rows = block.view(module)[name] as TableView<readonly unknown[], unknown>;
  const weigh = (): readonly bigint[] =>
    found.map(({ key }) => {
      const row = rows.get(...key);
      return row === undefined ? 0n : owes(row);
    });
  const [was, is] = [block.before(weigh), block.after(weigh)];
  return found.map(({ component }, index) => ({
    component,
    byMs: (is[index] ?? 0n) - (was[index] ?? 0n),
  }));
}
