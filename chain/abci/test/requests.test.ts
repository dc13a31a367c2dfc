import { Response } from 'cosmjs-types/tendermint/abci/types';
import fc from 'fast-check';
import { FrameReader } from '../frames.ts';
import { encodeAnswer } from '../requests.ts';

/** Lengths around every size of a varint, characters of every size of UTF-8. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .constantFrom('', 'ü', '💶')
    .chain((unit) =>
      fc.constantFrom(0, 1, 31, 63, 64, 126, 127, 128, 8192).map((n) => unit.repeat(n)),
    ),
  fc.constantFrom(127, 128, 16_383, 16_384).map((n) => 'x'.repeat(n)),
);
const event = fc.record({
  type: text,
  attributes: fc.array(fc.record({ key: text, value: text, index: fc.boolean() }), {
    maxLength: 3,
  }),
});
const result = fc.record({
  code: fc.nat(),
  data: fc.uint8Array({ maxLength: 300 }),
  log: text,
  info: text,
  gasWanted: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  gasUsed: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }),
  codespace: text,
  events: fc.array(event, { maxLength: 3 }),
});
const block = fc.record({
  events: fc.array(event, { maxLength: 2 }),
  txResults: fc.array(result, { maxLength: 3 }),
  validatorUpdates: fc.array(
    fc.record({
      power: fc.bigInt({ min: 0n, max: 9n }),
      pubKey: fc.record({ ed25519: fc.uint8Array({ minLength: 32, maxLength: 32 }) }),
    }),
    { maxLength: 2 },
  ),
  appHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

async function check(content: object): Promise<void> {
  await checkAnswer(Response.fromPartial({ finalizeBlock: content }));
}

async function checkAnswer(answer: Response): Promise<void> {
  const [frame, ...more] = new FrameReader().push(await encodeAnswer(answer));
  expect(more).toEqual([]);
  const read = Response.decode(frame ?? new Uint8Array());
  const bytes = Response.encode(answer).finish();
  // Compared as canonical bytes: the fields of the answer itself stand in another order.
  expect(Buffer.compare(Response.encode(read).finish(), bytes)).toBe(0);
  expect(frame?.length).toBe(bytes.length);
}

test('the answer to FinalizeBlock reads back as it was, whatever its sizes', async () => {
  await fc.assert(fc.asyncProperty(block, check), { numRuns: 60 });
});

test('also where a length needs four bytes', async () => {
  for (const size of [2_097_130, 2_097_151, 2_097_152]) {
    const attributes = [{ key: 'k', value: 'x'.repeat(size), index: true }];
    await check({ txResults: [{ log: 'ü', events: [{ type: 'large', attributes }] }] });
  }
});

test('the answer to CheckTx reads back as it was', async () => {
  const checkTx = (content: object): Promise<void> =>
    checkAnswer(Response.fromPartial({ checkTx: content }));
  await checkTx({});
  await fc.assert(fc.asyncProperty(result, checkTx), { numRuns: 100 });
});
