/**
 * Messages as JSON in the form of the Cosmos SDK: field names of the .proto files, and every `Any`
 * unpacked, with its type under `@type`.
 */
import { Any } from 'cosmjs-types/google/protobuf/any';
import { fromProtoNames, type GeneratedCodec, toProtoNames } from './generated.ts';
import { codecOf } from './registry.ts';

/** From the JSON of generated code. An `Any` of an unknown type stays as `@type` and base64. */
export function toProtoJson(json: unknown): unknown {
  return toProtoNames(unpack(json));
}

/**
 * The JSON of a message with the fields that are zero, false or empty, which generated code of
 * protobuf 3 leaves out: an answer of `false` must not read as no answer.
 */
export function withDefaults(json: unknown, message: unknown): unknown {
  // Some messages have a text for their JSON: a Timestamp, a Duration.
  if (json !== undefined && typeof json !== 'object') return json;
  if (Array.isArray(message)) {
    const entries = Array.isArray(json) ? json : [];
    return message.map((entry, index) => withDefaults(entries[index], entry));
  }
  if (!isRecord(message) || message instanceof Uint8Array) {
    if (message instanceof Uint8Array) return '';
    return typeof message === 'bigint' ? message.toString() : message;
  }
  const given = isRecord(json) ? json : {};
  const filled = Object.entries(message)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => [name, withDefaults(given[name], field)]);
  return Object.fromEntries(filled);
}

/**
 * To the JSON of generated code. A field that a packed type does not have is refused, not dropped.
 */
export function fromProtoJson(json: unknown): unknown {
  return pack(fromProtoNames(json));
}

export function anyToJson(any: Any): unknown {
  return toProtoJson(Any.toJSON(any));
}

/** The reverse of `anyToJson`; throws where the type or a field of it is not known. */
export function anyFromJson(json: unknown): Any {
  const packed = fromProtoJson(json);
  if (!isRecord(packed) || typeof packed.typeUrl !== 'string') {
    throw new Error('a message has no "@type"');
  }
  return Any.fromJSON(packed);
}

function unpack(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(unpack);
  if (!isRecord(json)) return json;
  const { typeUrl, value, ...rest } = json;
  const isAny = typeof typeUrl === 'string' && Object.keys(rest).length === 0;
  if (!isAny) {
    return Object.fromEntries(Object.entries(json).map(([name, field]) => [name, unpack(field)]));
  }
  const codec = codecOf(typeUrl);
  if (codec === undefined) return { '@type': typeUrl, value };
  const message = codec.decode(Buffer.from(String(value ?? ''), 'base64'));
  return { '@type': typeUrl, ...(unpack(codec.toJSON(message)) as object) };
}

function pack(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(pack);
  if (!isRecord(json)) return json;
  const { '@type': typeUrl, ...rest } = json;
  const fields = Object.fromEntries(
    Object.entries(rest).map(([name, field]) => [name, pack(field)]),
  );
  if (typeUrl === undefined) return fields;
  const codec = codecOf(String(typeUrl));
  if (codec === undefined) throw new Error(`message type ${typeUrl} is not known`);
  const value = codec.encode(strictly(codec, fields, String(typeUrl))).finish();
  return { typeUrl, value: Buffer.from(value).toString('base64') };
}

/**
 * A message from its JSON, in the names of the generated code. What generated code would pass over
 * in silence is refused: a field that does not exist, at any depth, and anything but a list where a
 * list is due.
 */
export function strictly<T>(
  codec: Pick<GeneratedCodec<T>, 'fromJSON'>,
  json: unknown,
  name: string,
): T {
  const message = codec.fromJSON(json);
  const problem = passedOver(json, message, name);
  if (problem !== undefined) throw new Error(problem);
  return message;
}

function passedOver(json: unknown, message: unknown, path: string): string | undefined {
  if (json === undefined || json === null) return undefined;
  if (Array.isArray(message)) {
    if (!Array.isArray(json)) return `${path} is ${JSON.stringify(json)}, expected a list`;
    return firstOf(json.map((entry, at) => passedOver(entry, message[at], `${path}[${at}]`)));
  }
  if (!isRecord(message) || message instanceof Uint8Array || !isRecord(json)) return undefined;
  const strange = Object.keys(json).find((name) => !Object.hasOwn(message, name));
  if (strange !== undefined) {
    return `${path} has no field "${strange}"; it has ${Object.keys(message).join(', ')}`;
  }
  return firstOf(
    Object.entries(json).map(([name, field]) =>
      passedOver(field, message[name], `${path}.${name}`),
    ),
  );
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
