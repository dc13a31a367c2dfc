/** The parameters that a vote can change: how long a cancelled trust still holds. */
import { Json, problemIn } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { durationMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import type { Params } from './types.ts';

const dayMs = 86_400_000n;

/** Four weeks. */
export const defaultParameters: Params = { noticeMs: durationMs(28n * dayMs) };

/** Ten years: longer is a mistake. */
const longestNoticeMs = 3650n * dayMs;

export function parametersOf(view: View<typeof tables>): Params {
  return view.params.get() ?? defaultParameters;
}

/** All parameters: those that `json` names, the others as they are. Throws GenesisProblem. */
export function readParameters(json: Json, others: Params): Params {
  json.only('noticeMs');
  if (!json.has('noticeMs')) return others;
  const noticeMs = json.field('noticeMs').uint64();
  if (noticeMs > longestNoticeMs) {
    json.field('noticeMs').refuse(`is ${noticeMs}, above ten years (${longestNoticeMs})`);
  }
  return { noticeMs: durationMs(noticeMs) };
}

/** What is wrong with a proposed object of some parameters. */
export function parametersProblem(proposed: unknown): string | undefined {
  return problemIn(() => readParameters(new Json(proposed, 'trust'), defaultParameters));
}

export function writeParameters({ noticeMs }: Params): Readonly<Record<string, string>> {
  return { noticeMs: noticeMs.toString() };
}
