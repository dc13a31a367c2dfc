/** The whole layout of a registry in its store: one letter a table, fixed-width parts. */
import { ascii, concat, readU32, u32 } from '../core/bytes.ts';
import type { SourceId } from '../core/claims.ts';
import { type Day, dayOf } from '../core/days.ts';
import { type Id, idLength, idOfBytes } from '../core/id.ts';
import type { Bounds } from '../store/store.ts';

const table = {
  /** id -> claims */
  claims: ascii('i'),
  /** source, day of writing, number -> ids: whose claims may be theirs; a list a batch */
  lists: ascii('s'),
  /** id, source -> receipt */
  receipts: ascii('r'),
  /** source -> state u8, number of the next list u32 */
  sources: ascii('p'),
  /** source, day -> how many fresh claims were taken */
  fresh: ascii('f'),
  /** id -> nothing more: it is told to nobody */
  withheld: ascii('w'),
  /** nonce of a QR digest -> its expiry */
  nonces: ascii('n'),
} as const;
type Table = keyof typeof table;

/** The value of a key that says everything itself. */
export const there = Uint8Array.of(1);

export const claimsKey = (id: Id): Uint8Array => concat(table.claims, id);
export const listKey = (source: SourceId, written: Day, number: number): Uint8Array =>
  concat(table.lists, u32(source), u32(written), u32(number));
export const receiptKey = (id: Id, source: SourceId): Uint8Array =>
  concat(table.receipts, id, u32(source));
export const sourceKey = (source: SourceId): Uint8Array => concat(table.sources, u32(source));
export const freshKey = (source: SourceId, day: Day): Uint8Array =>
  concat(table.fresh, u32(source), u32(day));
export const withheldKey = (id: Id): Uint8Array => concat(table.withheld, id);
export const nonceKey = (nonce: Uint8Array): Uint8Array => concat(table.nonces, nonce);

/** All keys of a table whose first parts are these. */
export function under(name: Table, ...parts: readonly Uint8Array[]): Bounds {
  const gte = concat(table[name], ...parts);
  return { gte, lt: concat(gte, new Uint8Array(idLength + 5).fill(255)) };
}

/** The id that ends a key of `claims` or `withheld`. */
export function lastId(key: Uint8Array): Id {
  return idOfBytes(key.slice(-idLength));
}

export function idsOf(list: Uint8Array): Id[] {
  return Array.from({ length: list.length / idLength }, (_, i) =>
    idOfBytes(list.slice(i * idLength, (i + 1) * idLength)),
  );
}

export function sourceOfKey(key: Uint8Array): SourceId {
  return readU32(key, 1) as SourceId;
}

export function sourceOfReceiptKey(key: Uint8Array): SourceId {
  return readU32(key, 1 + idLength) as SourceId;
}

/** The day of a key of `lists` or `fresh`. */
export function dayOfKey(key: Uint8Array): Day {
  return dayOf(readU32(key, 5));
}
