/**
 * Arguments of an RPC method, from JSON (by name or position) and from a URI, with CometBFT's
 * rules: 64-bit integers are strings, bytes are base64 in JSON and `0x` hex or a quoted text in a
 * URI.
 */

/** `number` is our own methods' integer, which may also stand without quotes. */
export type ParamType = 'string' | 'bytes' | 'hex' | 'integer' | 'number' | 'boolean' | 'json';

/** The parameters of a method, in order. */
export type ParamSpec = Readonly<Record<string, ParamType>>;

/** Arguments by name; what was not given is absent. */
export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  text(name: string): string {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : '';
  }

  bytes(name: string): Uint8Array {
    const value = this.#values.get(name);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  }

  integer(name: string): bigint | undefined {
    const value = this.#values.get(name);
    return typeof value === 'bigint' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  json(name: string): unknown {
    return this.#values.get(name);
  }
}

/** An argument that can't be read; answered with code -32602. */
export class InvalidParams extends Error {}

/** @param params an object, a list of all parameters, or nothing. */
export function argumentsFromJson(spec: ParamSpec, params: unknown): Arguments {
  const values = new Map<string, unknown>();
  if (params === undefined || params === null) return new Arguments(values);
  if (typeof params !== 'object') {
    throw new InvalidParams(
      `unknown type for JSON params: json: cannot unmarshal ${goType(params)} into Go value of ` +
        'type []json.RawMessage. Expected map or array',
    );
  }
  const names = Object.keys(spec);
  if (Array.isArray(params) && params.length !== names.length) {
    throw new InvalidParams(
      `expected ${names.length} parameters ([${names.join(' ')}]), got ${params.length} ` +
        `([${params.map((one) => JSON.stringify(one)).join(' ')}])`,
    );
  }
  for (const [position, name] of names.entries()) {
    const value: unknown = Array.isArray(params)
      ? params[position]
      : (params as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    values.set(name, readJson(spec[name] ?? 'json', value));
  }
  return new Arguments(values);
}

function readJson(type: ParamType, value: unknown): unknown {
  if (type === 'json') return value;
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw mismatch(value, 'bool');
  }
  if (type === 'number' && Number.isSafeInteger(value)) return BigInt(value as number);
  if (type === 'integer' || type === 'number') return readInteger(value);
  if (typeof value !== 'string') throw mismatch(value, type === 'string' ? 'string' : 'types.Tx');
  if (type === 'string') return value;
  return type === 'hex' ? readHex(value) : readBase64(value);
}

function readInteger(value: unknown): bigint {
  if (typeof value !== 'string') {
    throw new InvalidParams(
      `invalid 64-bit integer encoding ${JSON.stringify(JSON.stringify(value))}, expected string`,
    );
  }
  if (/^-?\d{1,19}$/.test(value)) return BigInt(value);
  throw new InvalidParams(
    `invalid character '${[...value][0] ?? ' '}' looking for beginning of value`,
  );
}

/** Go's decoder of hex, and its messages. */
export function readHex(value: string): Uint8Array {
  const bad = /[^0-9a-fA-F]/u.exec(value)?.[0];
  if (bad !== undefined) {
    const code = bad.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    throw new InvalidParams(`encoding/hex: invalid byte: U+${code} '${bad}'`);
  }
  if (value.length % 2 === 1) throw new InvalidParams('encoding/hex: odd length hex string');
  return new Uint8Array(Buffer.from(value, 'hex'));
}

function readBase64(value: string): Uint8Array {
  const bad = value.search(/[^A-Za-z0-9+/=]/);
  const malformed = !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value);
  if (bad >= 0 || malformed) {
    throw new InvalidParams(`illegal base64 data at input byte ${bad >= 0 ? bad : value.length}`);
  }
  return new Uint8Array(Buffer.from(value, 'base64'));
}

function mismatch(value: unknown, type: string): InvalidParams {
  return new InvalidParams(`json: cannot unmarshal ${goType(value)} into Go value of type ${type}`);
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Arguments of a URI: bare integers, quoted strings, `0x` hex, else JSON. */
export function argumentsFromUri(spec: ParamSpec, query: URLSearchParams): Arguments {
  const values = new Map<string, unknown>();
  for (const [name, type] of Object.entries(spec)) {
    const text = query.get(name) ?? '';
    if (text !== '') values.set(name, readUri(type, text));
  }
  return new Arguments(values);
}

function readUri(type: ParamType, text: string): unknown {
  if ((type === 'integer' || type === 'number') && /^-?\d+$/.test(text)) return readInteger(text);
  if (/^0x/i.test(text)) {
    if (type === 'bytes' || type === 'hex') return readHex(text.slice(2));
    if (type === 'string') return Buffer.from(readHex(text.slice(2))).toString();
    throw new InvalidParams(`got a hex string arg, but expected '${uriKinds[type]}'`);
  }
  const value = parseJson(text);
  if ((type === 'bytes' || type === 'hex') && typeof value === 'string') {
    return new TextEncoder().encode(value);
  }
  if (type === 'integer' && typeof value === 'number') {
    throw new InvalidParams(`invalid 64-bit integer encoding "${text}", expected string`);
  }
  return readJson(type, value);
}

const uriKinds: Readonly<Record<ParamType, string>> = {
  string: 'string',
  bytes: 'slice',
  hex: 'slice',
  integer: 'ptr',
  number: 'int64',
  boolean: 'bool',
  json: 'interface',
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidParams(
      `invalid character '${[...text][0] ?? ' '}' looking for beginning of value`,
    );
  }
}
