import { concat } from '../../core/bytes.ts';
import { encodeCounters } from '../../core/counters.ts';
import { type Day, dayOf } from '../../core/days.ts';
import { generateKeyPair, sign } from '../../core/keys.ts';
import { marksOf } from '../../core/marks.ts';
import type { Registry } from '../../registry/registry.ts';
import { agreeAsConsumer, agreeAsProducer, consumerDomain, oneTimeKey } from '../agreement.ts';
import { FrameReader, FrameWriter } from '../frames.ts';
import { HashIndex } from '../hash-index.ts';
import { sortedMarks } from '../items.ts';
import {
  encodeAnswerHead,
  encodeDone,
  encodeDump,
  encodeHello,
  encodeMore,
  encodeResult,
  encodeStop,
  formByte,
  messageType,
  messageTypeOf,
  writeSymbols,
} from '../messages.ts';
import { offerSession } from '../offer.ts';
import { checkOf, Sketch, sketchKey } from '../symbols.ts';
import type { ConsumerOptions, Outcome, ProducerOptions, Session, Step } from '../types.ts';
import { Writer } from '../wire.ts';
import { exchange, mark, marks, meet, noon, opened, registryOf, seeded, today } from './peers.ts';

const window = { first: dayOf(today - 30), count: 31 };
const none = marksOf([]);
const producerPair = generateKeyPair('ed25519', new Uint8Array(32).fill(7));
const consumerPair = generateKeyPair('ed25519', new Uint8Array(32).fill(8));

function offer(seed: number) {
  const random = seeded(seed);
  const made = offerSession(producerPair, { relay: 'r', expiry: noon + 60, random });
  if (!made.ok) throw new Error(made.message);
  return { ...made.value, random };
}

/** A producer that says what it likes, under the right keys. */
class EvilProducer {
  readonly consumer: Session;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly sketch: Uint8Array;
  outcome: Outcome | undefined;

  private constructor(
    consumer: Session,
    [frame = new Uint8Array()]: readonly Uint8Array[],
    options: ProducerOptions,
  ) {
    this.consumer = consumer;
    const keys = agreeAsProducer(options.digest, {
      secret: options.oneTimeSecret,
      own: producerPair,
      consumerOneTime: frame.slice(0, 32),
    });
    if (!keys.ok) throw new Error(keys.message);
    this.#writer = new FrameWriter(keys.value.toConsumer);
    this.#reader = new FrameReader(keys.value.toProducer);
    this.#reader.read(frame.subarray(32));
    this.sketch = keys.value.sketch;
  }

  static async against(
    registry: Registry,
    terms?: ConsumerOptions['terms'],
  ): Promise<EvilProducer> {
    const { digest, oneTimeSecret, token, random } = offer(3);
    const common = { digest, now: () => noon, random, registry };
    const consumer = opened({
      ...common,
      role: 'consumer',
      own: consumerPair,
      terms: terms ?? { give: true, take: true, maxBytes: 1_000_000 },
    });
    const { frames } = await consumer.connected(token);
    const options = { digest, oneTimeSecret } as ProducerOptions;
    return new EvilProducer(consumer, frames, options);
  }

  /** Says a message; what the consumer says to it. */
  async say(message: Uint8Array): Promise<string | undefined> {
    let said: string | undefined;
    for (const frame of this.#writer.write(message)) {
      const step: Step = await this.consumer.receive(frame);
      this.outcome ??= step.outcome;
      for (const answer of step.frames) {
        const heard = this.#reader.read(answer);
        if (heard.ok && heard.value.message) said = messageTypeOf(heard.value.message);
      }
    }
    return said;
  }
}

function answerHead(count: number, root: Uint8Array = new Uint8Array(20)): Uint8Array {
  const terms = { give: true, take: true, warm: false, receipts: false };
  return encodeAnswerHead({ ...terms, maxBytes: 1_000_000, count, root });
}

