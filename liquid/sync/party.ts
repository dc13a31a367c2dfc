/** What both sides of a session do with their registry: look at it as it was, check, take in. */
import { compare, concat, equal, hex } from '../core/bytes.ts';
import type { SourceId } from '../core/claims.ts';
import { type Day, dayOfUnixSeconds, type Window } from '../core/days.ts';
import type { Id } from '../core/id.ts';
import type { KeyPair, PublicKey } from '../core/keys.ts';
import { listOf, type Marks } from '../core/marks.ts';
import type { Receipt } from '../core/receipt.ts';
import { type Refusal, refusals } from '../core/refusals.ts';
import type { Snapshot } from '../registry/registry.ts';
import { ticketLength } from './agreement.ts';
import type { Salt } from './hash-index.ts';
import { Sketch, sketchKey } from './symbols.ts';
import type { ReceiptWishes, Surroundings } from './types.ts';

/** Marks are written in batches of so many; a batch is whole or not at all. */
const batch = 20_000;
/** The most ids that one side asks for receipts of in a session. */
export const mostAsked = 256;

type Side = Surroundings & { readonly own: KeyPair };

/** What a pair is kept under. */
export function pairOf(own: PublicKey, peer: PublicKey): Uint8Array {
  return concat(own.bytes, peer.bytes);
}

export class Party {
  readonly #surroundings: Side;
  readonly salt: Salt;
  #sketch: Sketch | undefined;
  gained = 0;
  given = 0;
  refused = 0;
  source: SourceId | undefined;
  warm = false;
  /** Ids that were told without a proof: first those that were refused for want of one. */
  readonly #provable: Id[] = [];
  readonly #told: Id[] = [];

  constructor(surroundings: Side) {
    this.#surroundings = surroundings;
    const words = new DataView(surroundings.random(8).slice().buffer);
    this.salt = [words.getUint32(0), words.getUint32(4)];
  }

  get today(): Day {
    return dayOfUnixSeconds(this.#surroundings.now());
  }

  get maxAge(): number {
    return Math.min(this.#surroundings.registry.policy.maxAge, 255);
  }

  snapshot(window: Window): Snapshot {
    return this.#surroundings.registry.snapshot(window);
  }

  /** All marks of the snapshot, however the registry has changed since. */
  marks({ position, window }: Snapshot): Marks | Refusal {
    const marks = this.#surroundings.registry.asOf(position, (tries) => tries.marks(window));
    return marks ?? refusals.not_finished();
  }

  /** The sketch of the snapshot under the session's key. */
  sketch(snapshot: Snapshot, key: Uint8Array): Sketch | Refusal {
    if (this.#sketch !== undefined) return this.#sketch;
    const marks = this.marks(snapshot);
    if ('ok' in marks) return marks;
    this.#sketch = new Sketch(sketchKey(key), marks);
    return this.#sketch;
  }

  /** What to call the sketches kept of the last session with this peer; zeros where none are. */
  ticketFor(peer: PublicKey, window: Window): Uint8Array {
    return (
      this.#surroundings.pairs?.ticketOf(this.#pair(peer), window) ?? new Uint8Array(ticketLength)
    );
  }

  /** Takes up what the pair's last session has left; false where this side has nothing. */
  takeKept(peer: PublicKey, ticket: Uint8Array, snapshot: Snapshot): boolean {
    const { pairs, registry } = this.#surroundings;
    this.#sketch = pairs?.take(this.#pair(peer), ticket, snapshot, registry, this.salt);
    this.warm = this.#sketch !== undefined;
    return this.warm;
  }

  /** Leaves the sketch, if one was made, to the next session of this pair. */
  keep(peer: PublicKey, ticket: Uint8Array, snapshot: Snapshot): void {
    if (this.#sketch !== undefined) {
      this.#surroundings.pairs?.keep(this.#pair(peer), ticket, snapshot, this.#sketch);
    }
    this.#sketch = undefined;
  }

  #pair(peer: PublicKey): Uint8Array {
    return pairOf(this.#surroundings.own.publicKey, peer);
  }

  /**
   * Whether the own marks of the snapshot, with what only the other side has and without what only
   * this one has, make the root that the other side announced: then it told neither more nor less.
   */
  rootProblem(
    { position, window }: Snapshot,
    announced: Uint8Array,
    theirs: Marks,
    ours: Marks,
  ): Refusal | undefined {
    const { registry } = this.#surroundings;
    const root = registry.asOf(position, (tries) => tries.rootWith(window, theirs, ours));
    if (root === undefined) return refusals.not_finished();
    if (equal(root, announced)) return undefined;
    return refusals.wrong_root({ announced: hex(announced), actual: hex(root) });
  }

  /** Takes verified marks in, as far as the own policy lets them. */
  async accept(marks: Marks): Promise<void> {
    if (marks.count === 0) return;
    const { registry } = this.#surroundings;
    this.source ??= await registry.newSource();
    const list = listOf(marks);
    for (let at = 0; at < list.length; at += batch) {
      const offers = list
        .slice(at, at + batch)
        .map(({ id, day }) => ({ provenance: 'handshake' as const, id, day }));
      const taken = await registry.accept(this.source, offers, this.today);
      this.gained += taken.added + taken.raised;
      this.refused += taken.refused.reduce((sum, { count }) => sum + count, 0);
      this.#provable.push(...taken.provable.slice(0, mostAsked - this.#provable.length));
      for (const { id } of offers.slice(0, mostAsked - this.#told.length)) this.#told.push(id);
    }
  }

  /** What to ask for receipts of, ascending: what was named, then what was told unproved. */
  askable({ ask, ids }: ReceiptWishes): Id[] {
    const wanted = new Map<string, Id>();
    for (const id of [...ids, ...this.#provable, ...this.#told]) {
      if (wanted.size >= Math.min(ask, mostAsked)) break;
      wanted.set(hex(id), id);
    }
    return [...wanted.values()].toSorted(compare);
  }

  /** Takes receipts in, as the owner's or as of this session; how many the policy let in. */
  async acceptReceipts(receipts: readonly Receipt[], source?: SourceId): Promise<number> {
    const { registry } = this.#surroundings;
    this.source ??= source === undefined ? await registry.newSource() : this.source;
    const offers = receipts.map((receipt) => ({ provenance: 'receipt' as const, receipt }));
    const from = source ?? (this.source as SourceId);
    const { added, raised, refused } = await registry.accept(from, offers, this.today);
    this.gained += source === undefined ? added + raised : 0;
    const kept = refused.reduce((sum, { count }) => sum + count, 0);
    this.refused += kept;
    return receipts.length - kept;
  }

  /** Marks the source of this session as one that told something untrue. */
  async suspect(): Promise<void> {
    const { registry } = this.#surroundings;
    this.source ??= await registry.newSource();
    await registry.suspect(this.source);
  }

  root(window: Window): string {
    return hex(this.#surroundings.registry.windowRoot(window));
  }
}
