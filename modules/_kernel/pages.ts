/** Pages of a table for queries, with the fields of cosmos.base.query.v1beta1.PageRequest. */
import { type Refusal, sdk } from './refusals.ts';
import { decodeKey, encodeKey, type Row, type Table, type TableView } from './tables.ts';

/** A subset of the standard request: a message of one's own may leave the optional fields out. */
export interface PageRequest {
  /** `nextKey` of the page before; empty for the first. */
  readonly key: Uint8Array;
  /** At most so many rows; 0 is 100, never above 1000. */
  readonly limit: bigint;
  /** Rows to skip, where no key is given: at most 10,000. */
  readonly offset?: bigint;
  /** Count all rows: only where no key is given. */
  readonly countTotal?: boolean;
  readonly reverse?: boolean;
}

export interface Page<K, V> {
  readonly ok: true;
  readonly rows: readonly Row<K, V>[];
  readonly pagination: { readonly nextKey: Uint8Array; readonly total: bigint };
}

const usualLimit = 100n;
const largestLimit = 1000n;
const largestOffset = 10_000n;

/**
 * One page of the rows that begin with `prefix`. Refuses a key that is none of these rows.
 *
 * @example paginate(tables.accounts, view.accounts, request.pagination)
 */
export function paginate<K extends readonly unknown[], V>(
  // biome-ignore lint/suspicious/noExplicitAny: K and V are those of the view of the same table.
  table: Table<any, any>,
  view: TableView<K, V>,
  request: PageRequest | undefined,
  prefix: readonly unknown[] = [],
): Page<K, V> | Refusal {
  const {
    key = none,
    limit = 0n,
    offset = 0n,
    countTotal = false,
    reverse = false,
  } = request ?? {};
  if (offset > largestOffset) {
    return sdk.invalid_request({ what: `offset ${offset} is above ${largestOffset}: use the key` });
  }
  if (key.length > 0 && !isKeyOf(table, key, encodeKey(table, prefix))) {
    return sdk.invalid_request({ what: 'the page key is none of this list' });
  }
  const most = Number(limit === 0n ? usualLimit : limit > largestLimit ? largestLimit : limit);
  const from = key.length > 0 ? { from: decodeKey(table, key) as unknown as K } : {};
  // biome-ignore lint/suspicious/noExplicitAny: the leading parts of K.
  const all = { prefix: prefix as any, reverse, ...from };
  const skipped = key.length > 0 ? 0 : Number(offset);
  const total = countTotal && key.length === 0 ? BigInt(view.count(all)) : 0n;
  const rows: Row<K, V>[] = [];
  let nextKey: Uint8Array = none;
  let seen = 0;
  for (const row of view.range(all)) {
    seen += 1;
    if (seen <= skipped) continue;
    if (rows.length === most) {
      nextKey = encodeKey(table, row.key);
      break;
    }
    rows.push(row);
  }
  return { ok: true, rows, pagination: { nextKey, total } };
}

const none = new Uint8Array();

// biome-ignore lint/suspicious/noExplicitAny: a table of any key and value.
function isKeyOf(table: Table<any, any>, key: Uint8Array, start: Uint8Array): boolean {
  const fixed = table.parts.reduce(
    (size: number, part: { size?: number }) => size + (part.size ?? 0),
    1,
  );
  const varies = table.parts.some((part: { size?: number }) => part.size === undefined);
  if (varies ? key.length < fixed : key.length !== fixed) return false;
  return start.every((byte, index) => key[index] === byte);
}
