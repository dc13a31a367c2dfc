/** The parameters that a vote can change: how long a cancelled trust still holds. */
import { Json } from '../_kernel/json.ts';
import { GenesisProblem } from '../_kernel/module.ts';
import type { View } from '../_kernel/tables.ts';
import { durationMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import type { Params } from './types.ts';

const dayMs = 86_400_000n;

/** Four weeks. */
export const defaultParams: Params = { noticeMs: durationMs(28n * dayMs) };

/** Ten years: longer is a mistake. */
const longestNoticeMs = 3650n * dayMs;

export function paramsOf(view: View<typeof tables>): Params {
  return view.params.get() ?? defaultParams;
}

/** The parameters after a change given as JSON text. */
export function parametersIn(text: string, before: Params): Params | { readonly problem: string } {
  try {
    return readParams(new Json(JSON.parse(text), 'trust'), before);
  } catch (error) {
    if (error instanceof GenesisProblem) return { problem: error.message };
    if (error instanceof SyntaxError) return { problem: 'the parameters are not JSON' };
    throw error;
  }
}

/** For a proposal, before anyone votes: what is wrong with it. */
export function problemWithParameters(json: unknown): string | undefined {
  const params = parametersIn(JSON.stringify(json), defaultParams);
  return 'problem' in params ? params.problem : undefined;
}

/** Reads `{ "noticeMs": "2419200000" }`; what is absent stays as before. */
export function readParams(json: Json, before: Params): Params {
  json.only('noticeMs');
  if (!json.has('noticeMs')) return before;
  const noticeMs = json.field('noticeMs').uint64();
  if (noticeMs > longestNoticeMs) {
    json.field('noticeMs').refuse(`is ${noticeMs}, more than ten years (${longestNoticeMs})`);
  }
  return { noticeMs: durationMs(noticeMs) };
}
