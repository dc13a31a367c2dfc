/** What a play picks from, in one step however much there is. */
import type { Random } from '../random.ts';

/** A set that gives a random member. */
export class Pool<T> {
  readonly #items: T[] = [];
  readonly #places = new Map<T, number>();
  readonly #taken = new Set<T>();

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (this.#places.has(item)) return;
    this.#places.set(item, this.#items.length);
    this.#items.push(item);
  }

  delete(item: T): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    const last = this.#items.pop() as T;
    this.#places.delete(item);
    if (last === item) return;
    this.#items[place] = last;
    this.#places.set(last, place);
  }

  has(item: T): boolean {
    return this.#places.has(item);
  }

  /** A random member that fits, if a few tries find one. */
  look(random: Random, fits: (item: T) => boolean = () => true): T | undefined {
    for (let tries = 0; tries < 12 && this.#items.length > 0; tries += 1) {
      const item = this.#items[random.below(this.#items.length)] as T;
      if (!this.#taken.has(item) && fits(item)) return item;
    }
    return undefined;
  }

  /** The same, and for nobody else in this block: it can be used up once. */
  pick(random: Random, fits?: (item: T) => boolean): T | undefined {
    const item = this.look(random, fits);
    if (item !== undefined) this.#taken.add(item);
    return item;
  }

  nextBlock(): void {
    this.#taken.clear();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }
}

/** The last things that are over, for messages that come too late. */
export class Past<T> {
  readonly #items: T[] = [];
  #next = 0;

  add(item: T): void {
    this.#items[this.#next % 100] = item;
    this.#next += 1;
  }

  look(random: Random): T | undefined {
    return this.#items.length === 0 ? undefined : random.pick(this.#items);
  }
}

/** Sets by name, each there as soon as it is asked for. */
export class Index<Name, T> {
  readonly #sets = new Map<Name, Pool<T>>();

  of(name: Name): Pool<T> {
    const known = this.#sets.get(name) ?? new Pool<T>();
    this.#sets.set(name, known);
    return known;
  }

  nextBlock(): void {
    for (const set of this.#sets.values()) set.nextBlock();
  }
}
