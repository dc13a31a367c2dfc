/** The parameters as JSON: read for genesis whole, for a change in part. */
import { Json, problemIn } from '../_kernel/json.ts';
import { largestTotalBond, type Parameters, uhubPerPower } from './types.ts';

const minute = 60_000n;
const day = 1_440n * minute;
const century = 36_525n * day;
const million = 1_000_000n;

export const defaultParameters: Parameters = {
  unbondingMs: 21n * day,
  evidenceAgeMs: 2n * day,
  minBondUhub: uhubPerPower,
  maxValidators: 100n,
  maxUnbondings: 7n,
  duplicateVoteCutPpm: 50_000n,
  lightClientAttackCutPpm: 50_000n,
  missWindowBlocks: 1_000n,
  maxMissedBlocks: 500n,
  jailMs: 10n * minute,
  votingMs: 7n * day,
  feePeriodBlocks: 10n,
};

/** Least and largest value of each. The bounds keep the work of a block and every sum small. */
const bounds: Readonly<Record<keyof Parameters, readonly [least: bigint, largest: bigint]>> = {
  unbondingMs: [0n, century],
  evidenceAgeMs: [0n, century],
  minBondUhub: [uhubPerPower, largestTotalBond],
  maxValidators: [1n, 200n],
  maxUnbondings: [1n, 100n],
  duplicateVoteCutPpm: [0n, million],
  lightClientAttackCutPpm: [0n, million],
  missWindowBlocks: [1n, 100_000n],
  maxMissedBlocks: [0n, 10_000n],
  jailMs: [0n, century],
  votingMs: [1n, century],
  feePeriodBlocks: [1n, 1_000_000n],
};

const names = Object.keys(defaultParameters) as (keyof Parameters)[];

/** What a vote can't change: consensus has its own copy. */
const fixed: keyof Parameters = 'evidenceAgeMs';

/** All parameters: those that `json` names, the others as they are. Throws GenesisProblem. */
export function readParameters(json: Json, others: Parameters): Parameters {
  json.only(...names);
  const given = names.filter((name) => json.has(name));
  const read = given.map((name) => [name, readOne(json.field(name), bounds[name])] as const);
  const all: Parameters = { ...others, ...Object.fromEntries(read) };
  if (all.unbondingMs < all.evidenceAgeMs) {
    json.refuse(
      `unbondingMs ${all.unbondingMs} is below the evidence age ${all.evidenceAgeMs}: ` +
        'bond would be gone before the offence is known',
    );
  }
  if (all.maxMissedBlocks >= all.missWindowBlocks) {
    const [missed, blocks] = [all.maxMissedBlocks, all.missWindowBlocks];
    json.refuse(`maxMissedBlocks ${missed} is not below missWindowBlocks ${blocks}`);
  }
  return all;
}

/** As `readParameters`, for a vote. */
export function readChange(json: Json, others: Parameters): Parameters {
  if (json.has(fixed)) json.refuse(`${fixed} is set by genesis for good`);
  return readParameters(json, others);
}

/**
 * What is wrong with a proposed object of some parameters, whatever the others are. Bounds between
 * parameters are checked again against the others when the vote closes.
 */
export function parametersProblem(proposed: unknown): string | undefined {
  return problemIn(() => {
    const json = new Json(proposed, 'validators').only(...names);
    if (json.has(fixed)) json.refuse(`${fixed} is set by genesis for good`);
    for (const [name, value] of json.entries()) readOne(value, bounds[name as keyof Parameters]);
  });
}

/**
 * What is wrong with a genesis whose consensus takes evidence up to this age, or undefined. For the
 * host, which alone sees the consensus parameters.
 */
export function evidenceAgeProblem(state: unknown, consensusAgeMs: bigint): string | undefined {
  return problemIn(() => {
    const json = new Json(state, 'app_state.validators').field('parameters');
    const { evidenceAgeMs } = readParameters(json, defaultParameters);
    if (evidenceAgeMs < consensusAgeMs) {
      json.refuse(`evidenceAgeMs ${evidenceAgeMs} is below that of consensus, ${consensusAgeMs}`);
    }
  });
}

export function writeParameters(parameters: Parameters): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, parameters[name].toString()]));
}

function readOne(json: Json, [least, largest]: readonly [bigint, bigint]): bigint {
  const value = json.uint64();
  if (value < least) return json.refuse(`is ${value}, below ${least}`);
  return value <= largest ? value : json.refuse(`is ${value}, above ${largest}`);
}
