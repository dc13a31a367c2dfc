/** Ballots, what they change, and who was where when they were opened. */
import { present } from '../../_kernel/assert.ts';
import { workMs } from '../../_kernel/units.ts';
import { fromStored, toStored } from '../keys.ts';
import { type Ballot, type BallotId, Label, type LotId } from '../types.ts';
import { atNoValue } from '../value.ts';
import { changeLot, type ProductionDraft, replace, taken, type Writes } from './rows.ts';

type Facts =
  | 'CategorySet'
  | 'LotsRelabelled'
  | 'DebtMoved'
  | 'MembersMoved'
  | 'BallotOpened'
  | 'Voted'
  | 'BallotAdvanced'
  | 'BallotMoved'
  | 'ParametersSet'
  | 'ComponentParametersSet';

export const votes: Writes<Facts> = {
  CategorySet(draft, { component, productType, label }) {
    if (label === Label.COMMONS) draft.commons.set(component, productType, true);
    else draft.commons.delete(component, productType);
  },

  /** What becomes exclusive counts nothing from now on, and so do all its elements (D2.23). */
  LotsRelabelled(draft, { label, lots }) {
    for (const id of lots) {
      if (label === Label.COMMONS) changeLot(draft, id, () => ({ label }));
      else enterAtNothing(draft, id);
    }
  },

  /** For the module that carries debts: here nothing changes. */
  DebtMoved() {},

  MembersMoved(draft, { change, from, moved }) {
    taken(draft, 'change', change);
    for (const collective of moved) draft.moves.set(collective, change, from);
  },

  BallotOpened(draft, { type: _, ...opened }) {
    const { ballot, component, estimate } = opened;
    taken(draft, 'ballot', ballot);
    draft.ballots.set(ballot, { ...opened, yes: 0n, no: 0n, stage: 'open' });
    draft.pending.set(component, ballot, true);
    if (estimate !== 0n) draft.ballotOf.set(estimate, ballot);
  },

  Voted(draft, { ballot: id, collective, yes }) {
    const ballot = ballotOf(draft, id);
    draft.votes.set(id, collective, yes ? 1n : 0n);
    const [more, less] = yes ? [1n, 0n] : [0n, 1n];
    draft.ballots.set(id, { ...ballot, yes: ballot.yes + more, no: ballot.no + less });
  },

  BallotAdvanced(draft, { ballot: id, component, stage }) {
    const ballot = ballotOf(draft, id);
    draft.ballots.set(id, { ...ballot, stage });
    const waits = stage === 'passed' && ['category', 'parameters'].includes(ballot.subject);
    if (!waits) draft.pending.delete(component, id);
  },

  BallotMoved(draft, { ballot, from, to }) {
    draft.pending.delete(from, ballot);
    draft.pending.set(to, ballot, true);
  },

  ParametersSet(draft, { params }) {
    draft.params.set(params);
  },

  ComponentParametersSet(draft, { component, params }) {
    if (params === undefined) draft.componentParams.delete(component);
    else draft.componentParams.set(component, params);
  },
};

function enterAtNothing(draft: ProductionDraft, id: LotId): void {
  const composition = draft.compositions.get(id);
  if (composition !== undefined) {
    replace(draft, id, toStored(atNoValue(fromStored(composition))));
  }
  changeLot(draft, id, () => ({ label: Label.EXCLUSIVE, valueMs: workMs(0n) }));
  const origin = present(draft.origins.get(id), `origin of lot ${id}`);
  const { splits } = present(draft.lots.get(id), `lot ${id}`);
  // Said once: after it the value stays 0.
  if (origin.zeroFrom === 0n) draft.origins.set(id, { ...origin, zeroFrom: splits + 1n });
}

function ballotOf(draft: ProductionDraft, id: BallotId): Ballot {
  return present(draft.ballots.get(id), `ballot ${id}`);
}
