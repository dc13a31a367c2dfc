/**
 * What changed lately, so that a session that began earlier still sees the registry as it was then,
 * and kept sketches catch up.
 */
import type { Day } from '../core/days.ts';
import type { Id } from '../core/id.ts';
import type { DayTries } from './day-tries.ts';

/** An id whose shown day moved; undefined: not there. */
export interface Move {
  readonly id: Id;
  readonly from: Day | undefined;
  readonly to: Day | undefined;
}

declare const position: unique symbol;
/** A moment of a registry that is open; good until it is closed. */
export type Position = number & { readonly [position]: true };

/** A session lives ten minutes; a registry that moves more than this meanwhile ends it. */
const maxMoves = 1_000_000;

export class Journal {
  #moves: Move[] = [];
  #first = 0;

  get position(): Position {
    return (this.#first + this.#moves.length) as Position;
  }

  add(moves: readonly Move[]): void {
    for (const move of moves) this.#moves.push(move);
    if (this.#moves.length < 2 * maxMoves) return;
    this.#first += this.#moves.length - maxMoves;
    this.#moves = this.#moves.slice(-maxMoves);
  }

  /** The moves since then in their order; undefined where that is too long ago. */
  since(then: Position): readonly Move[] | undefined {
    return then < this.#first ? undefined : this.#moves.slice(then - this.#first);
  }
}

export function apply(tries: DayTries, moves: readonly Move[]): void {
  for (const { id, from, to } of moves) {
    if (from !== undefined) tries.delete(from, id);
    if (to !== undefined) tries.insert(to, id);
  }
}

export function undo(tries: DayTries, moves: readonly Move[]): void {
  for (const { id, from, to } of moves.toReversed()) {
    if (to !== undefined) tries.delete(to, id);
    if (from !== undefined) tries.insert(from, id);
  }
}
