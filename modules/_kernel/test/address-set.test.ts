/** A compact set of addresses is a set. */
import fc from 'fast-check';
import { addressFromBytes } from '../address.ts';
import { AddressSet } from '../address-set.ts';

test('it says of any addresses what a Set says', () => {
  // Few different bytes, so that many addresses are equal and many begin alike.
  const byte = fc.integer({ min: 0, max: 2 });
  const bytes = fc.array(byte, { minLength: 20, maxLength: 20 });
  const address = bytes.map((few) => addressFromBytes(Uint8Array.from(few)));
  fc.assert(
    fc.property(fc.array(address, { maxLength: 300 }), (added) => {
      const [set, model] = [new AddressSet(), new Set<string>()];
      for (const one of added) {
        expect(set.add(one)).toBe(!model.has(one));
        model.add(one);
        expect(set.size).toBe(model.size);
      }
    }),
  );
});

test('it grows: ten thousand addresses are each in it once', () => {
  const set = new AddressSet();
  const addresses = Array.from({ length: 10_000 }, (_, n) => {
    const bytes = new Uint8Array(20);
    new DataView(bytes.buffer).setUint32(n % 16, n * 2_654_435_761);
    bytes[19] = n & 255;
    bytes[18] = n >>> 8;
    return addressFromBytes(bytes);
  });
  expect(addresses.every((address) => set.add(address))).toBe(true);
  expect(addresses.some((address) => set.add(address))).toBe(false);
});
