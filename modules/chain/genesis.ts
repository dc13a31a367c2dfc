/** Waiting timers survive an export; the chain's other facts are those of the new genesis. */
import { Json, toBase64 } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { timeMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import type { ChainEvent } from './types.ts';

interface TimerJson {
  readonly id: string;
  readonly atMs: string;
  readonly module: string;
  readonly command: string;
  readonly payload: string;
}

export interface GenesisJson {
  readonly nextTimerId: string;
  readonly timers: readonly TimerJson[];
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const rows = view.timers.range();
  const timers = Array.from(rows, ({ key: [atMs, id], value: { module, command, payload } }) => ({
    id: id.toString(),
    atMs: atMs.toString(),
    module,
    command,
    payload: toBase64(payload),
  }));
  return { nextTimerId: (view.nextTimerId.get() ?? 0n).toString(), timers };
}

/** Timers in the order of their numbers, so that the last one leaves the next number right. */
export function importState(state: unknown): readonly ChainEvent[] {
  const json = new Json(state, 'app_state.chain').only('nextTimerId', 'timers');
  const next = json.field('nextTimerId').uint64();
  const timers = json.field('timers').list().map(timerSet);
  const sorted = timers.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const beyond = sorted.find(({ id }) => id >= next);
  if (beyond !== undefined) json.refuse(`timer ${beyond.id} is not below nextTimerId ${next}`);
  return next === 0n ? sorted : [...sorted, { type: 'TimersNumbered', next }];
}

function timerSet(json: Json): Extract<ChainEvent, { readonly type: 'TimerSet' }> {
  json.only('id', 'atMs', 'module', 'command', 'payload');
  return {
    type: 'TimerSet',
    id: json.field('id').uint64(),
    atMs: timeMs(json.field('atMs').uint64()),
    module: json.field('module').text(),
    command: json.field('command').text(),
    payload: json.field('payload').bytes(),
  };
}
