/** Orders, productions, what goes into them and what comes out. */
import { present } from '../../_kernel/assert.ts';
import { workMs } from '../../_kernel/units.ts';
import type { StoredComposition } from '../keys.ts';
import {
  Label,
  type LotId,
  type Order,
  type OrderId,
  type OrderStage,
  type Production,
  type ProductionId,
  type Workload,
  type WorkloadId,
} from '../types.ts';
import {
  addInput,
  addPair,
  addSums,
  changeLot,
  changeProduction,
  count,
  free,
  lotOf,
  newLot,
  type ProductionDraft,
  putProduction,
  taken,
  type Writes,
} from './rows.ts';

type Facts =
  | 'Ordered'
  | 'OrderWithdrawn'
  | 'OrderRejected'
  | 'Estimated'
  | 'ProductionStarted'
  | 'ProductionRejected'
  | 'ConsumptiveAllocated'
  | 'MeansAllocated'
  | 'MeansDeallocated'
  | 'WorkloadRegistered'
  | 'WorkloadCountersigned'
  | 'WorkloadReversed'
  | 'LotProduced'
  | 'ProductionFinished'
  | 'DeviationApproved'
  | 'DeviationWarned';

export const productions: Writes<Facts> = {
  Ordered(draft, { type: _, ...terms }) {
    taken(draft, 'order', terms.order);
    putOrder(draft, { ...terms, stage: 'placed', heldBy: 0n });
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
    const { production, order, producer } = started;
    taken(draft, 'production', production);
    const none = workMs(0n);
    putProduction(draft, undefined, {
      ...started,
      stage: 'open',
      ...{ consumedMs: none, transferredMs: none, workedMs: none, approvedMs: none },
      ...{ openMeans: 0n, inputs: 0n, firstLot: 0n as LotId, outputs: 0n, unsigned: 0n },
    });
    draft.productionsOf.set(producer, production, true);
    advance(draft, order, { stage: 'started', heldBy: production });
  },

  ProductionRejected(draft, { production, producer, label, lostMs, segment }) {
    end(draft, production, 'rejected');
    if (label === Label.EXCLUSIVE) addSums(draft, producer, segment, { w: lostMs });
  },

  ConsumptiveAllocated(draft, { production, lot, part, quantity, bookedMs, valueMs }) {
    const kind = part ? 'part' : 'consumed';
    const { used, revaluations } = lotOf(draft, lot);
    changeLot(draft, lot, () => ({ stage: kind, heldBy: production }));
    if (part) draft.partsOf.set(production, lot, true);
    const use = { usedBefore: used, usedAfter: used, revaluations, beforeMs: bookedMs };
    addInput(draft, production, { kind, lot, quantity, bookedMs, valueMs, ...use });
    changeProduction(draft, production, ({ consumedMs }) => ({
      consumedMs: workMs(consumedMs + valueMs),
    }));
  },

  MeansAllocated(draft, { type: _, ...allocated }) {
    const { allocation, production, lot } = allocated;
    taken(draft, 'allocation', allocation);
    draft.allocations.set(allocation, { ...allocated, stage: 'open' });
    changeLot(draft, lot, () => ({ stage: 'allocated', heldBy: allocation }));
    changeProduction(draft, production, ({ openMeans }) => ({ openMeans: openMeans + 1n }));
  },

  MeansDeallocated(draft, { allocation, production, lot: id, used, ...event }) {
    const { transferMs, valueMs, repurposed, producer, segment } = event;
    const before = present(draft.allocations.get(allocation), `allocation ${allocation}`);
    draft.allocations.set(allocation, { ...before, stage: 'closed' });
    const { used: usedBefore, revaluations, valueMs: beforeMs } = lotOf(draft, id);
    changeLot(draft, id, (lot) => ({
      used: usedBefore + used,
      valueMs: workMs(lot.valueMs - transferMs),
      ...free,
    }));
    addInput(draft, production, {
      ...{ kind: 'means', lot: id, quantity: 1n, bookedMs: transferMs, valueMs },
      ...{ usedBefore, usedAfter: usedBefore + used, revaluations, beforeMs },
    });
    changeProduction(draft, production, ({ transferredMs, openMeans }) => ({
      transferredMs: workMs(transferredMs + valueMs),
      openMeans: openMeans - 1n,
    }));
    if (repurposed) addSums(draft, producer, segment, { c: transferMs });
  },

  WorkloadRegistered(draft, { type: _, label, ...worked }) {
    taken(draft, 'workload', worked.workload);
    putWorkload(draft, { ...worked, stage: 'registered' });
    book(draft, worked, label, 1n, 1n);
  },

  WorkloadCountersigned(draft, { workload }) {
    const { production } = stamp(draft, workload, 'countersigned');
    changeProduction(draft, production, ({ unsigned }) => ({ unsigned: unsigned - 1n }));
  },

  WorkloadReversed(draft, { type: _, label, totalMs, ...worked }) {
    const { workload, wallet, producer, segment, beforeMs, fromMs, toMs } = worked;
    const { stage } = stamp(draft, workload, 'reversed');
    const amountMs = workMs(toMs - fromMs);
    addPair(draft, producer, segment, { beforeMs, amountMs, totalMs, workload });
    draft.worked.delete(wallet, fromMs);
    book(draft, worked, label, -1n, stage === 'registered' ? -1n : 0n);
  },

  LotProduced(draft, event) {
    const { production, lot, productType, quantity, valueMs, composition, segment } = event;
    newLot(draft, event, { kind: 'produced', production });
    count(draft, productType, segment, { produced: quantity, producedMs: valueMs });
    changeProduction(draft, production, ({ firstLot, outputs }) => ({
      firstLot: outputs === 0n ? lot : firstLot,
      outputs: outputs + 1n,
    }));
    if (composition === undefined) return;
    draft.compositions.set(lot, composition);
    taken(draft, 'element', highestOf(composition));
  },

  ProductionFinished(draft, { production }) {
    end(draft, production, 'finished');
  },

  DeviationApproved(draft, { production, approvedMs }) {
    changeProduction(draft, production, () => ({ approvedMs }));
  },

  /** To be seen by people: nothing changes. */
  DeviationWarned() {},
};

