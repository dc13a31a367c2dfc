/**
 * The machine runs commands on a state: decide, evolve, reactors, timers. It is synchronous and
 * knows no blocks and no transactions; `block.ts` and `check.ts` drive it.
 */
import { assert, present } from '../../modules/_kernel/assert.ts';
import type { Context, Decision, Tagged } from '../../modules/_kernel/decider.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import type { Bounds, Entry, Reader, Writer } from '../../modules/_kernel/state.ts';
import { type Draft, draft, type Tables, type View, view } from '../../modules/_kernel/tables.ts';
import { storeVersionKey } from '../../modules/chain/keys.ts';
import type { ModuleStarted } from '../../modules/chain/types.ts';
import type { Overlay, StateReader } from '../store/overlay.ts';
import type { AnyModule, Composition, Fact, Reactor } from './composition.ts';
import { type GasCosts, Meter } from './gas.ts';

/** Effects of effects of effects: deeper is a loop in the composition. */
const deepestEffect = 8;

interface Bound {
  readonly module: AnyModule;
  readonly view: View<Tables>;
  readonly draft: Draft<Tables>;
  readonly ports: unknown;
}

type Rule = (...args: readonly unknown[]) => Decision<Tagged>;
type Write = (draft: Draft<Tables>, event: Tagged) => void;

/** One run on one overlay: what it was told and the facts that came of it. */
interface Run {
  readonly state: StateReader;
  readonly overlay: Overlay | undefined;
  readonly context: Context;
  readonly meter: Meter;
  readonly facts: Fact[];
  messageIndex: number | undefined;
}

export class Machine {
  readonly #bound = new Map<string, Bound>();
  readonly #reactors = new Map<string, readonly Reactor[]>();
  readonly #costs: GasCosts;
  #run: Run | undefined;