function symbolsAnswer(count: number, cells: Int32Array, root?: Uint8Array): Uint8Array {
  const to = new Writer();
  writeSymbols(to, count, 0, cells);
  return concat(answerHead(count, root), formByte('symbols'), to.done());
}

const sizeOf = (registry: Registry): number =>
  registry.statistics(today).reduce((sum, { count }) => sum + count, 0);

describe('a producer that lies', () => {
  let registry: Registry;
  const size = 500;
  beforeEach(async () => {
    registry = await registryOf(marks(0, size));
  });

  async function refuses(evil: EvilProducer, code: string): Promise<void> {
    expect(evil.outcome?.code).toBe(code);
    expect(evil.outcome?.refusal?.message).not.toContain('undefined');
    expect(sizeOf(registry)).toBe(size);
  }

  test('symbols that hold one item where it does not belong end the session', async () => {
    const evil = await EvilProducer.against(registry);
    const own = new Sketch(
      sketchKey(evil.sketch),
      registry.asOf(registry.snapshot(window).position, (t) => t.marks(window)) ?? none,
    );
    const cells = own.cells(60).slice();
    const key = sketchKey(evil.sketch);
    // The same item, alone, in every symbol: it would be peeled for ever.
    for (let at = 0; at < cells.length; at += 4) {
      cells[at] = (cells[at] as number) ^ 5;
      cells[at + 1] = (cells[at + 1] as number) ^ 6;
      cells[at + 2] = (cells[at + 2] as number) ^ checkOf(key, 5, 6);
      cells[at + 3] = (cells[at + 3] as number) + 1;
    }
    await evil.say(symbolsAnswer(size, cells));
    await refuses(evil, 'malformed');
  });

  test('an item as lacking here that is here, or as here that is not, ends the session', async () => {
    for (const times of [1, -1]) {
      const evil = await EvilProducer.against(registry);
      const key = sketchKey(evil.sketch);
      const all = marksOf(sortedMarks(marks(0, size)));
      const extra = marksOf(times === 1 ? [mark(3)] : [mark(5000)]);
      const [own, one] = [new Sketch(key, all).cells(60), new Sketch(key, extra).cells(60)];
      const cells = own.map((word, i) =>
        (i & 3) === 3 ? word + times * (one[i] as number) : word ^ (one[i] as number),
      );
      await evil.say(symbolsAnswer(size + times, cells));
      await refuses(evil, 'malformed');
    }
  });

  test('symbols without end are stopped by what the announced number of marks may cost', async () => {
    const evil = await EvilProducer.against(registry);
    const random = seeded(11);
    const noise = (count: number): Int32Array => {
      const cells = new Int32Array(random(16 * count).slice().buffer);
      for (let at = 3; at < cells.length; at += 4) cells[at] = at % 3;
      return cells;
    };
    let said = await evil.say(symbolsAnswer(5000, noise(300)));
    let sent = 300;
    for (let round = 0; round < 100 && said === 'more'; round += 1) {
      const to = new Writer();
      to.u8(messageType.symbols);
      writeSymbols(to, 5000, sent, noise(300));
      sent += 300;
      said = await evil.say(to.done());
    }
    expect(sent).toBeLessThan(12_000);
    if (evil.outcome === undefined) {
      expect(said).toBe('askDump');
      await evil.say(encodeDump(window, marksOf(sortedMarks(marks(9000, 9400)))));
      expect(evil.outcome).toMatchObject({ code: 'wrong_root' });
    }
    expect(sizeOf(registry)).toBe(size);
  });

  test('frames without end, or more than was announced, are not kept', async () => {
    const evil = await EvilProducer.against(registry);
    await evil.say(concat(answerHead(10), formByte('dump'), new Uint8Array(60_000)));
    await refuses(evil, 'too_large');
    const own = await EvilProducer.against(registry, { give: true, take: true, maxBytes: 20_000 });
    await own.say(concat(answerHead(2 ** 32 - 1), formByte('dump'), new Uint8Array(60_000)));
    await refuses(own, 'too_large');
  });

  test('counts that promise more than there is are refused without room for them', async () => {
    const huge = Uint8Array.of(255, 255, 255, 255, 15);
    for (const body of [
      concat(answerHead(1000), formByte('symbols'), huge),
      concat(answerHead(1000), formByte('dump'), huge, huge, huge),
      concat(answerHead(1000), formByte('dump'), Uint8Array.of(1, 3), huge),
      concat(answerHead(1000), formByte('symbols'), Uint8Array.of(255, 255, 255, 255, 127)),
      concat(answerHead(1000), Uint8Array.of(9)),
      Uint8Array.of(99),
      new Uint8Array(0),
    ]) {
      const evil = await EvilProducer.against(registry);
      await evil.say(body);
      expect(['malformed', 'out_of_turn']).toContain(evil.outcome?.code);
      expect(sizeOf(registry)).toBe(size);
    }
  });

  test('a root that its marks do not make keeps them out, and marks the source', async () => {
    const evil = await EvilProducer.against(registry);
    const dump = new Writer();
    dump.bytes(encodeDump(window, marksOf(sortedMarks(marks(100, 700)))).subarray(1));
    await evil.say(concat(answerHead(600), formByte('dump'), dump.done()));
    await refuses(evil, 'wrong_root');
    expect(registry.sources().map(({ state }) => state)).toContain('suspected');
  });

  test('a result that leaves out what was wanted keeps the rest out too', async () => {
    const evil = await EvilProducer.against(registry);
    const theirs = marksOf(sortedMarks(marks(0, size + 5)));
    const producers = await registryOf(marks(0, size + 5));
    const cells = new Sketch(sketchKey(evil.sketch), theirs).cells(60);
    const root = producers.windowRoot(window);
    expect(await evil.say(symbolsAnswer(size + 5, cells, root))).toBe('done');
    const some = marksOf(sortedMarks(marks(size, size + 4)));
    await evil.say(encodeResult(window, { refused: 0, marks: some }));
    await refuses(evil, 'wrong_root');
  });

  test('dates outside the window, out of order or twice are refused', async () => {
    const list = (bytes: readonly number[]): Uint8Array =>
      concat(answerHead(1000), formByte('dump'), Uint8Array.from(bytes));
    const id = (first: number): number[] => [first, ...new Array(19).fill(0)];
    for (const bytes of [
      [1, 31, 1, ...id(1)], // older than the window
      [2, 3, 1, ...id(1), 4, 1, ...id(1)], // days the wrong way
      [1, 3, 2, ...id(2), ...id(1)], // ids the wrong way
      [1, 3, 2, ...id(1), ...id(1)], // an id twice
      [1, 3, 0], // a day of none
      [1, 3, 1, ...id(1), 0], // something left over
    ]) {
      const evil = await EvilProducer.against(registry);
      await evil.say(list(bytes));
      await refuses(evil, 'malformed');
    }
  });

  test('an answer that goes beyond the terms, or says that it is equal and is not, is refused', async () => {
    const taking = await EvilProducer.against(registry, { give: false, take: true, maxBytes: 1e6 });
    await taking.say(concat(answerHead(size), formByte('equal')));
    await refuses(taking, 'out_of_turn');
    const equal = await EvilProducer.against(registry);
    await equal.say(concat(answerHead(size), formByte('equal')));
    await refuses(equal, 'wrong_root');
  });

  test('0-P14 a today two days off is refused, and so a second change of the window', async () => {
    for (const off of [2, -2]) {
      const evil = await EvilProducer.against(registry);
      const day = today + off;
      await evil.say(Uint8Array.of(messageType.window, day >>> 8, day & 255, 30));
      await refuses(evil, 'malformed');
    }
    const twice = await EvilProducer.against(registry);
    const shift = Uint8Array.of(messageType.window, today >>> 8, today & 255, 20);
    expect(await twice.say(shift)).toBe('offer');
    await twice.say(shift);
    await refuses(twice, 'out_of_turn');
  });
});

