/** Who becomes a validator, how much it bonds, and how the bond comes back. */

import type { Address } from '../../_kernel/address.ts';
import { assert, present } from '../../_kernel/assert.ts';
import { accept, type Context, type Decide, type Timer } from '../../_kernel/decider.ts';
import type { Refusal } from '../../_kernel/refusals.ts';
import { timeMs, type Uhub, uhub } from '../../_kernel/units.ts';
import { hasProof } from '../codec.ts';
import type { tables } from '../keys.ts';
import {
  consensusAddress,
  consensusBytes,
  othersHavePower,
  parametersOf,
  type ValidatorsView,
} from '../power.ts';
import { refusals } from '../refusals.ts';
import {
  largestTotalBond,
  type UnbondingBegun,
  type ValidatorsCommand,
  type ValidatorsEvent,
  type ValidatorsPorts,
} from '../types.ts';

export type Rules = Decide<typeof tables, ValidatorsCommand, ValidatorsEvent, ValidatorsPorts>;

export const bonds: Pick<
  Rules,
  'RegisterValidator' | 'Bond' | 'Unbond' | 'FinishUnbonding' | 'Unjail'
> = {
  RegisterValidator(view, command, { chainId }) {
    const { owner, pubKey, bondUhub } = command;
    const before = view.validators.get(owner);
    if (before !== undefined) return refusals.already_registered({ owner, stage: before.stage });
    const key = consensusAddress(pubKey);
    const holder = view.owners.get(consensusBytes(pubKey));
    if (holder !== undefined) return refusals.key_used({ key, owner: holder });
    if (!hasProof(chainId, command)) return refusals.bad_proof({ key, owner });
    const problem = bondProblem(view, 0n, bondUhub);
    if (problem !== undefined) return problem;
    return accept([
      { type: 'ValidatorRegistered', owner, consensusAddress: key, pubKey },
      { type: 'Bonded', owner, amountUhub: bondUhub },
    ]);
  },

  Bond(view, { owner, amountUhub }) {
    const validator = view.validators.get(owner);
    if (validator === undefined) return refusals.unknown_validator({ owner });
    if (validator.stage === 'removed') return refusals.validator_removed({ owner });
    const problem = bondProblem(view, validator.bondUhub, amountUhub);
    if (problem !== undefined) return problem;
    return accept([{ type: 'Bonded', owner, amountUhub }]);
  },

  Unbond(view, { owner, amountUhub }, context) {
    const validator = view.validators.get(owner);
    if (validator === undefined) return refusals.unknown_validator({ owner });
    if (validator.stage === 'removed') return refusals.validator_removed({ owner });
    const { bondUhub } = validator;
    const { minBondUhub, maxUnbondings } = parametersOf(view);
    if (amountUhub > bondUhub) return refusals.exceeds_bond({ amountUhub, bondUhub });
    const left = bondUhub - amountUhub;
    if (left > 0n && left < minBondUhub) {
      return refusals.bond_too_small({ bondUhub: left, leastUhub: minBondUhub });
    }
    if (left === 0n && !othersHavePower(view, [owner])) {
      return refusals.last_validator({ owner });
    }
    const open = Array.from(view.unbondings.range({ prefix: [owner] })).length;
    if (BigInt(open) >= maxUnbondings) {
      return refusals.too_many_unbondings({ open, most: maxUnbondings });
    }
    const begun = unbonding(view, owner, amountUhub, nextUnbonding(view), context);
    return accept([begun], [payout(begun)]);
  },

  /** Nothing is left to pay where a cut took all. */
  FinishUnbonding(view, { owner, id }, context) {
    const entry = view.unbondings.get(owner, id);
    if (entry === undefined) return accept([]);
    assert(entry.dueMs <= context.timeMs, `unbonding ${id} is not due`);
    return accept([{ type: 'UnbondingFinished', owner, id, amountUhub: entry.amountUhub }]);
  },

  Unjail(view, { owner }, context) {
    const validator = view.validators.get(owner);
    if (validator === undefined) return refusals.unknown_validator({ owner });
    const { stage, bondUhub, pubKey } = validator;
    if (stage !== 'jailed') return refusals.not_jailed({ owner, stage });
    if (context.timeMs < validator.jailedUntilMs) {
      return refusals.jail_not_over({ untilMs: validator.jailedUntilMs, timeMs: context.timeMs });
    }
    const leastUhub = parametersOf(view).minBondUhub;
    if (bondUhub < leastUhub) return refusals.bond_too_small({ bondUhub, leastUhub });
    return accept([
      { type: 'ValidatorUnjailed', owner, consensusAddress: consensusAddress(pubKey) },
    ]);
  },
};

export function nextUnbonding(view: ValidatorsView): bigint {
  return view.nextUnbonding.get() ?? 1n;
}

/** A validator goes for good. What cuts of this block leave of its bond unbonds. */
export function removal(
  view: ValidatorsView,
  owner: Address,
  context: Context,
  cutUhub: Uhub = uhub(0n),
  id: bigint = nextUnbonding(view),
): {
  readonly events: readonly ValidatorsEvent[];
  readonly timers: readonly Timer<ValidatorsCommand>[];
} {
  const { pubKey, bondUhub } = present(view.validators.get(owner), `validator ${owner}`);
  const removed: ValidatorsEvent = {
    type: 'ValidatorRemoved',
    owner,
    consensusAddress: consensusAddress(pubKey),
  };
  const leftUhub = uhub(bondUhub - cutUhub);
  if (leftUhub === 0n) return { events: [removed], timers: [] };
  const begun = unbonding(view, owner, leftUhub, id, context);
  return { events: [removed, begun], timers: [payout(begun)] };
}

/** Bond on its way back from now on. */
function unbonding(
  view: ValidatorsView,
  owner: Address,
  amountUhub: Uhub,
  id: bigint,
  context: Context,
): UnbondingBegun {
  const { unbondingMs } = parametersOf(view);
  return {
    type: 'UnbondingBegun',
    owner,
    id,
    amountUhub,
    begunHeight: context.height,
    begunMs: context.timeMs,
    dueMs: timeMs(context.timeMs + unbondingMs),
  };
}

function payout({ owner, id, dueMs }: UnbondingBegun): Timer<ValidatorsCommand> {
  return { atMs: dueMs, command: { type: 'FinishUnbonding', owner, id } };
}

function bondProblem(
  view: ValidatorsView,
  beforeUhub: bigint,
  addedUhub: bigint,
): Refusal | undefined {
  const { minBondUhub } = parametersOf(view);
  const bondUhub = beforeUhub + addedUhub;
  if (bondUhub < minBondUhub) {
    return refusals.bond_too_small({ bondUhub, leastUhub: minBondUhub });
  }
  const totalUhub = (view.bonded.get() ?? 0n) + addedUhub;
  if (totalUhub > largestTotalBond) {
    return refusals.too_much_bonded({ totalUhub, mostUhub: largestTotalBond });
  }
  return undefined;
}
