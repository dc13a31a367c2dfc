/**
 * Validator sets as CometBFT 0.38 keeps them: ordered by power, then address, with the proposer
 * chosen by priorities that rise by power and fall by the total on each turn.
 */
import type { ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import { consensusAddress } from '../client/hashing.ts';

export interface ConsensusValidator {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly power: bigint;
  readonly priority: bigint;
}

export interface ValidatorSet {
  readonly validators: readonly ConsensusValidator[];
  /** Address of the one whose turn it is in round 0. */
  readonly proposer: Uint8Array;
}

const maxTotalPower = (2n ** 63n - 1n) / 8n;

/** The set of a genesis, after its first turn. */
export function newValidatorSet(updates: readonly ValidatorUpdate[]): ValidatorSet {
  return rotate(changeValidators({ validators: [], proposer: new Uint8Array(0) }, updates));
}

export function totalPower(set: ValidatorSet): bigint {
  return set.validators.reduce((sum, { power }) => sum + power, 0n);
}

export function findValidator(
  set: ValidatorSet,
  address: Uint8Array,
): { index: number; validator: ConsensusValidator } | undefined {
  const index = set.validators.findIndex((one) => compareBytes(one.address, address) === 0);
  const validator = set.validators[index];
  return validator === undefined ? undefined : { index, validator };
}

/**
 * Applies an application's updates: power 0 removes.
 *
 * @throws Error for a duplicate, a negative power, a removal of a stranger, an empty result or too
 * much
 *   power: CometBFT stops on each of these.
 */
export function changeValidators(
  set: ValidatorSet,
  updates: readonly ValidatorUpdate[],
): ValidatorSet {
  const changes = readUpdates(updates);
  const before = new Map(set.validators.map((one) => [key(one.address), one]));
  const kept = set.validators.filter((one) => !changes.has(key(one.address)));
  const removed = [...changes.values()].filter(({ power }) => power === 0n);
  for (const { address } of removed) {
    if (before.has(key(address))) continue;
    throw new Error(`failed to find validator ${key(address)} to remove`);
  }
  const changed = [...changes.values()].filter(({ power }) => power > 0n);
  const removedPower = removed.reduce(
    (n, one) => n + (before.get(key(one.address))?.power ?? 0n),
    0n,
  );
  const total = [...kept, ...changed].reduce((n, { power }) => n + power, 0n);
  if (total > maxTotalPower) {
    throw new Error(`total voting power ${total} exceeds ${maxTotalPower}`);
  }
  if (total === 0n) {
    throw new Error('applying the validator changes would result in empty set');
  }
  // A newcomer starts behind everyone, so that leaving and coming back gains nothing.
  const beforeRemovals = total + removedPower;
  const newcomer = -(beforeRemovals + beforeRemovals / 8n);
  const merged = changed.map((one) => ({
    ...one,
    priority: before.get(key(one.address))?.priority ?? newcomer,
  }));
  const validators = centre(rescale([...kept, ...merged], total * 2n)).sort(byPowerThenAddress);
  return { validators, proposer: set.proposer };
}

/** One turn: the next proposer by priority. */
export function rotate(set: ValidatorSet): ValidatorSet {
  const total = totalPower(set);
  const raised = centre(rescale(set.validators, total * 2n)).map((one) => ({
    ...one,
    priority: one.priority + one.power,
  }));
  const most = raised.reduce((best, one) => {
    if (one.priority !== best.priority) return one.priority > best.priority ? one : best;
    return compareBytes(one.address, best.address) < 0 ? one : best;
  });
  const validators = raised.map((one) =>
    one === most ? { ...one, priority: one.priority - total } : one,
  );
  return { validators, proposer: most.address };
}

function readUpdates(updates: readonly ValidatorUpdate[]): Map<string, ConsensusValidator> {
  const changes = new Map<string, ConsensusValidator>();
  for (const { pubKey, power } of updates) {
    const publicKey = pubKey.ed25519;
    if (publicKey?.length !== 32) {
      throw new Error('a validator update has no ed25519 key of 32 bytes');
    }
    const address = consensusAddress(publicKey);
    if (power < 0n) throw new Error(`voting power of ${key(address)} can't be negative: ${power}`);
    if (changes.has(key(address))) {
      throw new Error(`duplicate entry ${key(address)} in the validator updates`);
    }
    changes.set(key(address), { address, publicKey, power, priority: 0n });
  }
  return changes;
}

/** Shrinks the spread of priorities to `limit`; the division rounds towards zero, as in Go. */
function rescale(
  validators: readonly ConsensusValidator[],
  limit: bigint,
): readonly ConsensusValidator[] {
  const priorities = validators.map(({ priority }) => priority);
  const spread = maximum(priorities) + maximum(priorities.map((one) => -one));
  if (limit <= 0n || spread <= limit) return validators;
  const ratio = (spread + limit - 1n) / limit;
  return validators.map((one) => ({ ...one, priority: one.priority / ratio }));
}

/** Moves the average priority to zero; the average is rounded down. */
function centre(validators: readonly ConsensusValidator[]): ConsensusValidator[] {
  const sum = validators.reduce((total, { priority }) => total + priority, 0n);
  const count = BigInt(validators.length);
  const average = sum >= 0n ? sum / count : -((-sum + count - 1n) / count);
  return validators.map((one) => ({ ...one, priority: one.priority - average }));
}

function maximum(values: readonly bigint[]): bigint {
  let most = values[0] ?? 0n;
  for (const value of values) if (value > most) most = value;
  return most;
}

function byPowerThenAddress(a: ConsensusValidator, b: ConsensusValidator): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1;
  return compareBytes(a.address, b.address);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function key(address: Uint8Array): string {
  return Buffer.from(address).toString('hex').toUpperCase();
}
