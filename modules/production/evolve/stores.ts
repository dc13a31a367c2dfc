/** Shelves and pools, hand-overs, inventories, and the difference of a store (D2.24, D2.25). */
import { present } from '../../_kernel/assert.ts';
import { workMs } from '../../_kernel/units.ts';
import type { CollectiveId, Gone, LotId } from '../types.ts';
import {
  addSums,
  addToPool,
  addToShelf,
  changeLot,
  count,
  free,
  newLot,
  noOrigin,
  type ProductionDraft,
  taken,
  type Writes,
} from './rows.ts';

type Facts =
  | 'Shelved'
  | 'Unshelved'
  | 'HandedOver'
  | 'OverdrawWarned'
  | 'InventoryTaken'
  | 'BurnCounted'
  | 'PoolMoved'
  | 'PoolRelabelled';

export const stores: Writes<Facts> = {
  Shelved(draft, { lot, store, component, productType, quantity, valueMs }) {
    changeLot(draft, lot, () => ({ stage: 'shelved', heldBy: 0n }));
    addToPool(draft, component, productType, { valueMs, units: quantity });
    addToShelf(draft, store, productType, quantity);
  },

  Unshelved(draft, { type: _, lot, pool, ...event }) {
    const { store, component, productType, quantity, valueMs, label, ownership } = event;
    addToPool(draft, component, productType, { valueMs: -valueMs, units: -quantity });
    addToShelf(draft, store, productType, -quantity);
    const { units: ofQuantity, valueMs: ofValueMs } = present(pool, 'a pool');
    const origin = { kind: 'unshelved', quantity, valueMs, component, ofQuantity, ofValueMs };
    if (draft.lots.has(lot)) {
      taken(draft, 'ownership', ownership);
      changeLot(draft, lot, () => ({ ...free, label, valueMs, ownership }));
      draft.origins.set(lot, { ...noOrigin, ...origin, lots: [lot] });
    } else {
      newLot(draft, { ...event, lot, owner: store }, origin);
    }
  },

  HandedOver(draft, { store, component, productType, quantity, chargeMs, segment, ...event }) {
    addToPool(draft, component, productType, { valueMs: -chargeMs, units: -quantity });
    addToShelf(draft, store, productType, -quantity);
    addToDifference(draft, store, { burnedMs: 0n, chargedMs: chargeMs });
    draft.handed.set(store, segment, (draft.handed.get(store, segment) ?? 0n) + chargeMs);
    draft.handedOverAt.set(store, productType, event.handedOverAtMs);
    count(draft, productType, segment, { handedOver: quantity, handedOverMs: chargeMs });
    leave(draft, event.lots, 'handed_over');
  },

  /** To be seen by people: nothing changes. */
  OverdrawWarned() {},

  InventoryTaken(draft, { store, component, productType, counted, due, chargeMs, ...event }) {
    const { burnedMs, chargedMs, segment, missing } = event;
    addToPool(draft, component, productType, { valueMs: -chargeMs, units: counted - due });
    addToShelf(draft, store, productType, counted - due);
    leave(draft, missing, 'missing');
    if (counted < due) {
      count(draft, productType, segment, { writtenOff: due - counted, writtenOffMs: chargeMs });
    }
    const shortMs = chargedMs > burnedMs ? chargedMs - burnedMs : 0n;
    if (chargeMs + shortMs > 0n) addSums(draft, store, segment, { w: chargeMs + shortMs });
    draft.differences.delete(store);
  },

  BurnCounted(draft, { store, amountMs }) {
    addToDifference(draft, store, { burnedMs: amountMs, chargedMs: 0n });
  },

  PoolMoved(draft, { from, to, productType, valueMs, units }) {
    addToPool(draft, from, productType, { valueMs: -valueMs, units: -units });
    addToPool(draft, to, productType, { valueMs, units });
  },

  PoolRelabelled(draft, { component, productType, valueMs }) {
    addToPool(draft, component, productType, { valueMs: -valueMs, units: 0n });
  },
};

function addToDifference(
  draft: ProductionDraft,
  store: CollectiveId,
  added: { readonly burnedMs: bigint; readonly chargedMs: bigint },
): void {
  const { burnedMs = 0n, chargedMs = 0n } = draft.differences.get(store) ?? {};
  draft.differences.set(store, {
    burnedMs: workMs(burnedMs + added.burnedMs),
    chargedMs: workMs(chargedMs + added.chargedMs),
  });
}

function leave(draft: ProductionDraft, lots: readonly LotId[], stage: Gone): void {
  for (const lot of lots) changeLot(draft, lot, () => ({ stage, heldBy: 0n }));
}
