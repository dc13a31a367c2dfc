/** `artel debug diff`: two chains in this process, from equal to far apart. */
import { hash } from 'node:crypto';
import {
  QueryKeysRequest,
  QueryKeysResponse,
  QueryRootsRequest,
  QueryRootsResponse,
} from '../../../proto/generated/artel/chain/v1/query.ts';
import { ArtelNode } from '../../client/node.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';
import { testAddresses } from '../../node/test-accounts.ts';
import { differingRecords, RemoteTree } from '../tree-difference.ts';
import { CliHome } from './cli.ts';

const clock = { nowMs: () => 1_767_225_600_000n };
const home = new CliHome('');

/** A chain whose genesis gives these accounts another balance than its twin's. */
function chainWith(
  changed: readonly string[],
  accounts = 10,
): Promise<TestChain & AsyncDisposable> {
  return startTestChain({
    clock,
    accounts,
    genesis: (doc) => {
      const state = structuredClone(doc.app_state) as {
        bank: { balances: { address: string; amountUhub: string }[] };
      };
      for (const balance of state.bank.balances) {
        if (changed.includes(balance.address)) balance.amountUhub = '7';
      }
      return { ...doc, app_state: state };
    },
  });
}

/** Module and key in hex -> value in hex, of everything a node holds. */
async function recordsOf(chain: TestChain, module: string): Promise<ReadonlyMap<string, string>> {
  const node = new ArtelNode(chain.rpcUrl);
  const { response } = await node.query(
    '/artel.chain.v1.Query/Keys',
    QueryKeysRequest,
    QueryKeysResponse,
    { module, from: new Uint8Array(), limit: 1000 },
    1,
  );
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return new Map(response.entries.map(({ key, value }) => [hex(key), hex(value)]));
}

interface Answer {
  readonly differences: readonly {
    readonly module: string;
    readonly key: string;
    readonly a?: string;
    readonly b?: string;
  }[];
}

test('equal nodes have no difference; changed balances are named by module and key', async () => {
  await using one = await chainWith([]);
  await using twin = await chainWith([]);
  const [first = '', second = ''] = testAddresses;
  await using other = await chainWith([first, second]);
  for (const chain of [one, twin, other]) await chain.engine.mine(1);
  const equal = await home.run(['debug', 'diff', one.rpcUrl, twin.rpcUrl, '--height', '1']);
  expect(equal).toEqual({ code: 0, out: 'no difference at height 1\n', err: '' });

  const args = ['debug', 'diff', other.rpcUrl, '--node', one.rpcUrl, '--height', '1'];
  const { code, out, err } = await home.run([...args, '-o', 'json']);
  expect({ code, err }).toEqual({ code: 1, err: 'error: the nodes differ at height 1\n' });
  const { differences } = JSON.parse(out) as Answer;
  const [mine, theirs] = await Promise.all([recordsOf(one, 'bank'), recordsOf(other, 'bank')]);
  const expected = [...new Set([...mine.keys(), ...theirs.keys()])]
    .filter((key) => mine.get(key) !== theirs.get(key))
    .sort();
  expect(expected.length).toBeGreaterThanOrEqual(2);
  const found = differences.filter(({ module }) => module === 'bank');
  expect(found.map(({ key }) => key)).toEqual(expected);
  for (const { key, a, b } of found) expect([a, b]).toEqual([mine.get(key), theirs.get(key)]);
  // The log's head differs with the genesis.
  expect(differences.map(({ module }) => module)).toContain('chain');

  const table = await home.run(args);
  expect(table.out).toMatch(/^MODULE +KEY +http.* +http.*\n(?:.+\n)*bank +[0-9a-f]+ +/);
});

test('of hundreds of records few are read: proofs follow the depth of the tree', async () => {
  const accounts = 300;
  await using one = await chainWith([], accounts);
  const [changed = ''] = testAddresses;
  await using other = await chainWith([changed], accounts - 1);
  for (const chain of [one, other]) await chain.engine.mine(1);
  const [a, b] = [await bankOf(one), await bankOf(other)];
  const found = [];
  for await (const difference of differingRecords(a.tree, b.tree)) found.push(difference);
  // A balance, the supply, and one account that the other does not have.
  expect(found.length).toBeGreaterThanOrEqual(3);
  expect(found.filter(({ values }) => values[1] === undefined)).toHaveLength(1);
  // Two nodes, some 9 levels; and each record once.
  expect(a.proofs() + b.proofs()).toBeLessThan(2 * 12 * found.length);
  expect(new Set(found.map(({ key }) => hash('sha256', key))).size).toBe(found.length);
});

test('a module that one node holds nothing of differs in every record', async () => {
  await using chain = await chainWith([]);
  await chain.engine.mine(1);
  const node = new ArtelNode(chain.rpcUrl);
  const bank = await bankOf(chain);
  const nothing = new RemoteTree(node, 'bank', 1, undefined);
  const keys: string[] = [];
  for await (const { key, values } of differingRecords(nothing, bank.tree)) {
    expect(values[0]).toBeUndefined();
    keys.push(Buffer.from(key).toString('hex'));
  }
  expect(keys.sort()).toEqual([...(await recordsOf(chain, 'bank')).keys()]);
});

/** The bank's tree of a chain after its first block, and how many proofs it has asked for. */
async function bankOf(chain: TestChain): Promise<{ tree: RemoteTree; proofs(): number }> {
  const node = new ArtelNode(chain.rpcUrl);
  let asked = 0;
  const { abciQuery } = node.comet;
  node.comet.abciQuery = (params) => {
    if (params.prove === true) asked += 1;
    return abciQuery.call(node.comet, params);
  };
  const { response } = await node.query(
    '/artel.chain.v1.Query/Roots',
    QueryRootsRequest,
    QueryRootsResponse,
    {},
    1,
  );
  const root = response.roots.find(({ module }) => module === 'bank')?.root;
  return { tree: new RemoteTree(node, 'bank', 1, root), proofs: () => asked };
}
