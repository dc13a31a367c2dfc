/**
 * The standard cosmos.auth queries, so that ordinary wallets find accounts; reads for other
 * modules.
 */
import { BaseAccount, type Params } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import {
  QueryAccountRequest,
  QueryAccountResponse,
  QueryAccountsRequest,
  QueryAccountsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { Any } from 'cosmjs-types/google/protobuf/any';
import type { Account } from '../../proto/generated/artel/accounts/v1/state.ts';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import { paginate } from '../_kernel/pages.ts';
import { sdk } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { tables } from './keys.ts';
import type { Parameters } from './types.ts';

type AccountsView = View<typeof tables>;

/** The parameters; genesis has set them. */
export function parametersOf(view: AccountsView): Parameters {
  return present(view.parameters.get(), 'the parameters of accounts');
}

/**
 * Number, sequence and key (empty before the first signature); undefined for an unknown address.
 */
export function accountOf(view: AccountsView, address: Address): Account | undefined {
  return view.accounts.get(address);
}

const account: Query<typeof tables, QueryAccountRequest, QueryAccountResponse> = {
  path: '/cosmos.auth.v1beta1.Query/Account',
  request: QueryAccountRequest,
  response: QueryAccountResponse,
  answer(view, { address }) {
    const parsed = parseAddress(address);
    if (!isAddress(parsed)) {
      return sdk.invalid_address({ what: `address "${address}" ${parsed.problem}` });
    }
    const found = view.accounts.get(parsed);
    if (found === undefined) return sdk.not_found({ what: `account ${address} not found` });
    return { ok: true, response: { account: baseAccount(parsed, found) } };
  },
};

const accounts: Query<typeof tables, QueryAccountsRequest, QueryAccountsResponse> = {
  path: '/cosmos.auth.v1beta1.Query/Accounts',
  request: QueryAccountsRequest,
  response: QueryAccountsResponse,
  answer(view, { pagination }) {
    const page = paginate(tables.accounts, view.accounts, pagination);
    if (!page.ok) return page;
    const found = page.rows.map(({ key: [address], value }) => baseAccount(address, value));
    return { ok: true, response: { accounts: found, pagination: page.pagination } };
  },
};

const params: Query<typeof tables, QueryParamsRequest, QueryParamsResponse> = {
  path: '/cosmos.auth.v1beta1.Query/Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  answer(view) {
    const all: Params = parametersOf(view);
    return { ok: true, response: { params: all } };
  },
};

export const queries = [account, accounts, params];

function baseAccount(address: Address, { number, sequence, pubKey }: Account): Any {
  const key = pubKey.length === 0 ? {} : { pubKey: Any.decode(pubKey) };
  const value = BaseAccount.fromPartial({ address, accountNumber: number, sequence, ...key });
  return { typeUrl: '/cosmos.auth.v1beta1.BaseAccount', value: BaseAccount.encode(value).finish() };
}
