/**
 * Searches over strong trust: who moves when two components become one or one becomes two. Only
 * `decide` searches; the facts name every member that moves, so `evolve` needs no graph (README).
 */
import type { View } from '../_kernel/tables.ts';
import { idsOf } from './id-list.ts';
import type { tables } from './keys.ts';
import { type CollectiveId, collectiveId, type Pair } from './types.ts';

type TrustView = View<typeof tables>;

/** All collectives that trust leads to from `start`, itself included, ascending. */
export function reachable(view: TrustView, start: CollectiveId): readonly CollectiveId[] {
  const side = new Side(start);
  for (let next = side.next(); next !== undefined; next = side.next()) {
    for (const neighbour of neighboursOf(view, next)) side.reach(neighbour);
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
  const [lowEnd, highEnd] = [Number(cut.low), Number(cut.high)];
  const low = new Side(cut.low);
  const high = new Side(cut.high);
  for (;;) {
    for (const [here, there] of [[high, low] as const, [low, high] as const]) {
      const next = here.next();
      if (next === undefined) return here.members();
      const acrossCut = next === lowEnd ? highEnd : next === highEnd ? lowEnd : undefined;
      for (const neighbour of neighboursOf(view, next)) {
        if (neighbour === acrossCut) continue;
        if (there.holds(neighbour)) return undefined;
        here.reach(neighbour);
      }
    }
  }
}

function neighboursOf(view: TrustView, id: number): readonly number[] {
  return view.neighbours.get(collectiveId(BigInt(id))) ?? [];
}

/** What a breadth-first search has reached, and where it goes on. */
class Side {
  readonly #reached: number[];
  readonly #known: Set<number>;
  #done = 0;

  constructor(start: CollectiveId) {
    this.#reached = [Number(start)];
    this.#known = new Set(this.#reached);
  }

  /** The next collective to look around from; undefined when the side is complete. */
  next(): number | undefined {
    const next = this.#reached[this.#done];
    this.#done += 1;
    return next;
  }

  reach(id: number): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#reached.push(id);
  }

  holds(id: number): boolean {
    return this.#known.has(id);
  }

  members(): readonly CollectiveId[] {
    return idsOf(this.#reached.toSorted((a, b) => a - b));
  }
}
