/** What one who asks can take: rows of an answer, time of a query, places in the queue. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  QueryAccountsRequest,
  QueryAccountsResponse,
} from 'cosmjs-types/cosmos/auth/v1beta1/query';
import type { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination';
import { RequestQuery, type ResponseQuery } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { addressFromBytes } from '../../../modules/_kernel/address.ts';
import {
  QueryKeysRequest,
  QueryKeysResponse,
} from '../../../proto/generated/artel/chain/v1/query.ts';
import { scanningQueries } from '../../query/handlers.ts';
import { answered } from '../../query/router.ts';
import { compose } from '../app.ts';
import { genesisState, TestNode } from './test-node.ts';

const accountsPath = '/cosmos.auth.v1beta1.Query/Accounts';
const keysPath = '/artel.chain.v1.Query/Keys';
const many = 1_100;

/** A chain of so many accounts that no answer may hold all of them. */
function largeGenesis(): Record<string, unknown> {
  const state = genesisState() as { accounts: { accounts: object[] } };
  const more = Array.from({ length: many }, (_, index) => ({
    address: addressFromBytes(sha256(Uint8Array.of(index >> 8, index)).slice(0, 20)),
  }));
  const accounts = { ...state.accounts, accounts: [...state.accounts.accounts, ...more] };
  return { ...state, accounts };
}

let folder: string;
/** In memory, where the thread of the blocks reads, and on a disk, where others do. */
let nodes: readonly TestNode[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-bounds-'));
  nodes = [await TestNode.open(), await TestNode.open({ path: folder })];
  for (const node of nodes) {
    await node.beginWith(largeGenesis());
    await node.block();
  }
});
afterAll(async () => {
  for (const node of nodes) await node.app.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(node: TestNode, path: string, data: Uint8Array): Promise<ResponseQuery> {
  return node.app.application.query(RequestQuery.fromPartial({ path, data }));
}

test.each<[string, Partial<PageRequest> | undefined, number]>([
  ['no page asked for', undefined, 100],
  ['a page without a limit', {}, 100],
  ['a limit', { limit: 7n }, 7],
  ['the largest limit there is', { limit: 2n ** 64n - 1n }, 1_000],
])('accounts with %s: %# as many as allowed, and where to go on', async (_, pagination, rows) => {
  for (const node of nodes) {
    const data = QueryAccountsRequest.encode(
      QueryAccountsRequest.fromPartial(pagination === undefined ? {} : { pagination }),
    ).finish();
    const { code, value } = await ask(node, accountsPath, data);
    const answer = QueryAccountsResponse.decode(value);
    expect([code, answer.accounts.length]).toEqual([0, rows]);
    expect(answer.pagination?.nextKey.length).toBeGreaterThan(0);
  }
});

test.each([
  [0, 100],
  [7, 7],
  [4_294_967_295, 1_000],
])('raw keys with limit %d: %d, and the next one', async (limit, rows) => {
  for (const node of nodes) {
    const request = QueryKeysRequest.encode({ module: 'accounts', from: new Uint8Array(), limit });
    const { value } = await ask(node, keysPath, request.finish());
    const { entries, next } = QueryKeysResponse.decode(value);
    expect([entries.length, next.length > 0]).toEqual([rows, true]);
  }
});

test('who asks while the queue is full is sent away with a reason, and nobody else', async () => {
  const [, node] = nodes;
  if (node === undefined) throw new Error('no node');
  const request = QueryKeysRequest.encode({ module: 'accounts', from: new Uint8Array(), limit: 1 });
  const data = request.finish();
  // While a block is made, the thread answers a few in 30 ms: they come much faster than that.
  const asked = await node.app.rightOfWay.during(async () => {
    const all = Array.from({ length: 2_000 }, () => ask(node, keysPath, data));
    await new Promise((resolve) => setImmediate(resolve));
    return { all };
  });
  const answers = await Promise.all(asked.all);
  const refused = answers.filter(({ code }) => code !== 0);
  expect(new Set(refused.map(({ log }) => log))).toEqual(
    new Set([expect.stringContaining('256 queries wait already: ask later')]),
  );
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(256);
  expect((await ask(node, keysPath, data)).code).toBe(0);
});

test('a query that reads longer than it may is told to ask for less', async () => {
  const [node] = nodes;
  if (node === undefined) throw new Error('no node');
  const composed = compose(pino({ level: 'silent' }));
  const { modules } = composed.composition;
  const { store } = node.app;
  const handlers = scanningQueries({
    modules,
    machine: composed.machineOf(modules),
    at: (height) => store.at(height),
    contextAt: () => ({ height: 1n, timeMs: 0n }) as never,
    limitMs: 0,
  });
  const handler = handlers.get(accountsPath);
  if (handler === undefined) throw new Error('no such query');
  const data = QueryAccountsRequest.encode(QueryAccountsRequest.fromPartial({})).finish();
  const asked = { path: accountsPath, data, height: 1n, prove: false };
  expect(await answered(handler, asked)).toMatchObject({
    ok: false,
    name: 'invalid_request',
    message: expect.stringContaining('reads for more than 0 s: ask for fewer rows, by pages'),
  });
});
