/** What the auditor reads: the typed events of a chain, in their order, as anybody sees them. */

/** An event as `block_results` has it: its fields as texts. */
export interface SeenEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** The fields of one event. @throws Error for a field that is missing or no number. */
export class Fields {
  readonly #type: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor({ type, attributes }: SeenEvent) {
    this.#type = type;
    this.#values = new Map(attributes.map(({ key, value }) => [key, value]));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`${this.#type} has no field ${name}`);
    return value;
  }

  number(name: string): bigint {
    return BigInt(this.text(name));
  }

  flag(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** A list of numbers; an empty one where the field is left out. */
  numbers(name: string): readonly bigint[] {
    return (this.json(name) as readonly string[] | undefined)?.map(BigInt) ?? [];
  }

  /** A field with a structure; undefined where it is left out. */
  json(name: string): unknown {
    const value = this.#values.get(name);
    return value === undefined || value === '' ? undefined : JSON.parse(value);
  }
}

/** Figures by name, such as `coupons artel1... of 7`; those that are 0 are left out. */
export type Figures = ReadonlyMap<string, bigint>;

/** One line for each figure that the two have different. */
export function differences(chain: Figures, auditor: Figures): readonly string[] {
  const names = [...new Set([...chain.keys(), ...auditor.keys()])].sort();
  return names.flatMap((name) => {
    const [found, due] = [chain.get(name) ?? 0n, auditor.get(name) ?? 0n];
    return found === due ? [] : [`${name}: the chain has ${found}, the auditor ${due}`];
  });
}

/** A sum by name that forgets what is 0. */
export class Sums {
  readonly #sums = new Map<string, bigint>();

  add(name: string, amount: bigint): void {
    const sum = this.get(name) + amount;
    if (sum === 0n) this.#sums.delete(name);
    else this.#sums.set(name, sum);
  }

  get(name: string): bigint {
    return this.#sums.get(name) ?? 0n;
  }

  delete(name: string): void {
    this.#sums.delete(name);
  }

  *entries(): Iterable<readonly [name: string, sum: bigint]> {
    yield* this.#sums;
  }
}
