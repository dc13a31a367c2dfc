/**
 * What changed lately, so that a session that began earlier still sees the registry as it was then,
 * and kept sketches catch up.
 */
import { type Day, dayOf } from '../core/days.ts';
import { type Id, idLength, idOfBytes } from '../core/id.ts';
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

/** Sessions live ten minutes: a registry that moves more than this meanwhile ends them. */
const maxMoves = 2 ** 18;
const moveLength = idLength + 4;
/** A day of the past that is none. */
const nowhere = 0;

/** PERF: 24 bytes a move, in a ring that grows to 6 MB at most. */
export class Journal {
  #bytes = new Uint8Array(64 * moveLength);
  #end = 0;

  get position(): Position {
    return this.#end as Position;
  }

  add(moves: readonly Move[]): void {
    for (const { id, from, to } of moves) {
      const room = this.#bytes.length / moveLength;
      if (this.#end === room && room < maxMoves) {
        const larger = new Uint8Array(2 * this.#bytes.length);
        larger.set(this.#bytes);
        this.#bytes = larger;
      }
      const at = (this.#end * moveLength) % this.#bytes.length;
      this.#bytes.set(id, at);
      const [old, now] = [from ?? nowhere, to ?? nowhere];
      this.#bytes.set([old >>> 8, old, now >>> 8, now], at + idLength);
      this.#end += 1;
    }
  }

  /** The moves since then in their order; undefined where that is too long ago. */
  since(then: Position): readonly Move[] | undefined {
    if (this.#end - then > maxMoves) return undefined;
    return Array.from({ length: this.#end - then }, (_, i) => this.#move(then + i));
  }

  #move(number: number): Move {
    const at = (number * moveLength) % this.#bytes.length;
    const dayAt = (place: number): Day | undefined => {
      const day = 256 * (this.#bytes[place] as number) + (this.#bytes[place + 1] as number);
      return day === nowhere ? undefined : dayOf(day);
    };
    const id = idOfBytes(this.#bytes.slice(at, at + idLength));
    return { id, from: dayAt(at + idLength), to: dayAt(at + idLength + 2) };
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
