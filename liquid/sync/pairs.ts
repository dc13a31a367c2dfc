/**
 * Sketches kept for pairs that met before, under a key that only the two of them agreed on: their
 * next session on the same window hashes nothing but what has changed since.
 */
import { hex, mapKey } from '../core/bytes.ts';
import { type Day, isInside, isSame, type Window } from '../core/days.ts';
import type { Mark } from '../core/marks.ts';
import type { Move } from '../registry/journal.ts';
import type { Registry, Snapshot } from '../registry/registry.ts';
import type { Salt } from './hash-index.ts';
import type { Sketch } from './symbols.ts';

interface Kept {
  readonly peer: string;
  readonly ticket: Uint8Array;
  readonly snapshot: Snapshot;
  readonly sketch: Sketch;
}

/** Some 50 bytes a mark are kept in memory; the pairs that met longest ago go first. */
export class PairMemory {
  readonly #maxMarks: number;
  /** By ticket, the latest last. */
  readonly #kept = new Map<string, Kept>();

  /** `maxMarks`: of all pairs together. */
  constructor(maxMarks = 2_500_000) {
    this.#maxMarks = maxMarks;
  }

  /** How many pairs have something kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The ticket to say to the peer with this key; undefined where nothing of the window is kept. */
  ticketOf(peer: Uint8Array, window: Window): Uint8Array | undefined {
    const kept = [...this.#kept.values()].find((each) => each.peer === hex(peer));
    return kept !== undefined && isSame(kept.snapshot.window, window) ? kept.ticket : undefined;
  }

  /** One a peer: what was kept before goes. */
  keep(peer: Uint8Array, ticket: Uint8Array, snapshot: Snapshot, sketch: Sketch): void {
    const name = hex(peer);
    for (const [key, kept] of this.#kept) if (kept.peer === name) this.#kept.delete(key);
    this.#kept.set(hex(ticket), { peer: name, ticket, snapshot, sketch });
    let marks = 0;
    for (const [key, kept] of [...this.#kept].toReversed()) {
      marks += kept.sketch.marks.count;
      if (marks > this.#maxMarks) this.#kept.delete(key);
    }
  }

  /**
   * The sketch under this ticket, brought up to the snapshot, and forgotten here; undefined where
   * there is none, another peer has it, the window is another, or too much has changed.
   */
  take(
    peer: Uint8Array,
    ticket: Uint8Array,
    now: Snapshot,
    registry: Registry,
    salt: Salt,
  ): Sketch | undefined {
    const kept = this.#kept.get(hex(ticket));
    if (kept === undefined || kept.peer !== hex(peer)) return undefined;
    this.#kept.delete(hex(ticket));
    const { window, position } = kept.snapshot;
    if (!isSame(window, now.window)) return undefined;
    const moves = registry.movesSince(position)?.slice(0, now.position - position);
    if (moves === undefined) return undefined;
    const { added, removed } = netOf(moves, window);
    kept.sketch.update(added, removed, salt);
    return kept.sketch;
  }
}

/** What moves come to: an id that came and went is nothing. */
function netOf(moves: readonly Move[], window: Window): { added: Mark[]; removed: Mark[] } {
  const net = new Map<string, Move>();
  for (const move of moves) {
    const key = mapKey(move.id);
    const first = net.get(key) ?? move;
    net.set(key, { id: move.id, from: first.from, to: move.to });
  }
  const added: Mark[] = [];
  const removed: Mark[] = [];
  const isShown = (day: Day | undefined): day is Day => day !== undefined && isInside(window, day);
  for (const { id, from, to } of net.values()) {
    if (from === to) continue;
    if (isShown(from)) removed.push({ id, day: from });
    if (isShown(to)) added.push({ id, day: to });
  }
  return { added, removed };
}
