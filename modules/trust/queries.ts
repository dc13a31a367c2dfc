/** What can be asked of trust. Lists come in pages of ascending keys. */
import * as wire from '../../proto/generated/artel/trust/v1/query.ts';
import { isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { timeMs } from '../_kernel/units.ts';
import type { tables } from './keys.ts';
import { type Cursor, type Page, page } from './pages.ts';
import { paramsOf } from './parameters.ts';
import {
  type Collective,
  type CollectiveId,
  collectiveId,
  componentId,
  type Edge,
  pairOf,
  type Signature,
} from './types.ts';

type TrustView = View<typeof tables>;
type Answer<Res> = { readonly ok: true; readonly response: Res } | Refusal;

// biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
export const queries: readonly Query<typeof tables, any, any>[] = [
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
  query('Params', wire.QueryParamsRequest, wire.QueryParamsResponse, (view) => ({
    ok: true,
    response: { params: paramsOf(view) },
  })),
];

function query<Req, Res>(
  name: string,
  request: ProtoCodec<Req>,
  response: ProtoCodec<Res>,
  answer: (view: TrustView, request: Req) => Answer<Res>,
): Query<typeof tables, Req, Res> {
  return { path: `/artel.trust.v1.Query/${name}`, request, response, answer };
}

function collective(
  view: TrustView,
  { collective: id }: wire.QueryCollectiveRequest,
): Answer<wire.QueryCollectiveResponse> {
  const found = view.collectives.get(collectiveId(id));
  if (found === undefined) return absent(`collective ${id}`);
  return {
    ok: true,
    response: {
      collective: found,
      component: present(view.componentOf.get(found.collective), `component of ${id}`),
    },
  };
}

function collectives(
  view: TrustView,
  { pagination, owner }: wire.QueryCollectivesRequest,
): Answer<wire.QueryCollectivesResponse> {
  const found =
    owner === ''
      ? page(pagination, 1, all(view), ({ collective: id }) => [id])
      : collectivesOf(view, pagination, owner);
  if (!found.ok) return found;
  return { ok: true, response: { collectives: found.rows, pagination: found.pagination } };
}

type Read<Row> = (from: Cursor | undefined, limit: number) => Iterable<Row>;

function all(view: TrustView): Read<Collective> {
  return (from, limit) =>
    Array.from(view.collectives.range({ ...fromOne(from), limit }), ({ value }) => value);
}

function collectivesOf(
  view: TrustView,
  pagination: wire.PageRequest | undefined,
  owner: string,
): Page<Collective> | Refusal {
  const account = parseAddress(owner);
  if (!isAddress(account)) return sdk.invalid_address({ what: `owner ${account.problem}` });
  const read: Read<Collective> = (from, limit) => {
    const start =
      from === undefined ? {} : { from: [account, collectiveId(from[0] ?? 0n)] as const };
    const rows = view.collectivesOf.range({ prefix: [account], ...start, limit });
    return Array.from(rows, ({ key: [, id] }) => present(view.collectives.get(id), `${id}`));
  };
  return page(pagination, 1, read, ({ collective: id }) => [id]);
}

function edge(view: TrustView, { a, b }: wire.QueryEdgeRequest): Answer<wire.QueryEdgeResponse> {
  if (a === b) return absent(`edge of collective ${a} with itself`);
  const { low, high } = pairOf(collectiveId(a), collectiveId(b));
  const found = view.edges.get(low, high);
  if (found !== undefined) {
    const { STRONG, CANCELLED } = wire.EdgeState;
    const state = found.cancellation === undefined ? STRONG : CANCELLED;
    return { ok: true, response: { state, edge: found } };
  }
  for (const [from, to] of [[low, high] as const, [high, low] as const]) {
    const signedAtMs = view.signatures.get(from, to);
    if (signedAtMs === undefined) continue;
    const signature = { from, to, signedAtMs };
    return { ok: true, response: { state: wire.EdgeState.SIGNED, signature } };
  }
  return absent(`edge or signature between ${low} and ${high}`);
}

function edges(
  view: TrustView,
  { pagination, collective: id }: wire.QueryEdgesRequest,
): Answer<wire.QueryEdgesResponse> {
  const found =
    id === 0n
      ? page(pagination, 2, allEdges(view), ({ low, high }) => [low, high])
      : edgesOf(view, pagination, collectiveId(id));
  if (!found.ok) return found;
  return { ok: true, response: { edges: found.rows, pagination: found.pagination } };
}

function allEdges(view: TrustView): Read<Edge> {
  return (from, limit) =>
    Array.from(view.edges.range({ ...fromPair(from), limit }), ({ value }) => value);
}

function edgesOf(
  view: TrustView,
  pagination: wire.PageRequest | undefined,
  id: CollectiveId,
): Page<Edge> | Refusal {
  if (!view.collectives.has(id)) return absent(`collective ${id}`);
  const read: Read<Edge> = (from, limit) => {
    const others = (view.neighbours.get(id) ?? []).filter((other) => other >= (from?.[0] ?? 0n));
    return others.slice(0, limit).map((other) => {
      const { low, high } = pairOf(id, other);
      return present(view.edges.get(low, high), `edge ${low}-${high}`);
    });
  };
  return page(pagination, 1, read, ({ low, high }) => [low === id ? high : low]);
}

function pendingSignatures(
  view: TrustView,
  { pagination, collective: id, received }: wire.QueryPendingSignaturesRequest,
): Answer<wire.QueryPendingSignaturesResponse> {
  const one = collectiveId(id);
  if (id !== 0n && !view.collectives.has(one)) return absent(`collective ${id}`);
  const found =
    id === 0n
      ? page(pagination, 2, allSignatures(view), ({ from, to }) => [from, to])
      : received
        ? page(pagination, 1, signaturesTo(view, one), ({ from }) => [from])
        : page(pagination, 1, signaturesFrom(view, one), ({ to }) => [to]);
  if (!found.ok) return found;
  return { ok: true, response: { signatures: found.rows, pagination: found.pagination } };
}

function allSignatures(view: TrustView): Read<Signature> {
  return (start, limit) =>
    Array.from(
      view.signatures.range({ ...fromPair(start), limit }),
      ({ key: [from, to], value }) => ({ from, to, signedAtMs: timeMs(value) }),
    );
}

function signaturesFrom(view: TrustView, from: CollectiveId): Read<Signature> {
  return (start, limit) =>
    Array.from(
      view.signatures.range({ prefix: [from], ...fromSecond(from, start), limit }),
      ({ key: [, to], value }) => ({ from, to, signedAtMs: timeMs(value) }),
    );
}

function signaturesTo(view: TrustView, to: CollectiveId): Read<Signature> {
  return (start, limit) => {
    const rows = view.signaturesReceived.range({
      prefix: [to],
      ...fromSecond(to, start),
      limit,
    });
    return Array.from(rows, ({ key: [, from] }) => {
      const signedAtMs = present(view.signatures.get(from, to), `signature ${from}-${to}`);
      return { from, to, signedAtMs: timeMs(signedAtMs) };
    });
  };
}

function component(
  view: TrustView,
  { component: number, pagination }: wire.QueryComponentRequest,
): Answer<wire.QueryComponentResponse> {
  const id = componentId(number);
  const size = view.componentSizes.get(id);
  if (size === undefined) return absent(`component ${id}`);
  const read: Read<CollectiveId> = (from, limit) => {
    const start = from === undefined ? {} : { from: [id, collectiveId(from[0] ?? 0n)] as const };
    const rows = view.members.range({ prefix: [id], ...start, limit });
    return Array.from(rows, ({ key: [, member] }) => member);
  };
  const found = page(pagination, 1, read, (member) => [member]);
  if (!found.ok) return found;
  const response = {
    component: { component: id, size },
    members: found.rows,
    pagination: found.pagination,
  };
  return { ok: true, response };
}

function components(
  view: TrustView,
  { pagination }: wire.QueryComponentsRequest,
): Answer<wire.QueryComponentsResponse> {
  const read: Read<wire.ComponentSize> = (from, limit) => {
    const start = from === undefined ? {} : { from: [componentId(from[0] ?? 0n)] as const };
    const rows = view.componentSizes.range({ ...start, limit });
    return Array.from(rows, ({ key: [id], value: size }) => ({ component: id, size }));
  };
  const found = page(pagination, 1, read, ({ component: id }) => [id]);
  if (!found.ok) return found;
  return { ok: true, response: { components: found.rows, pagination: found.pagination } };
}

function sameComponent(
  view: TrustView,
  { a, b }: wire.QuerySameComponentRequest,
): Answer<wire.QuerySameComponentResponse> {
  const componentOfA = view.componentOf.get(collectiveId(a));
  if (componentOfA === undefined) return absent(`collective ${a}`);
  const componentOfB = view.componentOf.get(collectiveId(b));
  if (componentOfB === undefined) return absent(`collective ${b}`);
  return {
    ok: true,
    response: { same: componentOfA === componentOfB, componentOfA, componentOfB },
  };
}

function absent(what: string): Refusal {
  return sdk.not_found({ what: `there is no ${what}` });
}

function fromOne(from: Cursor | undefined): { readonly from?: readonly [CollectiveId] } {
  return from === undefined ? {} : { from: [collectiveId(from[0] ?? 0n)] };
}

function fromPair(from: Cursor | undefined): {
  readonly from?: readonly [CollectiveId, CollectiveId];
} {
  return from === undefined ? {} : fromSecond(collectiveId(from[0] ?? 0n), from.slice(1));
}

function fromSecond(
  first: CollectiveId,
  from: Cursor | undefined,
): { readonly from?: readonly [CollectiveId, CollectiveId] } {
  return from === undefined ? {} : { from: [first, collectiveId(from[0] ?? 0n)] };
}
