/** The rules of trust: one function a command. Guards stand in the order of the README's tables. */
import type { Address } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import { accept, type Decide } from '../_kernel/decider.ts';
import { Json, problemIn } from '../_kernel/json.ts';
import type { Refusal } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { timeMs } from '../_kernel/units.ts';
import { reachable, smallerSide } from './components.ts';
import type { tables } from './keys.ts';
import { parametersOf, readParameters } from './parameters.ts';
import { refuse } from './refusals.ts';
import {
  type CollectiveId,
  type ComponentId,
  collectiveId,
  componentId,
  type Pair,
  type Params,
  type Profile,
  pairOf,
  type TrustCommand,
  type TrustEvent,
  type TrustPorts,
} from './types.ts';

type TrustView = View<typeof tables>;

export const decide: Decide<typeof tables, TrustCommand, TrustEvent, TrustPorts> = {
  FoundCollective(view, { founder, name, kind, consumption, descriptionHash }, context) {
    return accept([
      {
        type: 'CollectiveFounded',
        collective: view.nextCollective.get() ?? collectiveId(1n),
        owner: founder,
        name,
        kind,
        consumption,
        descriptionHash,
        component: view.nextComponent.get() ?? componentId(1n),
        foundedAtMs: context.timeMs,
      },
    ]);
  },

  UpdateCollective(view, { signer, collective, ...changes }) {
    const before = view.collectives.get(collective);
    if (before === undefined) return refuse.unknown_collective({ collective });
    if (before.owner !== signer) return notTheOwner(collective, before.owner, signer);

    const { type: _, owner = before.owner, ...profile } = changes;
    const after = { ...profileOf(before), ...profile };
    if (owner === before.owner && sameProfile(before, after)) {
      return refuse.nothing_to_update({ collective });
    }
    const previousOwner = before.owner;
    return accept([{ type: 'CollectiveUpdated', collective, owner, ...after, previousOwner }]);
  },

  SignTrust(view, { signer, from, to }, { timeMs: signedAtMs }) {
    const problem = statementProblem(view, signer, from, to);
    if (problem !== undefined) return problem;
    const pair = pairOf(from, to);
    const edge = view.edges.get(pair.low, pair.high);
    if (edge !== undefined && edge.cancellation === undefined) {
      return refuse.already_trusted({ from, to });
    }
    if (edge?.cancellation !== undefined) {
      return refuse.trust_cancelled({ from, to, endsAtMs: edge.cancellation.endsAtMs });
    }
    if (view.signatures.has(from, to)) return refuse.already_signed({ from, to });

    const signed: TrustEvent = { type: 'TrustSigned', from, to, signedAtMs };
    if (!view.signatures.has(to, from)) return accept([signed]);
    const established: TrustEvent = {
      type: 'TrustEstablished',
      ...pair,
      establishedAtMs: signedAtMs,
    };
    return accept([signed, ...joining(view, pair, established)]);
  },

  WithdrawSignature(view, { signer, from, to }) {
    const problem = statementProblem(view, signer, from, to);
    if (problem !== undefined) return problem;
    if (!view.signatures.has(from, to)) return refuse.not_signed({ from, to });

    return accept([{ type: 'SignatureWithdrawn', from, to }]);
  },

  CancelTrust(view, { signer, from, to }, { timeMs: announcedAtMs }) {
    const problem = statementProblem(view, signer, from, to);
    if (problem !== undefined) return problem;
    const pair = pairOf(from, to);
    const edge = view.edges.get(pair.low, pair.high);
    if (edge === undefined) return refuse.not_trusted({ from, to });
    if (edge.cancellation !== undefined) {
      return refuse.trust_cancelled({ from, to, endsAtMs: edge.cancellation.endsAtMs });
    }

    const endsAtMs = timeMs(announcedAtMs + parametersOf(view).noticeMs);
    return accept(
      [{ type: 'TrustCancelled', ...pair, by: from, announcedAtMs, endsAtMs }],
      [{ atMs: endsAtMs, command: { type: 'EndTrust', ...pair } }],
    );
  },

  /** Does nothing where no notice has run out: a genesis made by hand may bring any timer. */
  EndTrust(view, command, context, ports) {
    const { low, high } = command;
    const endsAtMs = view.edges.get(low, high)?.cancellation?.endsAtMs;
    if (endsAtMs === undefined || endsAtMs > context.timeMs) return accept([]);
    const events = splitting(view, { low, high });
    const [first] = events;
    if (first?.type !== 'ComponentSplitting') return accept(events);
    const atMs = ports.changes.notBefore(first.component, context.timeMs);
    if (atMs !== undefined) return accept<TrustEvent>([], [{ atMs, command }]);

    return accept(events);
  },

  SetParameters(view, { json }) {
    const read = (): Params => readParameters(Json.parse(json, 'trust'), parametersOf(view));
    const problem = problemIn(read);
    if (problem !== undefined) return refuse.malformed_parameters({ problem });

    return accept([{ type: 'ParametersSet', ...read() }]);
  },
};

