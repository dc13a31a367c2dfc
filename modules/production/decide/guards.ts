/** Questions that many rules ask, each answered by what was found or by a refusal. */
import type { Address } from '../../_kernel/address.ts';
import { present, unreachable } from '../../_kernel/assert.ts';
import type { Decide } from '../../_kernel/decider.ts';
import type { Refusal } from '../../_kernel/refusals.ts';
import type { View } from '../../_kernel/tables.ts';
import { isUint64, type WorkMs, workMs } from '../../_kernel/units.ts';
import type { tables } from '../keys.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type CollectiveId,
  Label,
  type Lot,
  type LotId,
  type Numbered,
  type Order,
  type OrderId,
  type Production,
  type ProductionCommand,
  type ProductionEvent,
  type ProductionId,
  type ProductType,
  type TypeId,
} from '../types.ts';
import { shareOf } from '../value.ts';

export type ProductionView = View<typeof tables>;
export type Rules<Type extends ProductionCommand['type']> = Pick<
  Decide<typeof tables, ProductionCommand, ProductionEvent, ProductionPorts>,
  Type
>;

export function isRefusal(found: object): found is Refusal {
  return 'ok' in found;
}

/** The number that the next of its kind gets. */
export function next<Id extends bigint>(view: ProductionView, kind: Numbered): Id {
  return (view.next.get(kind) ?? 1n) as Id;
}

export function collectiveProblem(
  { trust }: ProductionPorts,
  collective: CollectiveId,
): Refusal | undefined {
  if (trust.collective(collective) === undefined) return refuse.unknown_collective({ collective });
  return undefined;
}

/** Collectives of stored records exist: only the key is looked at. */
export function signerProblem(
  { trust }: ProductionPorts,
  collective: CollectiveId,
  signer: Address,
): Refusal | undefined {
  const { owner } = present(trust.collective(collective), `collective ${collective}`);
  return owner === signer ? undefined : refuse.not_the_owner({ collective, owner, signer });
}

/** Goods and orders need strong trust that nobody has cancelled (D2.19, D2.20). */
export function edgeProblem(
  { trust }: ProductionPorts,
  a: CollectiveId,
  b: CollectiveId,
): Refusal | undefined {
  const state = trust.edgeState(a, b);
  switch (state) {
    case 'strong':
      return undefined;
    case 'cancelled':
      return refuse.trust_cancelled({ a, b });
    case 'none':
      return refuse.not_trusted({ a, b });
    default:
      return unreachable(state);
  }
}

/** A type belongs to the component that its definer is in (D2.32). */
export function typeFor(
  view: ProductionView,
  { trust }: ProductionPorts,
  productType: TypeId,
  collective: CollectiveId,
): ProductType | Refusal {
  const found = view.types.get(productType);
  if (found === undefined) return refuse.unknown_type({ productType });
  if (!trust.sameComponent(found.definer, collective)) {
    return refuse.foreign_type({ productType, collective });
  }
  return found;
}

/** Whether goods of a type are commons where the collective is. */
export function categoryOf(
  view: ProductionView,
  { trust }: ProductionPorts,
  productType: TypeId,
  collective: CollectiveId,
): Label {
  const component = present(trust.componentOf(collective), `component of ${collective}`);
  return view.commons.has(component, productType) ? Label.COMMONS : Label.EXCLUSIVE;
}

/** A lot that its owner offers or writes off. */
export function ownLot(
  view: ProductionView,
  ports: ProductionPorts,
  id: LotId,
  signer: Address,
): Lot | Refusal {
  const lot = view.lots.get(id);
  if (lot === undefined) return refuse.unknown_lot({ lot: id });
  return signerProblem(ports, lot.owner, signer) ?? heldProblem(lot) ?? lot;
}

/** A lot that a production takes. */
export function lotFor(view: ProductionView, id: LotId, { producer }: Production): Lot | Refusal {
  const lot = view.lots.get(id);
  if (lot === undefined) return refuse.unknown_lot({ lot: id });
  if (lot.owner !== producer) {
    return refuse.foreign_lot({ lot: id, owner: lot.owner, collective: producer });
  }
  return heldProblem(lot) ?? lot;
}

