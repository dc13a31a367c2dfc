/** Allowances in and out of a genesis document. Their timers stand in the state of `chain`. */
import { Json } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { Allowance, FeegrantEvent } from './types.ts';

interface AllowanceJson {
  readonly granter: string;
  readonly grantee: string;
  /** Left out where there is no such limit. */
  readonly spendLimitUhub?: string;
  readonly expiresAtMs?: string;
  readonly period?: {
    readonly lengthMs: string;
    readonly limitUhub: string;
    readonly canSpendUhub: string;
    readonly resetsAtMs: string;
  };
  readonly messages?: readonly string[];
}

export interface GenesisJson {
  readonly allowances: readonly AllowanceJson[];
}

export const defaultGenesis: GenesisJson = { allowances: [] };

export function importState(state: unknown): readonly FeegrantEvent[] {
  const json = new Json(state, 'app_state.feegrant').only('allowances');
  const seen = new Set<string>();
  return json
    .field('allowances')
    .list()
    .map((each): FeegrantEvent => {
      each.only('granter', 'grantee', 'spendLimitUhub', 'expiresAtMs', 'period', 'messages');
      const granter = each.field('granter').address();
      const grantee = each.field('grantee').address();
      if (granter === grantee) each.refuse('is granted to its granter');
      if (seen.has(`${granter} ${grantee}`)) each.refuse('stands here twice');
      seen.add(`${granter} ${grantee}`);
      return { type: 'AllowanceGranted', granter, grantee, allowance: readAllowance(each) };
    });
}

function readAllowance(json: Json): Allowance {
  const optional = (name: string): bigint | undefined =>
    json.has(name) ? json.field(name).uint64() : undefined;
  const messages = json.has('messages') ? json.field('messages').list() : [];
  const spendLimitUhub = optional('spendLimitUhub');
  if (spendLimitUhub === 0n) json.refuse('has nothing left to spend');
  return {
    spendLimitUhub,
    expiresAtMs: optional('expiresAtMs'),
    period: json.has('period') ? readPeriod(json.field('period')) : undefined,
    messages: messages.map((message) => message.text()),
  };
}

function readPeriod(json: Json): NonNullable<Allowance['period']> {
  json.only('lengthMs', 'limitUhub', 'canSpendUhub', 'resetsAtMs');
  const number = (name: string): bigint => json.field(name).uint64();
  const period = {
    lengthMs: number('lengthMs'),
    limitUhub: number('limitUhub'),
    canSpendUhub: number('canSpendUhub'),
    resetsAtMs: number('resetsAtMs'),
  };
  if (period.lengthMs === 0n) json.refuse('has no length');
  if (period.canSpendUhub > period.limitUhub) json.refuse('can spend more than its limit');
  return period;
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const rows = Array.from(view.allowances.range());
  return {
    allowances: rows.map(({ key: [grantee, granter], value }) => ({
      granter,
      grantee,
      ...writeAllowance(value),
    })),
  };
}

function writeAllowance({
  spendLimitUhub,
  expiresAtMs,
  period,
  messages,
}: Allowance): Omit<AllowanceJson, 'granter' | 'grantee'> {
  return {
    ...(spendLimitUhub === undefined ? {} : { spendLimitUhub: spendLimitUhub.toString() }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs: expiresAtMs.toString() }),
    ...(period === undefined
      ? {}
      : {
          period: {
            lengthMs: period.lengthMs.toString(),
            limitUhub: period.limitUhub.toString(),
            canSpendUhub: period.canSpendUhub.toString(),
            resetsAtMs: period.resetsAtMs.toString(),
          },
        }),
    ...(messages.length === 0 ? {} : { messages }),
  };
}