/** What is wrong with a statement of one collective about another, whatever it says. */
function statementProblem(
  view: TrustView,
  signer: Address,
  from: CollectiveId,
  to: CollectiveId,
): Refusal | undefined {
  if (from === to) return refuse.self_trust({ from, to });
  const speaker = view.collectives.get(from);
  if (speaker === undefined) return refuse.unknown_collective({ collective: from });
  if (!view.collectives.has(to)) return refuse.unknown_collective({ collective: to });
  if (speaker.owner !== signer) return notTheOwner(from, speaker.owner, signer);
  return undefined;
}

function notTheOwner(collective: CollectiveId, owner: Address, signer: Address): Refusal {
  return refuse.not_the_owner({ collective, owner, signer });
}

/** The larger component remains; of two equal ones, the elder. */
function joining(view: TrustView, pair: Pair, established: TrustEvent): readonly TrustEvent[] {
  const [ofLow, ofHigh] = [componentOf(view, pair.low), componentOf(view, pair.high)];
  if (ofLow === ofHigh) return [established];
  const [sizeLow, sizeHigh] = [sizeOf(view, ofLow), sizeOf(view, ofHigh)];
  const lowRemains = sizeLow > sizeHigh || (sizeLow === sizeHigh && ofLow < ofHigh);
  const [remaining, ending] = lowRemains ? [ofLow, ofHigh] : [ofHigh, ofLow];
  const moved = reachable(view, lowRemains ? pair.high : pair.low);
  return [
    { type: 'ComponentsJoining', remaining, ending, ...pair },
    established,
    { type: 'ComponentsJoined', remaining, ending, moved },
  ];
}

/** The larger side keeps the component; of two equal ones, that of the elder end of the edge. */
function splitting(view: TrustView, pair: Pair): readonly TrustEvent[] {
  const ended: TrustEvent = { type: 'TrustEnded', ...pair };
  const moved = smallerSide(view, pair);
  if (moved === undefined) return [ended];
  const component = componentOf(view, pair.low);
  const arising = present(view.nextComponent.get(), 'next component');
  return [
    { type: 'ComponentSplitting', component, arising, ...pair },
    ended,
    { type: 'ComponentSplit', component, arising, moved },
  ];
}

function componentOf(view: TrustView, id: CollectiveId): ComponentId {
  return present(view.componentOf.get(id), `component of collective ${id}`);
}

function sizeOf(view: TrustView, id: ComponentId): bigint {
  return present(view.componentSizes.get(id), `size of component ${id}`);
}

function profileOf({ name, kind, consumption, descriptionHash }: Profile): Profile {
  return { name, kind, consumption, descriptionHash };
}

function sameProfile(a: Profile, b: Profile): boolean {
  return (
    a.name === b.name &&
    a.kind === b.kind &&
    a.consumption === b.consumption &&
    a.descriptionHash.length === b.descriptionHash.length &&
    a.descriptionHash.every((byte, index) => byte === b.descriptionHash[index])
  );
}
