/** The producer's side of a session: answers what the consumer asks, and checks before it takes. */
import { concat, equal, hex } from '../core/bytes.ts';
import { estimateDifference } from '../core/counters.ts';
import { commonBase, commonWindow, isSame, type Window } from '../core/days.ts';
import { sign, verify } from '../core/keys.ts';
import type { Marks } from '../core/marks.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';
import type { Snapshot } from '../registry/registry.ts';
import { consumerDomain, producerDomain, type SessionKeys } from './agreement.ts';
import type { Dialogue, Turn } from './dialogue.ts';
import { roomFor } from './frames.ts';
import { differenceOf, picked, writeMarks } from './items.ts';
import {
  type AnswerHead,
  encodeAnswerHead,
  encodeDump,
  encodeResult,
  encodeWindow,
  type Form,
  formByte,
  type Hello,
  messageType,
  messageTypeOf,
  type Offered,
  readDone,
  readHello,
  readMore,
  readOffer,
  writeSymbols,
} from './messages.ts';
import type { Party } from './party.ts';
import { ReceiptTalk, receiptsLimit } from './receipt-talk.ts';
import {
  atMost,
  costOfDump,
  costOfSymbols,
  costOneWay,
  firstBatch,
  receiveLimit,
} from './sizing.ts';
import { type Sketch, symbolWords } from './symbols.ts';
import type { ProducerOptions, ReceiptReport, ReceiptWishes } from './types.ts';
import { type Wants, wantedBy } from './wants.ts';
import { Writer } from './wire.ts';

/** Before anything is known of the other side: room for its first message and no more. */
const firstLimit = 4096;

/** What is agreed once the windows are compared. */
interface Agreed {
  readonly snapshot: Snapshot;
  readonly theirs: Offered;
  readonly give: boolean;
  readonly take: boolean;
  /** Where both speak of receipts. */
  readonly wishes: ReceiptWishes | undefined;
}

export class ProducerDialogue implements Dialogue {
  readonly #options: ProducerOptions;
  readonly #keys: SessionKeys;
  readonly #party: Party;
  #hello: Hello | undefined;
  #agreed: Agreed | undefined;
  #sketch: Sketch | undefined;
  #symbols = 0;
  /** From when all else is done, where both speak of receipts. */
  #talk: ReceiptTalk | undefined;
  limit = firstLimit;
  rounds = 0;

  constructor(options: ProducerOptions, keys: SessionKeys, party: Party) {
    this.#options = options;
    this.#keys = keys;
    this.#party = party;
  }

  begin(): void {}

  get receipts(): ReceiptReport | undefined {
    return this.#talk?.report;
  }

