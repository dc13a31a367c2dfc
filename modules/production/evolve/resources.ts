/** Types, and goods on their way from hand to hand. */
import { present } from '../../_kernel/assert.ts';
import { workMs } from '../../_kernel/units.ts';
import { pairOf } from '../keys.ts';
import { Label, type LotStage, type Transfer } from '../types.ts';
import {
  addSums,
  changeLot,
  count,
  free,
  lotOf,
  newLot,
  type ProductionDraft,
  putLot,
  replace,
  takeLot,
  taken,
  type Writes,
} from './rows.ts';

type Facts =
  | 'TypeDefined'
  | 'Collectivized'
  | 'LotSplit'
  | 'LotsMerged'
  | 'TransferOffered'
  | 'TransferAccepted'
  | 'TransferWithdrawn'
  | 'LotWrittenOff'
  | 'LotSeparated'
  | 'PieceKept'
  | 'LotRevalued';

export const resources: Writes<Facts> = {
  TypeDefined(draft, { type: _, ...defined }) {
    taken(draft, 'type', defined.productType);
    draft.types.set(defined.productType, defined);
  },

  Collectivized(draft, event) {
    const { lot, productType, quantity, source, durability, element, segment } = event;
    newLot(draft, { ...event, valueMs: workMs(0n) }, { kind: 'collectivized', source });
    count(draft, productType, segment, { collectivized: quantity });
    if (durability === 0n) return;
    taken(draft, 'element', element);
    const simple = { id: element, valueMs: 0n, durability, age: 0n, parts: [], valueDen: 0n };
    draft.compositions.set(lot, { elements: [simple] });
  },

  LotSplit(draft, { lot: id, part, quantity, valueMs }) {
    const lot = takeLot(draft, id);
    putLot(draft, {
      ...lot,
      quantity: lot.quantity - quantity,
      valueMs: workMs(lot.valueMs - valueMs),
      splits: lot.splits + 1n,
    });
    newLot(
      draft,
      { ...lot, lot: part, quantity, valueMs },
      {
        kind: 'split',
        lots: [id],
        ofQuantity: lot.quantity,
        ofValueMs: lot.valueMs,
        place: lot.splits,
      },
    );
    draft.splits.set(id, lot.splits, part);
  },

  LotsMerged(draft, { into, lots, ...goods }) {
    for (const lot of lots) changeLot(draft, lot, () => ({ stage: 'merged', heldBy: into }));
    newLot(draft, { ...goods, lot: into }, { kind: 'merged', lots });
  },

  TransferOffered(draft, { transfer, lot, from, to }) {
    taken(draft, 'transfer', transfer);
    putTransfer(draft, { transfer, lot, from, to, stage: 'offered' });
    changeLot(draft, lot, () => ({ stage: 'offered', heldBy: transfer }) satisfies LotStage);
  },

  TransferAccepted(draft, { transfer, lot, to, ownership }) {
    endTransfer(draft, transfer, 'accepted');
    taken(draft, 'ownership', ownership);
    changeLot(draft, lot, () => ({ owner: to, ownership, ...free }));
  },

  TransferWithdrawn(draft, { transfer, lot }) {
    endTransfer(draft, transfer, 'withdrawn');
    changeLot(draft, lot, () => free);
  },

  LotWrittenOff(draft, { lot, owner, productType, label, quantity, valueMs, segment }) {
    changeLot(draft, lot, () => gone('written_off'));
    count(draft, productType, segment, { writtenOff: quantity, writtenOffMs: valueMs });
    if (label === Label.EXCLUSIVE) addSums(draft, owner, segment, { w: valueMs });
  },

  /** What the pieces take along leaves with each of them. */
  LotSeparated(draft, { lot, owner, productType, label, writtenOffMs, segment }) {
    const valueMs = workMs(lotOf(draft, lot).valueMs - writtenOffMs);
    changeLot(draft, lot, () => ({ valueMs, ...gone('separated') }));
    count(draft, productType, segment, { writtenOffMs });
    if (label === Label.EXCLUSIVE) addSums(draft, owner, segment, { w: writtenOffMs });
  },

  PieceKept(draft, { lot: id, piece, productType, valueMs, composition, madeAtMs }) {
    const lot = takeLot(draft, id);
    putLot(draft, { ...lot, valueMs: workMs(lot.valueMs - valueMs) });
    const made = { ...lot, lot: piece, productType, valueMs, madeAtMs, quantity: 1n };
    newLot(draft, made, { kind: 'separated', lots: [id], ofValueMs: lot.valueMs });
    draft.compositions.set(piece, present(composition, 'a composition'));
  },

  LotRevalued(draft, { lot: id, composition, madeAtMs }) {
    replace(draft, id, present(composition, 'a composition'));
    changeLot(draft, id, () => ({ used: 0n, madeAtMs }));
  },
};

function gone(stage: 'written_off' | 'separated'): LotStage {
  return { stage, heldBy: 0n };
}

/** An open offer stands also with the edge that it goes over. */
export function putTransfer(draft: ProductionDraft, transfer: Transfer): void {
  draft.transfers.set(transfer.transfer, transfer);
  const { low, high } = pairOf(transfer.from, transfer.to);
  if (transfer.stage === 'offered') draft.offersOver.set(low, high, transfer.transfer, true);
  else draft.offersOver.delete(low, high, transfer.transfer);
}

function endTransfer(
  draft: ProductionDraft,
  id: Transfer['transfer'],
  stage: Transfer['stage'],
): void {
  const before = present(draft.transfers.get(id), `transfer ${id}`);
  putTransfer(draft, { ...before, stage });
}
