/**
 * A consumer written from docs/liquid-protocol.md alone, as slow and short as can be: it shares no
 * line with the program, so that a page that leaves something out, or says it otherwise, fails.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

type Bytes = Uint8Array;
/** An id in hexadecimal, and its day. */
export type StrangerMark = readonly [id: string, day: number];

const text = (value: string): Bytes => Buffer.from(value, 'latin1');
const join = (...parts: readonly Bytes[]): Bytes => Uint8Array.from(Buffer.concat(parts));
const num = (value: number, length: number): Bytes => {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return Uint8Array.from(bytes);
};
const unhex = (id: string): Bytes => Uint8Array.from(Buffer.from(id, 'hex'));
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
const sha20 = (...parts: readonly Bytes[]): Bytes => sha256(join(...parts)).slice(0, 20);
const varint = (value: number): Bytes =>
  value < 128 ? num(value, 1) : join(num((value % 128) + 128, 1), varint(value >>> 7));
const mask64 = (1n << 64n) - 1n;
const mul32 = (a: number, b: number): number => Math.imul(a, b) >>> 0;

/** The root of a day: ids ascending, in hexadecimal. */
function dayRoot(ids: readonly string[]): Bytes {
  const node = (below: readonly Bytes[], from: number, isRoot: boolean): Bytes => {
    const first = below[0] ?? new Uint8Array(20);
    let end = from;
    const isCommon = (at: number): boolean => below.every((id) => id[at] === first[at]);
    while (!isRoot && end < 19 && isCommon(end)) end += 1;
    const map = new Uint8Array(32);
    const groups = new Map<number, Bytes[]>();
    for (const id of below)
      groups.set(id[end] as number, [...(groups.get(id[end] as number) ?? []), id]);
    for (const byte of groups.keys())
      map[byte >> 3] = (map[byte >> 3] as number) | (1 << (byte & 7));
    const isLeaf = end === 19;
    const children = isLeaf ? [] : [...groups.values()].map((group) => node(group, end + 1, false));
    const head = [num(isLeaf ? 3 : 2, 1), num(end - from, 1), first.subarray(from, end), map];
    return sha20(text('artel/liquid/trie/1'), ...head, ...children);
  };
  return node(ids.map(unhex), 0, true);
}

export function strangerRoot(marks: readonly StrangerMark[], first: number, days: number): Bytes {
  const roots = Array.from({ length: days }, (_, i) =>
    dayRoot(
      marks
        .filter(([, day]) => day === first + i)
        .map(([id]) => id)
        .sort(),
    ),
  );
  return sha20(text('artel/liquid/window/1'), num(first, 4), num(days, 2), ...roots);
}

/** SipHash-2-4 by its paper, over numbers of 64 bits. */
function sipHash(key: Bytes, message: Bytes): bigint {
  const word = (bytes: Bytes): bigint => Buffer.from(bytes).readBigUInt64LE();
  const [k0, k1] = [word(key.slice(0, 8)), word(key.slice(8, 16))];
  const rotate = (value: bigint, by: bigint): bigint =>
    ((value << by) | (value >> (64n - by))) & mask64;
  let [a, b] = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn];
  let [c, d] = [k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const round = (): void => {
    a = (a + b) & mask64;
    b = rotate(b, 13n) ^ a;
    a = rotate(a, 32n);
    c = (c + d) & mask64;
    d = rotate(d, 16n) ^ c;
    a = (a + d) & mask64;
    d = rotate(d, 21n) ^ a;
    c = (c + b) & mask64;
    b = rotate(b, 17n) ^ c;
    c = rotate(c, 32n);
  };
  const padded = new Uint8Array(8 * ((message.length >> 3) + 1));
  padded.set(message);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 8) {
    const next = word(padded.slice(at, at + 8));
    d ^= next;
    round();
    round();
    a ^= next;
  }
  c ^= 0xffn;
  for (let i = 0; i < 4; i += 1) round();
  return a ^ b ^ c ^ d;
}

const hashOf = (key: Bytes, [id, day]: StrangerMark): bigint =>
  sipHash(key, join(unhex(id), num(day, 2)));

