/** One trie a day in memory, and what two sides compare of them: roots, sizes, counters. */
import { count, counterCount } from '../core/counters.ts';
import type { Day, Window } from '../core/days.ts';
import type { HashInto } from '../core/hasher.ts';
import { type Id, idLength } from '../core/id.ts';
import { type Marks, markAt } from '../core/marks.ts';
import { windowRoot } from '../core/node.ts';
import { Trie } from '../core/trie.ts';

interface DaySet {
  readonly trie: Trie;
  readonly counters: Int32Array;
}

export class DayTries {
  readonly #days = new Map<Day, DaySet>();
  readonly #emptyRoot = new Trie().root();
  readonly #sha256: HashInto | undefined;

  constructor(sha256?: HashInto) {
    this.#sha256 = sha256;
  }

  insert(day: Day, id: Id): void {
    const set = this.#set(day);
    if (set.trie.insert(id)) count(set.counters, id, day, 1);
  }

  delete(day: Day, id: Id): void {
    const set = this.#days.get(day);
    if (set === undefined || !set.trie.delete(id)) return;
    count(set.counters, id, day, -1);
    if (set.trie.size === 0) this.#days.delete(day);
  }

  has(day: Day, id: Id): boolean {
    return this.#days.get(day)?.trie.has(id) ?? false;
  }

  /** To read only; undefined where the day has no ids. */
  trie(day: Day): Trie | undefined {
    return this.#days.get(day)?.trie;
  }

  root(day: Day): Uint8Array {
    return this.trie(day)?.root() ?? this.#emptyRoot;
  }

  windowRoot(window: Window): Uint8Array {
    return windowRoot(
      window,
      daysOf(window).map((day) => this.root(day)),
    );
  }

  /**
   * The root that the window would have with these marks more and those less; nothing is changed.
   * PERF: only the tries are touched, not the counters.
   */
  rootWith(window: Window, more: Marks, less: Marks): Uint8Array {
    const undo: (() => void)[] = [];
    for (let place = 0; place < more.count; place += 1) {
      const { id, day } = markAt(more, place);
      const { trie } = this.#set(day);
      if (trie.insert(id)) undo.push(() => trie.delete(id));
    }
    for (let place = 0; place < less.count; place += 1) {
      const { id, day } = markAt(less, place);
      const { trie } = this.#set(day);
      if (trie.delete(id)) undo.push(() => trie.insert(id));
    }
    const root = this.windowRoot(window);
    for (const step of undo.toReversed()) step();
    for (const [day, { trie }] of this.#days) if (trie.size === 0) this.#days.delete(day);
    return root;
  }

  counts(): { day: Day; count: number }[] {
    return Array.from(this.#days, ([day, { trie }]) => ({ day, count: trie.size }));
  }

  /** How many marks the days of a window have. */
  size(window: Window): number {
    return daysOf(window).reduce((sum, day) => sum + (this.trie(day)?.size ?? 0), 0);
  }

  counters(window: Window): Int32Array {
    const sum = new Int32Array(counterCount);
    for (const day of daysOf(window)) {
      this.#days.get(day)?.counters.forEach((value, i) => {
        sum[i] = (sum[i] as number) + value;
      });
    }
    return sum;
  }

  /** All marks of a window, by day and id. */
  marks(window: Window): Marks {
    const size = this.size(window);
    const ids = new Uint8Array(size * idLength);
    const days = new Uint16Array(size);
    let at = 0;
    for (const day of daysOf(window)) {
      const end = (this.trie(day)?.writeIds(ids, at * idLength) ?? at * idLength) / idLength;
      days.fill(day, at, end);
      at = end;
    }
    return { count: size, ids, days };
  }

  #set(day: Day): DaySet {
    let set = this.#days.get(day);
    if (set === undefined) {
      set = { trie: new Trie('artel', this.#sha256), counters: new Int32Array(counterCount) };
      this.#days.set(day, set);
    }
    return set;
  }
}

function daysOf({ first, count: length }: Window): Day[] {
  return Array.from({ length }, (_, i) => (first + i) as Day);
}
