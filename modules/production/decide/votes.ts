/** Ballots: one collective one vote, passed by more than half of the component (2-P20). */
import type { Address } from '../../_kernel/address.ts';
import { present } from '../../_kernel/assert.ts';
import { accept, type Timer } from '../../_kernel/decider.ts';
import { problemIn } from '../../_kernel/json.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { type TimeMs, timeMs as time, workMs } from '../../_kernel/units.ts';
import { defaultParameters, deviates, parametersOf, readOwnParameters } from '../parameters.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type Ballot,
  type BallotId,
  type CollectiveId,
  type ComponentId,
  type Estimate,
  type EstimateId,
  Label,
  type OrderId,
  type Production,
  type ProductionEvent,
  type TypeId,
} from '../types.ts';
import {
  categoryOf,
  collectiveProblem,
  componentOf,
  inProgressMs,
  next,
  type ProductionView,
  type Rules,
  signerProblem,
  typeFor,
} from './guards.ts';
import { exclusiveValueOf } from './relabel.ts';

type Commands =
  | 'VoteProduction'
  | 'ProposeCategory'
  | 'VoteCategory'
  | 'ProposeParameters'
  | 'VoteParameters';

export const votes: Rules<Commands> = {
  /** Opens the ballot where a split has ended it, and on work that exceeds its estimate. */
  VoteProduction(view, { signer, collective, estimate: id, yes }, { timeMs }, ports) {
    const problem =
      collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
    if (problem !== undefined) return problem;
    const estimate = view.estimates.get(id);
    if (estimate === undefined) return refuse.unknown_estimate({ estimate: id });
    const asked = view.ballotOf.get(id);
    const last = asked === undefined ? undefined : view.ballots.get(asked);
    if (last?.stage === 'open') {
      // Work that has ended meanwhile deviates from nothing.
      const isOver = last.subject === 'deviation' && openWork(view, estimate.order) === undefined;
      if (isOver) return refuse.nothing_to_vote({ estimate: id });
      return voted(view, ports, last, collective, yes, timeMs);
    }
    const question = questionOf(view, ports, estimate, last);
    if (isRefusal(question)) return question;
    const opened = opening(view, ports, timeMs, question);
    const ballot: Ballot = { ...opened, yes: 0n, no: 0n, stage: 'open' };
    const first = voted(view, ports, ballot, collective, yes, timeMs);
    return first.ok ? accept([opened, ...first.events], first.timers) : first;
  },

  ProposeCategory(view, { signer, collective, productType, label }, { timeMs }, ports) {
    const problem =
      collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
    if (problem !== undefined) return problem;
    const type = typeFor(view, ports, productType, collective);
    if (isRefusal(type)) return type;
    if (categoryOf(view, ports, productType, collective) === label) {
      return refuse.category_already({ productType, label });
    }
    const component = componentOf(ports, collective);
    const pending = pendingOn(view, component, (ballot) => ballot.productType === productType);
    if (pending !== undefined) return refuse.already_proposed({ ballot: pending });

    const valueMs = exclusiveValueOf(view, ports, component, productType);
    const asked = { proposer: collective, productType, label, valueMs: workMs(valueMs) };
    return accept([opening(view, ports, timeMs, { subject: 'category', ...asked })]);
  },

  VoteCategory: (view, command, context, ports) =>
    voteOn('category', view, command, context, ports),

  ProposeParameters(view, { signer, collective, json }, { timeMs }, ports) {
    const problem =
      collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
    if (problem !== undefined) return problem;
    const malformed = componentParametersProblem(json);
    if (malformed !== undefined) return refuse.malformed_parameters({ problem: malformed });
    const component = componentOf(ports, collective);
    const pending = pendingOn(view, component, ({ subject }) => subject === 'parameters');
    if (pending !== undefined) return refuse.already_proposed({ ballot: pending });

    const asked = { subject: 'parameters', proposer: collective, json } as const;
    return accept([opening(view, ports, timeMs, asked)]);
  },

  VoteParameters: (view, command, context, ports) =>
    voteOn('parameters', view, command, context, ports),
};

type Question = Pick<Ballot, 'subject' | 'proposer'> & Partial<Ballot>;
type Opened = Extract<ProductionEvent, { readonly type: 'BallotOpened' }>;

/** The electorate is the component of the proposer as it is now. */
export function opening(
  view: ProductionView,
  ports: ProductionPorts,
  openedAtMs: TimeMs,
  question: Question,
): Opened {
  const component = componentOf(ports, question.proposer);
  return {
    type: 'BallotOpened',
    ballot: next<BallotId>(view, 'ballot'),
    component,
    change: next<bigint>(view, 'change'),
    electorate: ports.trust.sizeOf(component),
    openedAtMs,
    estimate: 0n as EstimateId,
    valueMs: workMs(0n),
    productType: 0n as TypeId,
    label: Label.UNSPECIFIED,
    json: '',
    ...question,
  };
}

