/**
 * The messages of a session, as bytes. Each begins with its type; docs/liquid-protocol.md,
 * "Messages", is the specification. What is read is checked for form only, not for turn or sense.
 */
import { countersLength } from '../core/counters.ts';
import { type Day, dayOf, maxWireAge, type Window } from '../core/days.ts';
import {
  keyLength,
  type PublicKey,
  parsePublicKey,
  type Scheme,
  schemeCode,
  signatureLength,
} from '../core/keys.ts';
import type { Marks } from '../core/marks.ts';
import { hashLength } from '../core/node.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';
import { ticketLength } from './agreement.ts';
import type { HashIndex } from './hash-index.ts';
import { readMarks, writeMarks } from './items.ts';
import { symbolWords } from './symbols.ts';
import { readWants, type Wants, writeWants } from './wants.ts';
import { Reader, Writer } from './wire.ts';

export const protocolVersion = 1;

export const messageType = {
  hello: 1,
  window: 2,
  offer: 3,
  answer: 4,
  symbols: 5,
  more: 6,
  askDump: 7,
  dump: 8,
  done: 9,
  result: 10,
  stop: 11,
  receipts: 12,
} as const;
export type MessageName = keyof typeof messageType;

/** What a side does in this session. */
export interface Directions {
  readonly give: boolean;
  readonly take: boolean;
}

/** A window as one side sees it: how many marks, their root, and counters to compare. */
export interface Offered {
  readonly count: number;
  readonly root: Uint8Array;
  /** 192 bytes. */
  readonly counters: Uint8Array;
}

export interface Hello extends Directions, Offered {
  /** Whether this side would speak of receipts when all else is done. */
  readonly receipts: boolean;
  readonly key: PublicKey;
  /** 8 bytes: names the sketches kept of the pair's last session; zeros where there are none. */
  readonly ticket: Uint8Array;
  readonly maxBytes: number;
  readonly today: Day;
  readonly maxAge: number;
}

/** How the producer goes on from its first answer. */
export type Form = 'equal' | 'symbols' | 'dump' | 'tell';
const forms: readonly Form[] = ['equal', 'symbols', 'dump', 'tell'];

export interface AnswerHead extends Directions {
  /** Both take the sketches of the pair's last session. */
  readonly warm: boolean;
  /** Both speak of receipts when all else is done. */
  readonly receipts: boolean;
  readonly maxBytes: number;
  readonly count: number;
  readonly root: Uint8Array;
}

export function messageTypeOf(message: Uint8Array): MessageName | undefined {
  const code = message[0];
  const names = Object.keys(messageType) as MessageName[];
  return names.find((name) => messageType[name] === code);
}

/** All but the signature: what it is over. */
export function encodeHello(hello: Hello): Uint8Array {
  const to = new Writer();
  to.u8(messageType.hello);
  to.u8(protocolVersion);
  to.u8((hello.give ? 1 : 0) | (hello.take ? 2 : 0) | (hello.receipts ? 4 : 0));
  to.u8(schemeCode[hello.key.scheme]);
  to.bytes(hello.key.bytes);
  to.bytes(hello.ticket);
  to.u32(hello.maxBytes);
  to.u16(hello.today);
  to.u8(hello.maxAge);
  writeOffered(to, hello);
  return to.done();
}

