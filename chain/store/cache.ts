/**
 * Bounded caches in two generations: what is read moves to the young one; when that is half of the
 * limit, the old one is forgotten. PERF: one map operation a hit, no list to keep in order.
 */

interface Generations<K, V> {
  young: Map<K, V>;
  old: Map<K, V>;
}

/** Caches by module under one limit, so that keys need not be joined with the module's name. */
export class CacheGroup<K, V> {
  readonly #half: number;
  readonly #modules = new Map<string, Generations<K, V>>();
  #young = 0;

  /** At most `limit` entries over all modules. */
  constructor(limit: number) {
    this.#half = Math.max(1, limit >>> 1);
  }

  get(module: string, key: K): V | undefined {
    const generations = this.#modules.get(module);
    if (generations === undefined) return undefined;
    const value = generations.young.get(key);
    if (value !== undefined) return value;
    const older = generations.old.get(key);
    if (older !== undefined) this.set(module, key, older);
    return older;
  }

  set(module: string, key: K, value: V): void {
    let generations = this.#modules.get(module);
    if (generations === undefined) {
      generations = { young: new Map(), old: new Map() };
      this.#modules.set(module, generations);
    }
    const before = generations.young.size;
    generations.young.set(key, value);
    this.#young += generations.young.size - before;
    if (this.#young >= this.#half) this.#age();
  }

  #age(): void {
    for (const generations of this.#modules.values()) {
      generations.old = generations.young;
      generations.young = new Map();
    }
    this.#young = 0;
  }

  clear(): void {
    this.#modules.clear();
    this.#young = 0;
  }
}
