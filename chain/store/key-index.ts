/**
 * An ordered set of byte strings that stays cheap when thousands of keys arrive between two range
 * reads: keys are held as latin1 text (one code unit a byte, so text order is byte order) in
 * chunks, and what arrived since the last ordered read is sorted only when one happens.
 */

/** Keys of one chunk at most; a fuller one is halved. */
const CHUNK = 512;

const latin1Slice = (
  Buffer.prototype as unknown as {
    latin1Slice(this: Uint8Array, start: number, end: number): string;
  }
).latin1Slice;

/**
 * The text form of a key. PERF: the native method itself, 0.1 us against 0.2 through `toString`.
 */
export function textOf(key: Uint8Array): string {
  return latin1Slice.call(key, 0, key.length);
}

/** The bytes of a key's text form. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export class KeyIndex {
  #chunks: string[][] = [];
  #pending: string[] = [];
  #size = 0;

  /** The number of keys, each counted once. */
  get size(): number {
    return this.#size + this.#pending.length;
  }

  /** Adds a key that is not in the set yet. */
  add(key: string): void {
    this.#pending.push(key);
  }

  /** Removes a key if it is there. */
  remove(key: string): void {
    this.#settle();
    const [chunk, at] = this.#locate(key);
    const keys = this.#chunks[chunk];
    if (keys === undefined || keys[at] !== key) return;
    keys.splice(at, 1);
    this.#size--;
    if (keys.length === 0) this.#chunks.splice(chunk, 1);
  }

  /** The least key >= `key` (> `key` when `strictly`), or `undefined`. */
  ceiling(key: string, strictly: boolean): string | undefined {
    this.#settle();
    let [chunk, at] = this.#locate(key);
    if (strictly && this.#chunks[chunk]?.[at] === key) at++;
    if (at === this.#chunks[chunk]?.length) [chunk, at] = [chunk + 1, 0];
    return this.#chunks[chunk]?.[at];
  }

  /** The greatest key < `key`, or `undefined`. */
  below(key: string): string | undefined {
    this.#settle();
    let [chunk, at] = this.#locate(key);
    if (at === 0) {
      chunk--;
      at = this.#chunks[chunk]?.length ?? 0;
    }
    return this.#chunks[chunk]?.[at - 1];
  }

  /** Every key in order. */
  *all(): Iterable<string> {
    this.#settle();
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** Keys with gte <= key < lt in order, at most `limit`; descending with `reverse`. */
  slice(gte: string, lt: string, reverse: boolean, limit: number): string[] {
    this.#settle();
    const found: string[] = [];
    if (gte >= lt) return found;
    let [chunk, at] = this.#locate(reverse ? lt : gte);
    if (reverse) at--;
    while (found.length < limit) {
      const key = this.#chunks[chunk]?.[at];
      if (key === undefined) {
        chunk += reverse ? -1 : 1;
        const next = this.#chunks[chunk];
        if (next === undefined) break;
        at = reverse ? next.length - 1 : 0;
        continue;
      }
      if (reverse ? key < gte : key >= lt) break;
      found.push(key);
      at += reverse ? -1 : 1;
    }
    return found;
  }

  /** Where `key` stands or would stand: the chunk, and the position in it (maybe past its end). */
  #locate(key: string): [chunk: number, at: number] {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    const chunk = Math.max(0, low - 1);
    return [chunk, lowerBound(this.#chunks[chunk] ?? [], key)];
  }

  #settle(): void {
    if (this.#pending.length === 0) return;
    const fresh = this.#pending.sort();
    this.#pending = [];
    if (fresh.length * 8 > this.#size) this.#rebuild(fresh);
    else for (const key of fresh) this.#insert(key);
  }

  #insert(key: string): void {
    const [chunk, at] = this.#locate(key);
    const keys = this.#chunks[chunk];
    this.#size++;
    if (keys === undefined) {
      this.#chunks.push([key]);
      return;
    }
    keys.splice(at, 0, key);
    if (keys.length > CHUNK) this.#chunks.splice(chunk + 1, 0, keys.splice(CHUNK / 2));
  }

  #rebuild(fresh: string[]): void {
    const merged: string[] = [];
    let next = 0;
    for (const chunk of this.#chunks) {
      for (const key of chunk) {
        while (next < fresh.length && (fresh[next] as string) < key) {
          merged.push(fresh[next++] as string);
        }
        merged.push(key);
      }
    }
    while (next < fresh.length) merged.push(fresh[next++] as string);
    this.#chunks = [];
    for (let at = 0; at < merged.length; at += CHUNK / 2) {
      this.#chunks.push(merged.slice(at, at + CHUNK / 2));
    }
    this.#size = merged.length;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
