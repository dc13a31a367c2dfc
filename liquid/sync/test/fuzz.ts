/**
 * Damaged messages and frames against everything that reads them. Run by itself it goes on as long
 * as asked: `make fuzz-liquid N=5000000`. A crash is an exception; a hang is a second for one
 * input.
 */
import { concat } from '../../core/bytes.ts';
import { dayOf } from '../../core/days.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { listOf, marksOf } from '../../core/marks.ts';
import { digestBytes, parseConsumerDigest, parseProducerDigest } from '../../core/qr.ts';
import { draftReceipt, parseReceipt } from '../../core/receipt.ts';
import { decodeFrame, decodeNodes, decodePositions } from '../../core/seed-frames.ts';
import { Decoder } from '../decoder.ts';
import { FrameReader, FrameWriter } from '../frames.ts';
import { HashIndex } from '../hash-index.ts';
import { sortedMarks } from '../items.ts';
import {
  encodeAnswerHead,
  encodeDone,
  encodeDump,
  encodeHello,
  encodeMore,
  encodeOffer,
  encodeResult,
  encodeWindow,
  formByte,
  readAnswer,
  readDone,
  readDump,
  readHello,
  readLast,
  readMore,
  readOffer,
  readResult,
  readStop,
  readSymbols,
  readWindow,
  writeSymbols,
} from '../messages.ts';
import { encodeReceiptMessage, readReceiptMessage } from '../receipt-talk.ts';
import { Sketch, sketchKey } from '../symbols.ts';
import { wantedBy } from '../wants.ts';
import { Writer } from '../wire.ts';
import { marks, seeded, today } from './peers.ts';

const window = { first: dayOf(today - 30), count: 31 };
const key = sketchKey(new Uint8Array(24).fill(9));
const some = marksOf(sortedMarks(marks(0, 40)));
const sketch = new Sketch(key, some);
const secret = new Uint8Array(32).fill(5);

function samples(): Uint8Array[] {
  const root = new Uint8Array(20);
  const counters = new Uint8Array(192);
  const nonce = new Uint8Array(16);
  const pair = generateKeyPair('ed25519', new Uint8Array(32).fill(1));
  const hello = encodeHello({
    give: true,
    take: true,
    receipts: false,
    key: pair.publicKey,
    ticket: new Uint8Array(8),
    maxBytes: 1000,
    today,
    maxAge: 30,
    count: 40,
    root,
    counters,
  });
  const head = encodeAnswerHead({
    give: true,
    take: true,
    warm: false,
    receipts: false,
    maxBytes: 1,
    count: 40,
    root,
  });
  const symbols = new Writer();
  writeSymbols(symbols, 40, 0, new Sketch(key, marksOf(sortedMarks(marks(5, 50)))).cells(30));
  const wants = new HashIndex([1, 3]);
  sketch.forEach((low, high) => {
    wants.add(low, high);
  });
  const messages = [
    concat(hello, new Uint8Array(64)),
    encodeWindow({ today, maxAge: 30 }),
    encodeOffer({ count: 40, root, counters }),
    concat(head, formByte('symbols'), symbols.done()),
    concat(head, formByte('dump'), encodeDump(window, some).subarray(1)),
    encodeMore(40),
    encodeDump(window, marksOf(sortedMarks(marks(0, 600).map(({ id }) => ({ id, day: today }))))),
    encodeDone(window, 40, wants, some),
    encodeResult(window, { refused: 0, marks: some }),
    encodeReceiptMessage({
      signature: new Uint8Array(64),
      receipts: [new Uint8Array(213)],
      draft: draftReceipt({ key: pair.publicKey, day: today, nonce }, pair),
      ids: marks(0, 3).map(({ id }) => id),
    }),
  ];
  return [...messages, ...new FrameWriter(secret).write(messages[6] ?? root)];
}

/** Hands one input to every reader that could get it. */
function readAll(bytes: Uint8Array): void {
  readHello(bytes);
  readWindow(bytes);
  readOffer(bytes);
  readMore(bytes);
  readReceiptMessage(bytes);
  readStop(bytes);
  const done = readDone(bytes, window, 40);
  if (done.ok) wantedBy(done.value.wants, [1, 3])(5, 6);
  for (const marksRead of [readDump(bytes, window), readResult(bytes, window)]) {
    if (marksRead.ok) listOf('marks' in marksRead.value ? marksRead.value.marks : marksRead.value);
  }
  for (const signed of [false, true]) {
    const answer = readAnswer(bytes, signed);
    if (!answer.ok) continue;
    const { form, rest, value } = answer.value;
    if (form === 'dump') readLast(rest, window);
    const cells = form === 'symbols' ? readSymbols(rest, value.count, 0) : undefined;
    if (cells === undefined) continue;
    const decoder = new Decoder(sketch, [1, 3]);
    if (decoder.receive(cells) === undefined) decoder.difference();
  }
  new FrameReader(secret).read(bytes);
  const frame = decodeFrame(bytes);
  if (frame.ok) {
    decodeNodes(frame.value.payload);
    decodePositions(frame.value.payload);
  }
  parseProducerDigest(bytes, 0);
  parseConsumerDigest(bytes, 0);
  parseReceipt(bytes);
  digestBytes(String.fromCharCode(...bytes.subarray(0, 200)));
}

/** Damages `count` samples and reads them; the numbers of inputs that took longer than a second. */
export function fuzz(
  seed: number,
  count: number,
  tell: (done: number) => void = () => {},
): number[] {
  const inputs = samples();
  const random = seeded(seed);
  const slow: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    readAll(damaged(inputs, random));
    if (performance.now() - began > 1000) slow.push(n);
    if (n % 50_000 === 0) tell(n);
  }
  return slow;
}

/** Some bytes changed, a piece cut out, doubled or taken from another sample. */
function damaged(
  inputs: readonly Uint8Array[],
  random: (length: number) => Uint8Array,
): Uint8Array {
  const dice = random(16);
  const at = (i: number, below: number): number =>
    below === 0 ? 0 : (((dice[i] as number) << 8) | (dice[i + 1] as number)) % below;
  const source = inputs[at(0, inputs.length)] as Uint8Array;
  const other = inputs[at(2, inputs.length)] as Uint8Array;
  const place = at(4, source.length);
  const length = at(6, 64);
  switch ((dice[8] as number) % 6) {
    case 0:
      return source.with(place, dice[9] as number);
    case 1:
      return source.with(place, 255).with(at(10, source.length), dice[12] as number);
    case 2:
      return source.slice(0, place);
    case 3:
      return concat(source.subarray(0, place), source.subarray(place + length));
    case 4:
      return concat(source.subarray(0, place), other.subarray(at(10, other.length)));
    default:
      return concat(source.subarray(0, place + length), source.subarray(place));
  }
}

if (import.meta.main) {
  const count = Number(process.argv[2] ?? 5_000_000);
  const began = performance.now();
  const slow = fuzz(Number(process.argv[3] ?? 1), count, (done) => {
    process.stderr.write(`\r${done} of ${count}`);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(`\n${count} damaged inputs in ${seconds} s, ${slow.length} slow ones, ${rss} MiB`);
  process.exitCode = slow.length === 0 ? 0 : 1;
}
