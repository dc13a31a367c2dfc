/** Reads JSON that people and exports bring (genesis, parameters): every problem names its path. */
import { base64 } from '@scure/base';
import { type Address, isAddress, parseAddress } from './address.ts';
import { GenesisProblem } from './module.ts';
import { isUint64 } from './units.ts';

/** A JSON value and where it stands. Readers throw GenesisProblem naming the path. */
export class Json {
  readonly #value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.path = path;
  }

  /** The value of a JSON text. */
  static parse(text: string, path: string): Json {
    try {
      return new Json(JSON.parse(text), path);
    } catch {
      throw new GenesisProblem(path, `is not JSON: ${text.slice(0, 40)}`);
    }
  }

  /** Fails with this value's path. */
  refuse(message: string): never {
    throw new GenesisProblem(this.path, message);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object(), name);
  }

  field(name: string): Json {
    const object = this.#object();
    if (!Object.hasOwn(object, name)) this.refuse(`has no field ${name}`);
    return new Json(object[name], `${this.path}.${name}`);
  }

  /** Refuses fields that nobody reads: a misspelt one must not be lost. */
  only(...names: readonly string[]): this {
    const unknown = Object.keys(this.#object()).find((name) => !names.includes(name));
    if (unknown !== undefined) this.refuse(`has an unknown field ${unknown}`);
    return this;
  }

  entries(): readonly (readonly [name: string, value: Json])[] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      new Json(value, `${this.path}.${name}`),
    ]);
  }

  list(): readonly Json[] {
    if (!Array.isArray(this.#value)) this.refuse('is not a list');
    return (this.#value as readonly unknown[]).map(
      (item, index) => new Json(item, `${this.path}[${index}]`),
    );
  }

  text(): string {
    if (typeof this.#value !== 'string') this.refuse('is not a text');
    return this.#value as string;
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') this.refuse('is neither true nor false');
    return this.#value as boolean;
  }

  /** A decimal text, as amounts are written. */
  uint64(): bigint {
    const digits = this.#value;
    const value = typeof digits === 'string' && /^\d{1,20}$/.test(digits) ? BigInt(digits) : -1n;
    if (!isUint64(value)) this.refuse(`is not a uint64 as decimal text: ${String(digits)}`);
    return value;
  }

  bytes(): Uint8Array {
    const text = this.text();
    try {
      return base64.decode(text);
    } catch {
      return this.refuse('is not base64');
    }
  }

  address(): Address {
    const parsed = parseAddress(this.text());
    return isAddress(parsed) ? parsed : this.refuse(`is no address: it ${parsed.problem}`);
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse('is not an object');
    }
    return value as Readonly<Record<string, unknown>>;
  }
}

/** What a reader found wrong, or undefined. */
export function problemIn(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof GenesisProblem) return error.message;
    throw error;
  }
}

/** Bytes as `Json.bytes` reads them. */
export const toBase64 = (bytes: Uint8Array): string => base64.encode(bytes);