/** What a vote on an estimate without an open ballot would be about. */
function questionOf(
  view: ProductionView,
  ports: ProductionPorts,
  { estimate, order: of, valueMs }: Estimate,
  last: Ballot | undefined,
): Question | Refusal {
  const order = present(view.orders.get(of), `order ${of}`);
  const { producer: proposer } = order;
  const params = parametersOf(view, componentOf(ports, proposer));
  if (order.stage === 'estimated') {
    const isLarge = params.voteLimitMs > 0n && valueMs > params.voteLimitMs;
    if (!isLarge || last?.stage !== 'void') return refuse.nothing_to_vote({ estimate });
    return { subject: 'production', proposer, estimate, valueMs };
  }
  const production = openWork(view, of);
  if (production === undefined) return refuse.nothing_to_vote({ estimate });
  const nowMs = inProgressMs(production);
  const { approvedMs } = production;
  const baseMs = approvedMs > valueMs ? approvedMs : valueMs;
  if (!deviates(nowMs, baseMs, params.deviationVoteNum, params.deviationVoteDen)) {
    return refuse.nothing_to_vote({ estimate });
  }
  return { subject: 'deviation', proposer, estimate, valueMs: nowMs };
}

/** The work that was begun on an order, until its output or its rejection. */
function openWork(view: ProductionView, id: OrderId): Production | undefined {
  const order = present(view.orders.get(id), `order ${id}`);
  const begun = order.stage === 'started' ? view.productions.get(order.heldBy) : undefined;
  return begun?.stage === 'open' ? begun : undefined;
}

interface Vote {
  readonly signer: Address;
  readonly collective: CollectiveId;
  readonly ballot: BallotId;
  readonly yes: boolean;
}

function voteOn(
  subject: Ballot['subject'],
  view: ProductionView,
  { signer, collective, ballot: id, yes }: Vote,
  { timeMs }: { readonly timeMs: TimeMs },
  ports: ProductionPorts,
) {
  const problem = collectiveProblem(ports, collective) ?? signerProblem(ports, collective, signer);
  if (problem !== undefined) return problem;
  const ballot = view.ballots.get(id);
  if (ballot?.subject !== subject) return refuse.unknown_ballot({ ballot: id, subject });
  return voted(view, ports, ballot, collective, yes, timeMs);
}

/** Counts a vote; the one that decides brings what it decides. */
function voted(
  view: ProductionView,
  ports: ProductionPorts,
  ballot: Ballot,
  collective: CollectiveId,
  yes: boolean,
  timeMs: TimeMs,
) {
  const { ballot: id, stage, electorate } = ballot;
  if (stage !== 'open') return refuse.ballot_over({ ballot: id, stage });
  if (componentAt(view, ports, collective, ballot.change) !== ballot.component) {
    return refuse.no_vote({ ballot: id, collective });
  }
  if (view.votes.has(id, collective)) return refuse.voted_already({ ballot: id, collective });

  const vote: ProductionEvent = { type: 'Voted', ballot: id, collective, yes };
  const component = componentOf(ports, ballot.proposer);
  const end = (to: 'passed' | 'rejected'): ProductionEvent => ({
    type: 'BallotAdvanced',
    ballot: id,
    stage: to,
    component,
  });
  if (yes && 2n * (ballot.yes + 1n) > electorate) {
    const { events, timers } = consequences(view, ports, ballot, timeMs);
    return accept<ProductionEvent>([vote, end('passed'), ...events], timers);
  }
  const lost = !yes && 2n * (electorate - ballot.no - 1n) <= electorate;
  return accept<ProductionEvent>(lost ? [vote, end('rejected')] : [vote]);
}

/** What is about goods of all takes effect with the next segment, not in the middle of one. */
function consequences(
  view: ProductionView,
  { segments }: ProductionPorts,
  { ballot, subject, estimate, valueMs, json }: Ballot,
  now: TimeMs,
): { readonly events: readonly ProductionEvent[]; readonly timers: readonly Timer[] } {
  const atMs = time(segments.endOf(segments.segmentAt(now)) + 1n);
  switch (subject) {
    case 'category': {
      const command = { type: 'ApplyCategory', ballot, collective: 0n, lot: 0n } as const;
      return { events: [], timers: [{ atMs, command }] };
    }
    case 'parameters': {
      const command = { type: 'ApplyParameters', ballot, json } as const;
      return { events: [], timers: [{ atMs, command }] };
    }
    case 'deviation': {
      const { order } = present(view.estimates.get(estimate), `estimate ${estimate}`);
      const { production } = present(openWork(view, order), `work on order ${order}`);
      return {
        events: [{ type: 'DeviationApproved', production, approvedMs: valueMs }],
        timers: [],
      };
    }
    case 'production':
      return { events: [], timers: [] };
  }
}

/** Where a collective was before a change of components. */
function componentAt(
  view: ProductionView,
  ports: ProductionPorts,
  collective: CollectiveId,
  change: bigint,
): ComponentId | undefined {
  const from: [CollectiveId, bigint] = [collective, change];
  for (const { value } of view.moves.range({ prefix: [collective], from, limit: 1 })) return value;
  return ports.trust.componentOf(collective);
}

function pendingOn(
  view: ProductionView,
  component: ComponentId,
  matches: (ballot: Ballot) => boolean,
): BallotId | undefined {
  for (const { key } of view.pending.range({ prefix: [component] })) {
    if (matches(present(view.ballots.get(key[1]), `ballot ${key[1]}`))) return key[1];
  }
  return undefined;
}

const longestJson = 1024;

function componentParametersProblem(json: string): string | undefined {
  if (json.length > longestJson) return `${json.length} characters, above ${longestJson}`;
  return problemIn(() => readOwnParameters(json, defaultParameters));
}
