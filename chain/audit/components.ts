/** Collectives and components: what hangs together by edges of trust, found by walking. */
import type { Fields } from './reading.ts';

type Complain = (problem: string) => void;

export class Components {
  readonly #neighbours = new Map<bigint, Set<bigint>>();
  readonly #componentOf = new Map<bigint, bigint>();
  readonly #complain: Complain;

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  take(type: string, fields: Fields): boolean {
    switch (type) {
      case 'trust.CollectiveFounded':
        this.#neighbours.set(fields.number('collective'), new Set());
        this.#componentOf.set(fields.number('collective'), fields.number('component'));
        return true;
      case 'trust.TrustEstablished':
        this.#link(fields, true);
        return true;
      case 'trust.TrustEnded':
        this.#link(fields, false);
        return true;
      case 'trust.ComponentsJoined':
        this.#move(fields.numbers('moved'), fields.number('remaining'));
        return true;
      case 'trust.ComponentSplit':
        this.#move(fields.numbers('moved'), fields.number('arising'));
        return true;
      default:
        return type.startsWith('trust.');
    }
  }

  of(collective: bigint): bigint {
    const component = this.#componentOf.get(collective);
    if (component === undefined) throw new Error(`collective ${collective} was never founded`);
    return component;
  }

  /** Ascending. */
  members(component: bigint): readonly bigint[] {
    return [...this.#componentOf]
      .filter(([, of]) => of === component)
      .map(([collective]) => collective)
      .sort((a, b) => (a < b ? -1 : 1));
  }

  /** Members of every component. */
  all(): ReadonlyMap<bigint, readonly bigint[]> {
    return Map.groupBy(this.#componentOf.keys(), (collective) => this.of(collective));
  }

  *figures(): Iterable<readonly [name: string, value: bigint]> {
    for (const [collective, component] of this.#componentOf) {
      yield [`component of ${collective}`, component];
    }
  }

  /** Whether the members of each component are those that a walk reaches. */
  check(): void {
    for (const [component, members] of this.all()) {
      const [first] = members;
      if (first === undefined) continue;
      const reached = this.#reach(first);
      if (reached.size === members.length && members.every((member) => reached.has(member)))
        continue;
      this.#complain(
        `component ${component} has members ${members.join(' ')}, trust reaches ${[...reached].join(' ')}`,
      );
    }
  }

  #reach(from: bigint): ReadonlySet<bigint> {
    const reached = new Set([from]);
    for (const at of reached) for (const next of this.#neighbours.get(at) ?? []) reached.add(next);
    return reached;
  }

  #link(fields: Fields, stands: boolean): void {
    const [low, high] = [fields.number('low'), fields.number('high')];
    for (const [a, b] of [
      [low, high],
      [high, low],
    ] as const) {
      if (stands) this.#neighbours.get(a)?.add(b);
      else this.#neighbours.get(a)?.delete(b);
    }
  }

  #move(moved: readonly bigint[], to: bigint): void {
    for (const collective of moved) this.#componentOf.set(collective, to);
  }
}
