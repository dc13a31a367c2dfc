/** What the repaired reader gives is what protobuf says, for numbers and texts of every size. */
import { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import { Fee } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import fc from 'fast-check';
import '../../client/binary-writer.ts';
import { readerOf } from '../binary-reader.ts';

const edges = Array.from({ length: 64 }, (_, bit) => [(1n << BigInt(bit)) - 1n, 1n << BigInt(bit)]);
const uint64 = fc.oneof(
  fc.constantFrom(...edges.flat()),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '\ufeffx'),
);

test('numbers and texts are read as they were written, copied or in place', () => {
  fc.assert(
    fc.property(uint64, text, fc.nat({ max: 20 }), (number, payer, before) => {
      const fee = { amount: [], gasLimit: number, payer, granter: payer };
      const written = Fee.encode(fee).finish();
      const around = Buffer.concat([Buffer.alloc(before, 7), written, Buffer.from([7, 7])]);
      const inPlace = around.subarray(before, before + written.length);
      expect(Fee.decode(written)).toEqual(fee);
      expect(Fee.decode(readerOf(inPlace))).toEqual(fee);
      const seconds = BigInt.asIntN(64, number);
      const time = Timestamp.encode({ seconds, nanos: 5 }).finish();
      expect(Timestamp.decode(readerOf(time))).toEqual({ seconds, nanos: 5 });
    }),
    { numRuns: 1_000 },
  );
});

test('bytes that end too early are refused, in place too', () => {
  const whole = Coin.encode({ denom: 'uhub', amount: '1'.repeat(200) }).finish();
  for (let length = 1; length < whole.length; length += 1) {
    // The first field alone is a whole message.
    if (length === 6) continue;
    const cut = whole.slice(0, length);
    expect(() => Coin.decode(cut)).toThrow('premature EOF');
    expect(() => Coin.decode(readerOf(whole.subarray(0, length)))).toThrow('premature EOF');
  }
});
