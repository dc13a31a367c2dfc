/** What changes of trust bring about: offers end, members move, pools and lists follow. */
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isUint64, workMs } from '../../_kernel/units.ts';
import { splitPool } from '../pool.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type CollectiveId,
  type ComponentId,
  Label,
  type Params,
  type ProductionEvent,
  type SplitComponent,
  type TypeId,
} from '../types.ts';
import { next, type ProductionView, type Rules } from './guards.ts';

type Commands = 'EndOffers' | 'JoinComponents' | 'SplitComponent';

export const components: Rules<Commands> = {
  EndOffers(view, { low, high }) {
    const open = [...view.offersOver.range({ prefix: [low, high] })];
    return accept(
      open.map(({ key: [, , transfer] }): ProductionEvent => {
        const { lot } = present(view.transfers.get(transfer), `transfer ${transfer}`);
        return { type: 'TransferWithdrawn', transfer, lot };
      }),
    );
  },

  /** Pools add up; a type is common, and a parameter its own, only where it was so in both. */
  JoinComponents(view, { remaining, ending, moved }) {
    const overfull = poolsOf(view, ending).find(({ productType, units, valueMs }) => {
      const pool = view.pools.get(remaining, productType) ?? { units: 0n, valueMs: 0n };
      return !isUint64(pool.units + units) || !isUint64(pool.valueMs + valueMs);
    });
    if (overfull !== undefined) {
      return refuse.too_much({ what: `the pool of type ${overfull.productType}` });
    }
    const there = new Set(commonsOf(view, ending));
    const here = commonsOf(view, remaining);
    const noMore = (component: ComponentId, types: Iterable<TypeId>) =>
      Array.from(types, (productType): ProductionEvent => {
        return { type: 'CategorySet', component, productType, label: Label.EXCLUSIVE };
      });
    return accept([
      { type: 'MembersMoved', change: next(view, 'change'), from: ending, to: remaining, moved },
      ...poolsOf(view, ending).map(({ productType, valueMs, units }): ProductionEvent => {
        return { type: 'PoolMoved', from: ending, to: remaining, productType, valueMs, units };
      }),
      ...noMore(
        remaining,
        here.filter((type) => !there.has(type)),
      ),
      ...noMore(ending, there),
      ...joinedParameters(view, remaining, ending),
      ...Array.from(view.pending.range({ prefix: [ending] }), ({ key }): ProductionEvent => {
        return { type: 'BallotMoved', ballot: key[1], from: ending, to: remaining };
      }),
    ]);
  },

  /** Each side takes its shelves' part of the pools, and all lists; open questions are void. */
  SplitComponent(view, { component, arising, moved }, _context, ports) {
    const params = view.componentParams.get(component);
    return accept([
      { type: 'MembersMoved', change: next(view, 'change'), from: component, to: arising, moved },
      ...dividedPools(view, ports, { component, arising, moved }),
      ...commonsOf(view, component).map((productType): ProductionEvent => {
        return { type: 'CategorySet', component: arising, productType, label: Label.COMMONS };
      }),
      ...(params === undefined
        ? []
        : [{ type: 'ComponentParametersSet', component: arising, params } as const]),
      ...Array.from(view.pending.range({ prefix: [component] }), ({ key }): ProductionEvent => {
        return { type: 'BallotAdvanced', ballot: key[1], stage: 'void', component };
      }),
    ]);
  },
};

function commonsOf(view: ProductionView, component: ComponentId): readonly TypeId[] {
  return Array.from(view.commons.range({ prefix: [component] }), ({ key }) => key[1]);
}

function poolsOf(view: ProductionView, component: ComponentId) {
  return Array.from(view.pools.range({ prefix: [component] }), ({ key, value }) => ({
    productType: key[1],
    valueMs: workMs(value.valueMs),
    units: value.units,
  }));
}

function joinedParameters(
  view: ProductionView,
  remaining: ComponentId,
  ending: ComponentId,
): readonly ProductionEvent[] {
  const [here, there] = [remaining, ending].map((id) => view.componentParams.get(id));
  const differ = here !== undefined && !isSame(here, there);
  return [
    ...(differ ? [{ type: 'ComponentParametersSet', component: remaining } as const] : []),
    ...(there === undefined
      ? []
      : [{ type: 'ComponentParametersSet', component: ending } as const]),
  ];
}

function isSame(a: Params, b: Params | undefined): boolean {
  const names = Object.keys(a) as readonly (keyof Params)[];
  return b !== undefined && names.every((name) => a[name] === b[name]);
}

/** The side with the smallest collective gets its part rounded down, the other the rest (D2.19). */
function dividedPools(
  view: ProductionView,
  { trust }: ProductionPorts,
  { component, arising, moved }: Omit<SplitComponent, 'type'>,
): readonly ProductionEvent[] {
  const [first] = trust.members(component);
  const movedFirst = present(moved[0], 'a moved collective') < present(first, 'a member');
  const shelved = unitsOf(view, moved);
  return poolsOf(view, component).flatMap(({ productType, valueMs: value, units }) => {
    const leaving = shelved.get(productType) ?? 0n;
    const smallest = movedFirst ? leaving : units - leaving;
    const { first: one, other } = splitPool({ value, units }, smallest);
    const valueMs = workMs((movedFirst ? one : other).value);
    if (leaving === 0n) return [];
    const part = { productType, valueMs, units: leaving };
    return [{ type: 'PoolMoved', from: component, to: arising, ...part } as const];
  });
}

function unitsOf(
  view: ProductionView,
  stores: readonly CollectiveId[],
): ReadonlyMap<TypeId, bigint> {
  const units = new Map<TypeId, bigint>();
  for (const store of stores) {
    for (const { key, value } of view.shelves.range({ prefix: [store] })) {
      units.set(key[1], (units.get(key[1]) ?? 0n) + value);
    }
  }
  return units;
}
