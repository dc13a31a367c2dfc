/** The standard cosmos.bank queries, and what other modules read. */
import type { Metadata } from 'cosmjs-types/cosmos/bank/v1beta1/bank';
import * as wire from 'cosmjs-types/cosmos/bank/v1beta1/query';
import type { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import type { Query } from '../_kernel/module.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { type Uhub, uhub } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { denom } from './types.ts';

type BankView = View<typeof tables>;

export function balanceOf(view: BankView, holder: Address): Uhub {
  return uhub(view.balances.get(holder) ?? 0n);
}

export function supplyOf(view: BankView): Uhub {
  return uhub(view.supply.get() ?? 0n);
}

const metadata: Metadata = {
  description: 'The token that pays for transactions and bonds validators.',
  denomUnits: [
    { denom, exponent: 0, aliases: ['microhub'] },
    { denom: 'hub', exponent: 6, aliases: [] },
  ],
  base: denom,
  display: 'hub',
  name: 'Hub',
  symbol: 'HUB',
  uri: '',
  uriHash: '',
};

type BankQuery<Req, Res> = Query<typeof tables, Req, Res>;

const balance: BankQuery<wire.QueryBalanceRequest, wire.QueryBalanceResponse> = {
  path: '/cosmos.bank.v1beta1.Query/Balance',
  request: wire.QueryBalanceRequest,
  response: wire.QueryBalanceResponse,
  answer(view, { address, denom: asked }) {
    const holder = holderIn(address);
    if (isRefusal(holder)) return holder;
    const amount = asked === denom ? balanceOf(view, holder) : 0n;
    return { ok: true, response: { balance: { denom: asked, amount: amount.toString() } } };
  },
};

const allBalances: BankQuery<wire.QueryAllBalancesRequest, wire.QueryAllBalancesResponse> = {
  path: '/cosmos.bank.v1beta1.Query/AllBalances',
  request: wire.QueryAllBalancesRequest,
  response: wire.QueryAllBalancesResponse,
  answer(view, { address }) {
    return balancesOf(view, address);
  },
};

const spendable: BankQuery<
  wire.QuerySpendableBalancesRequest,
  wire.QuerySpendableBalancesResponse
> = {
  path: '/cosmos.bank.v1beta1.Query/SpendableBalances',
  request: wire.QuerySpendableBalancesRequest,
  response: wire.QuerySpendableBalancesResponse,
  answer(view, { address }) {
    return balancesOf(view, address);
  },
};

const totalSupply: BankQuery<wire.QueryTotalSupplyRequest, wire.QueryTotalSupplyResponse> = {
  path: '/cosmos.bank.v1beta1.Query/TotalSupply',
  request: wire.QueryTotalSupplyRequest,
  response: wire.QueryTotalSupplyResponse,
  answer(view) {
    const supply = coins(supplyOf(view));
    return { ok: true, response: { supply, pagination: onePage(supply.length) } };
  },
};

const supplyOfDenom: BankQuery<wire.QuerySupplyOfRequest, wire.QuerySupplyOfResponse> = {
  path: '/cosmos.bank.v1beta1.Query/SupplyOf',
  request: wire.QuerySupplyOfRequest,
  response: wire.QuerySupplyOfResponse,
  answer(view, { denom: asked }) {
    const amount = asked === denom ? supplyOf(view) : 0n;
    return { ok: true, response: { amount: { denom: asked, amount: amount.toString() } } };
  },
};

const denomMetadata: BankQuery<wire.QueryDenomMetadataRequest, wire.QueryDenomMetadataResponse> = {
  path: '/cosmos.bank.v1beta1.Query/DenomMetadata',
  request: wire.QueryDenomMetadataRequest,
  response: wire.QueryDenomMetadataResponse,
  answer(_view, { denom: asked }) {
    if (asked !== denom) {
      return sdk.not_found({ what: `client metadata for denom ${asked} not found` });
    }
    return { ok: true, response: { metadata } };
  },
};

const denomsMetadata: BankQuery<wire.QueryDenomsMetadataRequest, wire.QueryDenomsMetadataResponse> =
  {
    path: '/cosmos.bank.v1beta1.Query/DenomsMetadata',
    request: wire.QueryDenomsMetadataRequest,
    response: wire.QueryDenomsMetadataResponse,
    answer() {
      return { ok: true, response: { metadatas: [metadata], pagination: onePage(1) } };
    },
  };

/** Sending is always enabled: the bank has no parameters. */
const params: BankQuery<wire.QueryParamsRequest, wire.QueryParamsResponse> = {
  path: '/cosmos.bank.v1beta1.Query/Params',
  request: wire.QueryParamsRequest,
  response: wire.QueryParamsResponse,
  answer() {
    return { ok: true, response: { params: { sendEnabled: [], defaultSendEnabled: true } } };
  },
};

export const queries = [
  balance,
  allBalances,
  spendable,
  totalSupply,
  supplyOfDenom,
  denomMetadata,
  denomsMetadata,
  params,
];

/** Nothing locks a balance: all of it is spendable. */
function balancesOf(view: BankView, address: string) {
  const holder = holderIn(address);
  if (isRefusal(holder)) return holder;
  const balances = coins(balanceOf(view, holder));
  return { ok: true, response: { balances, pagination: onePage(balances.length) } } as const;
}

function holderIn(address: string): Address | Refusal {
  const holder = parseAddress(address);
  if (isAddress(holder)) return holder;
  return sdk.invalid_address({ what: `address "${address}" ${holder.problem}` });
}

function coins(amountUhub: Uhub): Coin[] {
  return amountUhub === 0n ? [] : [{ denom, amount: amountUhub.toString() }];
}

function onePage(rows: number) {
  return { nextKey: new Uint8Array(), total: BigInt(rows) };
}