describe('a consumer that lies', () => {
  /** A producer and what an evil consumer needs to speak to it. */
  async function producerOf(registry: Registry, consumer: ProducerOptions['consumer'] = 'open') {
    const { digest, oneTimeSecret, random, token } = offer(4);
    const secret = random(32);
    const parsed = oneTimeKey(oneTimeSecret);
    const keys = agreeAsConsumer(digest, {
      secret,
      producerOneTime: parsed,
      producer: producerPair.publicKey,
    });
    if (!keys.ok) throw new Error(keys.message);
    const session = opened({
      role: 'producer',
      digest,
      oneTimeSecret,
      own: producerPair,
      consumer,
      registry,
      random,
      now: () => noon,
      terms: { give: true, take: true, maxBytes: 1_000_000 },
    });
    await session.connected(token);
    const writer = new FrameWriter(keys.value.toProducer);
    const say = async (message: Uint8Array): Promise<Step> => {
      let step: Step = { frames: [] };
      const before = writer.number === 0 ? oneTimeKey(secret) : new Uint8Array(0);
      for (const frame of writer.write(message, before)) step = await session.receive(frame);
      return step;
    };
    return { session, say, transcript: keys.value.transcript, sketch: keys.value.sketch };
  }

  function hello(
    transcript: Uint8Array,
    given: {
      today?: Day;
      count?: number;
      counters?: Int32Array;
      signer?: typeof consumerPair;
    } = {},
  ): Uint8Array {
    const body = encodeHello({
      give: true,
      take: true,
      receipts: false,
      key: consumerPair.publicKey,
      ticket: new Uint8Array(8),
      maxBytes: 1_000_000,
      today: given.today ?? today,
      maxAge: 30,
      count: given.count ?? 0,
      root: new Uint8Array(20),
      counters: encodeCounters(given.counters ?? new Int32Array(128)),
    });
    return concat(
      body,
      sign(given.signer ?? consumerPair, concat(consumerDomain, transcript, body)),
    );
  }

  test('only the consumer that was scanned is answered, and only with its signature', async () => {
    const registry = await registryOf(marks(0, 50));
    const other = await producerOf(registry, producerPair.publicKey);
    expect((await other.say(hello(other.transcript))).outcome?.code).toBe('wrong_peer');
    const forged = await producerOf(registry);
    const step = await forged.say(hello(forged.transcript, { signer: producerPair }));
    expect(step.outcome?.code).toBe('bad_signature');
    const early = await producerOf(registry);
    expect((await early.say(encodeMore(5))).outcome?.code).toBe('out_of_turn');
    const ahead = await producerOf(registry);
    const tomorrow = hello(ahead.transcript, { today: dayOf(today + 2) });
    expect((await ahead.say(tomorrow)).outcome?.code).toBe('malformed');
  });

  test('more symbols than the sets could need, wants of nothing and marks that make no root are refused', async () => {
    const registry = await registryOf(marks(0, 400));
    const counts = { count: 4000 };
    const greedy = await producerOf(registry);
    const { counters } = registry.snapshot(window);
    await greedy.say(hello(greedy.transcript, { count: 399, counters }));
    expect((await greedy.say(encodeMore(2 ** 31))).outcome?.code).toBe('too_large');
    const wanting = await producerOf(registry);
    await wanting.say(hello(wanting.transcript));
    const wants = new HashIndex([1, 2]);
    wants.add(1, 2);
    expect((await wanting.say(encodeDone(window, 400, wants, none))).outcome?.code).toBe(
      'out_of_turn',
    );
    const false_ = await producerOf(registry);
    const said = await false_.say(hello(false_.transcript, counts));
    expect(said.outcome).toBeUndefined();
    const extra = marksOf(sortedMarks(marks(900, 910)));
    const end = await false_.say(encodeDone(window, 400, new HashIndex([1, 2]), extra));
    expect(['wrong_root', 'malformed']).toContain(end.outcome?.code);
    expect(sizeOf(registry)).toBe(400);
  });

  test('marks that the producer has already, as if it lacked them, change nothing', async () => {
    const registry = await registryOf(marks(0, 400));
    const { root, counters } = registry.snapshot(window);
    const { say, transcript } = await producerOf(registry);
    await say(hello(transcript, { count: 399, counters }));
    const known = marksOf(sortedMarks(marks(100, 120)));
    const end = await say(encodeDone(window, 400, new HashIndex([1, 2]), known));
    expect(end.outcome?.code).toBe('wrong_root');
    const after = registry.snapshot(window);
    expect([after.root, after.counters, after.count]).toEqual([root, counters, 400]);
  });

  test('a stop at any time ends it with its code', async () => {
    const { say } = await producerOf(await registryOf(marks(0, 50)));
    expect((await say(encodeStop(9))).outcome?.refusal?.message).toContain('code 9');
  });
});

