import { MemoryState } from '../memory-state.ts';
import { paginate } from '../pages.ts';
import { draft, encodeKey, table, text, u64 } from '../tables.ts';

const tables = { rows: table(1, [u64, u64], u64), names: table(2, [u64, text], u64) };

function given() {
  const state = draft(tables, new MemoryState());
  for (let row = 0n; row < 5n; row += 1n) state.rows.set(7n, row, row * 10n);
  state.rows.set(6n, 9n, 0n);
  state.rows.set(8n, 0n, 0n);
  for (const name of ['', 'a', 'ab', 'b']) state.names.set(1n, name, 1n);
  return state;
}

const asked = (more: object = {}) => ({ key: new Uint8Array(), limit: 2n, ...more });

test('pages of one prefix follow each other and end with it', () => {
  const { rows } = given();
  const seen: bigint[] = [];
  let key: Uint8Array = new Uint8Array();
  do {
    const page = paginate(tables.rows, rows, asked({ key }), [7n]);
    if (!page.ok) throw new Error(page.message);
    seen.push(...page.rows.map(({ value }) => value));
    key = page.pagination.nextKey;
  } while (key.length > 0);
  expect(seen).toEqual([0n, 10n, 20n, 30n, 40n]);
});

test('pages run backwards, too', () => {
  const { rows } = given();
  const first = paginate(tables.rows, rows, asked({ reverse: true }), [7n]);
  if (!first.ok) throw new Error(first.message);
  expect(first.rows.map(({ value }) => value)).toEqual([40n, 30n]);
  const key = first.pagination.nextKey;
  const second = paginate(tables.rows, rows, asked({ key, reverse: true }), [7n]);
  expect(second).toMatchObject({ rows: [{ value: 20n }, { value: 10n }] });
});

test('the total counts the prefix, whatever is skipped or left out', () => {
  const { rows } = given();
  const page = paginate(tables.rows, rows, asked({ offset: 3n, countTotal: true }), [7n]);
  expect(page).toMatchObject({ rows: [{ value: 30n }, { value: 40n }], pagination: { total: 5n } });
});

test('keys of any length go on where they stood', () => {
  const { names } = given();
  const key = encodeKey(tables.names, [1n, 'ab']);
  const page = paginate(tables.names, names, asked({ key }), [1n]);
  expect(page).toMatchObject({ rows: [{ key: [1n, 'ab'] }, { key: [1n, 'b'] }] });
});

test.each([
  ['of another prefix', encodeKey(tables.rows, [6n, 9n])],
  ['of another table', encodeKey(tables.names, [7n, '12345678'])],
  ['that is cut', encodeKey(tables.rows, [7n, 1n]).slice(0, -1)],
  ['that is too long', Uint8Array.of(...encodeKey(tables.rows, [7n, 1n]), 0)],
])('a page key %s is refused', (_title, key) => {
  const page = paginate(tables.rows, given().rows, asked({ key }), [7n]);
  expect(page).toMatchObject({ ok: false, name: 'invalid_request' });
});

test('a page has 100 rows where nothing is asked for, and 1000 at most', () => {
  const state = draft(tables, new MemoryState());
  for (let row = 0n; row < 1_002n; row += 1n) state.rows.set(1n, row, row);
  const sizes = [undefined, asked({ limit: 0n }), asked({ limit: 5_000n })].map((request) => {
    const page = paginate(tables.rows, state.rows, request);
    return page.ok ? page.rows.length : page;
  });
  expect(sizes).toEqual([100, 100, 1000]);
});
