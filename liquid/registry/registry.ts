/**
 * The registry of useful individuals: which ids were marked, by date, as far as claims that came in
 * support it. What a source has said can be taken back whole, and older dates return.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import { hex, readU32, u32 } from '../core/bytes.ts';
import {
  type Claims,
  decodeClaims,
  encodeClaims,
  isProven,
  type SourceId,
  self,
  visibleDay,
  withoutSource,
} from '../core/claims.ts';
import { type Day, dayOf, isKept, type Window } from '../core/days.ts';
import type { Sha256 } from '../core/hasher.ts';
import type { Id } from '../core/id.ts';
import { parseReceipt, type Receipt } from '../core/receipt.ts';
import type { Change, Store } from '../store/store.ts';
import { admit, type Refused } from './admit.ts';
import { DayTries } from './day-tries.ts';
import { apply, Journal, type Move, type Position, undo } from './journal.ts';
import {
  claimsKey,
  dayKey,
  dayOfFreshKey,
  dayOfKey,
  daysBefore,
  freshKey,
  lastId,
  peerKey,
  receiptKey,
  sourceKey,
  sourceOfKey,
  suspected,
  takenBack,
  there,
  under,
} from './layout.ts';
import { defaultPolicy, type Offer, offered, type Policy } from './policy.ts';

export interface Entry {
  /** The latest day that any claim says. */
  readonly day: Day;
  /** Whether a receipt is among the claims. */
  readonly proven: boolean;
  readonly claims: Claims;
}

export interface Accepted {
  readonly added: number;
  /** Ids whose visible day became later. */
  readonly raised: number;
  readonly refused: Refused;
}

/** In the order of their numbers on disk, from 1 on. */
const peerStates = ['known', 'taken back', 'suspected'] as const;
export type PeerState = (typeof peerStates)[number];

export interface RegistryOptions {
  readonly policy?: Policy;
  /** A number from 0 to 2^32 - 1; sources are named by it. */
  readonly random: () => number;
  /** The platform's, where it has one that is faster than Noble's. */
  readonly sha256?: Sha256;
}

/** What a session compares: the marks of a window at one moment. */
export interface Snapshot {
  readonly window: Window;
  readonly position: Position;
  readonly count: number;
  readonly root: Uint8Array;
  readonly counters: Int32Array;
}

export class Registry {
  readonly #store: Store;
  readonly #random: () => number;
  readonly #tries: DayTries;
  readonly #journal = new Journal();
  readonly #peers = new Map<SourceId, PeerState>();
  /** Changes happen one after the other; reads see the last that is on the disk. */
  #last: Promise<unknown> = Promise.resolve();
  policy: Policy;

  private constructor(store: Store, policy: Policy, random: () => number, tries: DayTries) {
    this.#store = store;
    this.#tries = tries;
    this.policy = policy;
    this.#random = random;
  }

  static async open(
    store: Store,
    { policy = defaultPolicy, random, sha256 }: RegistryOptions,
  ): Promise<Registry> {
    const registry = new Registry(store, policy, random, new DayTries(sha256));
    for await (const [key] of store.range(under('days'))) {
      registry.#tries.insert(dayOfKey(key), lastId(key));
    }
    for await (const [key, value] of store.range(under('peers'))) {
      registry.#peers.set(sourceOfKey(key), peerStates[(value[0] as number) - 1] ?? 'known');
    }
    return registry;
  }

