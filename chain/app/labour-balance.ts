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

/** A written row: what the side of coupons owes more by it. */
interface Change {
  readonly owner: bigint;
  readonly of: Weighed['of'];
  readonly segment: SegmentId | undefined;
  readonly byMs: bigint;
}

/** What is wrong with the books after a block, in one line; undefined where they balance. */
export function labourImbalance(block: Watched): string | undefined {
  const changes = changesIn(block);
  const moved = writtenKeys(block, 'trust', trustTables.componentOf).map(([id]) => id);
  if (changes.length + moved.length === 0) return undefined;
  const { before, after } = block;
  const coupons = block.view('coupons') as View<typeof couponTables>;
  const ports = block.ports('coupons') as CouponPorts;
  const { trust } = ports;

  const componentsOf = (ids: readonly unknown[]): readonly ComponentId[] =>
    ids.flatMap((id) => trust.componentOf(id as CollectiveId) ?? []);
  const whole = new Set([
    ...after(() => componentsOf(moved)),
    ...before(() => componentsOf(moved)),
  ]);
  // Before its first revision nothing of a component is revised.
  const next = (component: ComponentId): SegmentId =>
    coupons.ledgers.get(component)?.nextSegment ?? segmentId(0n);
  const nexts = new Map<ComponentId, SegmentId>();
  const owed = new Map<ComponentId, bigint>();
  for (const { owner, of, segment, byMs } of changes) {
    const component =
      of === 'component'
        ? (owner as ComponentId)
        : after(() => trust.componentOf(owner as CollectiveId));
    if (component === undefined || whole.has(component)) continue;
    const due = nexts.get(component) ?? after(() => next(component));
    if (!nexts.has(component)) {
      nexts.set(component, due);
      if (before(() => next(component)) !== due) whole.add(component);
    }
    if (segment !== undefined && segment < due) continue;
    owed.set(component, (owed.get(component) ?? 0n) + byMs);
  }
  for (const [component, byMs] of owed) if (byMs !== 0n) whole.add(component);
  return after(() => {
    for (const component of whole) {
      const problem = trust.isComponent(component)
        ? imbalance(coupons, ports, component)
        : undefined;
      if (problem !== undefined) return problem;
    }
    return undefined;
  });
}

function changesIn(block: Watched): readonly Change[] {
  return weighed.flatMap(({ module, table: name, of, owes }) => {
    const table = tablesOf[module][name] as AnyTable;
    const keys = writtenKeys(block, module, table);
    if (keys.length === 0) return [];
    const rows = block.view(module)[name] as TableView<readonly unknown[], unknown>;
    const weigh = (): readonly bigint[] =>
      keys.map((key) => {
        const row = rows.get(...key);
        return row === undefined ? 0n : owes(row);
      });
    const [was, is] = [block.before(weigh), block.after(weigh)];
    return keys.map((key, index) => ({
      owner: key[0] as bigint,
      of,
      segment: name === 'sums' ? (key[1] as SegmentId) : undefined,
      byMs: (is[index] ?? 0n) - (was[index] ?? 0n),
    }));
  });
}

function writtenKeys(
  { changesOf }: Watched,
  module: string,
  table: AnyTable,
): readonly (readonly unknown[])[] {
  return changesOf(module).flatMap(([key]) =>
    key[0] === table.prefix ? [decodeKey(table, key)] : [],
  );
}
