/** What stores do: shelve, unshelve, hand over, count; what others cause there (D2.24, D2.25). */
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { isUint64, workMs } from '../../_kernel/units.ts';
import { parametersOf } from '../parameters.ts';
import { take as takeUnits } from '../pool.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type CollectiveId,
  DebtCause,
  DurabilityUnit,
  Label,
  type LotId,
  type TypeId,
} from '../types.ts';
import {
  categoryOf,
  componentOf,
  handsProblem,
  next,
  ownLot,
  type ProductionView,
  type Rules,
  storeProblem,
  take,
} from './guards.ts';

type Commands = 'Shelve' | 'Unshelve' | 'HandOver' | 'Inventory' | 'CheckStore' | 'CountBurn';

export const stores: Rules<Commands> = {
  Shelve(view, { signer, lot: id, quantity }, _context, ports) {
    const lot = ownLot(view, ports, id, signer);
    if (isRefusal(lot)) return lot;
    const { owner: store, productType, label } = lot;
    const problem = storeProblem(ports, store, signer);
    if (problem !== undefined) return problem;
    const taken = take(view, lot, quantity);
    if (isRefusal(taken)) return taken;
    const component = componentOf(ports, store);
    const valueMs = label === Label.COMMONS ? workMs(0n) : taken.valueMs;
    const pool = poolOf(view, component, productType);
    if (!isUint64(pool.valueMs + valueMs) || !isUint64(pool.units + quantity)) {
      return refuse.too_much({ what: `the pool of type ${productType}` });
    }

    const bookedMs = taken.valueMs;
    const goods = { lot: taken.lot, store, component, productType, quantity, label };
    return accept([...taken.split, { type: 'Shelved', ...goods, bookedMs, valueMs }]);
  },

  /** Durable goods come back as the piece that they were, booked at what the pool gives. */
  Unshelve(view, { signer, collective: store, productType, quantity, lot }, { timeMs }, ports) {
    const goods = { store, productType, quantity, lots: lot === 0n ? [] : [lot] };
    const leaving = leavingShelf(view, ports, signer, goods);
    if (isRefusal(leaving)) return leaving;
    const { component, chargeMs: valueMs, pool } = leaving;
    const overflow = handsProblem(view, store, valueMs);
    if (overflow !== undefined) return overflow;

    const label = categoryOf(view, ports, productType, store);
    const id = lot === 0n ? next<LotId>(view, 'lot') : lot;
    const made = { lot: id, store, component, productType, quantity, label, valueMs };
    const ownership = next<never>(view, 'ownership');
    return accept([{ type: 'Unshelved', ...made, ownership, madeAtMs: timeMs, pool }]);
  },

  /** At the pool price of its block. Who got what is nowhere: goods go out by type and period. */
  HandOver(view, { signer, collective: store, productType, quantity, lots }, { timeMs }, ports) {
    const leaving = leavingShelf(view, ports, signer, { store, productType, quantity, lots });
    if (isRefusal(leaving)) return leaving;
    const { component, chargeMs } = leaving;
    const params = parametersOf(view, component);
    const last = view.handedOverAt.get(store, productType);
    if (last !== undefined && timeMs < last + params.handOverPeriodMs) {
      return refuse.too_soon({ productType, dueMs: last + params.handOverPeriodMs, timeMs });
    }
    const segment = ports.segments.segmentAt(timeMs);
    const { burnedMs, chargedMs } = view.differences.get(store) ?? closed;
    const handedOverMs = workMs((view.handed.get(store, segment) ?? 0n) + chargeMs);
    const balanceMs = burnedMs - chargedMs - chargeMs;
    const shortMs = workMs(balanceMs < 0n ? -balanceMs : 0n);
    const isShortBy = (num: bigint, den: bigint): boolean => shortMs * den > num * handedOverMs;
    if (isShortBy(params.overdrawBlockNum, params.overdrawBlockDen)) {
      return refuse.overdrawn({ store, shortMs, handedOverMs });
    }

    const gone = { store, component, productType, quantity, chargeMs, segment };
    const warned = isShortBy(params.overdrawWarnNum, params.overdrawWarnDen);
    const warning = { store, segment, shortMs, handedOverMs };
    return accept([
      { type: 'HandedOver', ...gone, handedOverAtMs: timeMs, lots },
      ...(warned ? [{ type: 'OverdrawWarned', ...warning } as const] : []),
    ]);
  },

  /** A shortage is lost at pool charge, a surplus costs nothing; the difference is closed. */
  Inventory(view, { signer, collective: store, productType, counted, missing }, context, ports) {
    const problem = storeProblem(ports, store, signer) ?? unknownType(view, productType);
    if (problem !== undefined) return problem;
    const component = componentOf(ports, store);
    const due = view.shelves.get(store, productType) ?? 0n;
    const short = due > counted ? due - counted : 0n;
    const isDurable = isDurableType(view, productType);
    if (isDurable && counted > due) return refuse.surplus_of_pieces({ due, counted });
    const pieces = piecesProblem(view, { store, productType, quantity: short, lots: missing });
    if (pieces !== undefined) return pieces;
    const pool = poolOf(view, component, productType);
    if (!isUint64(pool.units + counted - due)) {
      return refuse.too_much({ what: `the pool of type ${productType}` });
    }

    const chargeMs = chargeOf(pool, short);
    const { burnedMs, chargedMs } = view.differences.get(store) ?? closed;
    const segment = ports.segments.segmentAt(context.timeMs);
    const taken = { store, component, productType, counted, due, chargeMs, segment, missing };
    const books = { burnedMs: workMs(burnedMs), chargedMs: workMs(chargedMs) };
    const byMs = chargedMs - burnedMs;
    return accept([
      { type: 'InventoryTaken', ...taken, ...books },
      ...(byMs < 0n
        ? [{ type: 'DebtMoved', component, byMs, cause: DebtCause.CLOSED } as const]
        : []),
    ]);
  },

  CheckStore(view, { collective, consumption }) {
    if (consumption === Consumption.C2I) return accept([]);
    for (const { key, value: units } of view.shelves.range({ prefix: [collective], limit: 1 })) {
      return refuse.shelf_not_empty({ collective, productType: key[1], units });
    }
    const { burnedMs, chargedMs } = view.differences.get(collective) ?? closed;
    if (burnedMs !== chargedMs) {
      return refuse.difference_open({ collective, differenceMs: burnedMs - chargedMs });
    }
    return accept([]);
  },

  CountBurn(view, { store, amountMs }) {
    const { burnedMs } = view.differences.get(store) ?? closed;
    if (!isUint64(burnedMs + amountMs)) return refuse.too_much({ what: `the burns at ${store}` });

    return accept([{ type: 'BurnCounted', store, amountMs }]);
  },
};

