/**
 * A bounded memory of answers that can be computed again: losing an entry costs time, nothing else.
 */

/**
 * Remembers at least the `size` keys used last and at most twice as many: when the young half is
 * full it becomes the old half, and the old half is forgotten. Never holds what must not be
 * forgotten.
 *
 * @example new RecentMap<string, Uint8Array>(1_000)
 */
export class RecentMap<K, V extends NonNullable<unknown>> {
  readonly #size: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#size && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** Entries held, counting a key twice that is in both halves. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
