/** Reads with proof against a chain in this process, and against a node that lies. */
import { addressBytes, isAddress, parseAddress } from '../../../modules/_kernel/address.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';
import { ArtelNode } from '../node.ts';
import { getProved, recordOf } from '../proved.ts';

let chain: TestChain & AsyncDisposable;

beforeAll(async () => {
  chain = await startTestChain();
  await chain.engine.mine(3);
});
afterAll(() => chain.close());

/** A node that changes what the real one answers. */
function liar(change: (method: string, answer: unknown) => unknown): ArtelNode {
  const node = new ArtelNode(chain.rpcUrl);
  const [rpc, abciQuery] = [node.rpc.bind(node), node.comet.abciQuery.bind(node.comet)];
  node.rpc = async (method, params) => change(method, await rpc(method, params));
  node.comet.abciQuery = async (params) =>
    change('abci_query', await abciQuery(params)) as Awaited<ReturnType<typeof abciQuery>>;
  return node;
}

function balanceOfFirst(): ReturnType<typeof recordOf> {
  const address = chain.accounts[0]?.address;
  return recordOf('/cosmos.bank.v1beta1.Query/Balance', { address, denom: 'uhub' });
}

test('a record and an absence are proved under a signed header', async () => {
  const node = new ArtelNode(chain.rpcUrl);
  const name = balanceOfFirst();
  const proved = await getProved(node, name);
  expect(name.decode(proved.value ?? new Uint8Array())).toBe(1_000_000_000_000n);
  expect(proved.header.header.height).toBe(BigInt(proved.height + 1));
  expect(proved.header.signedPower).toBe(proved.header.totalPower);
  const absent = await getProved(node, { store: 'bank', key: Uint8Array.of(1, 2, 3) });
  expect(absent.value).toBeUndefined();
  const older = await getProved(node, name, 1);
  expect(older.height).toBe(1);
});

test('the key of a balance is the table and the address', () => {
  const address = parseAddress(chain.accounts[0]?.address ?? '');
  if (!isAddress(address)) throw new Error('no address');
  expect(balanceOfFirst().key).toEqual(Uint8Array.of(1, ...addressBytes(address)));
});

test.each([
  [
    'another value',
    (method: string, answer: unknown) =>
      method === 'abci_query' ? { ...(answer as object), value: Uint8Array.of(1) } : answer,
    'the proof does not hold',
  ],
  [
    'an absence',
    (method: string, answer: unknown) =>
      method === 'abci_query' ? { ...(answer as object), value: new Uint8Array() } : answer,
    'the proof does not hold',
  ],
  [
    'no proof',
    (method: string, answer: unknown) =>
      method === 'abci_query' ? { ...(answer as object), proof: undefined } : answer,
    'the proof does not hold',
  ],
  [
    'another app hash',
    (method: string, answer: unknown) =>
      method === 'commit'
        ? JSON.parse(JSON.stringify(answer).replace(/"app_hash":"../, '"app_hash":"00'))
        : answer,
    'header',
  ],
  ['the header of another height', undefined, 'asked for header'],
])('a node that answers with %s is found out', async (what, change, message) => {
  const node =
    change === undefined
      ? (() => {
          const other = new ArtelNode(chain.rpcUrl);
          const rpc = other.rpc.bind(other);
          other.rpc = (method, params) => rpc(method, { ...params, height: '2' });
          return other;
        })()
      : liar(change);
  await expect(
    getProved(node, balanceOfFirst(), what.startsWith('the header') ? 2 : 1),
  ).rejects.toThrow(message);
});
