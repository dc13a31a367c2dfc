/**
 * The state of one height held whole in memory: for export and audit, which read all of it anyway.
 * A key costs its bytes and nine more, so that a million accounts fit where a small chain does.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import type { StateReader } from '../store/overlay.ts';
import type { Version } from '../store/store.ts';

/** Entries that are read from the store at once. */
const page = 1023;

const endOfKeys = new Uint8Array(129).fill(255);

/** Reads everything of the named modules at a version. */
export async function wholeState(
  version: Version,
  modules: readonly string[],
): Promise<StateReader> {
  const states = new Map<string, SortedEntries>();
  for (const module of modules) {
    const entries = new SortedEntries();
    states.set(module, entries);
    let gte: Uint8Array = new Uint8Array(0);
    for (;;) {
      const rows = await version.range(module, { gte, lt: endOfKeys, limit: page });
      for (const [key, value] of rows) entries.add(key, value);
      const last = rows.at(-1)?.[0];
      if (rows.length < page || last === undefined) break;
      gte = Uint8Array.from([...last, 0]);
    }
  }
  return {
    get: (module, key) => states.get(module)?.get(key),
    range: (module, bounds) => states.get(module)?.range(bounds) ?? [],
  };
}

const slabBits = 22;
const slabBytes = 1 << slabBits;
/** Length of the key, length of the value. */
const headBytes = 5;

/** Entries added in the order of their keys, in a few large pieces of memory. */
class SortedEntries {
  readonly #slabs: Buffer[] = [];
  /** Bytes used of the last slab. */
  #used = slabBytes;
  /** Where each record begins: number of the slab, and place in it. */
  #places = new Uint32Array(1024);
  #count = 0;

  add(key: Uint8Array, value: Uint8Array): void {
    const size = headBytes + key.length + value.length;
    if (this.#used + size > slabBytes) {
      this.#slabs.push(Buffer.allocUnsafeSlow(Math.max(slabBytes, size)));
      this.#used = 0;
    }
    const slab = this.#slabs.length - 1;
    const bytes = this.#slabs[slab] as Buffer;
    if (this.#count === this.#places.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[this.#count++] = slab * slabBytes + this.#used;
    const at = this.#used;
    bytes[at] = key.length;
    bytes.writeUInt32BE(value.length, at + 1);
    bytes.set(key, at + headBytes);
    bytes.set(value, at + headBytes + key.length);
    this.#used += size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const index = this.#firstAtOrAbove(key);
    if (index === this.#count || Buffer.compare(this.#key(index), key) !== 0) return undefined;
    return this.#entry(index)[1];
  }

  *range({ gte, lt, reverse, limit }: Bounds): Iterable<Entry> {
    const from = this.#firstAtOrAbove(gte);
    const to = this.#firstAtOrAbove(lt);
    const count = Math.min(limit ?? Number.POSITIVE_INFINITY, to - from);
    for (let given = 0; given < count; given += 1) {
      yield this.#entry(reverse === true ? to - 1 - given : from + given);
    }
  }

  #firstAtOrAbove(key: Uint8Array): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#key(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #key(index: number): Uint8Array {
    const [bytes, at] = this.#record(index);
    return bytes.subarray(at + headBytes, at + headBytes + (bytes[at] ?? 0));
  }

  #entry(index: number): Entry {
    const [bytes, at] = this.#record(index);
    const keyAt = at + headBytes;
    const valueAt = keyAt + (bytes[at] ?? 0);
    const end = valueAt + bytes.readUInt32BE(at + 1);
    // Not as Buffers: the modules know plain bytes.
    const view = (from: number, to: number): Uint8Array =>
      new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
    return [view(keyAt, valueAt), view(valueAt, end)];
  }

  #record(index: number): readonly [Buffer, number] {
    const place = this.#places[index] ?? 0;
    return [this.#slabs[place >>> slabBits] as Buffer, place & (slabBytes - 1)];
  }
}
