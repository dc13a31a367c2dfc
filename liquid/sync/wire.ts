/** Numbers and bytes of messages: big-endian, varints in their shortest form, nothing left over. */
import { type Refusal, refusals } from '../core/refusals.ts';

/** Grows as it is written to. */
export class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value);
  }

  /** Seven bits a byte, the lowest first; the highest bit says that more come. Below 2^32. */
  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.u8((rest & 127) | 128);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #room(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#length + length, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/**
 * Reads on after a failure as if all were zero, so that one look at `failed` at the end will do.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get at(): number {
    return this.#at;
  }

  /** How many bytes are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(): void {
    this.#failed = true;
  }

  u8(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined || this.#failed) {
      this.#failed = true;
      return 0;
    }
    this.#at += 1;
    return value;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  varint(): number {
    let value = 0;
    for (let place = 1; ; place *= 128) {
      const byte = this.u8();
      value += (byte & 127) * place;
      if (value >= 2 ** 32 || (byte === 0 && place > 1)) this.#failed = true;
      if (byte < 128 || this.#failed) return this.#failed ? 0 : value;
    }
  }

  bytes(length: number): Uint8Array {
    if (this.#failed || length > this.#bytes.length - this.#at) {
      this.#failed = true;
      return new Uint8Array(0);
    }
    const value = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  /** Why a message can't be read: one that is cut, has a number out of range, or is too long. */
  refusal(field: string): Refusal {
    const expected = 'whole and nothing more';
    return refusals.malformed({ field, expected, actual: `wrong at byte ${this.#at}` });
  }

  /** Whether all was read and nothing is left. */
  get isDone(): boolean {
    return !this.#failed && this.#at === this.#bytes.length;
  }
}
