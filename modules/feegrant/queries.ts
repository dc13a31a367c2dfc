/** The standard cosmos.feegrant queries, so that ordinary wallets find allowances. */
import type { Grant } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import * as wire from 'cosmjs-types/cosmos/feegrant/v1beta1/query';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import { paginate } from '../_kernel/pages.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import { standardAllowance } from './codec.ts';
import { tables } from './keys.ts';
import type { Allowance } from './types.ts';

type FeegrantQuery<Req, Res> = Query<typeof tables, Req, Res>;

const allowance: FeegrantQuery<wire.QueryAllowanceRequest, wire.QueryAllowanceResponse> = {
  path: '/cosmos.feegrant.v1beta1.Query/Allowance',
  request: wire.QueryAllowanceRequest,
  response: wire.QueryAllowanceResponse,
  answer(view, request) {
    const granter = addressIn('granter', request.granter);
    if (isRefusal(granter)) return granter;
    const grantee = addressIn('grantee', request.grantee);
    if (isRefusal(grantee)) return grantee;
    const found = view.allowances.get(grantee, granter);
    if (found === undefined) {
      return sdk.not_found({ what: `fee-grant of ${granter} for ${grantee} not found` });
    }
    return { ok: true, response: { allowance: grantForm(granter, grantee, found) } };
  },
};

const allowances: FeegrantQuery<wire.QueryAllowancesRequest, wire.QueryAllowancesResponse> = {
  path: '/cosmos.feegrant.v1beta1.Query/Allowances',
  request: wire.QueryAllowancesRequest,
  response: wire.QueryAllowancesResponse,
  answer(view, request) {
    const grantee = addressIn('grantee', request.grantee);
    if (isRefusal(grantee)) return grantee;
    const page = paginate(tables.allowances, view.allowances, request.pagination, [grantee]);
    if (!page.ok) return page;
    const found = page.rows.map(({ key, value }) => grantForm(key[1], grantee, value));
    return { ok: true, response: { allowances: found, pagination: page.pagination } };
  },
};

const allowancesByGranter: FeegrantQuery<
  wire.QueryAllowancesByGranterRequest,
  wire.QueryAllowancesByGranterResponse
> = {
  path: '/cosmos.feegrant.v1beta1.Query/AllowancesByGranter',
  request: wire.QueryAllowancesByGranterRequest,
  response: wire.QueryAllowancesByGranterResponse,
  answer(view, request) {
    const granter = addressIn('granter', request.granter);
    if (isRefusal(granter)) return granter;
    const page = paginate(tables.granted, view.granted, request.pagination, [granter]);
    if (!page.ok) return page;
    const found = page.rows.map(({ key: [, grantee] }) => {
      const stored = view.allowances.get(grantee, granter);
      return grantForm(granter, grantee, present(stored, `allowance for ${grantee}`));
    });
    return { ok: true, response: { allowances: found, pagination: page.pagination } };
  },
};

export const queries = [allowance, allowances, allowancesByGranter];

function grantForm(granter: Address, grantee: Address, stored: Allowance): Grant {
  return { granter, grantee, allowance: standardAllowance(stored) };
}

function addressIn(role: string, text: string): Address | Refusal {
  const address = parseAddress(text);
  if (isAddress(address)) return address;
  return sdk.invalid_address({ what: `${role} address "${text}" ${address.problem}` });
}
