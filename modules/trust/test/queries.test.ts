import { scenarioContext } from '../../_kernel/harness.ts';
import type { MemoryState } from '../../_kernel/memory-state.ts';
import type { Reader } from '../../_kernel/state.ts';
import { view } from '../../_kernel/tables.ts';
import { tables } from '../keys.ts';
import { trustReads } from '../ports.ts';
import { queries } from '../queries.ts';
import { collectiveId, componentId } from '../types.ts';
import { founding, ownerOf, World } from './world.ts';

/** Asks as the host does: the request and the answer go over the wire. */
function ask(world: World, name: string, request: object = {}): Record<string, unknown> {
  const query = queries.find(({ path }) => path === `/artel.trust.v1.Query/${name}`);
  if (query === undefined) throw new Error(`no query ${name}`);
  const wired = query.request.decode(query.request.encode({ ...empty, ...request }).finish());
  const result = query.answer(world.scenario.view, wired, scenarioContext, {
    changes: { notBefore: () => undefined },
  });
  if (!result.ok) return { refused: `${result.codespace}/${result.name}: ${result.message}` };
  return query.response.decode(query.response.encode(result.response).finish()) as never;
}

/** Scalar fields that a client leaves out arrive with their default. */
const empty = { collective: 0n, owner: '', received: false, component: 0n, a: 0n, b: 0n };

/** Follows the pages to the end. */
function all(world: World, name: string, rows: string, request: object, limit = 2n): unknown[] {
  const pages: unknown[][] = [];
  let key: Uint8Array = new Uint8Array();
  do {
    const answer = ask(world, name, { ...request, pagination: { key, limit } });
    pages.push(answer[rows] as unknown[]);
    key = (answer.pagination as { nextKey: Uint8Array }).nextKey;
  } while (key.length > 0);
  for (const page of pages.slice(0, -1)) expect(page).toHaveLength(Number(limit));
  return pages.flat();
}

const lively = (): World => {
  const world = new World(7, [
    [1, 2],
    [2, 3],
    [3, 4],
    [2, 5],
  ]);
  world.cancel(3, 4);
  world.sign(6, 7);
  world.sign(6, 1);
  world.sign(2, 7);
  world.scenario.when(founding(1));
  return world;
};

const ids = (rows: unknown[]): bigint[] =>
  rows.map((row) => (row as { collective: bigint }).collective);
const ends = (rows: unknown[]): string[] =>
  rows.map((row) => {
    const { low, high } = row as { low: bigint; high: bigint };
    return `${low}-${high}`;
  });
const signatures = (rows: unknown[]): string[] =>
  rows.map((row) => {
    const { from, to } = row as { from: bigint; to: bigint };
    return `${from}>${to}`;
  });

test('a collective comes with its component', () => {
  expect(ask(lively(), 'Collective', { collective: 3n })).toMatchObject({
    collective: { collective: 3n, name: 'collective 3', owner: ownerOf(3) },
    component: 1n,
  });
});

test('collectives come in order of founding, page by page, also those of one owner', () => {
  const world = lively();
  expect(ids(all(world, 'Collectives', 'collectives', {}))).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map(BigInt),
  );
  expect(ids(all(world, 'Collectives', 'collectives', { owner: ownerOf(1) }, 1n))).toEqual([
    1n,
    8n,
  ]);
  expect(all(world, 'Collectives', 'collectives', { owner: ownerOf(99) })).toEqual([]);
});

test('an edge has three states, in either order of its ends', () => {
  const world = lively();
  expect(ask(world, 'Edge', { a: 2n, b: 1n })).toMatchObject({
    state: 2,
    edge: { low: 1n, high: 2n },
  });
  expect(ask(world, 'Edge', { a: 3n, b: 4n })).toMatchObject({
    state: 3,
    edge: { cancellation: { by: 3n } },
  });
  for (const [a, b] of [
    [6n, 7n],
    [7n, 6n],
  ]) {
    expect(ask(world, 'Edge', { a, b })).toMatchObject({
      state: 1,
      signature: { from: 6n, to: 7n },
    });
  }
});

test('edges come by ends, or by the other end for one collective', () => {
  const world = lively();
  expect(ends(all(world, 'Edges', 'edges', {}))).toEqual(['1-2', '2-3', '2-5', '3-4']);
  expect(ends(all(world, 'Edges', 'edges', { collective: 2n }))).toEqual(['1-2', '2-3', '2-5']);
  expect(ends(all(world, 'Edges', 'edges', { collective: 6n }))).toEqual([]);
});

