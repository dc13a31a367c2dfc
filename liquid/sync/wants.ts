/**
 * Which marks a side asks for: the leading bits of their hashes, sorted and Rice-coded, some five
 * bytes each. So many bits that all of them mean one mark each, but once in a thousand sessions.
 */
import { HashIndex, type Salt } from './hash-index.ts';
import type { Reader, Writer } from './wire.ts';

/** Bits of a hash that name one of `total` marks when `wanted` are asked for. */
export function bitsFor(total: number, wanted: number): number {
  return Math.min(52, ceilLog2(total) + ceilLog2(wanted) + 20);
}

function ceilLog2(value: number): number {
  return value <= 1 ? 0 : Math.ceil(Math.log2(value));
}

/** The leading `bits` of a hash; at most 52, so that a number holds them. */
function leading(low: number, high: number, bits: number): number {
  const first52 = (high >>> 0) * 2 ** 20 + (low >>> 12);
  return Math.floor(first52 / 2 ** (52 - bits));
}

/** count varint, then the differences of the sorted values, each in quotient (ones, zero), rest. */
export function writeWants(to: Writer, total: number, hashes: HashIndex): void {
  to.varint(hashes.size);
  if (hashes.size === 0) return;
  const bits = bitsFor(total, hashes.size);
  const values = Float64Array.from({ length: hashes.size }, (_, place) =>
    leading(...hashes.at(place), bits),
  ).sort();
  const restBits = Math.max(0, bits - ceilLog2(hashes.size));
  const stream = new BitWriter(to);
  let last = 0;
  for (const value of values) {
    const difference = value - last;
    last = value;
    const quotient = Math.floor(difference / 2 ** restBits);
    for (let i = 0; i < quotient; i += 1) stream.write(1, 1);
    stream.write(0, 1);
    stream.write(difference % 2 ** restBits, restBits);
  }
  stream.end();
}

/** Wanted values and how many bits they have. */
export interface Wants {
  readonly bits: number;
  readonly values: Float64Array;
}

export function readWants(from: Reader, total: number): Wants | undefined {
  const count = from.varint();
  if (from.failed || count > 8 * from.left || count > total) return undefined;
  if (count === 0) return { bits: 0, values: new Float64Array(0) };
  const bits = bitsFor(total, count);
  const restBits = Math.max(0, bits - ceilLog2(count));
  const stream = new BitReader(from);
  const values = new Float64Array(count);
  let last = 0;
  for (let i = 0; i < count && !from.failed; i += 1) {
    let quotient = 0;
    while (stream.read(1) === 1) quotient += 1;
    last += quotient * 2 ** restBits + stream.read(restBits);
    if (last >= 2 ** bits) from.fail();
    values[i] = last;
  }
  return from.failed || !stream.isPadded ? undefined : { bits, values };
}

/** Tells of a hash whether it is wanted. */
export function wantedBy(
  { bits, values }: Wants,
  salt: Salt,
): (low: number, high: number) => boolean {
  const index = new HashIndex(salt);
  for (const value of values) {
    const [low, high] = halves(value);
    if (index.find(low, high) < 0) index.add(low, high);
  }
  return (low, high) => index.find(...halves(leading(low, high, bits))) >= 0;
}

function halves(value: number): [low: number, high: number] {
  return [(value % 2 ** 32) | 0, Math.floor(value / 2 ** 32)];
}

/** Bits from the highest of each byte on. */
class BitWriter {
  readonly #to: Writer;
  #byte = 0;
  #free = 8;

  constructor(to: Writer) {
    this.#to = to;
  }

  write(value: number, bits: number): void {
    for (let left = bits; left > 0; ) {
      const taken = Math.min(left, this.#free);
      left -= taken;
      const part = Math.floor(value / 2 ** left) % 2 ** taken;
      this.#free -= taken;
      this.#byte |= part << this.#free;
      if (this.#free === 0) this.#flush();
    }
  }

  end(): void {
    if (this.#free < 8) this.#flush();
  }

  #flush(): void {
    this.#to.u8(this.#byte);
    this.#byte = 0;
    this.#free = 8;
  }
}

class BitReader {
  readonly #from: Reader;
  #byte = 0;
  #left = 0;

  constructor(from: Reader) {
    this.#from = from;
  }

  /** Zeros after the end, where the reader then has failed. */
  read(bits: number): number {
    let value = 0;
    for (let wanted = bits; wanted > 0; ) {
      if (this.#left === 0) {
        this.#byte = this.#from.u8();
        this.#left = 8;
      }
      const taken = Math.min(wanted, this.#left);
      this.#left -= taken;
      wanted -= taken;
      value = value * 2 ** taken + ((this.#byte >>> this.#left) & (2 ** taken - 1));
    }
    return value;
  }

  /** Whether what is left of the last byte is zeros, as it is written. */
  get isPadded(): boolean {
    return (this.#byte & (2 ** this.#left - 1)) === 0;
  }
}
