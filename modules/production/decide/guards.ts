/** Questions that many rules ask, each answered by what was found or by a refusal. */
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../../_kernel/address.ts';
import { present, unreachable } from '../../_kernel/assert.ts';
import type { Decide } from '../../_kernel/decider.ts';
import type { Refusal } from '../../_kernel/refusals.ts';
import type { View } from '../../_kernel/tables.ts';
import { isUint64, type TimeMs, type WorkMs, workMs } from '../../_kernel/units.ts';
import type { Composition } from '../composition.ts';
import { fromStored, type tables } from '../keys.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type CollectiveId,
  type ComponentId,
  DebtCause,
  DurabilityUnit,
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

export function componentOf({ trust }: ProductionPorts, collective: CollectiveId): ComponentId {
  return present(trust.componentOf(collective), `component of ${collective}`);
}

/** Who puts goods on shelves and hands them over is C2I (D2.25). */
export function storeProblem(
  ports: ProductionPorts,
  collective: CollectiveId,
  signer: Address,
): Refusal | undefined {
  const unknown = collectiveProblem(ports, collective);
  if (unknown !== undefined) return unknown;
  const notSigned = signerProblem(ports, collective, signer);
  if (notSigned !== undefined) return notSigned;
  const { consumption } = present(ports.trust.collective(collective), `collective ${collective}`);
  return consumption === Consumption.C2I ? undefined : refuse.not_a_store({ collective });
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
  ports: ProductionPorts,
  productType: TypeId,
  collective: CollectiveId,
): Label {
  const component = componentOf(ports, collective);
  return view.commons.has(component, productType) ? Label.COMMONS : Label.EXCLUSIVE;
}

/** Whether exclusive goods become common as soon as they are free (D2.23). */
export function becomesCommon(
  view: ProductionView,
  ports: ProductionPorts,
  { label, productType }: Pick<Lot, 'label' | 'productType'>,
  owner: CollectiveId,
): boolean {
  return label === Label.EXCLUSIVE && categoryOf(view, ports, productType, owner) === Label.COMMONS;
}

/** Exclusive lots of one owner and type become common: their value is owed from now on. */
export function relabelled(
  ports: ProductionPorts,
  owner: CollectiveId,
  productType: TypeId,
  lots: readonly Pick<Lot, 'lot' | 'valueMs'>[],
): readonly ProductionEvent[] {
  const valueMs = workMs(lots.reduce((sum, lot) => sum + lot.valueMs, 0n));
  const ids = lots.map(({ lot }) => lot);
  const label = Label.COMMONS;
  return [
    { type: 'LotsRelabelled', owner, productType, label, lots: ids, valueMs },
    ...owed(componentOf(ports, owner), valueMs),
  ];
}

export function owed(component: ComponentId, valueMs: bigint): readonly ProductionEvent[] {
  if (valueMs === 0n) return [];
  return [{ type: 'DebtMoved', component, byMs: valueMs, cause: DebtCause.RELABELLED }];
}

export function typeOf(view: ProductionView, { productType }: Pick<Lot, 'productType'>) {
  return present(view.types.get(productType), `type ${productType}`);
}

export function compositionOf(view: ProductionView, { lot }: Pick<Lot, 'lot'>): Composition {
  return fromStored(present(view.compositions.get(lot), `composition of lot ${lot}`));
}

/** How much of a durable piece is used up: of perishables what the calendar says. */
export function usedOf(view: ProductionView, lot: Lot, timeMs: TimeMs): bigint {
  if (typeOf(view, lot).durabilityUnit !== DurabilityUnit.CALENDAR) return lot.used;
  return (timeMs - lot.madeAtMs) / minuteMs;
}

export const minuteMs = 60_000n;

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
    case 'merged':
      return refuse.lot_merged({ lot: lot.lot, into: lot.heldBy });
    case 'shelved':
      return refuse.lot_shelved({ lot: lot.lot });
    case 'separated':
      return refuse.lot_separated({ lot: lot.lot });
    case 'handed_over':
    case 'missing':
      return refuse.lot_gone({ lot: lot.lot });
    default:
      return unreachable(lot);
  }
}

/** A quantity of a lot: the lot itself, or a new one that is split off it. */
export interface Taken {
  readonly lot: LotId;
  readonly quantity: bigint;
  readonly valueMs: WorkMs;
  readonly split: readonly ProductionEvent[];
}

/** The value of the part is rounded down: the remainder stays with the lot. */
export function take(view: ProductionView, lot: Lot, quantity: bigint): Taken | Refusal {
  if (quantity > lot.quantity) {
    return refuse.not_so_much({ lot: lot.lot, quantity, there: lot.quantity });
  }
  if (quantity === lot.quantity) return { lot: lot.lot, quantity, valueMs: lot.valueMs, split: [] };
  const part = next<LotId>(view, 'lot');
  const valueMs = workMs(shareOf(lot.valueMs, quantity, lot.quantity));
  return {
    lot: part,
    quantity,
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
