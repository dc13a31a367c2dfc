/** The parameters as JSON: read for genesis whole, for a change in part. */
import { Json, problemIn } from '../_kernel/json.ts';
import type { Parameters } from './types.ts';

/** The Cosmos SDK's defaults. */
export const defaultParameters: Parameters = {
  maxMemoCharacters: 256n,
  txSigLimit: 7n,
  txSizeCostPerByte: 10n,
  sigVerifyCostEd25519: 590n,
  sigVerifyCostSecp256k1: 1_000n,
};

const names = Object.keys(defaultParameters) as (keyof Parameters)[];

/** Largest value of each: above it, gas leaves the exact range of a count. */
const largest = 1_000_000_000n;

/** All parameters: those that `json` names, the others as they are. Throws GenesisProblem. */
export function readParameters(json: Json, others: Parameters): Parameters {
  json.only(...names);
  const given = names.filter((name) => json.has(name));
  const read = given.map((name) => [name, readOne(json.field(name))] as const);
  const all: Parameters = { ...others, ...Object.fromEntries(read) };
  if (all.txSigLimit === 0n) json.refuse('txSigLimit is 0: nobody could sign');
  return all;
}

/** What is wrong with a proposed object of some parameters. */
export function parametersProblem(proposed: unknown): string | undefined {
  return problemIn(() => readParameters(new Json(proposed, 'accounts'), defaultParameters));
}

export function writeParameters(parameters: Parameters): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, parameters[name].toString()]));
}

function readOne(json: Json): bigint {
  const value = json.uint64();
  return value <= largest ? value : json.refuse(`is ${value}, above ${largest}`);
}
