/**
 * The strict protobuf check that every byte of a transaction passes before a decoder sees it.
 * Accepted bytes are the one proto3 encoding of their content: what encodes the same otherwise is
 * refused.
 */
import { isUtf8 } from 'node:buffer';

/**
 * One field: the type is a scalar or `message full.Name`; the rule is none, `repeated`, `optional`,
 * `oneof name`, or `refused` for fields that others know and this chain does without.
 */
export type FieldRow = readonly [number: number, name: string, type: string, rule?: string];

/** The fields of messages by full name, in ascending order of numbers. */
export type FieldTables = Readonly<Record<string, readonly FieldRow[]>>;

/** Messages in messages, `Any` included; the transaction's own parts count from 1. */
export const maxDepth = 16;

type Scalar = 'string' | 'bytes' | 'bool' | 'uint32' | 'uint64' | 'int32' | 'int64' | 'enum';

interface Field {
  readonly number: number;
  readonly name: string;
  readonly scalar: Scalar | undefined;
  readonly message: Shape | undefined;
  readonly repeated: boolean;
  /** Has presence of its own, so its zero is content: `optional` and members of a oneof. */
  readonly optional: boolean;
  readonly oneof: string | undefined;
  /** Known by others, taken by nobody here. */
  readonly refused: boolean;
}

interface Shape {
  readonly name: string;
  readonly fields: Map<number, Field>;
}

const scalars: ReadonlySet<string> = new Set([
  'string',
  'bytes',
  'bool',
  'uint32',
  'uint64',
  'int32',
  'int64',
  'enum',
]);

/** What is wrong with bytes: one line that names the field. */
export interface EncodingProblem {
  readonly problem: string;
  /** The encoding is right, but the chain does without this field. */
  readonly unsupported: boolean;
}

const anyName = 'google.protobuf.Any';

/**
 * Checks bytes against field tables. The rules, at every depth: known fields only, in ascending
 * order; singular fields and oneofs once; varints minimal and in range; scalars without presence
 * never zero or empty (no encoder writes those); repeated numbers packed; strings UTF-8; at most 16
 * messages deep; an `Any` only of a registered type, its value checked like the rest. Negative
 * int32 are not taken.
 */
export class StrictProto {
  readonly #shapes = new Map<string, Shape>();
  readonly #anyTypes: ReadonlySet<string>;

