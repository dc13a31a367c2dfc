/** Writes what the facts of production say; one function an event, no rule in any of them. */
import { present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import { workMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import type { Sums } from './ports.ts';
import { restore } from './restore.ts';
import {
  type CollectiveId,
  Label,
  type Lot,
  type LotId,
  type LotStage,
  type Numbered,
  type Order,
  type OrderId,
  type OrderStage,
  type Production,
  type ProductionEvent,
  type ProductionId,
  type SegmentId,
  type Transfer,
  type TransferId,
  type Workload,
  type WorkloadId,
} from './types.ts';

type ProductionDraft = Draft<typeof tables>;

const free: LotStage = { stage: 'free', heldBy: 0n };

export const evolve: Evolve<typeof tables, ProductionEvent> = {
  TypeDefined(draft, { type: _, ...defined }) {
    taken(draft, 'type', defined.productType);
    draft.types.set(defined.productType, defined);
  },

  CategorySet(draft, { component, productType, label }) {
    if (label === Label.COMMONS) draft.commons.set(component, productType, true);
    else draft.commons.delete(component, productType);
  },

  Collectivized(draft, { type: _, source: _source, durability, element, ...goods }) {
    newLot(draft, { ...goods, valueMs: workMs(0n), used: 0n, ...free });
    if (durability === 0n) return;
    taken(draft, 'element', element);
    const simple = { id: element, valueMs: 0n, durability, age: 0n, parts: [] };
    draft.compositions.set(goods.lot, { elements: [simple] });
  },

  LotSplit(draft, { lot: id, part, quantity, valueMs }) {
    const lot = lotOf(draft, id);
    draft.lots.set(id, {
      ...lot,
      quantity: lot.quantity - quantity,
      valueMs: workMs(lot.valueMs - valueMs),
    });
    taken(draft, 'lot', part);
    draft.lots.set(part, { ...lot, lot: part, quantity, valueMs });
    draft.lotsOf.set(lot.owner, part, true);
  },

  TransferOffered(draft, { transfer, lot, from, to }) {
    taken(draft, 'transfer', transfer);
    draft.transfers.set(transfer, { transfer, lot, from, to, stage: 'offered' });
    hold(draft, lot, { stage: 'offered', heldBy: transfer });
  },

  TransferAccepted(draft, { transfer, lot: id, from, to, ownership, label, valueMs }) {
    endTransfer(draft, transfer, 'accepted');
    taken(draft, 'ownership', ownership);
    draft.lots.set(id, { ...lotOf(draft, id), owner: to, ownership, ...free });
    draft.lotsOf.delete(from, id);
    draft.lotsOf.set(to, id, true);
    if (label === Label.EXCLUSIVE) {
      addGoods(draft, from, -valueMs);
      addGoods(draft, to, valueMs);
    }
  },

  TransferWithdrawn(draft, { transfer, lot }) {
    endTransfer(draft, transfer, 'withdrawn');
    hold(draft, lot, free);
  },

  LotWrittenOff(draft, { lot, owner, label, valueMs, segment }) {
    leave(draft, lot, { stage: 'written_off', heldBy: 0n });
    draft.compositions.delete(lot);
    if (label !== Label.EXCLUSIVE) return;
    addGoods(draft, owner, -valueMs);
    addSums(draft, owner, segment, { w: valueMs });
  },

  Ordered(draft, { type: _, ...terms }) {
    taken(draft, 'order', terms.order);
    draft.orders.set(terms.order, { ...terms, stage: 'placed', heldBy: 0n });
  },

  OrderWithdrawn(draft, { order }) {
    advance(draft, order, { stage: 'withdrawn', heldBy: 0n });
  },

  OrderRejected(draft, { order }) {
    advance(draft, order, { stage: 'rejected', heldBy: 0n });
  },

  Estimated(draft, { estimate, order, valueMs }) {
    taken(draft, 'estimate', estimate);
    draft.estimates.set(estimate, { estimate, order, valueMs });
    advance(draft, order, { stage: 'estimated', heldBy: estimate });
  },

  ProductionStarted(draft, { type: _, ...started }) {
    const { production, order } = started;
    taken(draft, 'production', production);
    const none = workMs(0n);
    const sums = { consumedMs: none, transferredMs: none, workedMs: none, openMeans: 0n };
    draft.productions.set(production, { ...started, stage: 'open', ...sums });
    advance(draft, order, { stage: 'started', heldBy: production });
  },

  ProductionRejected(draft, { production, producer, label, lostMs, segment }) {
    end(draft, production, 'rejected');
    if (label !== Label.EXCLUSIVE) return;
    addGoods(draft, producer, -lostMs);
    addSums(draft, producer, segment, { w: lostMs });
  },

  ConsumptiveAllocated(draft, { production, lot, part, valueMs }) {
    leave(draft, lot, { stage: part ? 'part' : 'consumed', heldBy: production });
    if (part) draft.partsOf.set(production, lot, true);
    else draft.compositions.delete(lot);
    change(draft, production, ({ consumedMs }) => ({ consumedMs: workMs(consumedMs + valueMs) }));
  },

  MeansAllocated(draft, { type: _, ...allocated }) {
    const { allocation, production, lot } = allocated;
    taken(draft, 'allocation', allocation);
    draft.allocations.set(allocation, { ...allocated, stage: 'open' });
    hold(draft, lot, { stage: 'allocated', heldBy: allocation });
    change(draft, production, ({ openMeans }) => ({ openMeans: openMeans + 1n }));
  },

  MeansDeallocated(draft, { allocation, production, lot: id, used, ...event }) {
    const { transferMs, valueMs, repurposed, producer, segment } = event;
    const before = present(draft.allocations.get(allocation), `allocation ${allocation}`);
    draft.allocations.set(allocation, { ...before, stage: 'closed' });
    const lot = lotOf(draft, id);
    draft.lots.set(id, {
      ...lot,
      used: lot.used + used,
      valueMs: workMs(lot.valueMs - transferMs),
      ...free,
    });
    change(draft, production, ({ transferredMs, openMeans }) => ({
      transferredMs: workMs(transferredMs + valueMs),
      openMeans: openMeans - 1n,
    }));
    if (!repurposed) return;
    addGoods(draft, producer, -transferMs);
    addSums(draft, producer, segment, { c: transferMs });
  },

  WorkloadRegistered(draft, { type: _, label, ...worked }) {
    const { workload, production, wallet, fromMs, toMs } = worked;
    taken(draft, 'workload', workload);
    draft.workloads.set(workload, { ...worked, stage: 'registered' });
    addWork(draft, worked, label, toMs - fromMs);
    draft.worked.set(wallet, fromMs, toMs);
    change(draft, production, ({ workedMs }) => ({ workedMs: workMs(workedMs + toMs - fromMs) }));
  },

  WorkloadCountersigned(draft, { workload }) {
    stamp(draft, workload, 'countersigned');
  },

  WorkloadReversed(draft, { type: _, label, totalMs, ...worked }) {
    const { workload, production, wallet, producer, segment, beforeMs, fromMs, toMs } = worked;
    stamp(draft, workload, 'reversed');
    const amountMs = workMs(toMs - fromMs);
    draft.pairs.set(producer, segment, workload, { beforeMs, amountMs, totalMs });
    addWork(draft, worked, label, -amountMs);
    draft.worked.delete(wallet, fromMs);
    change(draft, production, ({ workedMs }) => ({ workedMs: workMs(workedMs - toMs + fromMs) }));
  },

  LotProduced(draft, { type: _, production: _from, composition, ...goods }) {
    newLot(draft, { ...goods, used: 0n, ...free });
    if (composition === undefined) return;
    draft.compositions.set(goods.lot, composition);
    for (const { id } of composition.elements) taken(draft, 'element', id);
  },

  ProductionFinished(draft, { production }) {
    end(draft, production, 'finished');
  },

  ParametersSet(draft, { params }) {
    draft.params.set(params);
  },

  StateImported: restore,
};

/** Ids come in order; elements of parts come again in a later composition. */
function taken(draft: ProductionDraft, kind: Numbered, id: bigint): void {
  if (id >= (draft.next.get(kind) ?? 1n)) draft.next.set(kind, id + 1n);
}

function newLot(draft: ProductionDraft, lot: Lot): void {
  taken(draft, 'lot', lot.lot);
  taken(draft, 'ownership', lot.ownership);
  draft.lots.set(lot.lot, lot);
  draft.lotsOf.set(lot.owner, lot.lot, true);
}

function lotOf(draft: ProductionDraft, id: LotId): Lot {
  return present(draft.lots.get(id), `lot ${id}`);
}

function hold(draft: ProductionDraft, id: LotId, stage: LotStage): void {
  draft.lots.set(id, { ...lotOf(draft, id), ...stage });
}

/** The lot is nobody's goods any more. */
function leave(draft: ProductionDraft, id: LotId, stage: LotStage): void {
  draft.lotsOf.delete(lotOf(draft, id).owner, id);
  hold(draft, id, stage);
}

function endTransfer(draft: ProductionDraft, id: TransferId, stage: Transfer['stage']): void {
  const before = present(draft.transfers.get(id), `transfer ${id}`);
  draft.transfers.set(id, { ...before, stage });
}

function advance(draft: ProductionDraft, id: OrderId, stage: OrderStage): void {
  const before: Order = present(draft.orders.get(id), `order ${id}`);
  draft.orders.set(id, { ...before, ...stage });
}

function stamp(draft: ProductionDraft, id: WorkloadId, stage: 'countersigned' | 'reversed'): void {
  const before = present(draft.workloads.get(id), `workload ${id}`);
  draft.workloads.set(id, { ...before, stage });
}

function change(
  draft: ProductionDraft,
  id: ProductionId,
  changes: (before: Production) => Partial<Production>,
): void {
  const before = present(draft.productions.get(id), `production ${id}`);
  draft.productions.set(id, { ...before, ...changes(before) });
}

/** Hours of exclusive work are goods in the making; those of the commons are in c. */
function addWork(
  draft: ProductionDraft,
  { producer, segment }: Pick<Workload, 'producer' | 'segment'>,
  label: Label,
  amountMs: bigint,
): void {
  const isCommon = label === Label.COMMONS;
  addSums(draft, producer, segment, { a: amountMs, c: isCommon ? amountMs : 0n });
  if (!isCommon) addGoods(draft, producer, amountMs);
}

function addSums(
  draft: ProductionDraft,
  collective: CollectiveId,
  segment: SegmentId,
  { a = 0n, c = 0n, w = 0n }: Partial<Sums>,
): void {
  const { aMs = 0n, cMs = 0n, wMs = 0n } = draft.sums.get(collective, segment) ?? {};
  const sums = { aMs: workMs(aMs + a), cMs: workMs(cMs + c), wMs: workMs(wMs + w) };
  draft.sums.set(collective, segment, sums);
}

function addGoods(draft: ProductionDraft, collective: CollectiveId, valueMs: bigint): void {
  const sum = (draft.exclusiveGoods.get(collective) ?? 0n) + valueMs;
  if (sum === 0n) draft.exclusiveGoods.delete(collective);
  else draft.exclusiveGoods.set(collective, sum);
}

/** Its parts are in the output, or lost with it. */
function end(
  draft: ProductionDraft,
  id: ProductionId,
  stage: Exclude<Production['stage'], 'open'>,
): void {
  change(draft, id, () => ({ stage }));
  for (const { key } of [...draft.partsOf.range({ prefix: [id] })]) {
    draft.partsOf.delete(...key);
    draft.compositions.delete(key[1]);
  }
}
