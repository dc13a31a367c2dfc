/** 64-bit integers of every size are written as protobuf says, also where the library fails. */
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import fc from 'fast-check';
import '../binary-writer.ts';

/** Base-128 varint by the book, on exact integers. */
function varint(value: bigint): readonly number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const edges = [31n, 32n, 33n, 35n, 62n].flatMap((bit) => [
  (1n << bit) - 1n,
  1n << bit,
  (1n << bit) + 1n,
]);
const anyInt64 = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.bigInt({ min: 1n << 30n, max: 1n << 33n }),
);

test('64-bit integers are written as base-128 varints', () => {
  fc.assert(
    fc.property(anyInt64, (value) => {
      const expected = value === 0n ? [] : [...varint(value)];
      const power = ValidatorUpdate.encode(ValidatorUpdate.fromPartial({ power: value })).finish();
      expect([...power].slice(-expected.length || power.length)).toEqual(expected);
      const seconds = Timestamp.encode({ seconds: value, nanos: 0 }).finish();
      expect(Timestamp.decode(seconds).seconds).toBe(value);
    }),
    { numRuns: 2_000 },
  );
});
