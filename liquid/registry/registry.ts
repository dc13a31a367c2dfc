/**
 * The registry of useful individuals: which ids were marked, by date, as far as claims that came in
 * support it. What a source has said can be taken back whole, and older dates return.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import { concat, hex, mapKey, readU32, u32 } from '../core/bytes.ts';
import {
  type Claims,
  decodeClaims,
  encodeClaims,
  isProven,
  latestDay,
  type SourceId,
  visibleDay,
  withoutSource,
} from '../core/claims.ts';
import { type Day, dayOf, daySkew, isKept, type Window } from '../core/days.ts';
import type { HashInto } from '../core/hasher.ts';
import { type Id, parseId } from '../core/id.ts';
import { parseReceipt, type Receipt, receiptDay } from '../core/receipt.ts';
import type { Change, Store } from '../store/store.ts';
import { admit, type Refused } from './admit.ts';
import { DayTries } from './day-tries.ts';
import { apply, Journal, type Move, type Position, undo } from './journal.ts';
import {
  claimsKey,
  dayOfKey,
  freshKey,
  idsOf,
  lastId,
  listKey,
  nonceKey,
  receiptKey,
  sourceOfKey,
  sourceOfReceiptKey,
  there,
  under,
  withheldKey,
} from './layout.ts';
import { defaultPolicy, type Offer, offered, type Policy } from './policy.ts';
import { type SourceState, Sources } from './sources.ts';

export interface Entry {
  /** The latest day that any claim says whose source is not in quarantine. */
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
  /** Ids whose claims were refused only because no receipt came with them. */
  readonly provable: readonly Id[];
}

export interface RegistryOptions {
  readonly policy?: Policy;
  /** A number from 0 to 2^32 - 1; sources are named by it. */
  readonly random: () => number;
  /** The platform's, where it has one that is faster than Noble's. */
  readonly sha256?: HashInto;
}

/** What a session compares: the marks of a window at one moment. */
export interface Snapshot {
  readonly window: Window;
  readonly position: Position;
  readonly count: number;
  readonly root: Uint8Array;
  readonly counters: Int32Array;
}

interface Known {
  readonly id: Id;
  readonly claims: Claims;
}

export class Registry {
  readonly #store: Store;
  readonly #random: () => number;
  readonly #tries: DayTries;
  readonly #journal = new Journal();
  readonly #sources = new Sources();
  /** Ids that are told to nobody, with the day that the owner sees. */
  readonly #withheld = new Map<string, Day | undefined>();
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
    for await (const [key, value] of store.range(under('sources'))) {
      registry.#sources.load(sourceOfKey(key), value);
    }
    for await (const [key] of store.range(under('withheld'))) {
      registry.#withheld.set(hex(lastId(key)), undefined);
    }
    for await (const [key, value] of store.range(under('claims'))) {
      const id = lastId(key);
      const day = latestDay(value, (source) => !registry.#sources.isQuarantined(source));
      const isWithheld = registry.#withheld.size > 0 && registry.#withheld.has(hex(id));
      if (isWithheld) registry.#withheld.set(hex(id), day);
      else if (day !== undefined) registry.#tries.insert(day, id);
    }
    return registry;
  }