describe('0-N2 a wire that tampers', () => {
  const sides = async () =>
    meet(await registryOf(marks(0, 900)), await registryOf(marks(450, 1350)));

  test('every frame that is damaged, cut, longer, double, left out or swapped ends the session', async () => {
    const changes: ((frame: Uint8Array, last: Uint8Array) => readonly Uint8Array[])[] = [
      (frame) => [frame.with(frame.length >> 1, (frame[frame.length >> 1] ?? 0) ^ 1)],
      (frame) => [frame.with(frame.length - 1, (frame.at(-1) ?? 0) ^ 128)],
      (frame) => [frame.subarray(0, frame.length - 1)],
      (frame) => [concat(frame, Uint8Array.of(0))],
      (frame) => [new Uint8Array(20_000), frame],
      () => [new Uint8Array(0)],
      (frame) => [frame, frame],
      (frame, last) => [last, frame],
    ];
    for (const [kind, change] of changes.entries()) {
      // The first frame of the answer's batch, or one amid it.
      const number = 1 + (kind % 3);
      const meeting = await sides();
      let last = new Uint8Array(300);
      const result = await exchange(meeting, {
        wire: ({ frame }, n) => {
          const delivered = n === number ? change(frame, last) : [frame];
          last = frame.slice();
          return delivered;
        },
      });
      const codes = [result.producer?.code, result.consumer?.code];
      expect(codes.some((code) => code !== 'ok')).toBe(true);
      for (const code of codes) {
        expect(['ok', 'unauthentic', 'too_large', 'malformed', 'stopped', undefined]).toContain(
          code,
        );
      }
    }
  });

  test('0-N2 frames recorded in one session are refused in another', async () => {
    const recorded = (await exchange(await sides())).sent;
    const { producer, consumer, token } = meet(
      await registryOf(marks(0, 900)),
      await registryOf(marks(450, 1350)),
      { seed: 2 },
    );
    await producer.connected(token);
    await consumer.connected(token);
    const [first, second] = recorded;
    expect((await producer.receive(first?.frame ?? token)).outcome?.code).toBe('unauthentic');
    expect((await consumer.receive(second?.frame ?? token)).outcome?.code).toBe('unauthentic');
  });
});

describe('chosen hashes', () => {
  test('do not fall together in a table', () => {
    const index = new HashIndex([0x12345679, 0x6789abcd]);
    for (let i = 0; i < 100_000; i += 1) index.add(0, i << 8);
    for (let i = 0; i < 100_000; i += 1) index.add(i << 12, 77);
    expect(index.size).toBe(200_000);
    expect(index.find(0, 99_999 << 8)).toBe(99_999);
    expect(index.find(1, 1)).toBe(-1);
  });
});
