/**
 * Tables give types to a module's state: a prefix byte, a tuple of ordered key parts and a value
 * codec. `view` reads them, `draft` writes too. The whole layout of a module stands in its
 * `keys.ts`.
 */
import { type Address, addressBytes, addressFromBytes } from './address.ts';
import { assert } from './assert.ts';
import { type GeneratedCodec, protoBytes } from './proto-codec.ts';
import { RecentMap } from './recent.ts';
import type { Reader, Writer } from './state.ts';
import { isUint64 } from './units.ts';

/** One part of a key. `size` is undefined for the one variable part, which must be the last. */
export interface KeyPart<T> {
  readonly size: number | undefined;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export interface ValueCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** Big-endian, so that raw order is numeric order. */
export const u64: KeyPart<bigint> & ValueCodec<bigint> = {
  size: 8,
  encode(value) {
    // The text of an assertion costs more than the encoding: it is made on failure only.
    if (!isUint64(value)) assert(false, `${value} is not a uint64`);
    scratch[0] = value;
    // PERF: written byte by byte; what makes an array of a part of another costs ten times as much.
    const encoded = new Uint8Array(8);
    for (let i = 0; i < 8; i += 1) encoded[i] = scratchBytes[lowFirst ? 7 - i : i] as number;
    return encoded;
  },
  decode(bytes) {
    for (let i = 0; i < 8; i += 1) scratchBytes[lowFirst ? 7 - i : i] = bytes[i] as number;
    return scratch[0] as bigint;
  },
};

const scratch = new BigUint64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);
const lowFirst = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export const address: KeyPart<Address> & ValueCodec<Address> = {
  size: 20,
  encode: addressBytes,
  decode: addressFromBytes,
};

/** Raw bytes of a fixed length: hashes, consensus addresses. */
export function bytes(size: number): KeyPart<Uint8Array> & ValueCodec<Uint8Array> {
  return {
    size,
    encode(value) {
      assert(value.length === size, `${value.length} bytes where ${size} are due`);
      return value;
    },
    decode: (raw) => raw,
  };
}

const utf8 = new TextEncoder();
const utf8Text = new TextDecoder('utf-8', { fatal: true });

/** Text of any length, as the last part of a key, or as a value that is never empty. */
export const text: KeyPart<string> & ValueCodec<string> = {
  size: undefined,
  encode: (value) => utf8.encode(value),
  decode: (raw) => utf8Text.decode(raw),
};

/** A value that only says "here": membership in a set. */
export const here: ValueCodec<true> = {
  encode: () => Uint8Array.of(1),
  decode: () => true,
};

const recordVersion = 1;
const versionByte: Uint8Array = Uint8Array.of(recordVersion);

