/**
 * Deciders: `decide` holds every rule and returns facts or a refusal; `evolve` holds none and
 * writes what a fact says. State is the fold of the events, nothing else writes (ADR 0001).
 */
import type { Refusal } from './refusals.ts';
import type { Draft, Tables, View } from './tables.ts';
import type { Height, TimeMs } from './units.ts';

/** What a rule may know beside the state: data, so that a replay gives the same bytes. */
export interface Context {
  readonly chainId: string;
  /** Height and time of the block that is executed (of the next one, in CheckTx). */
  readonly height: Height;
  readonly timeMs: TimeMs;
}

/** A command or an event: a member of a module's union, told apart by `type`. */
export interface Tagged {
  readonly type: string;
}

/** A command of the same module, to be decided at the end of the first block at or after `atMs`. */
export interface Timer<C extends Tagged = Tagged> {
  readonly atMs: TimeMs;
  readonly command: C;
}

export interface Acceptance<E extends Tagged> {
  readonly ok: true;
  readonly events: readonly E[];
  readonly timers: readonly Timer[];
}

export type Decision<E extends Tagged> = Acceptance<E> | Refusal;

export function accept<E extends Tagged>(
  events: readonly E[],
  timers: readonly Timer[] = [],
): Acceptance<E> {
  return { ok: true, events, timers };
}

/** One function a command. `Ports` are narrow reads of other modules, declared by the reader. */
export type Decide<T extends Tables, C extends Tagged, E extends Tagged, Ports = undefined> = {
  readonly [Type in C['type']]: (
    view: View<T>,
    command: Extract<C, { readonly type: Type }>,
    context: Context,
    ports: Ports,
  ) => Decision<E>;
};

/** One function an event. Total: an impossible pair of state and event is a defect. */
export type Evolve<T extends Tables, E extends Tagged> = {
  readonly [Type in E['type']]: (
    draft: Draft<T>,
    event: Extract<E, { readonly type: Type }>,
  ) => void;
};