  /** Throws an Error where a table names what is not there: a defect of the caller. */
  constructor(tables: readonly FieldTables[], anyTypeUrls: Iterable<string>) {
    const rows = new Map(tables.flatMap((table) => Object.entries(table)));
    for (const name of rows.keys()) this.#shapes.set(name, { name, fields: new Map() });
    for (const [name, shape] of this.#shapes) {
      for (const row of rows.get(name) ?? []) shape.fields.set(row[0], this.#field(name, row));
    }
    this.#anyTypes = new Set(anyTypeUrls);
    for (const url of this.#anyTypes) this.#shape(url.slice(1));
  }

  /**
   * What is wrong with the encoding of `bytes` as the message `name`; undefined where nothing is.
   *
   * @example strict.check('cosmos.tx.v1beta1.TxBody', bytes)  // { problem: 'memo: is not UTF-8',
   * ... }
   */
  check(name: string, bytes: Uint8Array): EncodingProblem | undefined {
    const walk = new Walk(bytes, this.#anyTypes, this.#shapes);
    return walk.message(this.#shape(name), bytes.length, 1) ? undefined : walk.problem;
  }

  #field(owner: string, [number, name, type, rule = '']: FieldRow): Field {
    const message = type.startsWith('message ')
      ? this.#shape(type.slice('message '.length))
      : undefined;
    if (message === undefined && !scalars.has(type)) {
      throw new Error(`${owner}.${name} has the unknown type ${type}`);
    }
    return {
      number,
      name,
      scalar: message === undefined ? (type as Scalar) : undefined,
      message,
      repeated: rule === 'repeated',
      optional: rule !== '' && rule !== 'repeated',
      oneof: rule.startsWith('oneof ') ? rule : undefined,
      refused: rule === 'refused',
    };
  }

  #shape(name: string): Shape {
    const shape = this.#shapes.get(name);
    if (shape === undefined) throw new Error(`no field table describes ${name}`);
    return shape;
  }
}

/** One pass over one message. Methods answer false where the bytes are refused. */
class Walk {
  readonly #bytes: Uint8Array;
  readonly #anyTypes: ReadonlySet<string>;
  readonly #shapes: ReadonlyMap<string, Shape>;
  #at = 0;
  #path = '';
  #reason = '';
  #unsupported = false;

  constructor(
    bytes: Uint8Array,
    anyTypes: ReadonlySet<string>,
    shapes: ReadonlyMap<string, Shape>,
  ) {
    this.#bytes = bytes;
    this.#anyTypes = anyTypes;
    this.#shapes = shapes;
  }

  get problem(): EncodingProblem {
    const problem = this.#path === '' ? this.#reason : `${this.#path} ${this.#reason}`;
    return { problem, unsupported: this.#unsupported };
  }

  message(shape: Shape, end: number, depth: number): boolean {
    if (depth > maxDepth) return this.#refuse(`messages nest deeper than ${maxDepth}`);
    if (shape.name === anyName) return this.#any(shape, end, depth);
    let last = 0;
    let index = 0;
    let oneofs: string[] | undefined;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag < 0) return false;
      const field = shape.fields.get(Math.floor(tag / 8));
      if (field === undefined) {
        return this.#refuse(`${shape.name} has no field ${Math.floor(tag / 8)}`);
      }
      index = field.number === last ? index + 1 : 0;
      if (!this.#inOrder(field, last)) return false;
      if (field.refused) {
        this.#unsupported = true;
        return this.#in(field, index, 'is not supported by this chain');
      }
      last = field.number;
      if (field.oneof !== undefined) {
        if (oneofs?.includes(field.oneof))
          return this.#in(field, 0, `${field.oneof} is given twice`);
        oneofs = [...(oneofs ?? []), field.oneof];
      }
      if (!this.#value(field, tag % 8, end, depth)) return this.#in(field, index);
    }
    return true;
  }

  #inOrder(field: Field, last: number): boolean {
    if (field.number > last) return true;
    if (field.number < last) return this.#in(field, 0, 'is out of order');
    if (field.repeated && !isPacked(field)) return true;
    return this.#in(field, 0, 'is given twice');
  }

  #value(field: Field, wireType: number, end: number, depth: number): boolean {
    const wanted = isVarint(field) && !field.repeated ? 0 : 2;
    if (wireType !== wanted) return this.#refuse(`has wire type ${wireType}, not ${wanted}`);
    if (wanted === 0) return this.#number(field, end);
    const length = this.#varint(end);
    if (length < 0) return false;
    const stop = this.#at + length;
    if (stop > end)
      return this.#refuse(`is cut: ${length} bytes announced, ${end - this.#at} left`);
    if (field.message !== undefined) return this.message(field.message, stop, depth + 1);
    if (length === 0 && (isPacked(field) || !(field.repeated || field.optional))) {
      return this.#refuse('is empty but written');
    }
    if (isPacked(field)) return this.#packed(field, stop);
    if (field.scalar === 'string' && !this.#isUtf8(stop)) return this.#refuse('is not UTF-8');
    this.#at = stop;
    return true;
  }

  #packed(field: Field, stop: number): boolean {
    while (this.#at < stop) if (!this.#number({ ...field, optional: true }, stop)) return false;
    return true;
  }

  #number(field: Field, end: number): boolean {
    const value = this.#varint(end);
    if (value < 0) return false;
    if (value === 0 && !field.optional) return this.#refuse('is zero but written');
    if (value > largest(field.scalar)) return this.#refuse(`is out of range for ${field.scalar}`);
    return true;
  }

  #any(shape: Shape, end: number, depth: number): boolean {
    const urlField = shape.fields.get(1);
    const valueField = shape.fields.get(2);
    if (urlField === undefined || valueField === undefined) return this.#refuse('is no Any');
    if (this.#at === end) return this.#refuse('names no type');
    if (this.#varint(end) !== 10) return this.#refuse('begins without a type URL');
    const urlStart = this.#at + 1;
    if (!this.#value(urlField, 2, end, depth)) return this.#in(urlField, 0);
    // A type URL is short, so its length took one byte; longer ones are not registered anyway.
    const url = Buffer.from(this.#bytes.subarray(urlStart, this.#at)).toString('latin1');
    const inner = this.#anyTypes.has(url) ? this.#shapes.get(url.slice(1)) : undefined;
    if (inner === undefined) return this.#refuse(`unable to resolve type URL ${printable(url)}`);
    if (this.#at === end) return true;
    if (this.#varint(end) !== 18) return this.#refuse('has more than a type URL and a value');
    const length = this.#varint(end);
    if (length < 0) return false;
    if (length === 0) return this.#in(valueField, 0, 'is empty but written');
    if (this.#at + length !== end) return this.#in(valueField, 0, 'does not fill the Any');
    return this.message(inner, end, depth + 1) || this.#in(valueField, 0);
  }

  /** The varint at the cursor, exact up to 2^53 and monotonous above; -1 where there is none. */
  #varint(end: number): number {
    let value = 0;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= end) return this.#noNumber('holds a number that is cut');
      const byte = this.#bytes[this.#at++] as number;
      if (byte < 0x80) {
        if (byte === 0 && count > 0) return this.#noNumber('holds a number padded with zero bits');
        if (count === 9 && byte > 1) break;
        return value + byte * 2 ** (7 * count);
      }
      value += (byte - 0x80) * 2 ** (7 * count);
    }
    return this.#noNumber('holds a number of more than 64 bits');
  }

  #isUtf8(stop: number): boolean {
    for (let i = this.#at; i < stop; i++) {
      if ((this.#bytes[i] as number) >= 0x80) return isUtf8(this.#bytes.subarray(this.#at, stop));
    }
    return true;
  }

  #noNumber(reason: string): number {
    this.#refuse(reason);
    return -1;
  }

  #refuse(reason: string): false {
    this.#reason = reason;
    return false;
  }

  /** Puts a field before the path of the problem; and says the problem, where that is not done. */
  #in(field: Field, index: number, reason?: string): false {
    if (reason !== undefined) this.#reason = reason;
    const step = field.repeated ? `${field.name}[${index}]` : field.name;
    this.#path = this.#path === '' ? step : `${step}.${this.#path}`;
    return false;
  }
}

function isVarint({ scalar }: Field): boolean {
  return scalar !== undefined && scalar !== 'string' && scalar !== 'bytes';
}

function isPacked(field: Field): boolean {
  return field.repeated && isVarint(field);
}

function largest(scalar: Scalar | undefined): number {
  switch (scalar) {
    case 'bool':
      return 1;
    case 'int32':
    case 'enum':
      return 2 ** 31 - 1;
    case 'uint32':
      return 2 ** 32 - 1;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** What a stranger wrote, fit for one line of a log. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
