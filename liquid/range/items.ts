/** What range sync compares: records of a timestamp and 32 bytes, in their one order. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../core/bytes.ts';
import { dayOf } from '../core/days.ts';
import { idLength, idOfBytes } from '../core/id.ts';
import type { Mark, Marks } from '../core/marks.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';
import { encodeVarint } from './varint.ts';

export const recordLength = 32;
export const fingerprintLength = 16;

/** Where a range ends: before the first record that is not less. */
export interface Bound {
  /** Infinity is after all. */
  readonly timestamp: number;
  /** Up to 32 bytes; what is left out counts as zeros. */
  readonly prefix: Uint8Array;
}

export const endOfAll: Bound = { timestamp: Number.POSITIVE_INFINITY, prefix: new Uint8Array(0) };

export interface Item {
  /** Whole and not negative. */
  readonly timestamp: number;
  /** 32 bytes. */
  readonly record: Uint8Array;
}

/** 32 bytes: Noble's, or the platform's where that is faster. */
type Sha256 = (message: Uint8Array) => Uint8Array;

export class RangeItems {
  readonly #timestamps: Float64Array;
  readonly #records: Uint8Array;
  readonly #sha256: Sha256;

  /** Refused where an item is there twice. */
  static of(items: readonly Item[], hasher: Sha256 = sha256): Result<RangeItems> {
    const sorted = items.toSorted(
      (a, b) => a.timestamp - b.timestamp || compareRecords(a.record, b.record),
    );
    for (const [i, item] of sorted.entries()) {
      const before = sorted[i - 1];
      if (
        before?.timestamp === item.timestamp &&
        compareRecords(before.record, item.record) === 0
      ) {
        return refusals.malformed({ field: 'items', expected: 'each once', actual: 'one twice' });
      }
    }
    return accepted(new RangeItems(sorted, hasher));
  }

  private constructor(sorted: readonly Item[], hasher: Sha256) {
    this.#timestamps = Float64Array.from(sorted, ({ timestamp }) => timestamp);
    this.#records = new Uint8Array(sorted.length * recordLength);
    sorted.forEach(({ record }, i) => {
      this.#records.set(record, i * recordLength);
    });
    this.#sha256 = hasher;
  }

  get size(): number {
    return this.#timestamps.length;
  }

  record(index: number): Uint8Array {
    return this.#records.subarray(index * recordLength, (index + 1) * recordLength);
  }

  /** The bound that ends just before an item. */
  boundAt(index: number): Bound {
    return { timestamp: this.#timestamps[index] as number, prefix: this.record(index) };
  }

  /** The first index from `from` on that does not lie before a bound. */
  lowerBound(from: number, { timestamp, prefix }: Bound): number {
    let low = from;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const own = this.#timestamps[middle] as number;
      const isBefore =
        own < timestamp || (own === timestamp && compareRecords(this.record(middle), prefix) < 0);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The shortest bound between an item and the one before it. */
  boundBefore(index: number): Bound {
    const timestamp = this.#timestamps[index] as number;
    if (timestamp !== this.#timestamps[index - 1]) return { timestamp, prefix: new Uint8Array(0) };
    const [record, before] = [this.record(index), this.record(index - 1)];
    let shared = 0;
    while (shared < recordLength && record[shared] === before[shared]) shared += 1;
    return { timestamp, prefix: record.subarray(0, shared + 1) };
  }

  /** First 16 bytes of SHA-256(sum of the records modulo 2^256, little-endian || their count). */
  fingerprint(from: number, to: number): Uint8Array {
    const sums = new Float64Array(recordLength / 2);
    for (let at = from * recordLength; at < to * recordLength; at += recordLength) {
      for (let word = 0; word < sums.length; word += 1) {
        const low = this.#records[at + 2 * word] as number;
        const high = this.#records[at + 2 * word + 1] as number;
        sums[word] = (sums[word] as number) + low + 256 * high;
      }
    }
    const sum = new Uint8Array(recordLength);
    let carry = 0;
    sums.forEach((value, word) => {
      const whole = value + carry;
      carry = Math.floor(whole / 65_536);
      sum[2 * word] = whole % 256;
      sum[2 * word + 1] = Math.floor(whole / 256) % 256;
    });
    return this.#sha256(concat(sum, encodeVarint(to - from))).slice(0, fingerprintLength);
  }
}

/** By bytes; a prefix comes before what it begins. */
function compareRecords(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  }
  return a.length - b.length;
}

/**
 * A mark as an item: the day is its timestamp, and stands in the record, too: id || day u16 || 0.
 */
export function itemOfMark({ id, day }: Mark): Item {
  const record = new Uint8Array(recordLength);
  record.set(id);
  record[idLength] = day >>> 8;
  record[idLength + 1] = day;
  return { timestamp: day, record };
}

export function itemsOfMarks({ ids, days, count }: Marks): Item[] {
  return Array.from({ length: count }, (_, i) => {
    const id = idOfBytes(ids.slice(i * idLength, (i + 1) * idLength));
    return itemOfMark({ id, day: dayOf(days[i] as number) });
  });
}

/** Refuses a record that is no mark. */
export function markOfRecord(record: Uint8Array): Result<Mark> {
  if (record.subarray(idLength + 2).some((byte) => byte !== 0)) {
    const [field, expected] = ['record', 'an id, a day and zeros'];
    return refusals.malformed({ field, expected, actual: 'something else' });
  }
  const day = dayOf(256 * (record[idLength] as number) + (record[idLength + 1] as number));
  return accepted({ id: idOfBytes(record.slice(0, idLength)), day });
}
