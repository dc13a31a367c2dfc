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
import { Sketch, sketchKey, sketchKeyBytes } from './symbols.ts';

/** What outlives a process: from it and the registry the sketch is made again. */
export interface KeptPair {
  /** 8 bytes. */
  readonly ticket: Uint8Array;
  /** 24 bytes, as the pair derived them. */
  readonly key: Uint8Array;
}

/** With so many symbols a prepared sketch answers all that differ in 1,000 marks. */
const preparedSymbols = 2_048;

interface Kept {
  readonly pair: string;
  readonly ticket: Uint8Array;
  readonly snapshot: Snapshot;
  readonly sketch: Sketch;
}

/**
 * Some 50 bytes a mark are kept in memory; the pairs that met longest ago go first. A pair is the
 * own public key || that of the other side: under another key one is another.
 */
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

  /** The ticket to say to the other side; undefined where nothing of the window is kept. */
  ticketOf(pair: Uint8Array, window: Window): Uint8Array | undefined {
    const kept = [...this.#kept.values()].find((each) => each.pair === hex(pair));
    return kept !== undefined && isSame(kept.snapshot.window, window) ? kept.ticket : undefined;
  }

  /** What to keep of a pair on disk. */
  kept(pair: Uint8Array): KeptPair | undefined {
    const found = [...this.#kept.values()].find((each) => each.pair === hex(pair));
    return found && { ticket: found.ticket, key: sketchKeyBytes(found.sketch.key) };
  }

  /** Makes the sketch of a pair anew from what was kept on disk, ahead of the session. */
  prepare(pair: Uint8Array, { ticket, key }: KeptPair, registry: Registry, window: Window): void {
    const snapshot = registry.snapshot(window);
    const marks = registry.asOf(snapshot.position, (tries) => tries.marks(window));
    if (marks === undefined) return;
    const sketch = new Sketch(sketchKey(key), marks);
    sketch.cells(preparedSymbols);
    this.keep(pair, ticket, snapshot, sketch);
  }

  /** One a pair: what was kept before goes. */
  keep(pair: Uint8Array, ticket: Uint8Array, snapshot: Snapshot, sketch: Sketch): void {
    const name = hex(pair);
    for (const [key, kept] of this.#kept) if (kept.pair === name) this.#kept.delete(key);
    this.#kept.set(hex(ticket), { pair: name, ticket, snapshot, sketch });
    let marks = 0;
    for (const [key, kept] of [...this.#kept].toReversed()) {
      marks += kept.sketch.marks.count;
      if (marks > this.#maxMarks) this.#kept.delete(key);
    }
  }

  /**
   * The sketch under this ticket, brought up to the snapshot, and forgotten here; undefined where
   * there is none, another pair has it, the window is another, or too much has changed.
   */
  take(
    pair: Uint8Array,
    ticket: Uint8Array,
    now: Snapshot,
    registry: Registry,
    salt: Salt,
  ): Sketch | undefined {
    const kept = this.#kept.get(hex(ticket));
    if (kept === undefined || kept.pair !== hex(pair)) return undefined;
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
