/**
 * The machine runs commands on a state: decide, evolve, reactors, timers. It is synchronous and
 * knows no blocks and no transactions; `block.ts` and `check.ts` drive it.
 */
import { Defect, present } from '../../modules/_kernel/assert.ts';
import type { Context, Decision, Tagged } from '../../modules/_kernel/decider.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import type { Bounds, Entry, Reader, Writer } from '../../modules/_kernel/state.ts';
import { type Draft, draft, type Tables, type View, view } from '../../modules/_kernel/tables.ts';
import { storeVersionKey } from '../../modules/chain/keys.ts';
import type { ModuleMigrated, ModuleStarted } from '../../modules/chain/types.ts';
import type { Overlay, StateReader } from '../store/overlay.ts';
import type { AnyModule, Composition, Fact, Reactor } from './composition.ts';
import { type GasCosts, Meter } from './gas.ts';

/** Effects of effects of effects: deeper is a loop in the composition. */
const deepestEffect = 8;

/** A module of the chain, bound to the state of the current run. */
interface Bound {
  readonly module: AnyModule;
  readonly view: View<Tables>;
  readonly draft: Draft<Tables>;
  readonly ports: unknown;
  readonly rules: Readonly<Record<string, Rule | undefined>>;
  readonly writes: Readonly<Record<string, Write | undefined>>;
  /** By event: whom it causes to act, in order. */
  readonly reactors: Map<string, Reactor[]>;
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
        rules: module.decide as Bound['rules'],
        writes: module.evolve as Bound['writes'],
        reactors: new Map(),
      });
    }
    for (const reactor of reactors) {
      const caused = this.#bound.get(reactor.on)?.reactors;
      caused?.set(reactor.event, [...(caused.get(reactor.event) ?? []), reactor]);
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
    this.#apply(this.#boundTo(module), event);
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
    // Here and below the text of a defect is made only where there is one.
    if (depth > deepestEffect) {
      throw new Defect(`effects ${depth} deep at ${module}.${command.type}`);
    }
    const bound = this.#boundTo(module);
    const rule = bound.rules[command.type];
    if (rule === undefined) throw new Defect(`no rule of ${module}.${command.type}`);
    const decided = rule(bound.view, command, this.#current.context, bound.ports);
    if (!decided.ok) return decided;
    for (const event of decided.events) {
      this.#apply(bound, event);
      const refusal = this.#effects(bound, event, depth);
      if (refusal !== undefined) return refusal;
    }
    for (const { atMs, command: later } of decided.timers) {
      const codec = present(bound.module.timers[later.type], `timer ${module}.${later.type}`);
      const payload = codec.encode(later).finish();
      const timer = { type: 'SetTimer', atMs, module, command: later.type, payload };
      const refusal = this.#command('chain', timer, depth + 1);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #apply({ module: { name }, draft: state, writes }: Bound, event: Tagged): void {
    const write = writes[event.type];
    if (write === undefined) throw new Defect(`no evolve of ${name}.${event.type}`);
    write(state, event);
    if (name === 'chain' && (event.type === 'ModuleStarted' || event.type === 'ModuleMigrated')) {
      this.#plantLeaf(event as ModuleStarted | ModuleMigrated);
    }
    const { facts, messageIndex } = this.#current;
    facts.push(
      messageIndex === undefined ? { module: name, event } : { module: name, event, messageIndex },
    );
  }

  #effects(bound: Bound, event: Tagged, depth: number): Refusal | undefined {
    const reactors = bound.reactors.get(event.type);
    if (reactors === undefined) return undefined;
    for (const reactor of reactors) {
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
  #plantLeaf({ module, storeVersion }: ModuleStarted | ModuleMigrated): void {
    const version = new Uint8Array(8);
    new DataView(version.buffer).setBigUint64(0, storeVersion);
    present(this.#current.overlay, 'an overlay to write to').set(module, storeVersionKey, version);
  }

  /** Reads and writes of one module on the state of the current run, metered. */
  #stateOf(name: string): Reader & Writer {
    const costs = this.#costs;
    const current = (): Run => this.#current;
    return {
      get(key, text) {
        const { state, meter } = current();
        const value = state.get(name, key, text);
        const size = key.length + (value === undefined ? 0 : value.length);
        meter.charge(costs.read + costs.readByte * size);
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
      set(key, value, text) {
        const { overlay, meter } = current();
        meter.charge(costs.write + costs.writeByte * (key.length + value.length));
        present(overlay, 'an overlay to write to').set(name, key, value, text);
      },
      delete(key, text) {
        const { overlay, meter } = current();
        meter.charge(costs.delete);
        present(overlay, 'an overlay to write to').delete(name, key, text);
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
    const bound = this.#bound.get(module);
    if (bound === undefined) throw new Defect(`the chain has no module ${module}`);
    return bound;
  }
}
