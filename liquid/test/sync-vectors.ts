/** How each file of vectors of the sync protocol is run: one function a file. */
import { concat, fromHex, hex, u32 } from '../core/bytes.ts';
import { count, encodeCounters, estimateDifference } from '../core/counters.ts';
import { dayOf } from '../core/days.ts';
import { idOfBytes } from '../core/id.ts';
import { keyPair } from '../core/keys.ts';
import { listOf, type Mark, marksOf } from '../core/marks.ts';
import { parseProducerDigest } from '../core/qr.ts';
import { parseReceipt } from '../core/receipt.ts';
import { sipHashOf, sipKey } from '../core/siphash.ts';
import {
  agreeAsConsumer,
  agreeAsProducer,
  oneTimeKey,
  type SessionKeys,
} from '../sync/agreement.ts';
import { FrameReader, FrameWriter, openAlone, padme, sealAlone } from '../sync/frames.ts';
import { HashIndex } from '../sync/hash-index.ts';
import { encodeDump, readDump, readSymbols, writeSymbols } from '../sync/messages.ts';
import { encodeReceiptMessage, readReceiptMessage } from '../sync/receipt-talk.ts';
import { checkOf, pastAll, Sketch, sketchKey, step, type Walk } from '../sync/symbols.ts';
import { exchange, opened, registryOf } from '../sync/test/peers.ts';
import { bitsFor, readWants, wantedBy, writeWants } from '../sync/wants.ts';
import { Reader, Writer } from '../sync/wire.ts';

type Cases = <Case>(name: string) => readonly Case[];
type Listed = readonly (readonly [id: string, day: number])[];

function bytes(text: string): Uint8Array {
  const parsed = fromHex(text);
  if (parsed === undefined) throw new Error(`not hexadecimal: ${text}`);
  return parsed;
}

function halves(text: string): [low: number, high: number] {
  return [Number.parseInt(text.slice(8), 16) | 0, Number.parseInt(text.slice(0, 8), 16) | 0];
}

function hashText(low: number, high: number): string {
  return hex(concat(u32(high), u32(low)));
}

function listed(marks: Listed): Mark[] {
  return marks.map(([id, day]) => ({ id: idOfBytes(bytes(id)), day: dayOf(day) }));
}

function siphash(cases: Cases): void {
  interface Case {
    readonly key: string;
    readonly message: string;
    readonly hash: string;
  }
  for (const { key, message, hash } of cases<Case>('siphash')) {
    expect(hashText(...sipHashOf(sipKey(bytes(key)), bytes(message)))).toBe(hash);
  }
}

function mapping(cases: Cases): void {
  interface Case {
    readonly hash: string;
    readonly indexes: readonly number[];
    readonly checkWords: readonly [number, number];
    readonly check: number;
  }
  for (const { hash, indexes, checkWords, check } of cases<Case>('mapping')) {
    const [low, high] = halves(hash);
    const walk: Walk = { next: 0, low, high };
    for (const index of indexes) {
      expect(walk.next).toBe(index);
      step(walk);
    }
    if (indexes.length < 24) expect(walk.next).toBe(pastAll);
    expect(checkOf({ sip: new Uint32Array(4), check: checkWords }, low, high) >>> 0).toBe(check);
  }
}

function symbols(cases: Cases): void {
  interface Case {
    readonly key: string;
    readonly marks: Listed;
    readonly first: number;
    readonly symbols: number;
    readonly wire: string;
  }
  for (const { key, marks, first, symbols: many, wire } of cases<Case>('symbols')) {
    const sketch = new Sketch(sketchKey(bytes(key)), marksOf(listed(marks)));
    const cells = sketch.cells(first + many).slice(4 * first);
    const to = new Writer();
    writeSymbols(to, marks.length, first, cells);
    expect(hex(to.done())).toBe(wire);
    expect(readSymbols(new Reader(bytes(wire)), marks.length, first)).toEqual(cells);
  }
}

function counters(cases: Cases): void {
  interface Case {
    readonly marks: Listed;
    readonly wire: string;
    readonly other: string;
    readonly estimate: number;
  }
  for (const { marks, wire, other, estimate } of cases<Case>('counters')) {
    const own = new Int32Array(128);
    for (const { id, day } of listed(marks)) count(own, id, day, 1);
    expect(hex(encodeCounters(own))).toBe(wire);
    expect(estimateDifference(own, bytes(other))).toBe(estimate);
  }
}