test('pending signatures come as given and as received', () => {
  const world = lively();
  const list = (request: object): string[] =>
    signatures(all(world, 'PendingSignatures', 'signatures', request, 1n));
  expect(list({})).toEqual(['2>7', '6>1', '6>7']);
  expect(list({ collective: 6n })).toEqual(['6>1', '6>7']);
  expect(list({ collective: 7n, received: true })).toEqual(['2>7', '6>7']);
  expect(list({ collective: 7n })).toEqual([]);
});

test('components come with their sizes, and one with its members', () => {
  const world = lively();
  expect(all(world, 'Components', 'components', {})).toEqual([
    { component: 1n, size: 5n },
    { component: 6n, size: 1n },
    { component: 7n, size: 1n },
    { component: 8n, size: 1n },
  ]);
  expect(all(world, 'Component', 'members', { component: 1n })).toEqual([1n, 2n, 3n, 4n, 5n]);
});

test('2-P5 weak trust is told with both components', () => {
  const world = lively();
  expect(ask(world, 'SameComponent', { a: 1n, b: 5n })).toEqual({
    same: true,
    componentOfA: 1n,
    componentOfB: 1n,
  });
  expect(ask(world, 'SameComponent', { a: 1n, b: 6n })).toEqual({
    same: false,
    componentOfA: 1n,
    componentOfB: 6n,
  });
});

test('parameters are told', () => {
  expect(ask(lively(), 'Params')).toEqual({ params: { noticeMs: 2_419_200_000n } });
});

test.each([
  ['Collective', { collective: 99n }, 'sdk/not_found: there is no collective 99'],
  ['Edge', { a: 1n, b: 3n }, 'sdk/not_found: there is no edge or signature between 1 and 3'],
  ['Edge', { a: 1n, b: 1n }, 'sdk/not_found: there is no edge of collective 1 with itself'],
  ['Edges', { collective: 99n }, 'sdk/not_found: there is no collective 99'],
  ['PendingSignatures', { collective: 99n }, 'sdk/not_found: there is no collective 99'],
  [
    'PendingSignatures',
    { received: true },
    'sdk/invalid_request: received signatures are listed for one collective',
  ],
  ['Component', { component: 99n }, 'sdk/not_found: there is no component 99'],
  ['SameComponent', { a: 99n, b: 1n }, 'sdk/not_found: there is no collective 99'],
  ['SameComponent', { a: 1n, b: 99n }, 'sdk/not_found: there is no collective 99'],
  [
    'Collectives',
    { owner: 'artel1' },
    'sdk/invalid_address: owner is not bech32 or its checksum is wrong',
  ],
  [
    'Edges',
    { pagination: { key: new Uint8Array(3), limit: 1n } },
    'sdk/invalid_request: the page key is none of this list',
  ],
  [
    'Edges',
    { collective: 1n, pagination: { key: new Uint8Array(3), limit: 1n } },
    'sdk/invalid_request: the page key is none of this list',
  ],
])('%s of %j is refused', (name, request, refused) => {
  expect(ask(lively(), name, request)).toEqual({ refused });
});

test('a page has at most 1000 rows', () => {
  const world = new World(1005);
  expect(ask(world, 'Collectives').collectives).toHaveLength(100);
  const large = { pagination: { key: new Uint8Array(), limit: 1n << 63n } };
  expect(ask(world, 'Collectives', large).collectives).toHaveLength(1000);
  expect(all(world, 'Collectives', 'collectives', {}, 500n)).toHaveLength(1005);
});

test('members are listed in ascending order', () => {
  expect([...lively().reads.members(componentId(1n))]).toEqual([1n, 2n, 3n, 4n, 5n]);
});

test('2-P5 "same component?" costs two reads, however large the graph', () => {
  const world = new World(
    60,
    Array.from({ length: 59 }, (_, i) => [i + 1, i + 2] as const),
  );
  let reads = 0;
  const state: MemoryState = world.scenario.state;
  const counting: Reader = {
    get(key) {
      reads += 1;
      return state.get(key);
    },
    range() {
      throw new Error('a range');
    },
  };
  const port = trustReads(view(tables, counting));
  expect(port.sameComponent(collectiveId(1n), collectiveId(60n))).toBe(true);
  expect(reads).toBe(2);
  expect(port.edgeState(collectiveId(1n), collectiveId(60n))).toBe('none');
  expect(reads).toBe(3);
});
