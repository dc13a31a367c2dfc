/** What a vote can change: limits of votes, of deviations and of stores; each with its bounds. */
import { Json, problemIn } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { durationMs, workMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import type { ComponentId, Params } from './types.ts';

const hourMs = 3_600_000n;
const dayMs = 24n * hourMs;

export const defaultParameters: Params = {
  declaredUse: false,
  voteLimitMs: workMs(10_000n * hourMs),
  deviationWarnNum: 1n,
  deviationWarnDen: 3n,
  deviationVoteNum: 1n,
  deviationVoteDen: 1n,
  overdrawWarnNum: 1n,
  overdrawWarnDen: 100n,
  overdrawBlockNum: 5n,
  overdrawBlockDen: 100n,
  handOverPeriodMs: durationMs(dayMs),
  countersign: false,
};

/** A year: longer is a mistake. */
const longestPeriodMs = 366n * dayMs;

const flags = ['declaredUse', 'countersign'] as const;
const amounts = [
  ...(['voteLimitMs', 'deviationWarnNum', 'deviationWarnDen'] as const),
  ...(['deviationVoteNum', 'deviationVoteDen', 'overdrawWarnNum'] as const),
  ...(['overdrawWarnDen', 'overdrawBlockNum', 'overdrawBlockDen', 'handOverPeriodMs'] as const),
];

/** Those of a component: its own where it voted, else those of the chain. */
export function parametersOf(view: View<typeof tables>, component: ComponentId): Params {
  const ofChain = view.params.get() ?? defaultParameters;
  const own = view.componentParams.get(component);
  return own === undefined ? ofChain : { ...own, declaredUse: ofChain.declaredUse };
}

/** Whether a value is further from a base than a fraction of it. */
export function deviates(value: bigint, base: bigint, num: bigint, den: bigint): boolean {
  const difference = value > base ? value - base : base - value;
  return difference * den > num * base;
}

/** All parameters: those that `json` names, the others as they are. Throws GenesisProblem. */
export function readParameters(json: Json, others: Params): Params {
  json.only(...flags, ...amounts);
  const given = [
    ...flags.map((name) => [name, json.has(name) ? json.field(name).flag() : others[name]]),
    ...amounts.map((name) => [name, json.has(name) ? json.field(name).uint64() : others[name]]),
  ];
  const params = Object.fromEntries(given) as unknown as Params;
  for (const name of amounts) {
    if (name.endsWith('Den') && params[name] === 0n) json.refuse(`has ${name} 0`);
  }
  if (params.handOverPeriodMs > longestPeriodMs) {
    json.refuse(`has handOverPeriodMs ${params.handOverPeriodMs}, above ${longestPeriodMs}`);
  }
  return params;
}

/** Of a component: whose machine a chain runs on is for its genesis to say. */
export function readOwnParameters(text: string, others: Params): Params {
  const json = Json.parse(text, 'production');
  if (json.has('declaredUse')) json.field('declaredUse').refuse('is set by the genesis alone');
  return readParameters(json, others);
}

/** What is wrong with a proposed object of some parameters. */
export function parametersProblem(proposed: unknown): string | undefined {
  return problemIn(() => readParameters(new Json(proposed, 'production'), defaultParameters));
}

export function writeParameters(params: Params): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries([
    ...flags.map((name) => [name, params[name]]),
    ...amounts.map((name) => [name, params[name].toString()]),
  ]);
}
