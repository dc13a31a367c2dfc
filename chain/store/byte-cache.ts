/**
 * A bounded cache of byte strings outside the JavaScript heap: the garbage collector sees a few
 * large buffers however many entries there are. Entries are written one behind the other into a
 * ring of segments; what is read while it is in the older half is written again, the rest is
 * overwritten when the ring comes round.
 */

/** A segment is never split by an entry. */
const SEGMENT = 1 << 18;

/** Places to look at for one key. PERF: one line of the processor's cache. */
const WAYS = 8;

/** Bytes before an entry's key: name, length of the key, length of the value. */
const HEAD = 4;

/** What the mean entry is taken for when the number of places is chosen. */
const MEAN_ENTRY = 96;

export class ByteCache {
  readonly #segments: Buffer[] = [];
  readonly #capacity: number;
  /** Where entries begin, counted over all rounds of the ring; -1: nowhere. */
  readonly #places: Float64Array;
  /** Part of the hash of what begins there. PERF: most places are told apart by it alone. */
  readonly #tags: Uint8Array;
  readonly #sets: number;
  #tag = 0;
  readonly #names = new Map<string, number>();
  #end = 0;
  hits = 0;
  misses = 0;

  /** At most about `bytes` bytes, two segments at least. */
  constructor(bytes: number) {
    const count = Math.max(2, Math.ceil(bytes / SEGMENT));
    this.#capacity = count * SEGMENT;
    this.#sets = 2 ** Math.ceil(Math.log2(this.#capacity / MEAN_ENTRY / WAYS));
    this.#places = new Float64Array(this.#sets * WAYS).fill(-1);
    this.#tags = new Uint8Array(this.#sets * WAYS);
  }

  /** A copy of what is cached for a key of a name; empty bytes stand for what is known absent. */
  get(name: string, key: Uint8Array): Buffer | undefined {
    const id = this.#id(name);
    const set = this.#setOf(id, key);
    const place = this.#find(set, id, key);
    if (place < 0) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    const begin = this.#places[place] as number;
    const segment = this.#segmentAt(begin);
    const at = begin % SEGMENT;
    const length = ((segment[at + 2] as number) << 8) | (segment[at + 3] as number);
    const from = at + HEAD + key.length;
    const value = Buffer.allocUnsafe(length);
    segment.copy(value, 0, from, from + length);
    if (begin < this.#end - this.#capacity / 2) this.#write(place, id, key, value, 0, length);
    return value;
  }

  /**
   * Keeps the bytes of `source` from one place to another for a key. What does not fit a segment,
   * or has a value of 64 KiB and more, is forgotten.
   */
  set(name: string, key: Uint8Array, source: Uint8Array, from = 0, to = source.length): void {
    const id = this.#id(name);
    const set = this.#setOf(id, key);
    let place = this.#find(set, id, key);
    if (to - from > 0xffff || key.length > 0xff) {
      if (place >= 0) this.#places[place] = -1;
      return;
    }
    if (place < 0) {
      place = set;
      for (let way = set + 1; way < set + WAYS; way++) {
        if ((this.#places[way] as number) < (this.#places[place] as number)) place = way;
      }
    }
    this.#write(place, id, key, source, from, to);
  }

  clear(): void {
    this.#places.fill(-1);
  }

  #id(name: string): number {
    let id = this.#names.get(name);
    if (id === undefined) {
      id = this.#names.size;
      if (id > 0xff) throw new Error('a cache takes 256 names');
      this.#names.set(name, id);
    }
    return id;
  }

  /** The first place of the set of a key; leaves its tag in `#tag`. */
  #setOf(id: number, key: Uint8Array): number {
    let hash = 0x811c9dc5 ^ id;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 12;
    this.#tag = hash >>> 24;
    return (hash & (this.#sets - 1)) * WAYS;
  }

  #find(set: number, id: number, key: Uint8Array): number {
    const oldest = this.#end - this.#capacity;
    for (let place = set; place < set + WAYS; place++) {
      if (this.#tags[place] !== this.#tag) continue;
      const begin = this.#places[place] as number;
      if (begin >= 0 && begin >= oldest && this.#isOf(begin, id, key)) return place;
    }
    return -1;
  }

  #isOf(begin: number, id: number, key: Uint8Array): boolean {
    const segment = this.#segmentAt(begin);
    const at = begin % SEGMENT;
    if (segment[at] !== id || segment[at + 1] !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (segment[at + HEAD + i] !== key[i]) return false;
    return true;
  }

  #segmentAt(begin: number): Buffer {
    const index = Math.floor(begin / SEGMENT) % (this.#capacity / SEGMENT);
    this.#segments[index] ??= Buffer.allocUnsafeSlow(SEGMENT);
    return this.#segments[index];
  }

  #write(
    place: number,
    id: number,
    key: Uint8Array,
    source: Uint8Array,
    from: number,
    to: number,
  ): void {
    const length = to - from;
    const room = HEAD + key.length + length;
    const left = SEGMENT - (this.#end % SEGMENT);
    if (room > left) this.#end += left;
    const begin = this.#end;
    const segment = this.#segmentAt(begin);
    const at = begin % SEGMENT;
    segment[at] = id;
    segment[at + 1] = key.length;
    segment[at + 2] = length >>> 8;
    segment[at + 3] = length;
    segment.set(key, at + HEAD);
    const begins = at + HEAD + key.length;
    for (let i = 0; i < length; i++) segment[begins + i] = source[from + i] as number;
    this.#end += room;
    this.#places[place] = begin;
    this.#tags[place] = this.#tag;
  }
}
