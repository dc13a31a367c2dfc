/** Queries in threads answer as the thread of the blocks does, also while it makes blocks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  QueryAccountsRequest,
  QueryAccountsResponse,
} from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { RequestQuery, type ResponseQuery } from 'cosmjs-types/tendermint/abci/types';
import {
  QueryKeysRequest,
  QueryKeysResponse,
} from '../../../proto/generated/artel/chain/v1/query.ts';
import { keyOf, TestNode } from './test-node.ts';

const accounts = '/cosmos.auth.v1beta1.Query/Accounts';
const to = keyOf(4).address;

let folder: string;
/** The same blocks on a disk, with threads, and in memory, without. */
let [threaded, plain]: TestNode[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-scans-'));
  threaded = await TestNode.begun({ path: folder, pruning: { keepRecent: 3, keepEvery: 0 } });
  plain = await TestNode.begun({ pruning: { keepRecent: 3, keepEvery: 0 } });
});
afterAll(async () => {
  await Promise.all([threaded?.app.close(), plain?.app.close()]);
  await rm(folder, { recursive: true, force: true });
});

function nodes(): readonly [TestNode, TestNode] {
  if (threaded === undefined || plain === undefined) throw new Error('no nodes');
  return [threaded, plain];
}

async function block(): Promise<void> {
  for (const node of nodes()) await node.block({ txs: [node.send(0, to, '1')] });
}

function ask(node: TestNode, path: string, over: Partial<RequestQuery> = {}) {
  return node.app.application.query(RequestQuery.fromPartial({ path, ...over }));
}

/** What both nodes answer, which must be the same. */
async function askBoth(path: string, over: Partial<RequestQuery> = {}): Promise<ResponseQuery> {
  const [one, other] = await Promise.all(nodes().map((node) => ask(node, path, over)));
  expect(one).toEqual(other);
  return one as ResponseQuery;
}

test('ranges, raw keys and old heights are answered alike in a thread and without', async () => {
  await block();
  await block();
  const page = QueryAccountsRequest.encode({
    pagination: { key: new Uint8Array(), offset: 1n, limit: 3n, countTotal: true, reverse: true },
  }).finish();
  const { value } = await askBoth(accounts, { data: page });
  expect(QueryAccountsResponse.decode(value).accounts).toHaveLength(3);
  const keys = QueryKeysRequest.encode({ module: 'bank', from: new Uint8Array(), limit: 2 });
  const listed = await askBoth('/artel.chain.v1.Query/Keys', { data: keys.finish() });
  const [first] = QueryKeysResponse.decode(listed.value).entries;
  for (const height of [0n, 1n]) {
    const data = first?.key ?? new Uint8Array();
    const proved = await askBoth('/store/bank/key', { data, height, prove: true });
    expect(proved.proofOps?.ops).toHaveLength(2);
    await askBoth(accounts, { height });
  }
});

test('a height that is pruned is refused with the range that is kept', async () => {
  for (let count = 0; count < 4; count += 1) await block();
  const { code, log } = await askBoth(accounts, { height: 1n });
  expect(code).toBe(18);
  expect(log).toMatch(/height 1 is not available: .*4/);
});

test('blocks are made while many ask, and every answer is of the height that it names', async () => {
  const [node] = nodes();
  const asked = Array.from({ length: 40 }, () => ask(node, accounts));
  await block();
  for (const { code, height, value } of await Promise.all(asked)) {
    expect(code).toBe(0);
    expect([6n, 7n]).toContain(height);
    expect(QueryAccountsResponse.decode(value).accounts.length).toBeGreaterThan(4);
  }
});

test('a node that closes while somebody asks, closes', async () => {
  const [node] = nodes();
  const asked = ask(node, accounts).catch(() => undefined);
  await node.app.close();
  await asked;
});
