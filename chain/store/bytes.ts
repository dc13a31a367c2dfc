/** The store's own records as bytes: fixed-width big-endian numbers and length-prefixed parts. */
import { StoreCorrupt } from './errors.ts';

export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  /** Begins with room for so many bytes, and grows. */
  constructor(room = 256) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  #room(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  /** A whole number up to 2^48 - 1. */
  height(value: number): this {
    const at = this.#room(6);
    this.#bytes.writeUIntBE(value, at, 6);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** `count` bytes of the memory of an array. */
  copy(source: Uint32Array, from: number, count: number): this {
    const at = this.#room(count);
    this.#bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, count), at);
    return this;
  }

  /** A part of at most 255 bytes with its length before it. */
  part(bytes: Uint8Array): this {
    return this.u8(bytes.length).raw(bytes);
  }

  text(value: string): this {
    return this.part(Buffer.from(value));
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the record in the error when it is too short. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  #take(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      throw new StoreCorrupt(`${this.#what} ends after ${this.#bytes.length} bytes`);
    }
    return at;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  height(): number {
    return this.#bytes.readUIntBE(this.#take(6), 6);
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  part(): Uint8Array {
    return this.raw(this.u8());
  }

  text(): string {
    return Buffer.from(this.part()).toString();
  }
}

/** The bytes as a Buffer that shares them. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
