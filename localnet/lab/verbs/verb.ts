/** What a step of a scenario is, and what many of them share: which nodes, and waiting. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arguments } from '../arguments.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import type { LabPlan } from '../plan.ts';

/** A step that can be taken. */
export interface Action {
  /** What the report says of it. */
  readonly text: string;
  run(lab: Lab): Promise<void>;
}

export interface Verb {
  /** One line for `artel lab verbs`. */
  readonly about: string;
  /** As it stands in a scenario. */
  readonly example: string;
  /** @throws CliError (usage) with the place in the scenario. */
  read(given: Arguments, plan: LabPlan): Action;
}

export type Verbs = Readonly<Record<string, Verb>>;

/** Where a step says no time: what comes at all comes earlier, on the slowest machine, too. */
export const patienceMs = 150_000;

/** Nodes alone, or `{nodes, ...}` with more. */
export function target(given: Arguments, plan: LabPlan, ...more: readonly string[]) {
  const isMap =
    typeof given.value === 'object' && given.value !== null && !Array.isArray(given.value);
  const fields = isMap ? given.map('nodes', ...more) : new Map([['nodes', given]]);
  const nodes = fields.get('nodes');
  if (nodes === undefined) given.refuse('it says no nodes');
  return { indexes: nodes.nodes(plan), fields };
}

export function nodesOf(lab: Lab, indexes: readonly number[]): readonly LabNode[] {
  return indexes.flatMap((index) => lab.network.nodes[index] ?? []);
}

export const names = (plan: LabPlan, indexes: readonly number[]): string =>
  indexes.map((index) => plan.nodes[index]?.name).join(', ');

/** A verb that does the same to each node it is given. */
export function toNodes(
  about: string,
  example: string,
  word: string,
  act: (node: LabNode) => void | Promise<void>,
): Verb {
  return {
    about,
    example,
    read(given, plan) {
      const { indexes } = target(given, plan);
      return {
        text: `${word} ${names(plan, indexes)}`,
        run: async (lab) => void (await Promise.all(nodesOf(lab, indexes).map(act))),
      };
    },
  };
}

/** @throws Error where `true` does not come in time. */
export async function until(
  lab: Lab,
  check: () => boolean,
  withinMs: number,
  what: string,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!check()) {
    if (performance.now() > end) throw new Error(`no ${what} within ${withinMs / 1000} s`);
    await sleep(50, undefined, { signal: lab.signal });
  }
}