export interface Signed<T> {
  readonly value: T;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export function readHello(message: Uint8Array): Result<Signed<Hello>> {
  const from = new Reader(message);
  from.u8();
  const version = from.u8();
  if (version !== protocolVersion) {
    return malformed('version of the protocol', `${protocolVersion}`, version);
  }
  const flags = from.u8();
  const scheme = schemeOf(from.u8());
  if (scheme === undefined || flags > 7) return malformed('hello', 'of known flags', flags);
  const keyBytes = from.bytes(keyLength[scheme]);
  const ticket = from.bytes(ticketLength);
  const maxBytes = from.u32();
  const today = dayOf(from.u16());
  const maxAge = from.u8();
  const offered = readOffered(from);
  const body = message.subarray(0, from.at);
  const signature = from.bytes(signatureLength);
  if (!from.isDone) return from.refusal('hello');
  const key = parsePublicKey(scheme, keyBytes);
  if (!key.ok) return key;
  const [give, take, receipts] = [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0];
  const who = { give, take, receipts, key: key.value, ticket };
  return accepted({ value: { ...who, maxBytes, today, maxAge, ...offered }, body, signature });
}

function schemeOf(code: number): Scheme | undefined {
  return code === 1 ? 'ed25519' : code === 2 ? 'secp256k1' : undefined;
}

function writeOffered(to: Writer, { count, root, counters }: Offered): void {
  to.u32(count);
  to.bytes(root);
  to.bytes(counters);
}

function readOffered(from: Reader): Offered {
  return { count: from.u32(), root: from.bytes(hashLength), counters: from.bytes(countersLength) };
}

/** The producer's today and filter, where the window of the hello is not the common one. */
export function encodeWindow({ today, maxAge }: { today: Day; maxAge: number }): Uint8Array {
  return Uint8Array.of(messageType.window, today >>> 8, today, Math.min(maxAge, maxWireAge));
}

export function readWindow(message: Uint8Array): Result<{ today: Day; maxAge: number }> {
  const from = new Reader(message);
  from.u8();
  const value = { today: dayOf(from.u16()), maxAge: from.u8() };
  return from.isDone ? accepted(value) : from.refusal('window');
}

/** The consumer's marks in the common window. */
export function encodeOffer(offered: Offered): Uint8Array {
  const to = new Writer();
  to.u8(messageType.offer);
  writeOffered(to, offered);
  return to.done();
}

export function readOffer(message: Uint8Array): Result<Offered> {
  const from = new Reader(message);
  from.u8();
  const offered = readOffered(from);
  return from.isDone ? accepted(offered) : from.refusal('offer');
}

/** The head of the producer's first answer: what its signature is over, where it has one. */
export function encodeAnswerHead(head: AnswerHead): Uint8Array {
  const to = new Writer();
  to.u8(messageType.answer);
  to.u8((head.give ? 1 : 0) | (head.take ? 2 : 0) | (head.warm ? 4 : 0) | (head.receipts ? 8 : 0));
  to.u32(head.maxBytes);
  to.u32(head.count);
  to.bytes(head.root);
  return to.done();
}

export function formByte(form: Form): Uint8Array {
  return Uint8Array.of(forms.indexOf(form));
}

export interface Answer extends Signed<AnswerHead> {
  readonly form: Form;
  /** What follows: symbols or marks. */
  readonly rest: Reader;
}

/** What an answer announces of its size, as soon as its beginning is there. */
export function announced(part: Uint8Array): { count: number; receipts: boolean } {
  const from = new Reader(part.subarray(6));
  return { count: from.u32(), receipts: ((part[1] ?? 0) & 8) !== 0 };
}

/** `signed`: whether the producer signs its answer: its key can't agree on keys. */
export function readAnswer(message: Uint8Array, signed: boolean): Result<Answer> {
  const from = new Reader(message);
  from.u8();
  const flags = from.u8();
  const maxBytes = from.u32();
  const count = from.u32();
  const root = from.bytes(hashLength);
  const body = message.subarray(0, from.at);
  const signature = from.bytes(signed ? signatureLength : 0);
  const form = forms[from.u8()];
  if (from.failed || flags > 15) return from.refusal('answer');
  if (form === undefined) return malformed('answer', 'of a known form', 'unknown');
  const [give, take, warm] = [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0];
  const value = { give, take, warm, receipts: (flags & 8) !== 0, maxBytes, count, root };
  return accepted({ value, body, signature, form, rest: from });
}

/** Symbols from index `first` on; `total` is how many marks the sender has. */
export function writeSymbols(to: Writer, total: number, first: number, cells: Int32Array): void {
  const count = cells.length / symbolWords;
  to.varint(count);
  for (let i = 0; i < count; i += 1) {
    const at = i * symbolWords;
    to.u32((cells[at + 1] as number) >>> 0);
    to.u32((cells[at] as number) >>> 0);
    to.u32((cells[at + 2] as number) >>> 0);
    const off = (cells[at + 3] as number) - expectedCount(total, first + i);
    to.varint(off < 0 ? -2 * off - 1 : 2 * off);
  }
}

export function readSymbols(from: Reader, total: number, first: number): Int32Array | undefined {
  const count = from.varint();
  const shortest = 13;
  if (from.failed || count * shortest > from.left) return undefined;
  const cells = new Int32Array(count * symbolWords);
  for (let i = 0; i < count; i += 1) {
    const at = i * symbolWords;
    cells[at + 1] = from.u32();
    cells[at] = from.u32();
    cells[at + 2] = from.u32();
    const off = from.varint();
    cells[at + 3] = ((off & 1) === 1 ? -(off + 1) / 2 : off / 2) + expectedCount(total, first + i);
  }
  return from.failed ? undefined : cells;
}

/** What a symbol's count is about: the share of index i is nearly 2 / (i + 2). */
function expectedCount(total: number, index: number): number {
  return Math.floor((2 * total) / (index + 2));
}

export function encodeMore(count: number): Uint8Array {
  const to = new Writer();
  to.u8(messageType.more);
  to.varint(count);
  return to.done();
}

export function readMore(message: Uint8Array): Result<number> {
  const from = new Reader(message);
  from.u8();
  const count = from.varint();
  return from.isDone && count > 0 ? accepted(count) : from.refusal('more');
}

/** All marks of the producer in the window. */
export function encodeDump(window: Window, marks: Marks): Uint8Array {
  const to = new Writer();
  to.u8(messageType.dump);
  writeMarks(to, window, marks);
  return to.done();
}

export function readDump(message: Uint8Array, window: Window): Result<Marks> {
  const from = new Reader(message);
  from.u8();
  return readLast(from, window);
}

/** Marks that end a message. */
export function readLast(from: Reader, window: Window): Result<Marks> {
  const marks = readMarks(from, window);
  return !marks.ok || from.isDone ? marks : from.refusal('marks');
}

/** The producer's end: how many marks it did not take, and those that were wanted. */
export interface Ending {
  readonly refused: number;
  readonly marks: Marks;
}

export function encodeResult(window: Window, { refused, marks }: Ending): Uint8Array {
  const to = new Writer();
  to.u8(messageType.result);
  to.varint(refused);
  writeMarks(to, window, marks);
  return to.done();
}

export function readResult(message: Uint8Array, window: Window): Result<Ending> {
  const from = new Reader(message);
  from.u8();
  const refused = from.varint();
  const marks = readLast(from, window);
  return marks.ok ? accepted({ refused, marks: marks.value }) : marks;
}

/** What the consumer asks for, and what only it has. */
export interface Done {
  readonly wants: Wants;
  readonly marks: Marks;
}

/** `total`: how many marks the producer announced; it decides how short wants are. */
export function encodeDone(
  window: Window,
  total: number,
  wants: HashIndex,
  marks: Marks,
): Uint8Array {
  const to = new Writer();
  to.u8(messageType.done);
  writeWants(to, total, wants);
  writeMarks(to, window, marks);
  return to.done();
}

export function readDone(message: Uint8Array, window: Window, total: number): Result<Done> {
  const from = new Reader(message);
  from.u8();
  const wants = readWants(from, total);
  if (wants === undefined) return from.refusal('done');
  const marks = readMarks(from, window);
  if (!marks.ok) return marks;
  return from.isDone ? accepted({ wants, marks: marks.value }) : from.refusal('done');
}

export function encodeStop(code: number): Uint8Array {
  return Uint8Array.of(messageType.stop, code >>> 8, code);
}

export function readStop(message: Uint8Array): number {
  const from = new Reader(message);
  from.u8();
  return from.u16();
}

function malformed(field: string, expected: string, actual: string | number) {
  return refusals.malformed({ field, expected, actual });
}
