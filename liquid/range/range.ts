/**
 * Range-based set reconciliation, compatible with negentropy's protocol version 1: an engine beside
 * the sketches, for peers that speak it. It needs no estimate and keeps nothing between messages;
 * docs/liquid-protocol.md, "Range sync", says what a record is.
 */
import { concat, equal, hex } from '../core/bytes.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';
import { type Bound, endOfAll, fingerprintLength, type RangeItems, recordLength } from './items.ts';
import { encodeVarint } from './varint.ts';

const version = 0x61;
const mode = { skip: 0, fingerprint: 1, records: 2 } as const;
const buckets = 16;
/** What is kept free of a limited frame for the range that ends it. */
const reserve = 200;
export const minFrame = 4096;

export interface Reconciled {
  /** What to say next; undefined where the initiator knows all. */
  readonly say?: Uint8Array;
  /** Of the initiator: records that only this side has, or only the other. */
  readonly have: readonly Uint8Array[];
  readonly need: readonly Uint8Array[];
}

export class RangeSide {
  readonly #items: RangeItems;
  readonly #limit: number;
  readonly #isInitiator: boolean;

  /** `limit`: the most bytes of a message, at least 4096; 0 for none. */
  constructor(items: RangeItems, given: { isInitiator: boolean; limit?: number }) {
    this.#items = items;
    this.#isInitiator = given.isInitiator;
    this.#limit = given.limit ?? 0;
  }

  /** The initiator's first message. */
  begin(): Uint8Array {
    const to = new RangeWriter();
    this.#split(to, 0, this.#items.size, endOfAll);
    return to.done();
  }

