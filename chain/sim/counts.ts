/**
 * What row 2-N1 asks of a whole play: each message so often accepted, each refusal so often
 * provoked, so many splits. The lists are those of the modules, so that a message or refusal that
 * is new is asked for, too.
 */
import { modulesByName } from '../app/app.ts';
import { allRefusals } from '../client/refusals.ts';
import type { Happened } from './world/world.ts';

export interface Counts {
  /** By `module.Message`. */
  readonly accepted: ReadonlyMap<string, number>;
  /** By `codespace/name`. */
  readonly refused: ReadonlyMap<string, number>;
  readonly happened: Happened;
}

/** The modules whose every refusal is to be provoked. */
const economy = ['trust', 'production', 'coupons'];
const acceptedEach = 500;
const refusedEach = 20;
const happenedEach: Happened = {
  splits: 1000,
  splitsInDebt: 500,
  merges: 1000,
  cuts: 1000,
  storno: 1000,
  zeroHourSegments: 1000,
};

/** Refusals that no transaction of a play brings, why, and the test that does. */
export const unprovoked: Readonly<Record<string, { readonly why: string; readonly test: string }>> =
  {
    'trust/malformed_parameters': {
      why: 'a vote of validators on them is refused before (validators/malformed_change)',
      test: 'X-6 trust refuses the parameters %s',
    },
    'coupons/malformed_parameters': {
      why: 'a vote of validators on them is refused before (validators/malformed_change)',
      test: 'X-6 coupons refuses the parameters %j',
    },
    'production/too_many_offers': {
      why: 'it takes 256 open offers over one edge',
      test: 'X-6 production refuses more offers over an edge than a block can end',
    },
  };

/** Messages of validators are for a few: what each can do is bounded by what it has. */
export function askedMessages(): readonly string[] {
  return [...modulesByName.values()].flatMap(({ name, messages }) =>
    name === 'validators' ? [] : messages.map(({ typeUrl }) => messageName(typeUrl)),
  );
}

export function askedRefusals(): readonly string[] {
  return allRefusals()
    .filter(({ codespace }) => economy.includes(codespace))
    .map(({ codespace, name }) => `${codespace}/${name}`)
    .filter((name) => unprovoked[name] === undefined);
}

/** `/artel.trust.v1.MsgSignTrust` is `trust.SignTrust`. */
export function messageName(typeUrl: string): string {
  const [, module = '', name = ''] =
    /^\/(?:artel|cosmos)\.(\w+)\.\w+\.Msg(\w+)$/.exec(typeUrl) ?? [];
  return `${module}.${name}`;
}

/** A line for each count that a whole play should have reached. */
export function shortOf({ accepted, refused, happened }: Counts): readonly string[] {
  const few = (what: string, count: number, asked: number): readonly string[] =>
    count < asked ? [`${what}: ${count} of ${asked}`] : [];
  return [
    ...askedMessages().flatMap((name) => few(name, accepted.get(name) ?? 0, acceptedEach)),
    ...askedRefusals().flatMap((name) => few(name, refused.get(name) ?? 0, refusedEach)),
    ...Object.entries(happenedEach).flatMap(([name, asked]) =>
      few(name, happened[name as keyof Happened], asked),
    ),
  ];
}

/** The whole table, one line each. */
export function tableOf({ accepted, refused, happened }: Counts): readonly string[] {
  const line = (name: string, count: number, asked: number | undefined): string =>
    `${name.padEnd(44)} ${`${count}`.padStart(7)} ${asked === undefined ? '' : `of ${asked}`}`;
  const names = (asked: readonly string[], seen: ReadonlyMap<string, number>): readonly string[] =>
    [...new Set([...asked, ...seen.keys()])].sort();
  const [messages, refusals] = [askedMessages(), askedRefusals()];
  return [
    'accepted',
    ...names(messages, accepted).map((name) =>
      line(name, accepted.get(name) ?? 0, messages.includes(name) ? acceptedEach : undefined),
    ),
    'refused',
    ...names(refusals, refused).map((name) =>
      line(name, refused.get(name) ?? 0, refusals.includes(name) ? refusedEach : undefined),
    ),
    ...Object.entries(unprovoked).map(([name, { why }]) => `${name.padEnd(44)} not here: ${why}`),
    'happened',
    ...Object.entries(happenedEach).map(([name, asked]) =>
      line(name, happened[name as keyof Happened], asked),
    ),
  ];
}
