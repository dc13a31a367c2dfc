/** Reads JSON that people and exports bring (genesis, parameters): every problem names its path. */
import { base64 } from '@scure/base';
import { type Address, isAddress, parseAddress } from './address.ts';
import { JsonText } from './json-text.ts';
import { GenesisProblem } from './module.ts';
import { isUint64 } from './units.ts';

/**
 * A long list of an export whose items are made as they are read: once, while the state can be
 * read.
 */
export class LazyList<T> implements Iterable<T> {
  readonly #items: () => Iterable<T>;

  constructor(items: () => Iterable<T>) {
    this.#items = items;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items()[Symbol.iterator]();
  }

  toJSON(): readonly T[] {
    return [...this];
  }
}

/** Bytes of JSON up to which it is parsed at once. */
const longText = 65_536;

/** A JSON value and where it stands. Readers throw GenesisProblem naming the path. */
export class Json {
  readonly #value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.path = path;
    this.#value = value instanceof JsonText ? this.#opened(value) : value;
  }

  /** Long texts stay as they are; the rest is parsed, one level at a time. */
  #opened(text: JsonText): unknown {
    return this.#reading(() => {
      if (text.length <= longText) return text.value();
      if (text.isObject) return Object.fromEntries(text.members());
      return text.isList ? text : text.value();
    });
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return this.refuse(`is not JSON: ${error.message}`);
    }
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
    return [...this.items()];
  }

  /** The items of a list that may be long, each made when it is reached. */
  *items(): Iterable<Json> {
    const list = this.#value;
    const isLong = list instanceof JsonText;
    if (!Array.isArray(list) && !(list instanceof LazyList) && !isLong) {
      this.refuse('is not a list');
    }
    const items = (isLong ? list.items() : list) as Iterable<unknown>;
    const iterator = items[Symbol.iterator]();
    for (let index = 0; ; index += 1) {
      const item = this.#reading(() => iterator.next());
      if (item.done === true) return;
      yield new Json(item.value, `${this.path}[${index}]`);
    }
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

  /** A protobuf record, field by field as its codec writes it: none unknown, none by default. */
  record<T>(codec: { fromJSON(json: unknown): T; toJSON(record: T): unknown }): T {
    this.#object();
    const record = this.#decoded(codec);
    const [path, found] = differenceOf(this.#value, codec.toJSON(record), this.path) ?? [];
    if (path === undefined) return record;
    throw new GenesisProblem(path, `is ${found}, which no record has`);
  }

  #decoded<T>(codec: { fromJSON(json: unknown): T }): T {
    try {
      return codec.fromJSON(this.#value);
    } catch (error) {
      return this.refuse(`is no record: ${(error as Error).message}`);
    }
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse('is not an object');
    }
    return value as Readonly<Record<string, unknown>>;
  }
}

/** Where a value departs first from how it is written, and what stands there. */
function differenceOf(
  given: unknown,
  written: unknown,
  path: string,
): readonly [path: string, found: string] | undefined {
  if (typeof given !== 'object' || typeof written !== 'object' || !given || !written) {
    return given === written ? undefined : [path, JSON.stringify(given) ?? 'missing'];
  }
  for (const name of new Set([...Object.keys(given), ...Object.keys(written)])) {
    const [a, b] = [given, written].map((value) => (value as Record<string, unknown>)[name]);
    const at = Array.isArray(given) ? `${path}[${name}]` : `${path}.${name}`;
    const difference = differenceOf(a, b, at);
    if (difference !== undefined) return difference;
  }
  return undefined;
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
