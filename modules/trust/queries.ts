/** What can be asked of trust. Lists come in pages of ascending keys. */
import * as wire from '../../proto/generated/artel/trust/v1/query.ts';
import { isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import { paginate } from '../_kernel/pages.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { u64, type View } from '../_kernel/tables.ts';
import { idsOf } from './id-list.ts';
import { tables } from './keys.ts';
import { parametersOf } from './parameters.ts';
import { type CollectiveId, collectiveId, componentId, pairOf, type TrustPorts } from './types.ts';

type TrustView = View<typeof tables>;
type Answer<Res> = { readonly ok: true; readonly response: Res } | Refusal;

// biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
export const queries: readonly Query<typeof tables, any, any, TrustPorts>[] = [
  query('Collective', wire.QueryCollectiveRequest, wire.QueryCollectiveResponse, collective),
  query('Collectives', wire.QueryCollectivesRequest, wire.QueryCollectivesResponse, collectives),
  query('Edge', wire.QueryEdgeRequest, wire.QueryEdgeResponse, edge),
  query('Edges', wire.QueryEdgesRequest, wire.QueryEdgesResponse, edges),
  query(
    'PendingSignatures',
    wire.QueryPendingSignaturesRequest,
    wire.QueryPendingSignaturesResponse,
    pendingSignatures,
  ),
  query('Component', wire.QueryComponentRequest, wire.QueryComponentResponse, component),
  query('Components', wire.QueryComponentsRequest, wire.QueryComponentsResponse, components),
  query(
    'SameComponent',
    wire.QuerySameComponentRequest,
    wire.QuerySameComponentResponse,
    sameComponent,
  ),
  query('Params', wire.QueryParamsRequest, wire.QueryParamsResponse, (view) =>
    answer({ params: parametersOf(view) }),
  ),
];

function query<Req, Res>(
  name: string,
  request: ProtoCodec<Req>,
  response: ProtoCodec<Res>,
  answer: (view: TrustView, request: Req) => Answer<Res>,
): Query<typeof tables, Req, Res, TrustPorts> {
  return { path: `/artel.trust.v1.Query/${name}`, request, response, answer };
}

function collective(
  view: TrustView,
  { collective: id }: wire.QueryCollectiveRequest,
): Answer<wire.QueryCollectiveResponse> {
  const found = view.collectives.get(collectiveId(id));
  if (found === undefined) return absent(`collective ${id}`);
  return answer({
    collective: found,
    component: present(view.componentOf.get(found.collective), `component of ${id}`),
  });
}

function collectives(
  view: TrustView,
  { pagination, owner }: wire.QueryCollectivesRequest,
): Answer<wire.QueryCollectivesResponse> {
  if (owner !== '') return collectivesOf(view, pagination, owner);
  const page = paginate(tables.collectives, view.collectives, pagination);
  if (!page.ok) return page;
  return answer({
    collectives: page.rows.map(({ value }) => value),
    pagination: page.pagination,
  });
}

function collectivesOf(
  view: TrustView,
  pagination: wire.PageRequest | undefined,
  owner: string,
): Answer<wire.QueryCollectivesResponse> {
  const account = parseAddress(owner);
  if (!isAddress(account)) return sdk.invalid_address({ what: `owner ${account.problem}` });
  const page = paginate(tables.collectivesOf, view.collectivesOf, pagination, [account]);
  if (!page.ok) return page;
  return answer({
    collectives: page.rows.map(({ key: [, id] }) =>
      present(view.collectives.get(id), `collective ${id}`),
    ),
    pagination: page.pagination,
  });
}

function edge(view: TrustView, { a, b }: wire.QueryEdgeRequest): Answer<wire.QueryEdgeResponse> {
  if (a === b) return absent(`edge of collective ${a} with itself`);
  const { low, high } = pairOf(collectiveId(a), collectiveId(b));
  const found = view.edges.get(low, high);
  if (found !== undefined) {
    const { STRONG, CANCELLED } = wire.EdgeState;
    const state = found.cancellation === undefined ? STRONG : CANCELLED;
    return answer({ state, edge: found });
  }
  for (const [from, to] of [[low, high] as const, [high, low] as const]) {
    const signedAtMs = view.signatures.get(from, to);
    if (signedAtMs === undefined) continue;
    return answer({ state: wire.EdgeState.SIGNED, signature: { from, to, signedAtMs } });
  }
  return absent(`edge or signature between ${low} and ${high}`);
}

function edges(
  view: TrustView,
  { pagination, collective: id }: wire.QueryEdgesRequest,
): Answer<wire.QueryEdgesResponse> {
  if (id !== 0n) return edgesOf(view, pagination, collectiveId(id));
  const page = paginate(tables.edges, view.edges, pagination);
  if (!page.ok) return page;
  return answer({ edges: page.rows.map(({ value }) => value), pagination: page.pagination });
}

/** Pages of a collective's own list; the key of a page is the id of its first other end. */
function edgesOf(
  view: TrustView,
  request: wire.PageRequest | undefined,
  id: CollectiveId,
): Answer<wire.QueryEdgesResponse> {
  const { key = new Uint8Array(), limit = 0n } = request ?? {};
  if (!view.collectives.has(id)) return absent(`collective ${id}`);
  if (key.length !== 0 && key.length !== 8) {
    return sdk.invalid_request({ what: 'the page key is none of this list' });
  }
  const first = key.length === 0 ? 0n : u64.decode(key);
  const most = limit === 0n ? 100 : limit > 1000n ? 1000 : Number(limit);
  const others = idsOf(view.neighbours.get(id) ?? []).filter((other) => other >= first);
  const next = others[most];
  return answer({
    edges: others.slice(0, most).map((other) => {
      const { low, high } = pairOf(id, other);
      return present(view.edges.get(low, high), `edge ${low}-${high}`);
    }),
    pagination: { nextKey: next === undefined ? new Uint8Array() : u64.encode(next) },
  });
}

function pendingSignatures(
  view: TrustView,
  { pagination, collective: id, received }: wire.QueryPendingSignaturesRequest,
): Answer<wire.QueryPendingSignaturesResponse> {
  const one = collectiveId(id);
  if (id !== 0n && !view.collectives.has(one)) return absent(`collective ${id}`);
  if (received && id === 0n) {
    return sdk.invalid_request({ what: 'received signatures are listed for one collective' });
  }
  if (received) return signaturesReceived(view, pagination, one);
  const prefix = id === 0n ? [] : [one];
  const page = paginate(tables.signatures, view.signatures, pagination, prefix);
  if (!page.ok) return page;
  return answer({
    signatures: page.rows.map(({ key: [from, to], value: signedAtMs }) => ({
      from,
      to,
      signedAtMs,
    })),
    pagination: page.pagination,
  });
}

function signaturesReceived(
  view: TrustView,
  pagination: wire.PageRequest | undefined,
  id: CollectiveId,
): Answer<wire.QueryPendingSignaturesResponse> {
  const page = paginate(tables.signaturesReceived, view.signaturesReceived, pagination, [id]);
  if (!page.ok) return page;
  return answer({
    signatures: page.rows.map(({ key: [to, from] }) => {
      const signedAtMs = present(view.signatures.get(from, to), `signature ${from}-${to}`);
      return { from, to, signedAtMs };
    }),
    pagination: page.pagination,
  });
}

function component(
  view: TrustView,
  { component: number, pagination }: wire.QueryComponentRequest,
): Answer<wire.QueryComponentResponse> {
  const id = componentId(number);
  const size = view.componentSizes.get(id);
  if (size === undefined) return absent(`component ${id}`);
  const page = paginate(tables.members, view.members, pagination, [id]);
  if (!page.ok) return page;
  return answer({
    component: { component: id, size },
    members: page.rows.map(({ key: [, member] }) => member),
    pagination: page.pagination,
  });
}

function components(
  view: TrustView,
  { pagination }: wire.QueryComponentsRequest,
): Answer<wire.QueryComponentsResponse> {
  const page = paginate(tables.componentSizes, view.componentSizes, pagination);
  if (!page.ok) return page;
  return answer({
    components: page.rows.map(({ key: [id], value: size }) => ({ component: id, size })),
    pagination: page.pagination,
  });
}

function sameComponent(
  view: TrustView,
  { a, b }: wire.QuerySameComponentRequest,
): Answer<wire.QuerySameComponentResponse> {
  const componentOfA = view.componentOf.get(collectiveId(a));
  if (componentOfA === undefined) return absent(`collective ${a}`);
  const componentOfB = view.componentOf.get(collectiveId(b));
  if (componentOfB === undefined) return absent(`collective ${b}`);
  return answer({ same: componentOfA === componentOfB, componentOfA, componentOfB });
}

function answer<Res>(response: Res): Answer<Res> {
  return { ok: true, response };
}

function absent(what: string): Refusal {
  return sdk.not_found({ what: `there is no ${what}` });
}