  /** A number for a session with somebody; it says nothing about them. */
  newSource(): Promise<SourceId> {
    return this.#inTurn(async () => {
      let source = this.#random() as SourceId;
      while (source === self || this.#peers.has(source)) source = this.#random() as SourceId;
      await this.#store.write([[peerKey(source), there]]);
      this.#peers.set(source, 'known');
      return source;
    });
  }

  /** Marks a source that told something untrue; what it said before stays until it is taken back. */
  suspect(source: SourceId): Promise<void> {
    return this.#inTurn(async () => {
      await this.#store.write([[peerKey(source), suspected]]);
      this.#peers.set(source, 'suspected');
    });
  }

  /** All sources that were ever met, with what is known of them. */
  sources(): readonly { readonly source: SourceId; readonly state: PeerState }[] {
    return Array.from(this.#peers, ([source, state]) => ({ source, state }));
  }

  /** Merges what a source says, as far as the policy lets it in; nothing if the disk fails. */
  accept(source: SourceId, offers: readonly Offer[], today: Day): Promise<Accepted> {
    return this.#inTurn(() => this.#accept(source, offers, today));
  }

  /** The entry of an id that the own filter keeps. */
  async find(id: Id, today: Day): Promise<Entry | undefined> {
    const [bytes] = await this.#store.getMany([claimsKey(id)]);
    if (bytes === undefined) return undefined;
    const claims = decodeClaims(bytes);
    const day = visibleDay(claims);
    if (!isKept(today, this.policy.maxAge, day)) return undefined;
    return { day, proven: isProven(claims), claims };
  }

  /** The receipts that prove an id. */
  async receipts(id: Id): Promise<Receipt[]> {
    const found: Receipt[] = [];
    for await (const [, bytes] of this.#store.range(under('receipts', id))) {
      const receipt = parseReceipt(bytes);
      assert(receipt.ok, `the stored receipt of ${hex(id)} is damaged`);
      found.push(receipt.value);
    }
    return found;
  }

  /** Forgets all that a source has said and hears it no more. Returns how many ids that were. */
  takeBack(source: SourceId): Promise<number> {
    return this.#inTurn(async () => {
      const ids: Id[] = [];
      for await (const [key] of this.#store.range(under('sources', u32(source)))) {
        ids.push(lastId(key));
      }
      const records = await this.#claimsOf(ids);
      const changes: Change[] = [[peerKey(source), takenBack]];
      const moves: { id: Id; from: Day; to: Day | undefined }[] = [];
      records.forEach((claims, i) => {
        const id = ids[i] as Id;
        const left = withoutSource(claims, source);
        const to = left.length === 0 ? undefined : visibleDay(left);
        moves.push({ id, from: visibleDay(claims), to });
        changes.push([claimsKey(id), to === undefined ? undefined : encodeClaims(left)]);
        changes.push([sourceKey(source, id), undefined]);
        if (isProven(claims)) changes.push([receiptKey(id, source), undefined]);
      });
      await this.#write(changes, moves);
      this.#peers.set(source, 'taken back');
      return ids.length;
    });
  }

  /** Deletes every id whose visible day the filter no longer keeps. Returns how many. */
  purge(today: Day): Promise<number> {
    return this.#inTurn(async () => {
      const earliest = dayOf(Math.max(0, today - this.policy.maxAge));
      const ids: Id[] = [];
      for await (const [key] of this.#store.range(daysBefore(earliest))) ids.push(lastId(key));
      const changes: Change[] = [];
      const moves: { id: Id; from: Day; to: undefined }[] = [];
      (await this.#claimsOf(ids)).forEach((claims, i) => {
        const id = ids[i] as Id;
        moves.push({ id, from: visibleDay(claims), to: undefined });
        changes.push([claimsKey(id), undefined]);
        for (const { source } of claims) {
          changes.push([sourceKey(source, id), undefined], [receiptKey(id, source), undefined]);
        }
      });
      for await (const [key] of this.#store.range(under('fresh'))) {
        if (dayOfFreshKey(key) < today) changes.push([key, undefined]);
      }
      await this.#write(changes, moves);
      return ids.length;
    });
  }

  /** How many ids each day of the filter has, the latest first; days of none are left out. */
  statistics(today: Day): readonly { readonly day: Day; readonly count: number }[] {
    return this.#tries
      .counts()
      .filter(({ day }) => isKept(today, this.policy.maxAge, day))
      .toSorted((a, b) => b.day - a.day);
  }

  /** What two sides compare and walk; the days outside the window are not in it. */
  get tries(): Pick<DayTries, 'trie' | 'root' | 'windowRoot'> {
    return this.#tries;
  }

  /** The root of a window, as docs/liquid-protocol.md defines it. */
  windowRoot(window: Window): Uint8Array {
    return this.#tries.windowRoot(window);
  }

  /** The window as it is now. */
  snapshot(window: Window): Snapshot {
    return {
      window,
      position: this.#journal.position,
      count: this.#tries.size(window),
      root: this.windowRoot(window),
      counters: this.#tries.counters(window),
    };
  }

  /** What moved since then; undefined where that is too long ago. */
  movesSince(then: Position): readonly Move[] | undefined {
    return this.#journal.since(then);
  }

  /**
   * Lets `read` look at the tries as they were then; what it changes in them it must undo. Undefined
   * where that is too long ago.
   */
  asOf<T>(then: Position, read: (tries: DayTries) => T): T | undefined {
    const moves = this.#journal.since(then);
    if (moves === undefined) return undefined;
    undo(this.#tries, moves);
    try {
      return read(this.#tries);
    } finally {
      apply(this.#tries, moves);
    }
  }

  async #accept(source: SourceId, offers: readonly Offer[], today: Day): Promise<Accepted> {
    const known = await this.#knownClaims(offers.map((offer) => offered(offer).id));
    const freshBefore = await this.#freshCount(source, today);
    const isBlocked = this.#peers.get(source) === 'taken back';
    const by = { source, isBlocked, freshBefore };
    const { merged, receipts, fresh, refused } = admit(this.policy, by, offers, known, today);
    const changes: Change[] = receipts.map(({ id, bytes }) => [receiptKey(id, source), bytes]);
    const moves: { id: Id; from: Day | undefined; to: Day }[] = [];
    for (const { id, before, after } of merged) {
      const from = before.length === 0 ? undefined : visibleDay(before);
      moves.push({ id, from, to: visibleDay(after) });
      changes.push([claimsKey(id), encodeClaims(after)], ...sourceChanges(id, before, after));
    }
    if (fresh > freshBefore) changes.push([freshKey(source, today), u32(fresh)]);
    await this.#write(changes, moves);
    return {
      added: moves.filter(({ from }) => from === undefined).length,
      raised: moves.filter(({ from, to }) => from !== undefined && to > from).length,
      refused,
    };
  }

  async #knownClaims(ids: readonly Id[]): Promise<Map<string, Claims>> {
    const records = await this.#store.getMany(ids.map(claimsKey));
    const known = new Map<string, Claims>();
    records.forEach((bytes, i) => {
      if (bytes !== undefined) known.set(hex(ids[i] as Id), decodeClaims(bytes));
    });
    return known;
  }

  async #claimsOf(ids: readonly Id[]): Promise<Claims[]> {
    const records = await this.#store.getMany(ids.map(claimsKey));
    return records.map((bytes, i) => {
      assert(bytes !== undefined, `${hex(ids[i] as Id)} is in an index without a record`);
      return decodeClaims(bytes);
    });
  }

  async #freshCount(source: SourceId, today: Day): Promise<number> {
    const [bytes] = await this.#store.getMany([freshKey(source, today)]);
    return bytes === undefined ? 0 : readU32(bytes, 0);
  }

  /** The tries follow the store, so a disk that fails leaves both as they were. */
  async #write(changes: readonly Change[], moves: readonly Move[]): Promise<void> {
    const days: Change[] = [];
    for (const { id, from, to } of moves) {
      if (from === to) continue;
      if (from !== undefined) days.push([dayKey(from, id), undefined]);
      if (to !== undefined) days.push([dayKey(to, id), there]);
    }
    if (changes.length + days.length > 0) await this.#store.write([...changes, ...days]);
    const moved = moves.filter(({ from, to }) => from !== to);
    apply(this.#tries, moved);
    this.#journal.add(moved);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Index entries of sources whose claim came, or was dropped as the weakest. */
function sourceChanges(id: Id, before: Claims, after: Claims): Change[] {
  const had = new Set(before.map(({ source }) => source));
  const has = new Set(after.map(({ source }) => source));
  return [...new Set([...had, ...has])]
    .filter((source) => had.has(source) !== has.has(source))
    .map((source) => [sourceKey(source, id), has.has(source) ? there : undefined]);
}
