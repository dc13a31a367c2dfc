/** What a block says of its validators: who broke consensus, who did not sign. */
import type { Address } from '../../_kernel/address.ts';
import { accept, type Context, type Timer } from '../../_kernel/decider.ts';
import { mulDivFloor } from '../../_kernel/rational.ts';
import { timeMs, type Uhub, uhub } from '../../_kernel/units.ts';
import {
  consensusAddress,
  othersHavePower,
  parametersOf,
  powerOf,
  type ValidatorsView,
} from '../power.ts';
import type {
  Misbehavior,
  Parameters,
  UnbondingCut,
  Validator,
  ValidatorsCommand,
  ValidatorsEvent,
} from '../types.ts';
import { nextUnbonding, type Rules, removal } from './bonds.ts';

const million = 1_000_000n;

/** An update decided at height h counts from h + 2 on. */
const updateDelay = 2n;

/** One block's work: later parts see who has lost power in earlier ones. */
interface Work {
  readonly view: ValidatorsView;
  readonly context: Context;
  readonly parameters: Parameters;
  readonly events: ValidatorsEvent[];
  readonly timers: Timer<ValidatorsCommand>[];
  /** Owners that lost their power in this block, and those that were punished. */
  readonly powerless: Set<Address>;
  readonly punished: Set<Address>;
  unbondingId: bigint;
}

/** Offences first: whoever is removed by them has nothing to miss. Never refuses. */
export const BeginBlock: Rules['BeginBlock'] = (view, { votes, misbehavior }, context) => {
  const absent = votes.filter(({ signed }) => !signed);
  if (absent.length === 0 && misbehavior.length === 0) return accept([]);
  const work: Work = {
    view,
    context,
    parameters: parametersOf(view),
    events: [],
    timers: [],
    powerless: new Set(),
    punished: new Set(),
    unbondingId: nextUnbonding(view),
  };
  for (const offence of misbehavior) punish(work, offence);
  for (const { address } of absent) miss(work, address);
  return accept(work.events, work.timers);
};

/**
 * Once a validator, for good: further evidence against it, of whatever offence, changes nothing.
 */
function punish(work: Work, offence: Misbehavior): void {
  const { view } = work;
  const owner = view.owners.get(offence.address);
  const validator = owner === undefined ? undefined : view.validators.get(owner);
  if (owner === undefined || validator === undefined) return;
  if (validator.stage === 'condemned' || validator.stage === 'removed') return;
  if (work.punished.has(owner)) return;
  work.punished.add(owner);

  const bondCutUhub = cutBond(work, owner, validator, offence);
  const consensus = consensusAddress(validator.pubKey);
  const kept = powerOf(validator) > 0n && !othersHavePower(view, [...work.powerless, owner]);
  if (kept) {
    const facts = { owner, consensusAddress: consensus, reason: 'misbehavior' } as const;
    work.events.push({ type: 'LastValidatorKept', ...facts });
    return;
  }
  work.powerless.add(owner);
  const { events, timers } = removal(view, owner, work.context, bondCutUhub, work.unbondingId);
  work.unbondingId += BigInt(timers.length);
  work.events.push(...events);
  work.timers.push(...timers);
}

/**
 * Cuts the bond and every unbonding whose power still counted at the offence. Each cut is rounded
 * down in the owner's favour. Returns the cut of the bond.
 */
function cutBond(work: Work, owner: Address, validator: Validator, offence: Misbehavior): Uhub {
  const { duplicateVoteCutPpm, lightClientAttackCutPpm } = work.parameters;
  const ppm = offence.kind === 'duplicate_vote' ? duplicateVoteCutPpm : lightClientAttackCutPpm;
  const cutOf = (amountUhub: bigint): Uhub => uhub(mulDivFloor(amountUhub, ppm, million));
  const bondCutUhub = cutOf(validator.bondUhub);
  const unbondingCuts: UnbondingCut[] = [];
  for (const { key, value } of work.view.unbondings.range({ prefix: [owner] })) {
    const counted = value.begunHeight + updateDelay > offence.height;
    const amountUhub = cutOf(value.amountUhub);
    if (counted && amountUhub > 0n) unbondingCuts.push({ id: key[1], amountUhub });
  }
  const total = unbondingCuts.reduce((sum, { amountUhub }) => sum + amountUhub, bondCutUhub + 0n);
  work.events.push({
    type: 'BondCut',
    owner,
    consensusAddress: consensusAddress(validator.pubKey),
    kind: offence.kind,
    infractionHeight: offence.height,
    infractionMs: offence.timeMs,
    amountUhub: uhub(total),
    bondCutUhub,
    unbondingCuts,
  });
  return bondCutUhub;
}

/** Votes of validators that are jailed, removed or unknown say nothing. */
function miss(work: Work, address: Uint8Array): void {
  const { view, parameters } = work;
  const owner = view.owners.get(address);
  const validator = owner === undefined ? undefined : view.validators.get(owner);
  if (owner === undefined || validator?.stage !== 'active') return;
  if (work.punished.has(owner)) return;
  const consensus = consensusAddress(validator.pubKey);
  const height = work.context.height - 1n;
  const expiredHeights = [...expired(view, address, height, parameters.missWindowBlocks)];
  const facts = { owner, consensusAddress: consensus };
  work.events.push({ type: 'BlockMissed', ...facts, height, expiredHeights });

  const missed = validator.missed + 1n - BigInt(expiredHeights.length);
  if (missed <= parameters.maxMissedBlocks) return;
  if (powerOf(validator) > 0n && !othersHavePower(view, [...work.powerless, owner])) {
    work.events.push({ type: 'LastValidatorKept', ...facts, reason: 'downtime' });
    return;
  }
  work.powerless.add(owner);
  const untilMs = timeMs(work.context.timeMs + parameters.jailMs);
  work.events.push({ type: 'ValidatorJailed', ...facts, untilMs, missed });
}

/** Misses on record that have left the window of blocks that ends with `height`. */
function* expired(
  view: ValidatorsView,
  address: Uint8Array,
  height: bigint,
  windowBlocks: bigint,
): Iterable<bigint> {
  for (const { key } of view.misses.range({ prefix: [address] })) {
    if (key[1] + windowBlocks > height) return;
    yield key[1];
  }
}
