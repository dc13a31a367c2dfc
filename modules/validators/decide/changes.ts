/** Changes of parameters and upgrades: proposed and voted on by validators with power. */
import type { Address } from '../../_kernel/address.ts';
import { accept, type Context, type Timer } from '../../_kernel/decider.ts';
import { Json, problemIn } from '../../_kernel/json.ts';
import { timeMs } from '../../_kernel/units.ts';
import { readChange } from '../parameters.ts';
import { parametersOf, powerOf, type Tally, tally, type ValidatorsView } from '../power.ts';
import { refusals } from '../refusals.ts';
import type {
  Change,
  ChangeContent,
  ValidatorsCommand,
  ValidatorsEvent,
  ValidatorsPorts,
} from '../types.ts';
import type { Rules } from './bonds.ts';

export const changes: Pick<
  Rules,
  'ProposeChange' | 'VoteChange' | 'CloseChange' | 'SetParameters'
> = {
  ProposeChange(view, { type: _, proposer, summary, ...content }, context, ports) {
    if (!hasPower(view, proposer)) return refusals.not_a_validator({ owner: proposer });
    const open = view.openChanges.get(proposer);
    if (open !== undefined) return refusals.change_open({ owner: proposer, change: open });
    const problem = parametersProblem(view, content, ports);
    if (problem !== undefined) return refusals.malformed_change({ problem });
    const { upgrade } = content;
    if (upgrade !== undefined && upgrade.height <= context.height) {
      return refusals.upgrade_too_early({ upgradeHeight: upgrade.height, height: context.height });
    }
    const change = view.nextChange.get() ?? 1n;
    const closesMs = timeMs(context.timeMs + parametersOf(view).votingMs);
    const close: Timer<ValidatorsCommand> = {
      atMs: closesMs,
      command: { type: 'CloseChange', change },
    };
    return accept(
      [{ type: 'ChangeProposed', change, proposer, summary, closesMs, ...content }],
      [close],
    );
  },

  /** Passes at once with more than two thirds of the power. */
  VoteChange(view, { voter, change: id, yes }, context, ports) {
    const change = view.changes.get(id);
    if (change === undefined) return refusals.unknown_change({ change: id });
    const { outcome } = change;
    if (outcome !== 'open') return refusals.change_closed({ change: id, outcome });
    if (!hasPower(view, voter)) return refusals.not_a_validator({ owner: voter });
    if (view.votes.get(id, voter) === yes) return refusals.vote_unchanged({ change: id, yes });
    const voted: ValidatorsEvent = { type: 'ChangeVoted', change: id, voter, yes };
    const counted = tally(view, id, { voter, yes });
    if (!carries(counted)) return accept([voted]);
    return accept([voted, ...pass(view, id, change, counted, context, ports)]);
  },

  /** Time is up; power may have moved since the last vote. */
  CloseChange(view, { change: id }, context, ports) {
    const change = view.changes.get(id);
    if (change?.outcome !== 'open') return accept([]);
    const counted = tally(view, id);
    if (carries(counted)) return accept(pass(view, id, change, counted, context, ports));
    return accept([{ type: 'ChangeFailed', change: id, ...counted, reason: 'time is up' }]);
  },

  SetParameters(view, { json }) {
    const read = () => readChange(Json.parse(json, 'validators'), parametersOf(view));
    const problem = problemIn(read);
    if (problem !== undefined) return refusals.malformed_parameters({ problem });
    return accept([{ type: 'ParametersSet', parameters: read() }]);
  },
};

function hasPower(view: ValidatorsView, owner: Address): boolean {
  const validator = view.validators.get(owner);
  return validator !== undefined && powerOf(validator) > 0n;
}

function carries({ yesPower, totalPower }: Tally): boolean {
  return yesPower * 3n > totalPower * 2n;
}

/** The rest of the state may have moved on since the proposal: then the change fails after all. */
function pass(
  view: ValidatorsView,
  id: bigint,
  { parameters, upgrade }: Change,
  counted: Tally,
  { height }: Context,
  ports: ValidatorsPorts,
): readonly ValidatorsEvent[] {
  if (upgrade !== undefined) {
    if (upgrade.height <= height) {
      const reason = `height ${upgrade.height} is over`;
      return [{ type: 'ChangeFailed', change: id, ...counted, reason }];
    }
    return [
      { type: 'ChangePassed', change: id, ...counted, module: '', json: '' },
      { type: 'UpgradePlanned', change: id, ...upgrade },
    ];
  }
  const reason = parametersProblem(view, { parameters, upgrade }, ports);
  if (reason !== undefined) return [{ type: 'ChangeFailed', change: id, ...counted, reason }];
  return [{ type: 'ChangePassed', change: id, ...counted, ...parameters }];
}

/** Asks the module; for this one, also how the change fits the other parameters of today. */
function parametersProblem(
  view: ValidatorsView,
  { parameters }: ChangeContent,
  ports: ValidatorsPorts,
): string | undefined {
  if (parameters === undefined) return undefined;
  const { module, json } = parameters;
  const malformed = problemIn(() => Json.parse(json, module));
  if (malformed !== undefined) return malformed;
  const problem = ports.problemWithParameters(module, JSON.parse(json));
  if (problem !== undefined || module !== 'validators') return problem;
  return problemIn(() => readChange(Json.parse(json, module), parametersOf(view)));
}