function heldProblem(lot: Lot): Refusal | undefined {
  switch (lot.stage) {
    case 'free':
      return undefined;
    case 'offered':
      return refuse.lot_offered({ lot: lot.lot, transfer: lot.heldBy });
    case 'allocated':
      return refuse.lot_allocated({ lot: lot.lot, allocation: lot.heldBy });
    case 'part':
    case 'consumed':
      return refuse.lot_consumed({ lot: lot.lot, production: lot.heldBy });
    case 'written_off':
      return refuse.already_written_off({ lot: lot.lot });
    default:
      return unreachable(lot);
  }
}

/** A quantity of a lot: the lot itself, or a new one that is split off it. */
export interface Taken {
  readonly lot: LotId;
  readonly valueMs: WorkMs;
  readonly split: readonly ProductionEvent[];
}

/** The value of the part is rounded down: the remainder stays with the lot. */
export function take(view: ProductionView, lot: Lot, quantity: bigint): Taken | Refusal {
  if (quantity > lot.quantity) {
    return refuse.not_so_much({ lot: lot.lot, quantity, there: lot.quantity });
  }
  if (quantity === lot.quantity) return { lot: lot.lot, valueMs: lot.valueMs, split: [] };
  const part = next<LotId>(view, 'lot');
  const valueMs = workMs(shareOf(lot.valueMs, quantity, lot.quantity));
  return {
    lot: part,
    valueMs,
    split: [{ type: 'LotSplit', lot: lot.lot, part, quantity, valueMs }],
  };
}

/** An order that waits for somebody: neither withdrawn nor rejected. */
export function standingOrder(
  view: ProductionView,
  ports: ProductionPorts,
  id: OrderId,
  by: 'orderer' | 'producer',
  signer: Address,
): Order | Refusal {
  const order = view.orders.get(id);
  if (order === undefined) return refuse.unknown_order({ order: id });
  const problem = signerProblem(ports, order[by], signer);
  if (problem !== undefined) return problem;
  if (order.stage === 'withdrawn') return refuse.order_withdrawn({ order: id });
  if (order.stage === 'rejected') return refuse.order_rejected({ order: id });
  return order;
}

export function openProduction(
  view: ProductionView,
  ports: ProductionPorts,
  id: ProductionId,
  signer: Address,
): Production | Refusal {
  const production = view.productions.get(id);
  if (production === undefined) return refuse.unknown_production({ production: id });
  return signerProblem(ports, production.producer, signer) ?? endProblem(production) ?? production;
}

export function endProblem({ production, stage }: Production): Refusal | undefined {
  switch (stage) {
    case 'open':
      return undefined;
    case 'finished':
      return refuse.production_finished({ production });
    case 'rejected':
      return refuse.production_rejected({ production });
    default:
      return unreachable(stage);
  }
}

/** All labour time that has gone into an open production. */
export function inProgressMs({ consumedMs, transferredMs, workedMs }: Production): WorkMs {
  return workMs(consumedMs + transferredMs + workedMs);
}

/** Keeps the sum of all that goes into a production within 64 bits. */
export function addingProblem(production: Production, valueMs: bigint): Refusal | undefined {
  if (isUint64(inProgressMs(production) + valueMs)) return undefined;
  return refuse.too_much({ what: `the value of production ${production.production}` });
}

/** Keeps the goods of a collective, and with them its hours of a segment, within 64 bits. */
export function handsProblem(
  view: ProductionView,
  collective: CollectiveId,
  valueMs: bigint,
): Refusal | undefined {
  if (isUint64((view.exclusiveGoods.get(collective) ?? 0n) + valueMs)) return undefined;
  return refuse.too_much({ what: `the value in the hands of collective ${collective}` });
}

/** Commons count nothing in what needs coupons (D2.23). */
export function valueFor({ label }: Production, lot: Lot, valueMs: WorkMs): WorkMs {
  return countsNothing(label, lot) ? workMs(0n) : valueMs;
}

export function countsNothing(label: Label, lot: Lot): boolean {
  return label === Label.EXCLUSIVE && lot.label === Label.COMMONS;
}

export function isExclusiveInCommons({ label }: Production, lot: Lot): boolean {
  return label === Label.COMMONS && lot.label === Label.EXCLUSIVE;
}