  constructor({ modules, reactors, ports }: Composition, costs: GasCosts) {
    this.#costs = costs;
    const views = new Map<string, View<Tables>>();
    for (const { name, tables } of modules) views.set(name, view(tables, this.#stateOf(name)));
    for (const module of modules) {
      this.#bound.set(module.name, {
        module,
        view: present(views.get(module.name), `view of ${module.name}`),
        draft: draft(module.tables, this.#stateOf(module.name)),
        ports: ports[module.name]?.((name) => views.get(name)),
      });
    }
    for (const reactor of reactors) {
      const cause = `${reactor.on}.${reactor.event}`;
      this.#reactors.set(cause, [...(this.#reactors.get(cause) ?? []), reactor]);
    }
  }

  /**
   * Lets `work` run commands and apply facts on an overlay. The overlay is left as `work` leaves
   * it: the caller applies or drops it. Returns the work's result and the facts in order.
   */
  on<T>(
    overlay: Overlay,
    context: Context,
    meter: Meter,
    work: () => T,
  ): { readonly result: T; readonly facts: readonly Fact[] } {
    const run: Run = {
      state: overlay,
      overlay,
      context,
      meter,
      facts: [],
      messageIndex: undefined,
    };
    return { result: this.#within(run, work), facts: run.facts };
  }

  /** Lets `work` read views and ports of a state, without gas. */
  reading<T>(state: StateReader, context: Context, work: () => T): T {
    const meter = new Meter();
    const run: Run = {
      state,
      overlay: undefined,
      context,
      meter,
      facts: [],
      messageIndex: undefined,
    };
    return this.#within(run, work);
  }

  /** Runs a command with all its effects. After a refusal the overlay is to be dropped. */
  command(module: string, command: Tagged, messageIndex?: number): Refusal | undefined {
    this.#current.messageIndex = messageIndex;
    return this.#command(module, command, 0);
  }

  /** Writes a fact, of a replay or of genesis, without asking any rule. */
  apply(module: string, event: Tagged): void {
    const run = this.#current;
    const { module: definition, draft: state } = this.#boundTo(module);
    const evolve = (definition.evolve as Record<string, Write | undefined>)[event.type];
    present(evolve, `evolve of ${module}.${event.type}`)(state, event);
    if (module === 'chain' && event.type === 'ModuleStarted') {
      this.#plantLeaf(event as ModuleStarted);
    }
    run.facts.push(
      run.messageIndex === undefined
        ? { module, event }
        : { module, event, messageIndex: run.messageIndex },
    );
  }

  /** Whether the chain has the module. */
  has(module: string): boolean {
    return this.#bound.has(module);
  }

  view(module: string): View<Tables> {
    return this.#boundTo(module).view;
  }

  ports(module: string): unknown {
    return this.#boundTo(module).ports;
  }

  get context(): Context {
    return this.#current.context;
  }

  #command(module: string, command: Tagged, depth: number): Refusal | undefined {
    assert(depth <= deepestEffect, `effects ${depth} deep at ${module}.${command.type}`);
    const { module: definition, view: state, ports } = this.#boundTo(module);
    const rule = (definition.decide as Record<string, Rule | undefined>)[command.type];
    const decided = present(rule, `rule of ${module}.${command.type}`)(
      state,
      command,
      this.#current.context,
      ports,
    );
    if (!decided.ok) return decided;
    for (const event of decided.events) {
      this.apply(module, event);
      const refusal = this.#effects(module, event, depth);
      if (refusal !== undefined) return refusal;
    }
    for (const { atMs, command: later } of decided.timers) {
      const codec = present(definition.timers[later.type], `timer ${module}.${later.type}`);
      const payload = codec.encode(later).finish();
      const timer = { type: 'SetTimer', atMs, module, command: later.type, payload };
      const refusal = this.#command('chain', timer, depth + 1);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #effects(module: string, event: Tagged, depth: number): Refusal | undefined {
    for (const reactor of this.#reactors.get(`${module}.${event.type}`) ?? []) {
      if (!this.#bound.has(reactor.to)) {
        return sdk.not_supported({ what: `this chain has no module ${reactor.to}` });
      }
      for (const command of reactor.commands(event)) {
        const refusal = this.#command(reactor.to, command, depth + 1);
        if (refusal !== undefined) return refusal;
      }
    }
    return undefined;
  }

  /** The permanent leaf of a module's tree: with it, absence of any other key can be proved. */
  #plantLeaf({ module, storeVersion }: ModuleStarted): void {
    const version = new Uint8Array(8);
    new DataView(version.buffer).setBigUint64(0, storeVersion);
    present(this.#current.overlay, 'an overlay to write to').set(module, storeVersionKey, version);
  }

  /** Reads and writes of one module on the state of the current run, metered. */
  #stateOf(name: string): Reader & Writer {
    const costs = this.#costs;
    const current = (): Run => this.#current;
    return {
      get(key) {
        const { state, meter } = current();
        const value = state.get(name, key);
        meter.charge(costs.read + costs.readByte * (key.length + (value?.length ?? 0)));
        return value;
      },
      *range(bounds: Bounds): Iterable<Entry> {
        const { state, meter } = current();
        meter.charge(costs.read);
        for (const entry of state.range(name, bounds)) {
          meter.charge(costs.iterate + costs.readByte * (entry[0].length + entry[1].length));
          yield entry;
        }
      },
      set(key, value) {
        const { overlay, meter } = current();
        meter.charge(costs.write + costs.writeByte * (key.length + value.length));
        present(overlay, 'an overlay to write to').set(name, key, value);
      },
      delete(key) {
        const { overlay, meter } = current();
        meter.charge(costs.delete);
        present(overlay, 'an overlay to write to').delete(name, key);
      },
    };
  }

  #within<T>(run: Run, work: () => T): T {
    const outer = this.#run;
    this.#run = run;
    try {
      return work();
    } finally {
      this.#run = outer;
    }
  }

  get #current(): Run {
    return present(this.#run, 'a run of the machine');
  }

  #boundTo(module: string): Bound {
    return present(this.#bound.get(module), `module ${module}`);
  }
}
