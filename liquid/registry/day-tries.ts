/** One trie a day in memory, and the roots that two sides compare. */
import type { Day, Window } from '../core/days.ts';
import type { Id } from '../core/id.ts';
import { windowRoot } from '../core/node.ts';
import { Trie } from '../core/trie.ts';

export class DayTries {
  readonly #tries = new Map<Day, Trie>();
  readonly #emptyRoot = new Trie().root();

  insert(day: Day, id: Id): void {
    let trie = this.#tries.get(day);
    if (trie === undefined) {
      trie = new Trie();
      this.#tries.set(day, trie);
    }
    trie.insert(id);
  }

  delete(day: Day, id: Id): void {
    const trie = this.#tries.get(day);
    trie?.delete(id);
    if (trie?.size === 0) this.#tries.delete(day);
  }

  /** To read only; undefined where the day has no ids. */
  trie(day: Day): Trie | undefined {
    return this.#tries.get(day);
  }

  root(day: Day): Uint8Array {
    return this.#tries.get(day)?.root() ?? this.#emptyRoot;
  }

  windowRoot(window: Window): Uint8Array {
    const days = Array.from({ length: window.count }, (_, i) => (window.first + i) as Day);
    return windowRoot(
      window,
      days.map((day) => this.root(day)),
    );
  }

  counts(): { day: Day; count: number }[] {
    return Array.from(this.#tries, ([day, trie]) => ({ day, count: trie.size }));
  }
}
