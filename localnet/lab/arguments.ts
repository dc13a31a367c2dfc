/** What stands behind a verb in a scenario, read with errors that name the line. */
import { CliError, exitCodes } from '../../chain/cli/context.ts';
import type { LabPlan } from './plan.ts';

/** Where in which file, for people: `scenarios/kill.yaml, line 12`. */
export type Place = string;

/** One value of a scenario and where it stands. */
export class Arguments {
  readonly value: unknown;
  readonly place: Place;

  constructor(value: unknown, place: Place) {
    this.value = value;
    this.place = place;
  }

  /** @throws CliError (usage) with the place. */
  refuse(problem: string): never {
    throw new CliError(`${this.place}: ${problem}`, exitCodes.usage);
  }

  /** The fields of a map; others than `known` are refused. */
  map(...known: readonly string[]): ReadonlyMap<string, Arguments> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse(`a map of ${known.join(', ')} is expected, not ${JSON.stringify(value)}`);
    }
    const fields = Object.entries(value);
    const strange = fields.find(([name]) => !known.includes(name))?.[0];
    if (strange !== undefined) {
      this.refuse(`there is no "${strange}"; known here: ${known.join(', ')}`);
    }
    return new Map(fields.map(([name, field]) => [name, new Arguments(field, this.place)]));
  }

  list(): readonly Arguments[] {
    const { value } = this;
    if (!Array.isArray(value)) this.refuse(`a list is expected, not ${JSON.stringify(value)}`);
    return (value as readonly unknown[]).map((item) => new Arguments(item, this.place));
  }

  text(): string {
    const { value } = this;
    if (typeof value !== 'string') this.refuse(`a text is expected, not ${JSON.stringify(value)}`);
    return value;
  }

  /** A map of names to names. */
  names(): Readonly<Record<string, string>> {
    const fields = Object.keys((this.value ?? {}) as object);
    return Object.fromEntries(
      [...this.map(...fields)].map(([name, field]) => [name, field.text()]),
    );
  }

  flag(): boolean {
    const { value } = this;
    if (typeof value !== 'boolean') this.refuse(`true or false, not ${JSON.stringify(value)}`);
    return value;
  }

  /** One of these words. */
  choice<Word extends string>(words: readonly Word[]): Word {
    const found = words.find((word) => word === this.value);
    if (found === undefined) {
      this.refuse(`one of ${words.join(', ')} is expected, not ${JSON.stringify(this.value)}`);
    }
    return found;
  }

  /** A whole number from 0 or `least` on. */
  count(least = 0): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      this.refuse(`a whole number from ${least} on is expected, not ${JSON.stringify(value)}`);
    }
    return value;
  }

  /** Milliseconds from `300ms`, `2s` or `1.5m`. */
  durationMs(): number {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(String(this.value));
    if (match === null) {
      this.refuse(`a time such as 300ms or 2s is expected, not ${JSON.stringify(this.value)}`);
    }
    return Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
  }

  /** A node, as its index. */
  node(plan: LabPlan): number {
    const found = plan.nodes.find(({ name }) => name === this.value);
    if (found === undefined) {
      const names = plan.nodes.map(({ name }) => name).join(', ');
      this.refuse(`there is no node ${JSON.stringify(this.value)}; there are ${names}`);
    }
    return found.index;
  }

  /** One node, a list of them, or `all`. */
  nodes(plan: LabPlan): readonly number[] {
    if (this.value === 'all') return plan.nodes.map(({ index }) => index);
    return Array.isArray(this.value)
      ? this.list().map((item) => item.node(plan))
      : [this.node(plan)];
  }
}