export function putOrder(draft: ProductionDraft, order: Order): void {
  draft.orders.set(order.order, order);
  draft.ordersOf.set(order.orderer, order.order, true);
  draft.ordersOf.set(order.producer, order.order, true);
}

export function putWorkload(draft: ProductionDraft, workload: Workload): void {
  const { workload: id, wallet, fromMs, toMs, producer, segment, stage } = workload;
  draft.workloads.set(id, workload);
  draft.workloadsOf.set(producer, segment, id, true);
  if (toMs > (draft.workedUntil.get(wallet) ?? 0n)) draft.workedUntil.set(wallet, toMs);
  if (stage !== 'reversed') draft.worked.set(wallet, fromMs, { toMs, workload: id });
}

function advance(draft: ProductionDraft, id: OrderId, stage: OrderStage): void {
  const before: Order = present(draft.orders.get(id), `order ${id}`);
  draft.orders.set(id, { ...before, ...stage });
}

/** The workload as it was before. */
function stamp(draft: ProductionDraft, id: WorkloadId, stage: Workload['stage']): Workload {
  const before = present(draft.workloads.get(id), `workload ${id}`);
  draft.workloads.set(id, { ...before, stage });
  return before;
}

/** Hours of exclusive work are goods in the making; those of the commons are in c. */
function book(
  draft: ProductionDraft,
  worked: Omit<Workload, 'stage'>,
  label: Label,
  sign: bigint,
  unsigned: bigint,
): void {
  const { production, producer, segment, fromMs, toMs } = worked;
  const amountMs = sign * (toMs - fromMs);
  const c = label === Label.COMMONS ? amountMs : 0n;
  addSums(draft, producer, segment, { a: amountMs, c });
  changeProduction(draft, production, (before) => ({
    workedMs: workMs(before.workedMs + amountMs),
    unsigned: before.unsigned + unsigned,
  }));
}

/** PERF: one write of the counter and not one an element. */
function highestOf({ elements }: StoredComposition): bigint {
  let highest = 0n;
  for (const { id } of elements) if (id > highest) highest = id;
  return highest;
}

/** Its parts are in the output, or lost with it. */
function end(
  draft: ProductionDraft,
  id: ProductionId,
  stage: Exclude<Production['stage'], 'open'>,
): void {
  changeProduction(draft, id, () => ({ stage }));
  for (const { key } of [...draft.partsOf.range({ prefix: [id] })]) draft.partsOf.delete(...key);
}
