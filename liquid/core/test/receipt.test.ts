import fc from 'fast-check';
import { dayOf } from '../days.ts';
import { idOfKey } from '../id.ts';
import { generateKeyPair } from '../keys.ts';
import { encodeReceipt, parseReceipt, receiptLength, signReceipt } from '../receipt.ts';

const marked = generateKeyPair('ed25519', new Uint8Array(32).fill(1));
const marker = generateKeyPair('ed25519', new Uint8Array(32).fill(2));
const terms = {
  key: marked.publicKey,
  day: dayOf(20_000),
  nonce: new Uint8Array(16).fill(3),
  marker: marker.publicKey,
};
const receipt = encodeReceipt(terms, {
  marked: signReceipt(terms, marked),
  marker: signReceipt(terms, marker),
});

describe('receipts', () => {
  test('0-N1 a receipt signed by both sides proves the id and its day', () => {
    expect(receipt).toHaveLength(receiptLength);
    expect(parseReceipt(receipt)).toEqual({
      ok: true,
      value: { id: idOfKey(marked.publicKey), day: 20_000, bytes: receipt },
    });
  });

  test('0-N1 no byte of a receipt can be changed', () => {
    fc.assert(
      fc.property(fc.nat(receiptLength - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const forged = receipt.slice();
        forged[at] = (forged[at] ?? 0) ^ mask;
        expect(parseReceipt(forged).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('0-N1 signatures in the wrong order, of one side only, or of oneself are refused', () => {
    const both = { marked: signReceipt(terms, marked), marker: signReceipt(terms, marker) };
    const swapped = encodeReceipt(terms, { marked: both.marker, marker: both.marked });
    const alone = encodeReceipt(terms, { marked: both.marker, marker: both.marker });
    const self = { ...terms, marker: terms.key };
    const own = signReceipt(self, marked);
    const selfMade = encodeReceipt(self, { marked: own, marker: own });
    expect(parseReceipt(swapped)).toMatchObject({ name: 'bad_signature' });
    expect(parseReceipt(alone)).toMatchObject({ name: 'bad_signature' });
    expect(parseReceipt(selfMade)).toMatchObject({ name: 'malformed' });
    expect(parseReceipt(receipt.subarray(1))).toMatchObject({ name: 'malformed' });
  });
});