/** A protobuf record behind one version byte, so that an all-default record is not empty. */
export function record<T>(codec: GeneratedCodec<T>): ValueCodec<T> {
  return {
    encode: (value) => protoBytes(codec, value, versionByte),
    decode(stored) {
      assert(stored[0] === recordVersion, `record version ${stored[0]}`);
      return codec.decode(stored.subarray(1));
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: parts of any types.
type Parts = readonly KeyPart<any>[];
type KeyOf<P extends Parts> = {
  readonly [I in keyof P]: P[I] extends KeyPart<infer T> ? T : never;
};
type Prefixes<K extends readonly unknown[]> = K extends readonly [...infer Head, unknown]
  ? Head | Prefixes<Head>
  : readonly [];

export interface Table<P extends Parts, V> {
  readonly prefix: number;
  readonly parts: P;
  readonly value: ValueCodec<V>;
}

/** A table of a module: `prefix` is unique in the module, 1 to 255 (0 is the host's). */
export function table<const P extends Parts, V>(
  prefix: number,
  parts: P,
  value: ValueCodec<V>,
): Table<P, V> {
  assert(prefix >= 1 && prefix <= 255, `table prefix ${prefix}`);
  const variable = parts.findIndex((part) => part.size === undefined);
  assert(variable === -1 || variable === parts.length - 1, 'only the last key part may vary');
  return { prefix, parts, value };
}

// biome-ignore lint/suspicious/noExplicitAny: a bag of tables of any key and value.
export type Tables = Readonly<Record<string, Table<any, any>>>;

export interface Row<K, V> {
  readonly key: K;
  readonly value: V;
}

export interface RangeOptions<K extends readonly unknown[]> {
  /** Only keys that begin with these parts. */
  readonly prefix?: Prefixes<K>;
  /** Start at this key: inclusive, in the direction of the scan. */
  readonly from?: K;
  /** Stop before this key (exclusive), for ascending scans. */
  readonly before?: K;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface TableView<K extends readonly unknown[], V> {
  get(...key: K): V | undefined;
  has(...key: K): boolean;
  /** Rows in key order. Lazy: what is not consumed is not read. */
  range(options?: RangeOptions<K>): Iterable<Row<K, V>>;
  /** How many rows `range` would give. PERF: nothing of them is decoded. */
  count(options?: RangeOptions<K>): number;
}

export interface TableDraft<K extends readonly unknown[], V> extends TableView<K, V> {
  set(...keyAndValue: readonly [...K, V]): void;
  delete(...key: K): void;
}

export type View<T extends Tables> = {
  readonly [N in keyof T]: T[N] extends Table<infer P, infer V> ? TableView<KeyOf<P>, V> : never;
};
export type Draft<T extends Tables> = {
  readonly [N in keyof T]: T[N] extends Table<infer P, infer V> ? TableDraft<KeyOf<P>, V> : never;
};

export function view<T extends Tables>(tables: T, reader: Reader): View<T> {
  return mapTables(tables, (t) => tableView(t, reader)) as View<T>;
}

export function draft<T extends Tables>(tables: T, state: Reader & Writer): Draft<T> {
  return mapTables(tables, (t) => {
    const keyOf = rawKeysOf(t);
    return {
      ...tableView(t, state),
      set(...keyAndValue: unknown[]): void {
        const value = t.value.encode(keyAndValue.pop());
        const { raw, text } = keyOf(keyAndValue);
        state.set(raw, value, text);
      },
      delete(...key: unknown[]): void {
        const { raw, text } = keyOf(key);
        state.delete(raw, text);
      },
    };
  }) as Draft<T>;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of any key and value.
type AnyTable = Table<any, any>;

function mapTables(tables: Tables, bind: (t: AnyTable) => unknown): unknown {
  return Object.fromEntries(Object.entries(tables).map(([name, t]) => [name, bind(t)]));
}

function tableView(t: AnyTable, reader: Reader): TableView<readonly unknown[], unknown> {
  const keyOf = rawKeysOf(t);
  return {
    get(...key) {
      const { raw, text, last } = keyOf(key);
      const stored = reader.get(raw, text);
      if (stored === undefined) return undefined;
      if (last.stored !== stored) {
        last.value = t.value.decode(stored);
        last.stored = stored;
      }
      return last.value;
    },
    has(...key) {
      const { raw, text } = keyOf(key);
      return reader.get(raw, text) !== undefined;
    },
    *range(options = {}) {
      for (const [key, stored] of reader.range(boundsOf(t, options))) {
        yield { key: decodeKey(t, key), value: t.value.decode(stored) };
      }
    },
    count(options = {}) {
      let rows = 0;
      for (const _ of reader.range(boundsOf(t, options))) rows += 1;
      return rows;
    },
  };
}

/** A raw key and, where it is at hand, the same as text of one sign a byte (latin1). */
interface RawKey {
  readonly raw: Uint8Array;
  readonly text: string | undefined;
  /** PERF: rules and effects read one row several times; nobody alters bytes or value. */
  readonly last: { stored: Uint8Array | undefined; value: unknown };
}

/** Keys of single addresses that are remembered, for each table. */
const rememberedKeys = 8_192;

/** PERF: whoever reads or writes a table, in whatever state, makes its keys once. */
const keysOfTables = new WeakMap<AnyTable, (key: readonly unknown[]) => RawKey>();

function rawKeysOf(t: AnyTable): (key: readonly unknown[]) => RawKey {
  let keys = keysOfTables.get(t);
  if (keys === undefined) {
    keys = rawKeys(t);
    keysOfTables.set(t, keys);
  }
  return keys;
}

/** Makes the raw keys of a table. PERF: those of one row and of accounts are made once. */
function rawKeys(t: AnyTable): (key: readonly unknown[]) => RawKey {
  const [first, ...others] = t.parts as Parts;
  if (first === undefined) {
    const only = withText(encodeKey(t, []));
    return () => only;
  }
  if (first !== address || others.length > 0) {
    const last: RawKey['last'] = { stored: undefined, value: undefined };
    return (key) => ({ raw: encodeKey(t, key), text: undefined, last });
  }
  const known = new RecentMap<unknown, RawKey>(rememberedKeys);
  return (key) => {
    const remembered = known.get(key[0]);
    if (remembered !== undefined) return remembered;
    const made = withText(encodeKey(t, key));
    known.set(key[0], made);
    return made;
  };
}

function withText(raw: Uint8Array): RawKey {
  const last = { stored: undefined, value: undefined };
  return { raw, text: String.fromCharCode(...raw), last };
}

/** Raw key of a row, or of all rows that share leading parts. */
export function encodeKey(t: AnyTable, key: readonly unknown[]): Uint8Array {
  if (key.length > t.parts.length) assert(false, 'a key has no more parts than its table');
  const encoded: Uint8Array[] = [];
  let size = 1;
  for (const part of key) {
    const bytes = (t.parts[encoded.length] as KeyPart<unknown>).encode(part);
    encoded.push(bytes);
    size += bytes.length;
  }
  const raw = new Uint8Array(size);
  raw[0] = t.prefix;
  let offset = 1;
  for (const part of encoded) {
    raw.set(part, offset);
    offset += part.length;
  }
  return raw;
}

/** The parts of a raw key, which must be one of this table. */
export function decodeKey(t: AnyTable, raw: Uint8Array): readonly unknown[] {
  let offset = 1;
  return t.parts.map((part: KeyPart<unknown>) => {
    const end = part.size === undefined ? raw.length : offset + part.size;
    const value = part.decode(raw.subarray(offset, end));
    offset = end;
    return value;
  });
}

function boundsOf(t: AnyTable, o: RangeOptions<readonly unknown[]>) {
  const low = encodeKey(t, o.prefix ?? []);
  const high = successor(low);
  const from = o.from === undefined ? undefined : encodeKey(t, o.from);
  const before = o.before === undefined ? undefined : encodeKey(t, o.before);
  const reverse = o.reverse === true;
  return {
    gte: !reverse && from !== undefined ? from : low,
    lt: reverse && from !== undefined ? after(from) : (before ?? high),
    ...(reverse ? { reverse } : {}),
    ...(o.limit === undefined ? {} : { limit: o.limit }),
  };
}

/** The least key above every key that begins with `prefix`. */
function successor(prefix: Uint8Array): Uint8Array {
  for (let end = prefix.length; end > 0; end -= 1) {
    const last = prefix[end - 1] ?? 0;
    if (last < 255) {
      const next = prefix.slice(0, end);
      next[end - 1] = last + 1;
      return next;
    }
  }
  return new Uint8Array(129).fill(255);
}

/** The least key above `key`. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
