/**
 * Given events, when a command, then events or a refusal: how the rules of a module are tested.
 * Events pass through their wire form, so that a field without a codec can't hide.
 */
import type { Context, Decision, Tagged } from './decider.ts';
import { MemoryState } from './memory-state.ts';
import type { Module } from './module.ts';
import { draft, type Tables, view } from './tables.ts';
import { height, timeMs } from './units.ts';

/** The block in which scenarios play, unless they say otherwise: 2026-01-01 UTC, height 10. */
export const scenarioContext: Context = {
  chainId: 'artel-test-1',
  height: height(10n),
  timeMs: timeMs(1_767_225_600_000n),
};

/** State built by events, ready for a command. */
export class Scenario<T extends Tables, C extends Tagged, E extends Tagged, P> {
  readonly #module: Module<T, C, E, P>;
  readonly #ports: P;
  readonly state = new MemoryState();
  context: Context = scenarioContext;

  constructor(module: Module<T, C, E, P>, ports: P) {
    this.#module = module;
    this.#ports = ports;
  }

  given(...events: readonly E[]): this {
    for (const event of events) this.#apply(event);
    return this;
  }

  at(context: Partial<Context>): this {
    this.context = { ...this.context, ...context };
    return this;
  }

  decide(command: C): Decision<E> {
    const rules = this.#module.decide as unknown as Record<
      string,
      (...args: readonly unknown[]) => Decision<E>
    >;
    const rule = rules[command.type];
    if (rule === undefined) throw new Error(`no rule for ${command.type}`);
    return rule(view(this.#module.tables, this.state), command, this.context, this.#ports);
  }

  /** Decides and, where accepted, evolves. The outcome is what a test asserts. */
  when(command: C): Outcome<E> {
    const decision = this.decide(command);
    if (!decision.ok) {
      return { events: [], refused: decision.name, message: decision.message, timers: [] };
    }
    for (const event of decision.events) this.#apply(event);
    return { events: decision.events, timers: decision.timers };
  }

  get view() {
    return view(this.#module.tables, this.state);
  }

  /** Names of invariants that do not hold, with what is wrong. */
  violations(): readonly string[] {
    return this.#module.invariants.flatMap(({ name, check }) => {
      const problem = check(this.view, this.#ports);
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
  }

  #apply(event: E): void {
    const type = event.type as E['type'];
    const { codec } = this.#module.events[type];
    const stored = { type, ...codec.decode(codec.encode(event).finish()) };
    const evolve = this.#module.evolve[type] as (d: unknown, event: unknown) => void;
    evolve(draft(this.#module.tables, this.state), stored);
  }
}

export interface Outcome<E extends Tagged> {
  readonly events: readonly E[];
  readonly timers: readonly { readonly atMs: bigint; readonly command: Tagged }[];
  /** Name of the refusal. */
  readonly refused?: string;
  readonly message?: string;
}
