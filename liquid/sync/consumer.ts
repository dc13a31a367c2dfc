/** The consumer's side of a session: begins it, works out what differs, and checks it. */
import { concat, equal, hex } from '../core/bytes.ts';
import { encodeCounters } from '../core/counters.ts';
import { commonBase, commonWindow, type Window } from '../core/days.ts';
import { idLength } from '../core/id.ts';
import { type PublicKey, sign, verify } from '../core/keys.ts';
import type { Marks } from '../core/marks.ts';
import { type Refusal, refusals } from '../core/refusals.ts';
import { sipHashMark } from '../core/siphash.ts';
import type { Snapshot } from '../registry/registry.ts';
import { consumerDomain, producerDomain, type SessionKeys } from './agreement.ts';
import { Decoder } from './decoder.ts';
import type { Dialogue, Turn } from './dialogue.ts';
import { HashIndex } from './hash-index.ts';
import { differenceOf, picked } from './items.ts';
import {
  type Answer,
  type AnswerHead,
  announced,
  encodeDone,
  encodeHello,
  encodeMore,
  encodeOffer,
  messageType,
  messageTypeOf,
  type Offered,
  readAnswer,
  readDump,
  readLast,
  readResult,
  readSymbols,
  readWindow,
} from './messages.ts';
import type { Party } from './party.ts';
import { ReceiptTalk, receiptsLimit } from './receipt-talk.ts';
import {
  costOfDump,
  costOfSymbols,
  costOneWay,
  differenceByCounts,
  nextBatch,
  receiveLimit,
} from './sizing.ts';
import type { Sketch } from './symbols.ts';
import type { ConsumerOptions, ReceiptReport } from './types.ts';
import { Reader } from './wire.ts';

const none: Marks = { count: 0, ids: new Uint8Array(0), days: new Uint16Array(0) };

export class ConsumerDialogue implements Dialogue {
  readonly #options: ConsumerOptions;
  readonly #producer: PublicKey;
  readonly #keys: SessionKeys;
  readonly #party: Party;
  readonly #ticket: Uint8Array;
  #snapshot: Snapshot;
  #isShifted = false;
  #head: AnswerHead | undefined;
  #decoder: Decoder | undefined;
  #sketch: Sketch | undefined;
  /** What differs: hashes of what is awaited with the result, and what only this side has. */
  #found: { readonly theirs: HashIndex; readonly ours: Marks } | undefined;
  #isEnding = false;
  /** From when all else is done, where both speak of receipts. */
  #talk: ReceiptTalk | undefined;
  limit: number;
  rounds = 0;

  constructor(options: ConsumerOptions, producer: PublicKey, keys: SessionKeys, party: Party) {
    this.#options = options;
    this.#producer = producer;
    this.#keys = keys;
    this.#party = party;
    this.limit = options.terms.maxBytes;
    this.#snapshot = party.snapshot(commonWindow(party.today, party.maxAge, party.maxAge));
    this.#ticket = party.ticketFor(producer, this.#snapshot.window);
  }