  roots(): { root?: string; peerRoot?: string } {
    if (this.#agreed === undefined) return {};
    const { snapshot, theirs } = this.#agreed;
    return { root: this.#party.root(snapshot.window), peerRoot: hex(theirs.root) };
  }

  async hear(message: Uint8Array): Promise<Turn | Refusal> {
    this.rounds += 1;
    const type = messageTypeOf(message);
    const hello = this.#hello;
    const agreed = this.#agreed;
    if (hello === undefined) {
      return type === 'hello' ? this.#greet(message) : outOfTurn('hello', type);
    }
    if (agreed === undefined) {
      if (type !== 'offer') return outOfTurn('offer', type);
      const offered = readOffer(message);
      return offered.ok ? this.#compare(hello, offered.value) : offered;
    }
    if (this.#talk !== undefined) {
      return type === 'receipts' ? this.#talk.answer(message) : outOfTurn('receipts', type);
    }
    if (type === 'done') return this.#finish(agreed, message);
    if (type === 'more' && this.#sketch !== undefined) return this.#more(agreed, message);
    if (type === 'askDump' && this.#sketch !== undefined && agreed.give) {
      this.#sketch = undefined;
      const marks = this.#party.marks(agreed.snapshot);
      return 'ok' in marks ? marks : { say: encodeDump(agreed.snapshot.window, marks) };
    }
    return outOfTurn('done', type);
  }

  #greet(message: Uint8Array): Turn | Refusal {
    const read = readHello(message);
    if (!read.ok) return read;
    const { value: hello, body, signature } = read.value;
    if (!verify(hello.key, concat(consumerDomain, this.#keys.transcript, body), signature)) {
      return refusals.bad_signature({ what: 'the hello of the consumer' });
    }
    const { consumer } = this.#options;
    if (consumer !== 'open' && !equal(consumer.bytes, hello.key.bytes)) {
      return refusals.wrong_peer();
    }
    const base = commonBase(this.#party.today, hello.today);
    if (!base.ok) return base;
    this.#hello = hello;
    const window = this.#windowWith(hello);
    if (!window.ok) return window;
    const theirs = commonWindow(hello.today, hello.maxAge, hello.maxAge);
    if (isSame(window.value, theirs)) return this.#compare(hello, hello);
    const { today, maxAge } = this.#party;
    return { say: encodeWindow({ today, maxAge }) };
  }

  #windowWith({ today, maxAge }: Hello): Result<Window> {
    const base = commonBase(this.#party.today, today);
    return base.ok ? accepted(commonWindow(base.value, this.#party.maxAge, maxAge)) : base;
  }

  /** Equal roots end it; else the cheapest way to tell the difference is taken. */
  #compare(hello: Hello, theirs: Offered): Turn | Refusal {
    const window = this.#windowWith(hello);
    if (!window.ok) return window;
    const { terms } = this.#options;
    const snapshot = this.#party.snapshot(window.value);
    const [give, take] = [terms.give && hello.take, terms.take && hello.give];
    const wishes = hello.receipts ? terms.receipts : undefined;
    const agreed = { snapshot, theirs, give, take, wishes };
    this.#agreed = agreed;
    const most = receiveLimit(theirs.count, snapshot.window.count);
    this.limit = Math.min(terms.maxBytes, most + (wishes === undefined ? 0 : receiptsLimit));
    if (equal(snapshot.root, theirs.root)) {
      return this.#last(agreed, this.#answer(agreed, false, 'equal'));
    }
    if (!give && !take) return refusals.nothing_agreed();
    const sides = { sender: snapshot.count, receiver: theirs.count };
    const differing = atMost(sides, estimateDifference(snapshot.counters, theirs.counters));
    if (give && costOfSymbols(sides, differing, 0) > costOfDump(sides.sender)) {
      const marks = this.#party.marks(snapshot);
      if ('ok' in marks) return marks;
      const rest = new Writer();
      writeMarks(rest, snapshot.window, marks);
      return { say: concat(this.#answer(agreed, false, 'dump'), rest.done()) };
    }
    if (!give && costOneWay(sides, differing, 0) > costOfDump(sides.receiver)) {
      return { say: this.#answer(agreed, false, 'tell') };
    }
    // A ticket is of the window that the hello is about.
    const isOfHello = theirs === hello;
    const warm = isOfHello && this.#party.takeKept(hello.key, hello.ticket, snapshot);
    const sketch = this.#party.sketch(snapshot, this.#keys.sketch);
    if ('ok' in sketch) return sketch;
    this.#sketch = sketch;
    const head = this.#answer(agreed, warm, 'symbols');
    return { say: concat(head, this.#batch(agreed, firstBatch(differing), head.length)) };
  }

  /** The last word of all else: the end, or the beginning of speaking of receipts. */
  #last({ wishes }: Agreed, say: Uint8Array): Turn {
    if (wishes === undefined) return { say, isEnd: true };
    const { own } = this.#options;
    const peer = (this.#hello as Hello).key;
    this.#talk = new ReceiptTalk(this.#options, this.#party, { own, peer, wishes });
    return { say };
  }

  /** The head of the answer, signed where the own key could not take part in agreeing on keys. */
  #answer({ snapshot, give, take, wishes }: Agreed, warm: boolean, form: Form): Uint8Array {
    const { own, terms } = this.#options;
    const { count, root } = snapshot;
    const receipts = wishes !== undefined;
    const { maxBytes } = terms;
    const head: AnswerHead = { give, take, warm, receipts, maxBytes, count, root };
    const body = encodeAnswerHead(head);
    const signature =
      own.publicKey.scheme === 'secp256k1'
        ? sign(own, concat(producerDomain, this.#keys.transcript, body))
        : new Uint8Array(0);
    return concat(body, signature, formByte(form));
  }

  /** So many of the next symbols, and as many more as fit into the same frame. */
  #batch({ snapshot }: Agreed, count: number, before: number): Uint8Array {
    const write = (wanted: number): Uint8Array => {
      const from = this.#symbols * symbolWords;
      const cells = (this.#sketch as Sketch).cells(this.#symbols + wanted).subarray(from);
      const to = new Writer();
      writeSymbols(to, snapshot.count, this.#symbols, cells);
      return to.done();
    };
    let batch = write(count);
    const room = roomFor(before + batch.length) - before;
    const longest = 17;
    const more = Math.floor((room - batch.length) / longest);
    if (more > 0) batch = write(count + more);
    this.#symbols += count + Math.max(0, more);
    return batch;
  }

  #more(agreed: Agreed, message: Uint8Array): Turn | Refusal {
    const count = readMore(message);
    if (!count.ok) return count;
    const most = 3 * (agreed.snapshot.count + agreed.theirs.count) + 1000;
    if (this.#symbols + count.value > most) {
      const expected = `at most ${most} in all`;
      const actual = this.#symbols + count.value;
      return refusals.too_large({ field: 'number of symbols', expected, actual });
    }
    const type = Uint8Array.of(messageType.symbols);
    return { say: concat(type, this.#batch(agreed, count.value, type.length)) };
  }

  async #finish(agreed: Agreed, message: Uint8Array): Promise<Turn | Refusal> {
    const { snapshot, give, take, theirs } = agreed;
    const done = readDone(message, snapshot.window, snapshot.count);
    if (!done.ok) return done;
    const { wants, marks: said } = done.value;
    if (wants.values.length > 0 && this.#sketch === undefined)
      return outOfTurn('no wants', 'wants');
    if (!take && said.count > 0) return outOfTurn('no marks', 'marks');
    const marks = give ? said : this.#lacked(snapshot, said);
    if ('ok' in marks) return marks;
    const wanted = this.#wanted(wants);
    // What the consumer lacks: what it asks for, or after a dump what the numbers leave.
    const lacks =
      give && this.#sketch === undefined
        ? snapshot.count + marks.count - theirs.count
        : wanted.count;
    const problem =
      lacks < 0
        ? refusals.malformed({ field: 'marks', expected: 'as many as said', actual: marks.count })
        : this.#lie(agreed, marks, wanted);
    if (problem !== undefined) {
      await this.#party.suspect();
      return problem;
    }
    await this.#party.accept(marks);
    if (give) this.#party.given = lacks;
    if (this.#hello !== undefined) this.#party.keep(this.#hello.key, this.#keys.ticket, snapshot);
    const refused = this.#party.refused;
    return this.#last(agreed, encodeResult(snapshot.window, { refused, marks: wanted }));
  }

  /** A consumer that is told nothing may say all that it has. */
  #lacked(snapshot: Snapshot, said: Marks): Marks | Refusal {
    const own = this.#party.marks(snapshot);
    return 'ok' in own ? own : differenceOf(own, said).onlyRight;
  }

  #wanted(wants: Wants): Marks {
    const places: number[] = [];
    if (this.#sketch === undefined || wants.values.length === 0) {
      return { count: 0, ids: new Uint8Array(0), days: new Uint16Array(0) };
    }
    const isWanted = wantedBy(wants, this.#party.salt);
    this.#sketch.forEach((low, high, place) => {
      if (isWanted(low, high)) places.push(place);
    });
    return picked(this.#sketch.marks, places);
  }

  /** Only where both told all can the consumer's marks be put together again. */
  #lie({ snapshot, give, take, theirs }: Agreed, marks: Marks, wanted: Marks): Refusal | undefined {
    if (!give || !take || this.#sketch === undefined) return undefined;
    return this.#party.rootProblem(snapshot, theirs.root, marks, wanted);
  }
}

function outOfTurn(expected: string, actual: string | undefined): Refusal {
  return refusals.out_of_turn({ expected, actual: actual ?? 'an unknown message' });
}