function marks(cases: Cases): void {
  interface Case {
    readonly first: number;
    readonly count: number;
    readonly marks?: Listed;
    readonly wire: string;
    readonly refusal?: string;
  }
  for (const { first, count: days, marks: list, wire, refusal } of cases<Case>('marks')) {
    const window = { first: dayOf(first), count: days };
    const read = readDump(bytes(`08${wire}`), window);
    if (!read.ok) {
      expect([wire, read.name]).toEqual([wire, refusal]);
      continue;
    }
    expect(listOf(read.value).map(({ id, day }) => [hex(id), day])).toEqual(list);
    expect(hex(encodeDump(window, read.value))).toBe(`08${wire}`);
  }
}

function wants(cases: Cases): void {
  interface Case {
    readonly total: number;
    readonly hashes: readonly string[];
    readonly bits: number;
    readonly wire: string;
  }
  for (const { total, hashes, bits, wire } of cases<Case>('wants')) {
    const index = new HashIndex([1, 3]);
    for (const hash of hashes) index.add(...halves(hash));
    const to = new Writer();
    writeWants(to, total, index);
    expect(hex(to.done())).toBe(wire);
    if (hashes.length > 0) expect(bitsFor(total, hashes.length)).toBe(bits);
    const read = readWants(new Reader(bytes(wire)), total);
    if (read === undefined) throw new Error(`not read: ${wire}`);
    const isWanted = wantedBy(read, [1, 3]);
    for (const hash of hashes) expect(isWanted(...halves(hash))).toBe(true);
  }
}

function frames(cases: Cases): void {
  interface Case {
    readonly length: number;
    readonly padme: number;
    readonly frames: number;
    readonly frame: number;
    readonly key?: string;
    readonly message?: string;
    readonly bytes?: readonly string[];
    readonly resumption?: boolean;
    readonly attempt: number;
    readonly received: number;
  }
  for (const each of cases<Case>('frames')) {
    const key = bytes(each.key ?? '00'.repeat(32));
    if (each.resumption) {
      const [frame = ''] = each.bytes ?? [];
      expect(hex(sealAlone(key, each.attempt, u32(each.received)))).toBe(frame);
      expect(openAlone(key, bytes(frame))?.subarray(0, 4)).toEqual(u32(each.received));
      continue;
    }
    expect(padme(each.length)).toBe(each.padme);
    const message = each.message ?? '00'.repeat(each.length);
    const written = new FrameWriter(key).write(bytes(message));
    expect(new Set(written.map(({ length }) => length))).toEqual(new Set([each.frame]));
    expect(written.length).toBe(each.frames);
    if (each.bytes !== undefined) expect(written.map(hex)).toEqual(each.bytes);
    const reader = new FrameReader(key);
    const read = written.map((frame) => reader.read(frame)).at(-1);
    expect(read?.ok === true && hex(read.value.message ?? key)).toBe(message);
  }
}

function keysText(keys: SessionKeys): string {
  const { toProducer, toConsumer, resumeToProducer, resumeToConsumer, room, sketch, ticket } = keys;
  return hex(
    concat(toProducer, toConsumer, resumeToProducer, resumeToConsumer, room, sketch, ticket),
  );
}

function sessionKeys(cases: Cases): void {
  interface Case {
    readonly digest?: string;
    readonly producerSecret: string;
    readonly producerOneTimeSecret: string;
    readonly consumerOneTimeSecret?: string;
    readonly consumerOneTimeKey?: string;
    readonly transcript: string;
    readonly keys: string;
    readonly refusal?: string;
  }
  for (const each of cases<Case>('session-keys')) {
    const digest = bytes(each.digest ?? '00');
    const parsed = parseProducerDigest(digest, 0);
    const scheme = parsed.ok ? parsed.value.key.scheme : 'ed25519';
    const own = keyPair(scheme, bytes(each.producerSecret));
    const secret = bytes(each.producerOneTimeSecret);
    const consumers = bytes(each.consumerOneTimeSecret ?? '00');
    const consumerOneTime =
      each.consumerOneTimeKey === undefined
        ? oneTimeKey(consumers)
        : bytes(each.consumerOneTimeKey);
    const producer = agreeAsProducer(digest, { secret, own, consumerOneTime });
    if (!producer.ok) {
      expect(producer.name).toBe(each.refusal);
      continue;
    }
    expect([hex(producer.value.transcript), keysText(producer.value)]).toEqual([
      each.transcript,
      each.keys,
    ]);
    const half = {
      secret: consumers,
      producerOneTime: oneTimeKey(secret),
      producer: own.publicKey,
    };
    expect(agreeAsConsumer(digest, half)).toEqual(producer);
  }
}