function counters(marks: readonly StrangerMark[]): Bytes {
  const sums = new Array<number>(128).fill(0);
  const mix = (value: number): number => {
    let x = mul32((value ^ (value >>> 16)) >>> 0, 0x85ebca6b);
    x = mul32((x ^ (x >>> 13)) >>> 0, 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  };
  for (const mark of marks) {
    const hash = hashOf(new Uint8Array(16), mark);
    const [low, high] = [Number(hash & 0xffffffffn), Number(hash >> 32n)];
    const words = [low, high, mix((low ^ 0x9e3779b9) >>> 0), mix((high ^ 0x85ebca6b) >>> 0)];
    for (let i = 0; i < 128; i += 1) {
      const bit = ((words[i >> 5] as number) >>> (i & 31)) & 1;
      sums[i] = (sums[i] as number) + (bit === 1 ? 1 : -1);
    }
  }
  const pairs = Array.from({ length: 64 }, (_, i) => {
    const [a, b] = [(sums[2 * i] as number) & 4095, (sums[2 * i + 1] as number) & 4095];
    return num(a * 4096 + b, 3);
  });
  return join(...pairs);
}

interface Symbol64 {
  hash: bigint;
  check: number;
  count: number;
}

/** The symbols below `end` that a mark is in. */
function* places(hash: bigint, end: number): Generator<number> {
  let state = hash;
  for (let i = 0; i < end; ) {
    yield i;
    state = (state * 0xda942042e4dd58b5n) & mask64;
    i += Math.max(1, Math.ceil((i + 1.5) * (2 ** 32 / Math.sqrt(Number(state) + 1) - 1)));
  }
}

function checkOf(key: Bytes, hash: bigint): number {
  const [k, l] = [Buffer.from(key).readUInt32LE(16), Buffer.from(key).readUInt32LE(20)];
  const [low, high] = [Number(hash & 0xffffffffn), Number(hash >> 32n)];
  let x = mul32((low ^ k) >>> 0, 0x85ebca6b);
  x = (x ^ (x >>> 15)) >>> 0;
  x = mul32((x ^ high ^ l) >>> 0, 0xc2b2ae35);
  x = (x ^ (x >>> 13)) >>> 0;
  x = mul32(x, 0x27d4eb2f);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Reads numbers and bytes one after the other. */
class Cursor {
  at = 0;
  readonly bytes: Bytes;
  constructor(bytes: Bytes) {
    this.bytes = bytes;
  }
  take(length: number): Bytes {
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
  num(length: number): number {
    return Buffer.from(this.take(length)).readUIntBE(0, length);
  }
  varint(): number {
    const byte = this.num(1);
    return byte < 128 ? byte : byte - 128 + 128 * this.varint();
  }
}

function readMarks(from: Cursor, base: number): StrangerMark[] {
  const marks: StrangerMark[] = [];
  const days = from.varint();
  for (let i = 0; i < days; i += 1) {
    const day = base - from.num(1);
    const count = from.varint();
    const firsts = count < 512 ? [] : Array.from({ length: 256 }, () => from.varint());
    const begins = firsts.flatMap((many, byte) => new Array<number>(many).fill(byte));
    for (let n = 0; n < count; n += 1) {
      const id = count < 512 ? from.take(20) : join(num(begins[n] as number, 1), from.take(19));
      marks.push([hex(id), day]);
    }
  }
  return marks;
}

function writeMarks(marks: readonly StrangerMark[], base: number): Bytes {
  const days = [...new Set(marks.map(([, day]) => day))].sort((a, b) => a - b);
  const parts = days.map((day) => {
    const ids = marks
      .filter((mark) => mark[1] === day)
      .map(([id]) => id)
      .sort();
    return join(num(base - day, 1), varint(ids.length), ...ids.map(unhex));
  });
  return join(varint(days.length), ...parts);
}

/** Wants in Rice code, as a text of bits. */
function writeWants(hashes: readonly bigint[], total: number): Bytes {
  if (hashes.length === 0) return varint(0);
  const log = (value: number): number => (value <= 1 ? 0 : Math.ceil(Math.log2(value)));
  const bits = Math.min(52, log(total) + log(hashes.length) + 20);
  const rest = BigInt(Math.max(0, bits - log(hashes.length)));
  const values = hashes.map((hash) => hash >> BigInt(64 - bits)).sort((a, b) => (a < b ? -1 : 1));
  let stream = '';
  let last = 0n;
  for (const value of values) {
    const difference = value - last;
    last = value;
    const tail = (difference % (1n << rest)).toString(2).padStart(Number(rest), '0');
    stream += `${'1'.repeat(Number(difference >> rest))}0${rest === 0n ? '' : tail}`;
  }
  const padded = stream.padEnd(8 * Math.ceil(stream.length / 8), '0');
  const bytes = padded.match(/.{8}/g) ?? [];
  return join(varint(hashes.length), ...bytes.map((byte) => num(Number.parseInt(byte, 2), 1)));
}

export interface StrangerOptions {
  readonly digest: Bytes;
  readonly secret: Bytes;
  readonly oneTime: Bytes;
  readonly today: number;
  readonly marks: readonly StrangerMark[];
}

const sizes = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];

/** Knows one way only: up to some hundred differences, by symbols, and equal sets. */
export class Stranger {
  readonly #options: StrangerOptions;
  readonly #keys: Bytes;
  readonly #transcript: Bytes;
  #out = 0;
  #in = 0;
  #parts: Bytes[] = [];
  #symbols: Symbol64[] = [];
  #count = 0;
  #wanted: bigint[] = [];
  #state: 'hello' | 'symbols' | 'result' | 'end' = 'hello';
  announced = '';
  gained: StrangerMark[] = [];

  constructor(options: StrangerOptions) {
    this.#options = options;
    const { digest, oneTime } = options;
    const producer = digest.slice(5, 37);
    this.#transcript = sha256(
      join(text('artel/liquid/sync/1'), digest, x25519.getPublicKey(oneTime)),
    );
    const secret = join(
      x25519.getSharedSecret(oneTime, digest.slice(37, 69)),
      x25519.getSharedSecret(oneTime, ed25519.utils.toMontgomery(producer)),
    );
    this.#keys = hkdf(sha256, secret, this.#transcript, text('artel/liquid/sync/1'), 176);
  }

  get isDone(): boolean {
    return this.#state === 'end';
  }

  get #first(): number {
    return this.#options.today - 30;
  }

  hello(): Bytes[] {
    const { secret, today, marks, oneTime } = this.#options;
    const body = join(
      ...[num(1, 1), num(1, 1), num(3, 1), num(1, 1), ed25519.getPublicKey(secret)],
      ...[new Uint8Array(8), num(100_000_000, 4), num(today, 2), num(30, 1)],
      ...[num(marks.length, 4), strangerRoot(marks, this.#first, 31), counters(marks)],
    );
    const signed = join(text('artel/liquid/sync-consumer/1'), this.#transcript, body);
    return this.#frames(join(body, ed25519.sign(signed, secret)), x25519.getPublicKey(oneTime));
  }

  hear(frame: Bytes): Bytes[] {
    const nonce = join(new Uint8Array(8), num(this.#in, 4));
    this.#in += 1;
    const plain = chacha20poly1305(this.#keys.slice(32, 64), nonce).decrypt(frame);
    const head = Buffer.from(plain).readUInt16BE();
    this.#parts.push(plain.slice(2, 2 + (head & 0x7fff)));
    if (head >= 0x8000) return [];
    const message = new Cursor(join(...this.#parts));
    this.#parts = [];
    const type = message.num(1);
    if (this.#state === 'hello' && type === 4) return this.#answer(message);
    if (this.#state === 'symbols' && type === 5) return this.#more(message);
    if (this.#state === 'result' && type === 10) return this.#result(message);
    throw new Error(`type ${type} in ${this.#state}`);
  }

  #answer(message: Cursor): Bytes[] {
    if (message.num(1) !== 3) throw new Error('not both directions');
    message.num(4);
    this.#count = message.num(4);
    this.announced = hex(message.take(20));
    const form = message.num(1);
    this.#state = form === 0 ? 'end' : 'symbols';
    if (form > 1) throw new Error(`form ${form}`);
    return form === 0 ? [] : this.#more(message);
  }

  #more(message: Cursor): Bytes[] {
    const count = message.varint();
    for (let n = 0; n < count; n += 1) {
      const hash = Buffer.from(message.take(8)).readBigUInt64BE();
      const check = message.num(4);
      const off = message.varint();
      const i = this.#symbols.length;
      const expected = Math.floor((2 * this.#count) / (i + 2));
      this.#symbols.push({
        hash,
        check,
        count: expected + (off % 2 === 1 ? -(off + 1) / 2 : off / 2),
      });
    }
    const found = this.#peel();
    if (found === undefined) return this.#frames(join(num(6, 1), varint(this.#symbols.length)));
    const key = this.#keys.slice(144, 168);
    const ours = this.#options.marks.filter((mark) => found.get(hashOf(key, mark)) === -1);
    this.#wanted = [...found].filter(([, sign]) => sign === 1).map(([hash]) => hash);
    this.#state = 'result';
    const wants = writeWants(this.#wanted, this.#count);
    return this.#frames(join(num(9, 1), wants, writeMarks(ours, this.#options.today)));
  }

  /** Hashes that differ, 1 where only the producer has them; undefined where more is needed. */
  #peel(): Map<bigint, number> | undefined {
    const key = this.#keys.slice(144, 168);
    const left = this.#symbols.map((symbol) => ({ ...symbol }));
    const takeOut = (hash: bigint, sign: number): void => {
      for (const place of places(hash, left.length)) {
        const symbol = left[place] as Symbol64;
        symbol.hash ^= hash;
        symbol.check = (symbol.check ^ checkOf(key, hash)) >>> 0;
        symbol.count -= sign;
      }
    };
    for (const mark of this.#options.marks) takeOut(hashOf(key, mark), 1);
    const found = new Map<bigint, number>();
    const isPure = ({ hash, check, count }: Symbol64): boolean =>
      Math.abs(count) === 1 && checkOf(key, hash) === check;
    for (let pure = left.find(isPure); pure !== undefined; pure = left.find(isPure)) {
      const { hash, count } = pure;
      found.set(hash, count);
      takeOut(hash, count);
    }
    return left.every(({ hash, count }) => hash === 0n && count === 0) ? found : undefined;
  }

  #result(message: Cursor): Bytes[] {
    message.varint();
    const key = this.#keys.slice(144, 168);
    this.gained = readMarks(message, this.#options.today).filter((mark) =>
      this.#wanted.includes(hashOf(key, mark)),
    );
    this.#state = 'end';
    return [];
  }

  /** One frame of the smallest size, or equal ones of the padded length. */
  #frames(message: Bytes, before: Bytes = new Uint8Array(0)): Bytes[] {
    const size = sizes.find((each) => each >= before.length + message.length + 18);
    if (size !== undefined) {
      return [join(before, this.#seal(message, size - before.length - 18, false))];
    }
    const exponent = Math.floor(Math.log2(message.length));
    const unit = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
    const padded = Math.ceil(message.length / unit) * unit;
    const count = Math.ceil(padded / ((padded > 65_536 ? 16_384 : 4_096) - 18));
    const each = Math.ceil(padded / count);
    return Array.from({ length: count }, (_, i) =>
      this.#seal(message.slice(i * each, (i + 1) * each), each, i < count - 1),
    );
  }

  #seal(content: Bytes, room: number, goesOn: boolean): Bytes {
    const plain = join(num(content.length + (goesOn ? 0x8000 : 0), 2), content);
    const nonce = join(new Uint8Array(8), num(this.#out, 4));
    this.#out += 1;
    const padded = join(plain, new Uint8Array(2 + room - plain.length));
    return chacha20poly1305(this.#keys.slice(0, 32), nonce).encrypt(padded);
  }
}
