import { BaseAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import { Any } from 'cosmjs-types/google/protobuf/any';
import { addressFromBytes } from '../../_kernel/address.ts';
import { Scenario } from '../../_kernel/harness.ts';
import { accounts } from '../module.ts';
import { defaultParameters } from '../parameters.ts';

const addresses = [3, 1, 2].map((byte) => addressFromBytes(new Uint8Array(20).fill(byte)));
const pubKey = Any.encode({
  typeUrl: '/cosmos.crypto.secp256k1.PubKey',
  value: Uint8Array.of(10, 1, 2),
}).finish();

function given() {
  const scenario = new Scenario(accounts, undefined);
  scenario.given({ type: 'ParametersSet', ...defaultParameters });
  addresses.forEach((address, index) => {
    scenario.given({ type: 'AccountOpened', address, number: BigInt(index) });
  });
  const [address] = addresses;
  if (address === undefined) throw new Error('no address');
  return scenario.given(
    { type: 'PublicKeySet', address, pubKey },
    { type: 'SequenceAdvanced', address, sequence: 1n },
  );
}

/** As abci_query does: the request and the answer pass through bytes. */
function ask(path: string, request: object): { readonly [field: string]: unknown } {
  const query = accounts.queries.find((candidate) => candidate.path.endsWith(`/${path}`));
  if (query === undefined) throw new Error(`no query ${path}`);
  const scenario = given();
  const asked = query.request.decode(query.request.encode(request).finish());
  const answer = query.answer(scenario.view, asked, scenario.context, undefined);
  if (!answer.ok) return answer as never;
  return query.response.decode(query.response.encode(answer.response).finish()) as never;
}

const page = (more: object) => ({
  pagination: {
    key: new Uint8Array(),
    offset: 0n,
    limit: 0n,
    countTotal: false,
    reverse: false,
    ...more,
  },
});

test('Account answers a BaseAccount that wallets read', () => {
  const { account } = ask('Account', { address: addresses[0] }) as { account: Any };
  expect(account.typeUrl).toBe('/cosmos.auth.v1beta1.BaseAccount');
  expect(BaseAccount.decode(account.value)).toEqual({
    address: addresses[0],
    pubKey: { typeUrl: '/cosmos.crypto.secp256k1.PubKey', value: Uint8Array.of(10, 1, 2) },
    accountNumber: 0n,
    sequence: 1n,
  });
});

test('Account of an address that has none is not found, of nonsense is refused', () => {
  const stranger = addressFromBytes(new Uint8Array(20).fill(9));
  expect(ask('Account', { address: stranger })).toMatchObject({ ok: false, name: 'not_found' });
  expect(ask('Account', { address: 'artel1' })).toMatchObject({ name: 'invalid_address' });
});

test('Accounts pages through all, in either direction', () => {
  type Answer = { accounts: Any[]; pagination: { nextKey: Uint8Array; total: bigint } };
  const names = ({ accounts: list }: Answer) =>
    list.map(({ value }) => BaseAccount.decode(value).address);
  const sorted = [addresses[1], addresses[2], addresses[0]];
  const first = ask('Accounts', page({ limit: 2n, countTotal: true })) as Answer;
  expect(names(first)).toEqual(sorted.slice(0, 2));
  expect(first.pagination.total).toBe(3n);
  const rest = ask('Accounts', page({ limit: 2n, key: first.pagination.nextKey })) as Answer;
  expect(names(rest)).toEqual(sorted.slice(2));
  expect(rest.pagination.nextKey).toHaveLength(0);
  expect(names(ask('Accounts', page({ offset: 1n, reverse: true })) as Answer)).toEqual(
    sorted.toReversed().slice(1),
  );
});

test('a page key that is no row of the list is refused', () => {
  for (const key of [Uint8Array.of(1), Uint8Array.of(2, ...new Uint8Array(20))]) {
    expect(ask('Accounts', page({ key }))).toMatchObject({ name: 'invalid_request' });
  }
  expect(ask('Accounts', page({ offset: 10_001n }))).toMatchObject({ name: 'invalid_request' });
});

test('Params answers under the names of cosmos.auth', () => {
  expect(ask('Params', {})).toEqual({ params: defaultParameters });
});