interface Side {
  readonly secret: string;
  readonly oneTimeSecret: string;
  readonly directions: readonly [give: boolean, take: boolean];
  readonly marks: Listed;
}

async function sessions(cases: Cases): Promise<void> {
  interface Case {
    readonly name: string;
    readonly algorithm: number;
    readonly digest: string;
    readonly now: number;
    readonly maxBytes: number;
    readonly producer: Side;
    readonly consumer: Side;
    readonly frames: readonly (readonly [string, string])[];
    readonly codes: readonly [string, string];
    readonly gained: readonly [number, number];
  }
  for (const each of cases<Case>('sessions')) {
    const scheme = each.algorithm === 1 ? 'ed25519' : 'secp256k1';
    const termsOf = ({ directions: [give, take] }: Side) => ({
      terms: { give, take, maxBytes: each.maxBytes },
    });
    const common = { digest: bytes(each.digest), now: () => each.now };
    const consumers = keyPair(scheme, bytes(each.consumer.secret));
    const drawn = [bytes(each.consumer.oneTimeSecret)];
    const digest = parseProducerDigest(common.digest, each.now);
    if (!digest.ok) throw new Error(digest.message);
    const producer = opened({
      ...common,
      ...termsOf(each.producer),
      role: 'producer',
      own: keyPair(scheme, bytes(each.producer.secret)),
      oneTimeSecret: bytes(each.producer.oneTimeSecret),
      consumer: consumers.publicKey,
      registry: await registryOf(listed(each.producer.marks)),
      random: (length) => new Uint8Array(length),
    });
    const consumer = opened({
      ...common,
      ...termsOf(each.consumer),
      role: 'consumer',
      own: consumers,
      registry: await registryOf(listed(each.consumer.marks)),
      random: (length) => drawn.shift() ?? new Uint8Array(length),
    });
    const { token } = digest.value;
    const result = await exchange({ producer, consumer, token });
    expect([each.name, result.sent.map(({ to, frame }) => [to, hex(frame)])]).toEqual([
      each.name,
      each.frames,
    ]);
    expect([result.producer?.code, result.consumer?.code]).toEqual(each.codes);
    const gained = [result.producer?.report.gained, result.consumer?.report.gained];
    expect(gained).toEqual(each.gained);
  }
}

function receiptTalk(cases: Cases): void {
  interface Case {
    readonly name: string;
    readonly message: string;
    readonly signature?: string;
    readonly receipts?: readonly string[];
    readonly draft?: string;
    readonly ids?: readonly string[];
    readonly refusal?: string;
  }
  const told = (part: Uint8Array | undefined): string | undefined => part && hex(part);
  for (const { name, message, refusal, ...says } of cases<Case>('receipt-talk')) {
    const read = readReceiptMessage(bytes(message));
    if (!read.ok) {
      expect([name, read.name]).toEqual([name, refusal]);
      continue;
    }
    expect([name, hex(encodeReceiptMessage(read.value))]).toEqual([name, message]);
    const { signature, receipts, draft, ids } = read.value;
    expect([name, told(signature), receipts.map(hex), told(draft), ids.map(hex)]).toEqual([
      name,
      says.signature,
      says.receipts,
      says.draft,
      says.ids,
    ]);
    for (const receipt of receipts) expect(parseReceipt(receipt).ok).toBe(true);
  }
}

export const syncRunners = {
  siphash,
  mapping,
  symbols,
  counters,
  marks,
  wants,
  frames,
  'receipt-talk': receiptTalk,
  'session-keys': sessionKeys,
  sessions,
} as const;
