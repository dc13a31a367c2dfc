/**
 * Generated message codecs (ts-proto and cosmjs-types) beyond encode and decode: JSON both ways,
 * and what kinds of fields a message has, probed, since generated code carries no descriptors.
 */
import type { ProtoCodec } from '../../modules/_kernel/proto-codec.ts';

/** What both generators write for every message. */
export interface GeneratedCodec<T = unknown> extends ProtoCodec<T> {
  fromPartial(fields: Readonly<Record<string, unknown>>): T;
  /** Protobuf JSON, field names in camel case. */
  fromJSON(json: unknown): T;
  toJSON(message: T): unknown;
}

/** The same codec with its JSON methods; a codec written by hand has none and is a defect here. */
export function generated<T>(codec: ProtoCodec<T>, what: string): GeneratedCodec<T> {
  if (!('fromPartial' in codec && 'fromJSON' in codec && 'toJSON' in codec)) {
    throw new Error(`the codec of ${what} is not a generated one`);
  }
  return codec as GeneratedCodec<T>;
}

/** How a field is written as text on a command line. `json` is everything with a structure. */
export type FieldKind =
  | 'text'
  | 'uint64'
  | 'int64'
  | 'number'
  | 'boolean'
  | 'bytes'
  | 'json'
  | 'enum';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** True for proto3 `optional` and for message fields. */
  readonly optional: boolean;
  /** Names of an enum's values as JSON has them, without the unspecified one. */
  readonly values: readonly string[];
}

/** The fields of a message in the order of its definition. */
export function fieldsOf(codec: GeneratedCodec): readonly Field[] {
  const base = codec.fromPartial({}) as Readonly<Record<string, unknown>>;
  return Object.entries(base).map(([name, value]) => {
    const values = enumValues(codec, base, name, value);
    const kind = values.length > 0 ? 'enum' : kindOf(codec, base, name, value);
    return { name, kind, optional: value === undefined, values };
  });
}

type Base = Readonly<Record<string, unknown>>;

function kindOf(codec: GeneratedCodec, base: Base, name: string, value: unknown): FieldKind {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'bigint':
      return encodes(codec, { ...base, [name]: largestUint64 }) ? 'uint64' : 'int64';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'undefined':
      if (typeof probe(codec, base, name, Uint8Array.of(1)) === 'string') {
        return probe(codec, base, name, 1n) === '1' ? 'uint64' : 'bytes';
      }
      return probe(codec, base, name, 'a') === 'a' ? 'text' : 'json';
    default:
      return value instanceof Uint8Array ? 'bytes' : 'json';
  }
}

const largestUint64 = (1n << 64n) - 1n;

/** Generated code refuses what the type of a field can't hold. */
function encodes(codec: GeneratedCodec, value: unknown): boolean {
  try {
    codec.encode(value).finish();
    return true;
  } catch {
    return false;
  }
}

function enumValues(
  codec: GeneratedCodec,
  base: Base,
  name: string,
  value: unknown,
): readonly string[] {
  if (typeof value !== 'number' && value !== undefined) return [];
  const values: string[] = [];
  for (let number = 1; number < 64; number += 1) {
    const shown = probe(codec, base, name, number);
    if (typeof shown !== 'string' || !/^[A-Z][A-Z0-9_]*$/.test(shown) || shown === 'UNRECOGNIZED') {
      break;
    }
    values.push(shown);
  }
  return values;
}

function probe(codec: GeneratedCodec, base: Base, name: string, value: unknown): unknown {
  try {
    const json = codec.toJSON({ ...base, [name]: value });
    return (json as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** JSON with the field names of the .proto files (`amount_uhub`), as the Cosmos SDK prints it. */
export function toProtoNames(json: unknown): unknown {
  return renamed(json, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** JSON with the field names of the generated code (`amountUhub`). */
export function fromProtoNames(json: unknown): unknown {
  return renamed(json, (name) => name.replace(/_([a-z0-9])/g, (_all, next) => next.toUpperCase()));
}

function renamed(json: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(json)) return json.map((entry) => renamed(entry, rename));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [rename(name), renamed(value, rename)]),
  );
}
