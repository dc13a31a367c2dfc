/** Pages of a list: a page ends with the key of the row that the next one begins with. */
import type { PageRequest, PageResponse } from '../../proto/generated/artel/trust/v1/query.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { u64 } from '../_kernel/tables.ts';

const usualLimit = 100;
const highestLimit = 1000;

/** A key of one or two ids. */
export type Cursor = readonly bigint[];

export interface Page<Row> {
  readonly ok: true;
  readonly rows: readonly Row[];
  readonly pagination: PageResponse;
}

/**
 * The asked-for page of rows in ascending order of `keyOf`. `read` gives at most `limit` rows from
 * `from` on (inclusive), or from the beginning.
 */
export function page<Row>(
  request: PageRequest | undefined,
  parts: number,
  read: (from: Cursor | undefined, limit: number) => Iterable<Row>,
  keyOf: (row: Row) => Cursor,
): Page<Row> | Refusal {
  const { key = new Uint8Array(), limit = 0n } = request ?? {};
  if (key.length !== 0 && key.length !== parts * 8) {
    return sdk.invalid_request({
      what: `the page key has ${key.length} bytes, not ${parts * 8}: use next_key of the page before`,
    });
  }
  const count = limit === 0n ? usualLimit : Math.min(Number(limit), highestLimit);
  const rows = Array.from(read(key.length === 0 ? undefined : decode(key), count + 1));
  const next = rows[count];
  const nextKey = next === undefined ? new Uint8Array() : encode(keyOf(next));
  return { ok: true, rows: rows.slice(0, count), pagination: { nextKey } };
}

function encode(cursor: Cursor): Uint8Array {
  const key = new Uint8Array(cursor.length * 8);
  cursor.forEach((id, index) => {
    key.set(u64.encode(id), index * 8);
  });
  return key;
}

function decode(key: Uint8Array): Cursor {
  const parts = Array.from({ length: key.length / 8 });
  return parts.map((_, index) => u64.decode(key.subarray(index * 8, index * 8 + 8)));
}