  /** The first message: who this is, what it agrees to, and its window at a glance. */
  hello(): Uint8Array {
    const { own, terms } = this.#options;
    const body = encodeHello({
      give: terms.give,
      take: terms.take,
      receipts: terms.receipts !== undefined,
      key: own.publicKey,
      ticket: this.#ticket,
      maxBytes: terms.maxBytes,
      today: this.#party.today,
      maxAge: this.#party.maxAge,
      ...offeredOf(this.#snapshot),
    });
    return concat(body, sign(own, concat(consumerDomain, this.#keys.transcript, body)));
  }

  begin(part: Uint8Array): void {
    if (this.#head !== undefined || messageTypeOf(part) !== 'answer') return;
    const { count, receipts } = announced(part);
    const most = receiveLimit(count, this.#snapshot.window.count) + (receipts ? receiptsLimit : 0);
    this.limit = Math.min(this.#options.terms.maxBytes, most);
  }

  get receipts(): ReceiptReport | undefined {
    return this.#talk?.report;
  }

  roots(): { root?: string; peerRoot?: string } {
    if (this.#head === undefined) return {};
    return { root: this.#party.root(this.#window), peerRoot: hex(this.#head.root) };
  }

  async hear(message: Uint8Array): Promise<Turn | Refusal> {
    this.rounds += 1;
    const type = messageTypeOf(message);
    if (this.#head === undefined) {
      if (type === 'window' && !this.#isShifted) return this.#shift(message);
      return type === 'answer' ? this.#answer(message) : outOfTurn('answer', type);
    }
    if (this.#talk !== undefined) {
      return type === 'receipts' ? this.#talk.hear(message) : outOfTurn('receipts', type);
    }
    if (this.#isEnding) {
      return type === 'result' ? this.#result(this.#head, message) : outOfTurn('result', type);
    }
    if (this.#decoder === undefined) {
      if (type !== 'dump') return outOfTurn('dump', type);
      const dump = readDump(message, this.#window);
      return dump.ok ? this.#dump(this.#head, dump.value) : dump;
    }
    if (type !== 'symbols') return outOfTurn('symbols', type);
    const from = new Reader(message);
    from.u8();
    return this.#symbols(this.#head, this.#decoder, from);
  }

  get #window(): Window {
    return this.#snapshot.window;
  }

  /** The common window is another than the own: says the marks of that one. */
  #shift(message: Uint8Array): Turn | Refusal {
    const read = readWindow(message);
    if (!read.ok) return read;
    const { today, maxAge } = read.value;
    const base = commonBase(this.#party.today, today);
    if (!base.ok) return base;
    this.#isShifted = true;
    this.#snapshot = this.#party.snapshot(commonWindow(base.value, this.#party.maxAge, maxAge));
    return { say: encodeOffer(offeredOf(this.#snapshot)) };
  }

  #answer(message: Uint8Array): Turn | Refusal | Promise<Turn | Refusal> {
    const signed = this.#producer.scheme === 'secp256k1';
    const answer = readAnswer(message, signed);
    if (!answer.ok) return answer;
    const { value: head, body, signature, form, rest } = answer.value;
    const isTrue =
      !signed ||
      verify(this.#producer, concat(producerDomain, this.#keys.transcript, body), signature);
    if (!isTrue) return refusals.bad_signature({ what: 'the answer of the producer' });
    const { terms } = this.#options;
    const isBeyond = head.receipts && terms.receipts === undefined;
    if ((head.give && !terms.take) || (head.take && !terms.give) || isBeyond) {
      return outOfTurn('an answer that keeps to the terms', 'another');
    }
    this.#head = head;
    if (form === 'equal') return this.#equal(answer.value);
    if (form === 'dump') {
      if (!head.give) return outOfTurn('an answer that keeps to its terms', 'a dump');
      const dump = readLast(rest, this.#window);
      return dump.ok ? this.#dump(head, dump.value) : dump;
    }
    if (form === 'tell') {
      if (head.give || !rest.isDone)
        return outOfTurn('an answer that keeps to its terms', 'another');
      return this.#tellAll(head);
    }
    if (head.warm && !this.#party.takeKept(this.#producer, this.#ticket, this.#snapshot)) {
      return outOfTurn('an answer without kept sketches', 'one with them');
    }
    const sketch = this.#party.sketch(this.#snapshot, this.#keys.sketch);
    if ('ok' in sketch) return sketch;
    this.#sketch = sketch;
    this.#decoder = new Decoder(sketch, this.#party.salt);
    return this.#symbols(head, this.#decoder, rest);
  }

  #equal({ value: head, rest }: Answer): Turn | Refusal {
    const { root } = head;
    if (!rest.isDone) return rest.refusal('answer');
    if (equal(root, this.#snapshot.root)) return this.#last(head);
    return refusals.wrong_root({ announced: hex(root), actual: hex(this.#snapshot.root) });
  }

  /** All marks of the producer: what is new is taken in at once, what it lacks is said. */
  async #dump(head: AnswerHead, dump: Marks): Promise<Turn | Refusal> {
    this.#decoder = undefined;
    const own = this.#party.marks(this.#snapshot);
    if ('ok' in own) return own;
    const { onlyLeft: ours, onlyRight: theirs } = differenceOf(own, dump);
    const problem = this.#party.rootProblem(this.#snapshot, head.root, theirs, ours);
    if (problem !== undefined) return this.#suspect(problem);
    await this.#party.accept(theirs);
    return this.#done(head, new HashIndex(this.#party.salt), head.take ? ours : none);
  }

  #symbols(head: AnswerHead, decoder: Decoder, from: Reader): Turn | Refusal {
    const cells = readSymbols(from, head.count, decoder.received);
    if (cells === undefined || cells.length === 0 || !from.isDone) return from.refusal('symbols');
    const problem = decoder.receive(cells);
    if (problem !== undefined) return problem;
    const difference = decoder.difference();
    if (difference === undefined) return this.#askOn(head, decoder);
    if ('ok' in difference) return difference;
    this.#decoder = undefined;
    const marks = (this.#sketch as Sketch).marks;
    this.#found = { ...difference, ours: picked(marks, difference.ours) };
    const ours = head.take ? this.#found.ours : none;
    const wants = head.give ? difference.theirs : new HashIndex(this.#party.salt);
    return this.#done(head, wants, ours);
  }

  /** More symbols; or all marks, where those surely cost no more than going on. */
  #askOn(head: AnswerHead, decoder: Decoder): Turn | Refusal {
    const sides = { sender: head.count, receiver: this.#snapshot.count };
    const { counts } = decoder;
    const next = nextBatch(counts, sides);
    const expected = differenceByCounts(counts) ?? Math.ceil((counts.length + next) / 1.4);
    const { length } = counts;
    if (!head.give && costOneWay(sides, expected, length) > costOfDump(sides.receiver)) {
      return this.#tellAll(head);
    }
    if (head.give && costOfSymbols(sides, expected, length) > costOfDump(sides.sender)) {
      this.#decoder = undefined;
      return { say: Uint8Array.of(messageType.askDump) };
    }
    return { say: encodeMore(next) };
  }

  /** Where the producer gives nothing, and finding out what it lacks costs more than all. */
  #tellAll(head: AnswerHead): Turn | Refusal {
    this.#decoder = undefined;
    const own = this.#party.marks(this.#snapshot);
    return 'ok' in own ? own : this.#done(head, new HashIndex(this.#party.salt), own);
  }

  #done(head: AnswerHead, wants: HashIndex, ours: Marks): Turn {
    this.#isEnding = true;
    this.#party.given = ours.count;
    return { say: encodeDone(this.#window, head.count, wants, ours) };
  }

  async #result(head: AnswerHead, message: Uint8Array): Promise<Turn | Refusal> {
    const result = readResult(message, this.#window);
    if (!result.ok) return result;
    const found = head.give ? this.#found : undefined;
    const { marks } = result.value;
    if (found === undefined) {
      if (marks.count > 0) return outOfTurn('a result without marks', 'one with them');
    } else {
      const theirs = this.#asked(marks, found.theirs);
      const problem = this.#party.rootProblem(this.#snapshot, head.root, theirs, found.ours);
      if (problem !== undefined) return this.#suspect(problem);
      await this.#party.accept(theirs);
    }
    this.#party.keep(this.#producer, this.#keys.ticket, this.#snapshot);
    return this.#last(head);
  }

  /** All else is done: the end, or the first word about receipts. */
  #last({ receipts }: AnswerHead): Turn {
    const { own, terms } = this.#options;
    if (!receipts || terms.receipts === undefined) return { isEnd: true };
    const talkers = { own, peer: this.#producer, wishes: terms.receipts };
    this.#talk = new ReceiptTalk(this.#options, this.#party, talkers);
    return { say: this.#talk.open() };
  }

  /** Of what came: the marks whose hashes were found. Short wants may mean one more, rarely. */
  #asked(marks: Marks, theirs: HashIndex): Marks {
    const { sip } = (this.#sketch as Sketch).key;
    const hash = new Uint32Array(2);
    const places: number[] = [];
    for (let place = 0; place < marks.count; place += 1) {
      sipHashMark(sip, marks.ids, idLength * place, marks.days[place] as number, hash);
      if (theirs.find(hash[0] as number, hash[1] as number) >= 0) places.push(place);
    }
    return places.length === marks.count ? marks : picked(marks, places);
  }

  async #suspect(problem: Refusal): Promise<Refusal> {
    await this.#party.suspect();
    return problem;
  }
}

function offeredOf({ count, root, counters }: Snapshot): Offered {
  return { count, root, counters: encodeCounters(counters) };
}

function outOfTurn(expected: string, actual: string | undefined): Refusal {
  return refusals.out_of_turn({ expected, actual: actual ?? 'an unknown message' });
}
