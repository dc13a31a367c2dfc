/** Writes the records that a genesis brings, and the rows that follow from each. */
import { putOrder, putWorkload } from './evolve/productions.ts';
import { putTransfer } from './evolve/resources.ts';
import { type ProductionDraft, putLot, putPair, putProduction } from './evolve/rows.ts';
import type { Numbered, ProductionEvent } from './types.ts';

type Imported = Extract<ProductionEvent, { readonly type: 'StateImported' }>;
type Name = Exclude<keyof Imported, 'type'>;

/**
 * Records are those of the wire: only the types of their ids are wider, and a genesis that was
 * written here has all of them, so `is` says what each is.
 */
const is = (value: unknown): never => value as never;

const writers: {
  readonly [N in Name]: (draft: ProductionDraft, row: Imported[N][number]) => void;
} = {
  counters: (draft, { kind, next }) => draft.next.set(kind as Numbered, next),
  types: (draft, row) => draft.types.set(is(row.productType), is(row)),
  commons: (draft, row) => draft.commons.set(is(row.component), is(row.productType), true),
  orders: (draft, row) => putOrder(draft, is(row)),
  estimates: (draft, row) => draft.estimates.set(is(row.estimate), is(row)),
  productions(draft, row) {
    putProduction(draft, undefined, is(row));
    draft.productionsOf.set(is(row.producer), is(row.production), true);
  },
  compositions: (draft, row) => draft.compositions.set(is(row.lot), is(row.composition)),
  formerCompositions(draft, { lot, revaluation, composition }) {
    draft.formerCompositions.set(is(lot), revaluation, is(composition));
  },
  lots(draft, row) {
    putLot(draft, is(row));
    const isOpen = draft.productions.get(is(row.heldBy))?.stage === 'open';
    if (row.stage === 'part' && isOpen) draft.partsOf.set(is(row.heldBy), is(row.lot), true);
  },
  origins: (draft, { lot, origin }) => draft.origins.set(is(lot), is(origin)),
  splits: (draft, { lot, place, part }) => draft.splits.set(is(lot), place, is(part)),
  inputs: (draft, { production, place, input }) =>
    draft.inputs.set(is(production), place, is(input)),
  transfers: (draft, row) => putTransfer(draft, is(row)),
  allocations: (draft, row) => draft.allocations.set(is(row.allocation), is(row)),
  workloads: (draft, row) => putWorkload(draft, is(row)),
  sums(draft, { collective, segment, sums }) {
    draft.sums.set(is(collective), is(segment), is(sums));
    const latest = draft.latest.get(is(collective)) ?? 0n;
    if (segment >= latest) draft.latest.set(is(collective), is(segment));
  },
  pairs: (draft, { collective, segment, place, pair }) =>
    putPair(draft, is(collective), is(segment), place, is(pair)),
  statistics: (draft, { productType, segment, sums }) =>
    draft.statistics.set(is(productType), is(segment), is(sums)),
  pools: (draft, { component, productType, pool }) =>
    draft.pools.set(is(component), is(productType), is(pool)),
  shelves: (draft, { store, productType, units }) =>
    draft.shelves.set(is(store), is(productType), units),
  handedOverAt: (draft, { store, productType, atMs }) =>
    draft.handedOverAt.set(is(store), is(productType), is(atMs)),
  differences: (draft, { store, difference }) => draft.differences.set(is(store), is(difference)),
  handed: (draft, { store, segment, chargeMs }) =>
    draft.handed.set(is(store), is(segment), chargeMs),
  ballots: (draft, row) => draft.ballots.set(is(row.ballot), is(row)),
  ballotsOf: (draft, { estimate, ballot }) => draft.ballotOf.set(is(estimate), is(ballot)),
  pending: (draft, { component, ballot }) => draft.pending.set(is(component), is(ballot), true),
  votes: (draft, { ballot, collective, yes }) =>
    draft.votes.set(is(ballot), is(collective), yes ? 1n : 0n),
  moves: (draft, { collective, change, component }) =>
    draft.moves.set(is(collective), change, is(component)),
  componentParams: (draft, { component, params }) =>
    draft.componentParams.set(is(component), is(params)),
};

export function restore(draft: ProductionDraft, imported: Imported): void {
  for (const [name, write] of Object.entries(writers)) {
    for (const row of imported[name as Name]) write(draft, is(row));
  }
}
