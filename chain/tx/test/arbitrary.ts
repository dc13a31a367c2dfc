/** Random canonical messages, from what their field tables say, and small damage to them. */
import { Any } from 'cosmjs-types/google/protobuf/any';
import fc from 'fast-check';
import { fields } from '../../../proto/generated/fields.ts';
import { standardFields } from '../standard-fields.ts';

/** Encodings of the message `name` as an encoder would write them. */
export function arbitrary(name: string, depth = 0): fc.Arbitrary<Uint8Array> {
  const rows = { ...standardFields, ...fields }[name] ?? [];
  const taken = rows.filter(([, , , rule]) => rule !== 'refused');
  const groups = new Set(
    taken.map(([, , , rule]) => rule).filter((rule) => rule?.startsWith('oneof')),
  );
  const pieces = taken.map(([number, , type, rule]) => {
    const count = rule === 'repeated' ? { maxLength: 3 } : { maxLength: 1 };
    if (depth > 4) return fc.constant(new Uint8Array());
    const implicit = rule === undefined;
    return fc
      .array(field(number, type, implicit, depth), count)
      .map((list) => Buffer.concat(list) as Uint8Array);
  });
  return fc.tuple(fc.nat(), ...pieces).map(([choice, ...parts]) => {
    // At most one member of a oneof.
    const members = taken.flatMap(([, , , rule], i) => (groups.has(rule) ? [i] : []));
    const kept = members[choice % Math.max(1, members.length)];
    return Buffer.concat(parts.filter((_, i) => !members.includes(i) || i === kept));
  });
}

function field(
  number: number,
  type: string,
  implicit: boolean,
  depth: number,
): fc.Arbitrary<Uint8Array> {
  const delimited = (body: Uint8Array): Uint8Array =>
    Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(body.length)), body]);
  const minLength = implicit ? 1 : 0;
  if (type === 'message google.protobuf.Any') {
    const inner = ['cosmos.bank.v1beta1.MsgSend', 'cosmos.crypto.secp256k1.PubKey'] as const;
    return fc
      .constantFrom(...inner)
      .chain((name) =>
        arbitrary(name, depth + 2).map((value) =>
          delimited(Any.encode({ typeUrl: `/${name}`, value }).finish()),
        ),
      );
  }
  if (type.startsWith('message ')) {
    return arbitrary(type.slice('message '.length), depth + 1).map(delimited);
  }
  if (type === 'string') {
    return fc
      .string({ minLength, maxLength: 8, unit: 'grapheme' })
      .map((s) => delimited(Buffer.from(s)));
  }
  if (type === 'bytes') return fc.uint8Array({ minLength, maxLength: 8 }).map(delimited);
  const max = { bool: 1n, enum: 127n, int32: 2n ** 31n - 1n, uint32: 2n ** 32n - 1n }[type];
  return fc
    .bigInt({ min: implicit ? 1n : 0n, max: max ?? 2n ** 64n - 1n })
    .map((value) => Buffer.concat([varint(BigInt(number * 8)), varint(value)]));
}

/** The minimal varint of a number below 2^64. */
export function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...out, Number(rest));
}

/** One change of a few bytes. */
export const edit = fc.record({
  kind: fc.constantFrom('set', 'insert', 'delete', 'repeat', 'swap'),
  at: fc.nat(400),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.oneof(
    fc.nat(255),
    fc.constantFrom(0, 0x80, 0x0a, 0x12, 0x1a, 0x0b, 0x08, 0x10, 0xc0, 0xed),
  ),
});

export function mutate(
  body: Uint8Array,
  { kind, at, length, byte }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array {
  const from = body.length === 0 ? 0 : at % body.length;
  const [before, rest] = [body.subarray(0, from), body.subarray(from)];
  const piece = rest.subarray(0, length);
  switch (kind) {
    case 'set':
      return join(before, byte, rest.subarray(1));
    case 'insert':
      return join(before, byte, rest);
    case 'delete':
      return join(before, rest.subarray(length));
    case 'repeat':
      return join(before, piece, piece, rest.subarray(piece.length));
    default:
      return join(before, rest.subarray(length, 2 * length), piece, rest.subarray(2 * length));
  }
}

function join(...parts: (Uint8Array | number)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)),
  );
}
