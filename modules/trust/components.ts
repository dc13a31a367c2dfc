/**
 * Searches over strong trust: who moves when two components become one or one becomes two. Only
 * `decide` searches; the facts name every member that moves, so `evolve` needs no graph (README).
 */
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import type { CollectiveId, Pair } from './types.ts';

type TrustView = View<typeof tables>;

/** All collectives that trust leads to from `start`, itself included, ascending. */
export function reachable(view: TrustView, start: CollectiveId): readonly CollectiveId[] {
  const side = new Side(start);
  for (let next = side.next(); next !== undefined; next = side.next()) {
    for (const neighbour of view.neighbours.get(next) ?? []) side.reach(neighbour);
  }
  return side.members();
}

/**
 * The smaller of the two sides that the end of an edge leaves (of equal sides, the one of `high`),
 * ascending; undefined where another path holds them together.
 *
 * Both sides are searched in turn, one collective each: the smaller ends first, and a path between
 * them is met from both of its ends.
 */
export function smallerSide(view: TrustView, cut: Pair): readonly CollectiveId[] | undefined {
  const low = new Side(cut.low);
  const high = new Side(cut.high);
  for (;;) {
    for (const [here, there] of [[high, low] as const, [low, high] as const]) {
      const next = here.next();
      if (next === undefined) return here.members();
      for (const neighbour of view.neighbours.get(next) ?? []) {
        if (isCut(cut, next, neighbour)) continue;
        if (there.holds(neighbour)) return undefined;
        here.reach(neighbour);
      }
    }
  }
}

function isCut({ low, high }: Pair, from: CollectiveId, to: CollectiveId): boolean {
  return (from === low && to === high) || (from === high && to === low);
}

/** What a breadth-first search has reached, and where it goes on. */
class Side {
  readonly #reached: CollectiveId[];
  readonly #known: Set<CollectiveId>;
  #done = 0;

  constructor(start: CollectiveId) {
    this.#reached = [start];
    this.#known = new Set(this.#reached);
  }

  /** The next collective to look around from; undefined when the side is complete. */
  next(): CollectiveId | undefined {
    const next = this.#reached[this.#done];
    this.#done += 1;
    return next;
  }

  reach(id: CollectiveId): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#reached.push(id);
  }

  holds(id: CollectiveId): boolean {
    return this.#known.has(id);
  }

  members(): readonly CollectiveId[] {
    return this.#reached.toSorted((a, b) => (a < b ? -1 : 1));
  }
}