  /** A number for a session with somebody; it says nothing about them. */
  newSource(): Promise<SourceId> {
    return this.#inTurn(async () => {
      let source = this.#random() as SourceId;
      while (this.#sources.has(source)) source = this.#random() as SourceId;
      await this.#setState(source, 'known');
      return source;
    });
  }

  /**
   * Marks a source that told something untrue; what it said before stays until it is taken back.
   */
  suspect(source: SourceId): Promise<void> {
    return this.#inTurn(() => this.#setState(source, 'suspected'));
  }

  /** All sources that were ever met, with what is known of them. */
  sources(): readonly { readonly source: SourceId; readonly state: SourceState }[] {
    return this.#sources.list();
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
    const day = this.#shownDay(claims);
    if (day === undefined || !isKept(today, this.policy.maxAge, day)) return undefined;
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

  /** Every receipt, by id, with the source that it came from. */
  async *allReceipts(): AsyncGenerator<{ readonly source: SourceId; readonly receipt: Receipt }> {
    for await (const [key, bytes] of this.#store.range(under('receipts'))) {
      const receipt = parseReceipt(bytes);
      assert(receipt.ok, `the receipt ${hex(key)} is damaged`);
      yield { source: sourceOfReceiptKey(key), receipt: receipt.value };
    }
  }

  /**
   * Of each of these ids the latest receipt that may be told: none of what is withheld, of a source
   * in quarantine, or older than the filter, so that nobody learns that there is one.
   */
  async toldReceipts(ids: readonly Id[], today: Day): Promise<Uint8Array[]> {
    const told: Uint8Array[] = [];
    for (const id of ids) {
      if (this.#withheld.has(hex(id))) continue;
      let latest: Uint8Array | undefined;
      for await (const [key, bytes] of this.#store.range(under('receipts', id))) {
        const day = receiptDay(bytes);
        if (!isKept(today, this.policy.maxAge, day)) continue;
        if (this.#sources.isQuarantined(sourceOfReceiptKey(key))) continue;
        if (latest === undefined || day > receiptDay(latest)) latest = bytes;
      }
      if (latest !== undefined) told.push(latest);
    }
    return told;
  }

  /** Forgets all that a source has said and hears it no more. Returns how many ids that were. */
  takeBack(source: SourceId): Promise<number> {
    return this.#inTurn(async () => {
      const changes: Change[] = [this.#sources.change(source, 'taken_back')];
      const moves: Move[] = [];
      for await (const [key] of this.#store.range(under('lists', u32(source)))) {
        changes.push([key, undefined]);
      }
      for (const { id, claims } of await this.#claimsFrom(source)) {
        const left = withoutSource(claims, source);
        moves.push({ id, from: this.#shownDay(claims), to: this.#shownDay(left) });
        changes.push([claimsKey(id), left.length === 0 ? undefined : encodeClaims(left)]);
        if (isProven(claims)) changes.push([receiptKey(id, source), undefined]);
      }
      await this.#write(changes, moves);
      this.#sources.settle(source, 'taken_back');
      return moves.length;
    });
  }

  /** Keeps what a source says but lets it count for nothing, until it is released or taken back. */
  quarantine(source: SourceId): Promise<number> {
    return this.#recount(source, 'quarantined');
  }

  release(source: SourceId): Promise<number> {
    return this.#recount(source, 'known');
  }

  /** Tells nobody of an id any more, in no root, counter or symbol; the owner still sees it. */
  withhold(id: Id): Promise<void> {
    return this.#inTurn(async () => {
      const day = await this.#shownDayOf(id);
      await this.#store.write([[withheldKey(id), there]]);
      this.#follow([{ id, from: day, to: undefined }]);
      this.#withheld.set(hex(id), day);
    });
  }

  /** Tells of an id again. */
  tell(id: Id): Promise<void> {
    return this.#inTurn(async () => {
      const day = await this.#shownDayOf(id);
      await this.#store.write([[withheldKey(id), undefined]]);
      this.#withheld.delete(hex(id));
      this.#follow([{ id, from: undefined, to: day }]);
    });
  }

  /** Remembers the nonce of a QR digest; false where it was used before. Expiry in UTC seconds. */
  useNonce(nonce: Uint8Array, expiry: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const [known] = await this.#store.getMany([nonceKey(nonce)]);
      if (known !== undefined) return false;
      await this.#store.write([[nonceKey(nonce), u32(expiry)]]);
      return true;
    });
  }

  /** Deletes every id whose latest day the filter no longer keeps. Returns how many. */
  purge(today: Day): Promise<number> {
    return this.#inTurn(async () => {
      const earliest = dayOf(Math.max(0, today - this.policy.maxAge));
      const changes: Change[] = [];
      const moves: Move[] = [];
      for (const { id, claims } of await this.#records(await this.#mayBeOld(earliest))) {
        if (visibleDay(claims) >= earliest) continue;
        moves.push({ id, from: this.#shownDay(claims), to: undefined });
        changes.push([claimsKey(id), undefined]);
        for (const { source } of claims) changes.push([receiptKey(id, source), undefined]);
      }
      for await (const [key] of this.#store.range(under('fresh'))) {
        if (dayOfKey(key) < today) changes.push([key, undefined]);
      }
      // A claim is at most a day later than its writing: all that such a list names has gone.
      for await (const [key] of this.#store.range(under('lists'))) {
        if (dayOfKey(key) + daySkew < earliest) changes.push([key, undefined]);
      }
      for await (const [key, expiry] of this.#store.range(under('nonces'))) {
        if (readU32(expiry, 0) < today * 86_400) changes.push([key, undefined]);
      }
      await this.#write(changes, moves);
      return moves.length;
    });
  }

  /** How many ids each day of the filter has, the latest first; days of none are left out. */
  statistics(today: Day): readonly { readonly day: Day; readonly count: number }[] {
    const counts = new Map(this.#tries.counts().map(({ day, count }) => [day, count]));
    for (const day of this.#withheld.values()) {
      if (day !== undefined) counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return Array.from(counts, ([day, count]) => ({ day, count }))
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
   * Lets `read` look at the tries as they were then; what it changes in them it must undo.
   * Undefined where that is too long ago.
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
    const state = this.#sources.stateOf(source);
    const by = { source, isBlocked: state === 'taken_back', freshBefore };
    const admitted = admit(this.policy, by, offers, known, today);
    const { merged, receipts, fresh, refused, provable } = admitted;
    if (merged.length === 0) return { added: 0, raised: 0, refused, provable };
    const number = this.#sources.nextList(source);
    const changes: Change[] = [
      this.#sources.change(source, state, number + 1),
      [listKey(source, today, number), concat(...merged.map(({ id }) => id))],
    ];
    for (const { id, bytes } of receipts) changes.push([receiptKey(id, source), bytes]);
    if (fresh > freshBefore) changes.push([freshKey(source, today), u32(fresh)]);
    const moves: Move[] = [];
    for (const { id, before, after } of merged) {
      moves.push({ id, from: this.#shownDay(before), to: this.#shownDay(after) });
      changes.push([claimsKey(id), encodeClaims(after)]);
    }
    await this.#write(changes, moves);
    this.#sources.settle(source, state, number + 1);
    return {
      added: moves.filter(({ from, to }) => from === undefined && to !== undefined).length,
      raised: moves.filter(({ from, to }) => from !== undefined && (to ?? 0) > from).length,
      refused,
      provable,
    };
  }

  async #knownClaims(ids: readonly Id[]): Promise<Map<string, Claims>> {
    const records = await this.#store.getMany(ids.map(claimsKey));
    const known = new Map<string, Claims>();
    records.forEach((bytes, i) => {
      if (bytes !== undefined) known.set(mapKey(ids[i] as Id), decodeClaims(bytes));
    });
    return known;
  }

  /** The day that the owner sees: of claims in quarantine nothing. */
  #shownDay(claims: Claims): Day | undefined {
    let shown: Day | undefined;
    for (const { source, day } of claims) {
      if ((shown === undefined || day > shown) && !this.#sources.isQuarantined(source)) shown = day;
    }
    return shown;
  }

  async #shownDayOf(id: Id): Promise<Day | undefined> {
    const [bytes] = await this.#store.getMany([claimsKey(id)]);
    return bytes === undefined ? undefined : this.#shownDay(decodeClaims(bytes));
  }

  /** The ids of which a source has a claim. */
  async #claimsFrom(source: SourceId): Promise<Known[]> {
    const ids = new Map<string, Id>();
    for await (const [, list] of this.#store.range(under('lists', u32(source)))) {
      for (const id of idsOf(list)) ids.set(mapKey(id), id);
    }
    const records = await this.#records([...ids.values()]);
    return records.filter(({ claims }) => claims.some((claim) => claim.source === source));
  }

  /** The records of these ids, as far as they are there. PERF: read by thousands. */
  async #records(ids: readonly Id[]): Promise<Known[]> {
    const many = 10_000;
    const known: Known[] = [];
    for (let at = 0; at < ids.length; at += many) {
      const some = ids.slice(at, at + many);
      const found = await this.#store.getMany(some.map(claimsKey));
      found.forEach((bytes, i) => {
        if (bytes !== undefined) known.push({ id: some[i] as Id, claims: decodeClaims(bytes) });
      });
    }
    return known;
  }

  /** Ids that may have nothing left that the filter keeps: shown, withheld and quarantined ones. */
  async #mayBeOld(earliest: Day): Promise<Id[]> {
    const ids = new Map<string, Id>();
    for (const { day } of this.#tries.counts()) {
      if (day >= earliest) continue;
      for (const id of this.#tries.trie(day)?.ids() ?? []) ids.set(mapKey(id), id);
    }
    for (const text of this.#withheld.keys()) {
      const id = parseId(text);
      if (id.ok) ids.set(mapKey(id.value), id.value);
    }
    for (const { source, state } of this.#sources.list()) {
      if (state !== 'quarantined') continue;
      for (const { id } of await this.#claimsFrom(source)) ids.set(mapKey(id), id);
    }
    return [...ids.values()];
  }

  #recount(source: SourceId, state: SourceState): Promise<number> {
    return this.#inTurn(async () => {
      const before = (await this.#claimsFrom(source)).map((known) => ({
        ...known,
        from: this.#shownDay(known.claims),
      }));
      await this.#setState(source, state);
      this.#follow(
        before.map(({ id, claims, from }) => ({ id, from, to: this.#shownDay(claims) })),
      );
      return before.length;
    });
  }

  async #setState(source: SourceId, state: SourceState): Promise<void> {
    await this.#store.write([this.#sources.change(source, state)]);
    this.#sources.settle(source, state);
  }

  async #freshCount(source: SourceId, today: Day): Promise<number> {
    const [bytes] = await this.#store.getMany([freshKey(source, today)]);
    return bytes === undefined ? 0 : readU32(bytes, 0);
  }

  /** The tries follow the store, so a disk that fails leaves both as they were. */
  async #write(changes: readonly Change[], moves: readonly Move[]): Promise<void> {
    if (changes.length > 0) await this.#store.write(changes);
    this.#follow(moves);
  }

  #follow(moves: readonly Move[]): void {
    const told = moves.filter(({ id, from, to }) => {
      if (this.#withheld.size > 0 && this.#withheld.has(hex(id))) {
        this.#withheld.set(hex(id), to);
        return false;
      }
      return from !== to;
    });
    apply(this.#tries, told);
    this.#journal.add(told);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
