/** Writes the records that a genesis brings, and the rows that follow from each. */
import type { Draft } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import {
  Label,
  type Lot,
  type Numbered,
  type Production,
  type ProductionEvent,
  type Workload,
} from './types.ts';

type ProductionDraft = Draft<typeof tables>;
type Imported = Extract<ProductionEvent, { readonly type: 'StateImported' }>;
/** Records are stored as they are on the wire; only the types of their ids are narrower. */
type Stored = never;

export function restore(draft: ProductionDraft, imported: Imported): void {
  for (const { kind, next } of imported.counters) draft.next.set(kind as Numbered, next);
  for (const row of imported.types) draft.types.set(row.productType as Stored, row as Stored);
  for (const { component, productType } of imported.commons) {
    draft.commons.set(component as Stored, productType as Stored, true);
  }
  for (const row of imported.productions) restoreProduction(draft, row as unknown as Production);
  for (const row of imported.lots) restoreLot(draft, row as unknown as Lot);
  for (const { lot, composition = { elements: [] } } of imported.compositions) {
    draft.compositions.set(lot as Stored, composition);
  }
  for (const row of imported.transfers) draft.transfers.set(row.transfer as Stored, row as Stored);
  for (const row of imported.orders) draft.orders.set(row.order as Stored, row as Stored);
  for (const row of imported.estimates) draft.estimates.set(row.estimate as Stored, row as Stored);
  for (const row of imported.allocations) {
    draft.allocations.set(row.allocation as Stored, row as Stored);
  }
  for (const row of imported.workloads) restoreWorkload(draft, row as unknown as Workload);
  for (const { collective, segment, sums } of imported.sums) {
    draft.sums.set(collective as Stored, segment as Stored, sums as Stored);
  }
  for (const { collective, segment, workload, pair } of imported.pairs) {
    draft.pairs.set(collective as Stored, segment as Stored, workload as Stored, pair as Stored);
  }
}

function restoreLot(draft: ProductionDraft, lot: Lot): void {
  draft.lots.set(lot.lot, lot);
  if (lot.stage === 'part' && draft.productions.get(lot.heldBy)?.stage === 'open') {
    draft.partsOf.set(lot.heldBy, lot.lot, true);
  }
  if (lot.stage !== 'free' && lot.stage !== 'offered' && lot.stage !== 'allocated') return;
  draft.lotsOf.set(lot.owner, lot.lot, true);
  if (lot.label === Label.EXCLUSIVE) addGoods(draft, lot.owner, lot.valueMs);
}

function restoreProduction(draft: ProductionDraft, production: Production): void {
  draft.productions.set(production.production, production);
  if (production.stage !== 'open' || production.label !== Label.EXCLUSIVE) return;
  const { consumedMs, transferredMs, workedMs, producer } = production;
  addGoods(draft, producer, consumedMs + transferredMs + workedMs);
}

function restoreWorkload(draft: ProductionDraft, workload: Workload): void {
  draft.workloads.set(workload.workload, workload);
  if (workload.stage === 'reversed') return;
  draft.worked.set(workload.wallet, workload.fromMs, workload.toMs);
}

function addGoods(draft: ProductionDraft, owner: Lot['owner'], valueMs: bigint): void {
  if (valueMs === 0n) return;
  draft.exclusiveGoods.set(owner, (draft.exclusiveGoods.get(owner) ?? 0n) + valueMs);
}
