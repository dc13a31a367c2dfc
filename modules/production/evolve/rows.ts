/** Rows that several facts change, each kept in step with the rows that follow from it. */
import { present } from '../../_kernel/assert.ts';
import type { Draft } from '../../_kernel/tables.ts';
import { maxUint64, workMs } from '../../_kernel/units.ts';
import { type StoredComposition, shelvedPiece, type tables } from '../keys.ts';
import { pairsInRow } from '../pairs.ts';
import type { Sums } from '../ports.ts';
import {
  type CollectiveId,
  type ComponentId,
  type Input,
  isThere,
  Label,
  type Lot,
  type LotId,
  type LotStage,
  type Numbered,
  type Origin,
  type Production,
  type ProductionEvent,
  type ProductionId,
  type SegmentId,
  type SegmentSums,
  type StornoPair,
  type TypeId,
} from '../types.ts';

export type ProductionDraft = Draft<typeof tables>;

/** What writes a fact of each of these types. */
export type Writes<Type extends ProductionEvent['type']> = {
  readonly [T in Type]: (
    draft: ProductionDraft,
    event: Extract<ProductionEvent, { readonly type: T }>,
  ) => void;
};

export const free: LotStage = { stage: 'free', heldBy: 0n };

/** Ids come in order; elements of parts come again in a later composition. */
export function taken(draft: ProductionDraft, kind: Numbered, id: bigint): void {
  if (id >= (draft.next.get(kind) ?? 1n)) draft.next.set(kind, id + 1n);
}

export function lotOf(draft: ProductionDraft, id: LotId): Lot {
  return present(draft.lots.get(id), `lot ${id}`);
}

/** A lot as it is now, in the lists that its stage says; its value is in the hands of its owner. */
export function putLot(draft: ProductionDraft, lot: Lot): void {
  draft.lots.set(lot.lot, lot);
  const { owner, productType, label } = lot;
  if (isThere(lot)) {
    draft.lotsOf.set(owner, productType, lot.lot, true);
    if (label === Label.EXCLUSIVE) addGoods(draft, owner, lot.valueMs);
  } else if (shelvedPiece(draft, lot)) {
    draft.shelved.set(owner, productType, lot.lot, true);
  }
}

/** Undoes `putLot` before the lot is put otherwise. */
export function takeLot(draft: ProductionDraft, id: LotId): Lot {
  const lot = lotOf(draft, id);
  const { owner, productType, label } = lot;
  if (isThere(lot)) {
    draft.lotsOf.delete(owner, productType, id);
    if (label === Label.EXCLUSIVE) addGoods(draft, owner, -lot.valueMs);
  } else if (shelvedPiece(draft, lot)) {
    draft.shelved.delete(owner, productType, id);
  }
  return lot;
}

export function changeLot(draft: ProductionDraft, id: LotId, changes: (lot: Lot) => object): void {
  const lot = takeLot(draft, id);
  putLot(draft, { ...lot, ...changes(lot) } as Lot);
}

type NewLot = Pick<
  Lot,
  'lot' | 'owner' | 'productType' | 'label' | 'quantity' | 'valueMs' | 'ownership' | 'madeAtMs'
>;

export function newLot(draft: ProductionDraft, made: NewLot, origin: Partial<Origin>): void {
  const { lot, owner, productType, label, quantity, valueMs, ownership, madeAtMs } = made;
  taken(draft, 'lot', lot);
  taken(draft, 'ownership', ownership);
  const goods = { lot, owner, productType, label, quantity, valueMs, ownership, madeAtMs };
  putLot(draft, { ...goods, used: 0n, splits: 0n, revaluations: 0n, ...free });
  draft.origins.set(lot, { ...noOrigin, quantity, valueMs, ...origin });
}

export const noOrigin: Origin = {
  kind: '',
  production: 0n,
  lots: [],
  quantity: 0n,
  valueMs: 0n,
  ofQuantity: 0n,
  ofValueMs: 0n,
  place: 0n,
  component: 0n,
  source: 0,
  zeroFrom: 0n,
};

export function changeProduction(
  draft: ProductionDraft,
  id: ProductionId,
  changes: (before: Production) => Partial<Production>,
): void {
  const before = present(draft.productions.get(id), `production ${id}`);
  putProduction(draft, before, { ...before, ...changes(before) });
}

/** Exclusive work in progress is in the hands of its producer. */
export function putProduction(
  draft: ProductionDraft,
  before: Production | undefined,
  production: Production,
): void {
  draft.productions.set(production.production, production);
  const was = before === undefined ? 0n : exclusiveInProgress(before);
  addGoods(draft, production.producer, exclusiveInProgress(production) - was);
}

function exclusiveInProgress(production: Production): bigint {
  const { label, stage, consumedMs, transferredMs, workedMs } = production;
  if (label !== Label.EXCLUSIVE || stage !== 'open') return 0n;
  return consumedMs + transferredMs + workedMs;
}

export function addInput(draft: ProductionDraft, id: ProductionId, input: Input): void {
  const { inputs } = present(draft.productions.get(id), `production ${id}`);
  draft.inputs.set(id, inputs, input);
  changeProduction(draft, id, () => ({ inputs: inputs + 1n }));
}

