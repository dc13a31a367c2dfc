/** The whole layout of a registry in its store: one letter a table, fixed-width parts. */
import { ascii, concat, readU32, u32 } from '../core/bytes.ts';
import type { SourceId } from '../core/claims.ts';
import { type Day, dayOf } from '../core/days.ts';
import { type Id, idLength, idOfBytes } from '../core/id.ts';
import type { Bounds } from '../store/store.ts';

const table = {
  /** id -> claims */
  claims: ascii('i'),
  /** day, id -> 1: the visible day of each id */
  days: ascii('d'),
  /** source, id -> 1: whose claims an id has */
  sources: ascii('s'),
  /** id, source -> receipt */
  receipts: ascii('r'),
  /** source -> 1 known, 2 taken back, 3 suspected */
  peers: ascii('p'),
  /** source, day -> how many fresh claims were taken */
  fresh: ascii('f'),
} as const;
type Table = keyof typeof table;

/** The value of a key that says everything itself. */
export const there = Uint8Array.of(1);
export const takenBack = Uint8Array.of(2);
export const suspected = Uint8Array.of(3);

export const claimsKey = (id: Id): Uint8Array => concat(table.claims, id);
export const dayKey = (day: Day, id: Id): Uint8Array => concat(table.days, u32(day), id);
export const sourceKey = (source: SourceId, id: Id): Uint8Array =>
  concat(table.sources, u32(source), id);
export const receiptKey = (id: Id, source: SourceId): Uint8Array =>
  concat(table.receipts, id, u32(source));
export const peerKey = (source: SourceId): Uint8Array => concat(table.peers, u32(source));
export const freshKey = (source: SourceId, day: Day): Uint8Array =>
  concat(table.fresh, u32(source), u32(day));

/** All keys of a table whose first parts are these. */
export function under(name: Table, ...parts: readonly Uint8Array[]): Bounds {
  const gte = concat(table[name], ...parts);
  return { gte, lt: concat(gte, new Uint8Array(idLength + 5).fill(255)) };
}

/** The days before `day`. */
export function daysBefore(day: Day): Bounds {
  return { gte: table.days, lt: concat(table.days, u32(day)) };
}

/** The id that ends a key of `days` or `sources`. */
export function lastId(key: Uint8Array): Id {
  return idOfBytes(key.slice(-idLength));
}

export function dayOfKey(key: Uint8Array): Day {
  return dayOf(readU32(key, 1));
}

export function sourceOfKey(key: Uint8Array): SourceId {
  return readU32(key, 1) as SourceId;
}

/** The day that a claims counter belongs to. */
export function dayOfFreshKey(key: Uint8Array): Day {
  return dayOf(readU32(key, 5));
}