const closed = { burnedMs: 0n, chargedMs: 0n };

interface Leaving {
  readonly store: CollectiveId;
  readonly productType: TypeId;
  readonly quantity: bigint;
  /** Of durable goods the pieces. */
  readonly lots: readonly LotId[];
}

/** What goods that leave a shelf are charged, or why they can't leave it. */
function leavingShelf(
  view: ProductionView,
  ports: ProductionPorts,
  signer: Parameters<typeof storeProblem>[2],
  leaving: Leaving,
) {
  const { store, productType, quantity } = leaving;
  const problem = storeProblem(ports, store, signer) ?? unknownType(view, productType);
  if (problem !== undefined) return problem;
  const there = view.shelves.get(store, productType) ?? 0n;
  if (quantity > there) return refuse.not_so_much_shelved({ store, productType, quantity, there });
  const pieces = piecesProblem(view, leaving);
  if (pieces !== undefined) return pieces;
  const component = componentOf(ports, store);
  const pool = poolOf(view, component, productType);
  return { component, pool, chargeMs: chargeOf(pool, quantity) };
}

function unknownType(view: ProductionView, productType: TypeId): Refusal | undefined {
  return view.types.has(productType) ? undefined : refuse.unknown_type({ productType });
}

function isDurableType(view: ProductionView, productType: TypeId): boolean {
  return view.types.get(productType)?.durabilityUnit !== DurabilityUnit.UNSPECIFIED;
}

/** Durable goods are named piece by piece, others never. */
function piecesProblem(
  view: ProductionView,
  { store, productType, quantity, lots }: Leaving,
): Refusal | undefined {
  const due = isDurableType(view, productType) ? quantity : 0n;
  if (BigInt(lots.length) !== due) return refuse.wrong_pieces({ due, named: lots.length });
  const stray = lots.find((lot) => !view.shelved.has(store, productType, lot));
  return stray === undefined ? undefined : refuse.piece_not_shelved({ lot: stray, store });
}

function poolOf(view: ProductionView, component: Parameters<typeof parametersOf>[1], of: TypeId) {
  return view.pools.get(component, of) ?? { valueMs: 0n, units: 0n };
}

function chargeOf(pool: { readonly valueMs: bigint; readonly units: bigint }, quantity: bigint) {
  if (quantity === 0n) return workMs(0n);
  return workMs(takeUnits({ value: pool.valueMs, units: pool.units }, quantity).charge);
}
