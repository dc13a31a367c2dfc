/** Writes what the facts of trust say; one function an event, no rule in any of them. */
import { assert, present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import { type IdList, including, without } from './id-list.ts';
import type { tables } from './keys.ts';
import {
  type CollectiveId,
  type ComponentId,
  collectiveId,
  componentId,
  type TrustEvent,
} from './types.ts';

type TrustDraft = Draft<typeof tables>;

export const evolve: Evolve<typeof tables, TrustEvent> = {
  CollectiveFounded(draft, { type: _, component, ...collective }) {
    const id = collective.collective;
    draft.collectives.set(id, collective);
    draft.collectivesOf.set(collective.owner, id, true);
    draft.nextCollective.set(collectiveId(id + 1n));
    draft.componentOf.set(id, component);
    draft.members.set(component, id, true);
    draft.componentSizes.set(component, (draft.componentSizes.get(component) ?? 0n) + 1n);
    reserveComponents(draft, componentId(component + 1n));
  },

  CollectiveUpdated(draft, { type: _, previousOwner, ...changed }) {
    const { collective, owner } = changed;
    const before = present(draft.collectives.get(collective), `collective ${collective}`);
    draft.collectives.set(collective, { ...before, ...changed });
    draft.collectivesOf.delete(previousOwner, collective);
    draft.collectivesOf.set(owner, collective, true);
  },

  TrustSigned(draft, { from, to, signedAtMs }) {
    draft.signatures.set(from, to, signedAtMs);
    draft.signaturesReceived.set(to, from, true);
  },

  SignatureWithdrawn(draft, { from, to }) {
    dropSignature(draft, from, to);
  },

  /** An announcement: other modules act on it, here nothing has changed yet. */
  ComponentsJoining() {},

  TrustEstablished(draft, { type: _, ...edge }) {
    const { low, high } = edge;
    dropSignature(draft, low, high);
    dropSignature(draft, high, low);
    draft.edges.set(low, high, edge);
    draft.neighbours.set(low, including(draft.neighbours.get(low) ?? [], high));
    draft.neighbours.set(high, including(draft.neighbours.get(high) ?? [], low));
  },

  ComponentsJoined(draft, { remaining, ending, moved }) {
    move(draft, moved, ending, remaining);
    assert(!draft.componentSizes.has(ending), `component ${ending} has members after its end`);
  },

  TrustCancelled(draft, { low, high, by, announcedAtMs, endsAtMs }) {
    const edge = present(draft.edges.get(low, high), `edge ${low}-${high}`);
    draft.edges.set(low, high, { ...edge, cancellation: { by, announcedAtMs, endsAtMs } });
  },

  /** An announcement, as above. */
  ComponentSplitting() {},

  TrustEnded(draft, { low, high }) {
    draft.edges.delete(low, high);
    setNeighbours(draft, low, without(draft.neighbours.get(low) ?? [], high));
    setNeighbours(draft, high, without(draft.neighbours.get(high) ?? [], low));
  },

  ComponentSplit(draft, { component, arising, moved }) {
    reserveComponents(draft, componentId(arising + 1n));
    move(draft, moved, component, arising);
  },

  ParametersSet(draft, { noticeMs }) {
    draft.params.set({ noticeMs });
  },

  ComponentIdsReserved(draft, { next }) {
    reserveComponents(draft, next);
  },
};

function move(
  draft: TrustDraft,
  moved: readonly CollectiveId[],
  from: ComponentId,
  to: ComponentId,
): void {
  for (const id of moved) {
    draft.componentOf.set(id, to);
    draft.members.delete(from, id);
    draft.members.set(to, id, true);
  }
  const count = BigInt(moved.length);
  const left = present(draft.componentSizes.get(from), `size of component ${from}`) - count;
  if (left === 0n) draft.componentSizes.delete(from);
  else draft.componentSizes.set(from, left);
  draft.componentSizes.set(to, (draft.componentSizes.get(to) ?? 0n) + count);
}

function reserveComponents(draft: TrustDraft, next: ComponentId): void {
  const before = draft.nextComponent.get();
  if (before === undefined || before < next) draft.nextComponent.set(next);
}

function dropSignature(draft: TrustDraft, from: CollectiveId, to: CollectiveId): void {
  draft.signatures.delete(from, to);
  draft.signaturesReceived.delete(to, from);
}

function setNeighbours(draft: TrustDraft, id: CollectiveId, neighbours: IdList): void {
  if (neighbours.length === 0) draft.neighbours.delete(id);
  else draft.neighbours.set(id, neighbours);
}