export function addSums(
  draft: ProductionDraft,
  collective: CollectiveId,
  segment: SegmentId,
  { a = 0n, c = 0n, w = 0n }: Partial<Sums>,
): void {
  const before = draft.sums.get(collective, segment) ?? linkSegment(draft, collective, segment);
  const { aMs, cMs, wMs } = before;
  const sums = { aMs: workMs(aMs + a), cMs: workMs(cMs + c), wMs: workMs(wMs + w) };
  draft.sums.set(collective, segment, { ...before, ...sums });
}

/** A segment takes its place among those of the collective, mostly as the last one. */
function linkSegment(
  draft: ProductionDraft,
  collective: CollectiveId,
  segment: SegmentId,
): SegmentSums {
  const none = { aMs: workMs(0n), cMs: workMs(0n), wMs: workMs(0n), pairs: 0n };
  const latest = draft.latest.get(collective);
  if (latest === undefined || latest < segment) {
    draft.latest.set(collective, segment);
    return { ...none, previous: latest ?? (0n as SegmentId) };
  }
  let [later, row] = [latest, sumsAt(draft, collective, latest)];
  while (row.previous > segment) {
    later = row.previous;
    row = sumsAt(draft, collective, later);
  }
  draft.sums.set(collective, later, { ...row, previous: segment });
  return { ...none, previous: row.previous };
}

function sumsAt(draft: ProductionDraft, collective: CollectiveId, segment: SegmentId): SegmentSums {
  return present(draft.sums.get(collective, segment), `sums of ${collective} in ${segment}`);
}

/** A workload that was taken back takes its place after those of its segment. */
export function addPair(
  draft: ProductionDraft,
  collective: CollectiveId,
  segment: SegmentId,
  pair: StornoPair,
): void {
  const sums = sumsAt(draft, collective, segment);
  putPair(draft, collective, segment, sums.pairs, pair);
  draft.sums.set(collective, segment, { ...sums, pairs: sums.pairs + 1n });
}

export function putPair(
  draft: ProductionDraft,
  collective: CollectiveId,
  segment: SegmentId,
  place: bigint,
  pair: StornoPair,
): void {
  const row = place / pairsInRow;
  const before = draft.pairs.get(collective, segment, row) ?? [];
  draft.pairs.set(collective, segment, row, [...before, pair]);
}

export function addGoods(draft: ProductionDraft, collective: CollectiveId, valueMs: bigint): void {
  if (valueMs === 0n) return;
  const sum = (draft.exclusiveGoods.get(collective) ?? 0n) + valueMs;
  if (sum === 0n) draft.exclusiveGoods.delete(collective);
  else draft.exclusiveGoods.set(collective, sum);
}

/**
 * What the statistics of a type and segment count; values of commons are told as well. Quantities
 * are as large as anybody says, so a count stops at the largest number.
 */
export function count(
  draft: ProductionDraft,
  productType: TypeId,
  segment: SegmentId,
  added: Partial<typeof noSums>,
): void {
  const before = draft.statistics.get(productType, segment) ?? noSums;
  const names = Object.keys(noSums) as readonly (keyof typeof noSums)[];
  const sums = Object.fromEntries(
    names.map((name) => [name, atMost(before[name] + (added[name] ?? 0n))]),
  ) as unknown as typeof noSums;
  draft.statistics.set(productType, segment, sums);
}

function atMost(sum: bigint): bigint {
  return sum > maxUint64 ? maxUint64 : sum;
}

const noSums = {
  collectivized: 0n,
  produced: 0n,
  producedMs: 0n,
  handedOver: 0n,
  handedOverMs: 0n,
  writtenOff: 0n,
  writtenOffMs: 0n,
};

/** Units and value of a pool change; an empty one has no row. */
export function addToPool(
  draft: ProductionDraft,
  component: ComponentId,
  productType: TypeId,
  added: { readonly valueMs: bigint; readonly units: bigint },
): void {
  const { valueMs, units } = draft.pools.get(component, productType) ?? { valueMs: 0n, units: 0n };
  const pool = { valueMs: valueMs + added.valueMs, units: units + added.units };
  if (pool.units === 0n && pool.valueMs === 0n) draft.pools.delete(component, productType);
  else draft.pools.set(component, productType, pool);
}

export function addToShelf(
  draft: ProductionDraft,
  store: CollectiveId,
  productType: TypeId,
  units: bigint,
): void {
  const sum = (draft.shelves.get(store, productType) ?? 0n) + units;
  if (sum === 0n) draft.shelves.delete(store, productType);
  else draft.shelves.set(store, productType, sum);
}

/** Another composition; the one before is kept, since what was used of it stays explained by it. */
export function replace(draft: ProductionDraft, id: LotId, composition: StoredComposition): void {
  const { revaluations } = lotOf(draft, id);
  const before = present(draft.compositions.get(id), `composition of lot ${id}`);
  draft.formerCompositions.set(id, revaluations, before);
  draft.compositions.set(id, composition);
  changeLot(draft, id, () => ({ revaluations: revaluations + 1n }));
}
