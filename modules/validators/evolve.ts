/** Writes what the facts of validators say. */
import { type Address, addressBytes, type ConsensusAddress } from '../_kernel/address.ts';
import { assert, present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import { uhub } from '../_kernel/units.ts';
import type { tables, Unbonding } from './keys.ts';
import { consensusBytes, powerOf } from './power.ts';
import type { Change, UnbondingBegun, Validator, ValidatorsEvent } from './types.ts';

type ValidatorsDraft = Draft<typeof tables>;

export const evolve: Evolve<typeof tables, ValidatorsEvent> = {
  ValidatorRegistered(draft, { owner, pubKey }) {
    draft.owners.set(consensusBytes(pubKey), owner);
    put(draft, owner, { stage: 'active', pubKey, bondUhub: uhub(0n), missed: 0n });
  },
  Bonded(draft, { owner, amountUhub }) {
    const validator = validatorIn(draft, owner);
    put(draft, owner, { ...validator, bondUhub: uhub(validator.bondUhub + amountUhub) });
  },
  UnbondingBegun(draft, event) {
    const { owner, amountUhub, id } = event;
    const validator = validatorIn(draft, owner);
    put(draft, owner, { ...validator, bondUhub: uhub(validator.bondUhub - amountUhub) });
    draft.unbondings.set(owner, id, unbondingOf(event));
    draft.nextUnbonding.set(id + 1n);
  },
  UnbondingFinished(draft, { owner, id }) {
    draft.unbondings.delete(owner, id);
  },
  BondCut(draft, { owner, bondCutUhub, unbondingCuts }) {
    const validator = validatorIn(draft, owner);
    put(draft, owner, { ...validator, bondUhub: uhub(validator.bondUhub - bondCutUhub) });
    for (const { id, amountUhub } of unbondingCuts) {
      const entry = present(draft.unbondings.get(owner, id), `unbonding ${id}`);
      const left = uhub(entry.amountUhub - amountUhub);
      if (left === 0n) draft.unbondings.delete(owner, id);
      else draft.unbondings.set(owner, id, { ...entry, amountUhub: left });
    }
  },
  ValidatorRemoved(draft, { owner, consensusAddress }) {
    forgetMisses(draft, consensusAddress);
    const { pubKey, bondUhub } = validatorIn(draft, owner);
    put(draft, owner, { stage: 'removed', pubKey, bondUhub, missed: 0n });
  },
  LastValidatorKept(draft, { owner, consensusAddress, reason }) {
    forgetMisses(draft, consensusAddress);
    const validator = { ...validatorIn(draft, owner), missed: 0n };
    put(draft, owner, reason === 'downtime' ? validator : { ...validator, stage: 'condemned' });
  },
  BlockMissed(draft, { owner, consensusAddress, height, expiredHeights }) {
    const address = addressBytes(consensusAddress);
    for (const expired of expiredHeights) draft.misses.delete(address, expired);
    draft.misses.set(address, height, true);
    const validator = validatorIn(draft, owner);
    const missed = validator.missed + 1n - BigInt(expiredHeights.length);
    put(draft, owner, { ...validator, missed });
  },
  ValidatorJailed(draft, { owner, consensusAddress, untilMs: jailedUntilMs }) {
    forgetMisses(draft, consensusAddress);
    const { pubKey, bondUhub } = validatorIn(draft, owner);
    put(draft, owner, { stage: 'jailed', pubKey, bondUhub, missed: 0n, jailedUntilMs });
  },
  ValidatorUnjailed(draft, { owner }) {
    const { pubKey, bondUhub } = validatorIn(draft, owner);
    put(draft, owner, { stage: 'active', pubKey, bondUhub, missed: 0n });
  },
  ValidatorSetChanged(draft, { updates }) {
    for (const { pubKey, power } of updates) {
      if (power === 0n) draft.told.delete(pubKey);
      else draft.told.set(pubKey, power);
    }
  },
  /** The tokens move in the bank. */
  FeesDistributed() {},
  ChangeProposed(draft, { type: _, change: id, ...proposed }) {
    draft.changes.set(id, { ...proposed, outcome: 'open', yesPower: 0n, totalPower: 0n });
    draft.openChanges.set(proposed.proposer, id);
    draft.nextChange.set(id + 1n);
  },
  ChangeVoted(draft, { change, voter, yes }) {
    draft.votes.set(change, voter, yes);
  },
  ChangePassed(draft, { change, yesPower, totalPower }) {
    close(draft, change, { outcome: 'passed', yesPower, totalPower });
  },
  ChangeFailed(draft, { change, yesPower, totalPower }) {
    close(draft, change, { outcome: 'failed', yesPower, totalPower });
  },
  UpgradePlanned(draft, { type: _, ...planned }) {
    draft.plannedUpgrade.set(planned);
  },
  ParametersSet(draft, { parameters }) {
    draft.parameters.set(parameters);
  },
  ValidatorImported(draft, { owner, pubKey, bondUhub, stage, jailedUntilMs }) {
    draft.owners.set(consensusBytes(pubKey), owner);
    const standing = { pubKey, bondUhub, missed: 0n };
    put(
      draft,
      owner,
      stage === 'jailed' ? { ...standing, stage, jailedUntilMs } : { ...standing, stage },
    );
  },
  UnbondingImported(draft, event) {
    draft.unbondings.set(event.owner, event.id, unbondingOf(event));
  },
  ChangeImported(draft, { id, change }) {
    draft.changes.set(id, change);
    if (change.outcome === 'open') draft.openChanges.set(change.proposer, id);
  },
  /** Numbers begin at 1, unwritten. */
  NumberingContinued(draft, { nextUnbonding, nextChange }) {
    if (nextUnbonding > 1n) draft.nextUnbonding.set(nextUnbonding);
    if (nextChange > 1n) draft.nextChange.set(nextChange);
  },
};

function validatorIn(draft: ValidatorsDraft, owner: Address): Validator {
  return present(draft.validators.get(owner), `validator ${owner}`);
}

/** Writes a validator and what follows from it: ranking, the condemned, the sum of the bonds. */
function put(draft: ValidatorsDraft, owner: Address, next: Validator): void {
  const before = draft.validators.get(owner);
  draft.validators.set(owner, next);

  const ownerBytes = addressBytes(owner);
  const [had, has] = [before === undefined ? 0n : powerOf(before), powerOf(next)];
  if (had !== has) {
    if (had > 0n) draft.ranking.delete(had, ownerBytes);
    if (has > 0n) draft.ranking.set(has, ownerBytes, next.pubKey);
  }
  if (next.stage === 'condemned') draft.condemned.set(owner, true);
  else if (before?.stage === 'condemned') draft.condemned.delete(owner);

  const added = next.bondUhub - (before?.bondUhub ?? 0n);
  if (added === 0n) return;
  const bonded = (draft.bonded.get() ?? 0n) + added;
  if (bonded === 0n) draft.bonded.delete();
  else draft.bonded.set(bonded);
}

function forgetMisses(draft: ValidatorsDraft, consensusAddress: ConsensusAddress): void {
  const address = addressBytes(consensusAddress);
  const rows = Array.from(draft.misses.range({ prefix: [address] }));
  for (const { key } of rows) draft.misses.delete(...key);
}

/** The votes have done their work; the outcome stays. */
function close(
  draft: ValidatorsDraft,
  id: bigint,
  outcome: Pick<Change, 'outcome' | 'yesPower' | 'totalPower'>,
): void {
  const change = present(draft.changes.get(id), `change ${id}`);
  assert(change.outcome === 'open', `change ${id} is closed already`);
  draft.changes.set(id, { ...change, ...outcome });
  draft.openChanges.delete(change.proposer);
  const rows = Array.from(draft.votes.range({ prefix: [id] }));
  for (const { key } of rows) draft.votes.delete(...key);
}

function unbondingOf(facts: Omit<UnbondingBegun, 'type'>): Unbonding {
  const { amountUhub, begunHeight, begunMs, dueMs } = facts;
  return { amountUhub, begunHeight, begunMs, dueMs };
}