  /** Works a message of the other side off. */
  reconcile(message: Uint8Array): Result<Reconciled> {
    const from = new RangeReader(message);
    const theirs = from.byte();
    if (theirs < 0x60 || theirs > 0x6f) {
      return refusals.malformed({ field: 'range sync', expected: 'version 0x61', actual: theirs });
    }
    if (theirs !== version) {
      // The one who was asked names the version that it has.
      if (!this.#isInitiator) return accepted({ say: Uint8Array.of(version), have: [], need: [] });
      return refusals.malformed({ field: 'range sync', expected: 'version 0x61', actual: theirs });
    }
    return new Answer(this.#items, this.#limit, this.#isInitiator).to(from);
  }

  #split(to: RangeWriter, lower: number, upper: number, end: Bound): void {
    splitRange(this.#items, to, lower, upper, end);
  }
}

/** One message being answered. */
class Answer {
  readonly #items: RangeItems;
  readonly #limit: number;
  readonly #isInitiator: boolean;
  readonly #to = new RangeWriter();
  readonly #have: Uint8Array[] = [];
  readonly #need: Uint8Array[] = [];
  #skips = false;

  constructor(items: RangeItems, limit: number, isInitiator: boolean) {
    this.#items = items;
    this.#limit = limit;
    this.#isInitiator = isInitiator;
  }

  to(from: RangeReader): Result<Reconciled> {
    let lower = 0;
    let last: Bound = { timestamp: 0, prefix: new Uint8Array(0) };
    while (from.left > 0) {
      const bound = from.bound();
      const kind = from.varint();
      let upper = this.#items.lowerBound(lower, bound);
      const mark = this.#to.mark();
      if (kind === mode.skip) this.#skips = true;
      else if (kind === mode.fingerprint) this.#compare(from, lower, upper, last, bound);
      else if (kind === mode.records) upper = this.#records(from, lower, upper, last, bound);
      else from.fail();
      if (from.failed) return damaged(from);
      if (this.#isFull(this.#to.length)) {
        if (kind !== mode.records || this.#isInitiator) this.#to.backTo(mark);
        this.#to.bound(endOfAll);
        this.#to.bytes(encodeVarint(mode.fingerprint));
        this.#to.bytes(this.#items.fingerprint(upper, this.#items.size));
        break;
      }
      lower = upper;
      last = bound;
    }
    const [have, need] = [this.#have, this.#need];
    const isDone = this.#isInitiator && this.#to.length === 1;
    return accepted(isDone ? { have, need } : { say: this.#to.done(), have, need });
  }

  #compare(from: RangeReader, lower: number, upper: number, last: Bound, bound: Bound): void {
    const theirs = from.take(fingerprintLength);
    if (from.failed || equal(theirs, this.#items.fingerprint(lower, upper))) {
      this.#skips = true;
      return;
    }
    this.#writeSkip(last);
    splitRange(this.#items, this.#to, lower, upper, bound);
  }

  /** Where the range that was worked off ends: earlier than asked where a frame is full. */
  #records(from: RangeReader, lower: number, upper: number, last: Bound, bound: Bound): number {
    const count = from.varint();
    if (count * recordLength > from.left) {
      from.fail();
      return upper;
    }
    const theirs = new Map<string, Uint8Array>();
    for (let i = 0; i < count; i += 1) {
      const record = from.take(recordLength);
      if (this.#isInitiator) theirs.set(hex(record), record);
    }
    if (!this.#isInitiator) return this.#tell(lower, upper, last, bound);
    this.#skips = true;
    for (let index = lower; index < upper; index += 1) {
      const record = this.#items.record(index);
      if (!theirs.delete(hex(record))) this.#have.push(record);
    }
    this.#need.push(...theirs.values());
    return upper;
  }

  #tell(lower: number, upper: number, last: Bound, bound: Bound): number {
    this.#writeSkip(last);
    let end = lower;
    // As the reference does: what this range's own bound takes is not counted against the limit.
    const before = this.#lengthBeforeRange;
    while (end < upper && !this.#isFull(before + (end - lower) * recordLength)) end += 1;
    this.#to.bound(end < upper ? this.#items.boundAt(end) : bound);
    this.#to.bytes(encodeVarint(mode.records));
    this.#to.bytes(encodeVarint(end - lower));
    for (let index = lower; index < end; index += 1) this.#to.bytes(this.#items.record(index));
    return end;
  }

  #lengthBeforeRange = 1;

  #writeSkip(last: Bound): void {
    this.#lengthBeforeRange = this.#to.length;
    if (!this.#skips) return;
    this.#skips = false;
    this.#to.bound(last);
    this.#to.bytes(encodeVarint(mode.skip));
  }

  #isFull(length: number): boolean {
    return this.#limit > 0 && length > this.#limit - reserve;
  }
}

/** Few records are said, many become sixteen fingerprints. */
function splitRange(
  items: RangeItems,
  to: RangeWriter,
  lower: number,
  upper: number,
  end: Bound,
): void {
  const count = upper - lower;
  if (count < 2 * buckets) {
    to.bound(end);
    to.bytes(encodeVarint(mode.records));
    to.bytes(encodeVarint(count));
    for (let index = lower; index < upper; index += 1) to.bytes(items.record(index));
    return;
  }
  let from = lower;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const next = from + Math.floor(count / buckets) + (bucket < count % buckets ? 1 : 0);
    to.bound(next === upper ? end : items.boundBefore(next));
    to.bytes(encodeVarint(mode.fingerprint));
    to.bytes(items.fingerprint(from, next));
    from = next;
  }
}

class RangeWriter {
  #parts: Uint8Array[] = [Uint8Array.of(version)];
  #length = 1;
  #timestamp = 0;

  get length(): number {
    return this.#length;
  }

  bytes(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** A timestamp is told as one more than its distance from the last one; 0 is after all. */
  bound({ timestamp, prefix }: Bound): void {
    const told = timestamp === Number.POSITIVE_INFINITY ? 0 : timestamp - this.#timestamp + 1;
    this.#timestamp = timestamp;
    this.bytes(concat(encodeVarint(told), encodeVarint(prefix.length), prefix));
  }

  mark(): { readonly parts: number; readonly length: number } {
    return { parts: this.#parts.length, length: this.#length };
  }

  backTo({ parts, length }: { readonly parts: number; readonly length: number }): void {
    this.#parts = this.#parts.slice(0, parts);
    this.#length = length;
  }

  done(): Uint8Array {
    return concat(...this.#parts);
  }
}

class RangeReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;
  #timestamp = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  fail(): void {
    this.#failed = true;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) this.#failed = true;
    else this.#at += 1;
    return value ?? 0;
  }

  take(length: number): Uint8Array {
    if (length > this.left) this.#failed = true;
    const taken = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += taken.length;
    return taken;
  }

  varint(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 127);
      if (value > Number.MAX_SAFE_INTEGER) this.#failed = true;
      if (byte < 128 || this.#failed) return value;
    }
  }

  bound(): Bound {
    const told = this.varint();
    if (told === 0 || this.#timestamp === Number.POSITIVE_INFINITY) {
      this.#timestamp = Number.POSITIVE_INFINITY;
    } else {
      this.#timestamp += told - 1;
    }
    const length = this.varint();
    if (length > recordLength) this.#failed = true;
    return { timestamp: this.#timestamp, prefix: this.take(Math.min(length, recordLength)) };
  }
}

function damaged(from: RangeReader): Refusal {
  const expected = 'ranges to its end';
  return refusals.malformed({ field: 'range sync', expected, actual: `wrong at byte ${from.at}` });
}
