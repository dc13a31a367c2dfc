/** What can be asked of production. Lists come in pages of ascending keys. */
import * as wire from '../../proto/generated/artel/production/v1/query.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import { type PageRequest, paginate } from '../_kernel/pages.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import type { Row, Table, TableView, View } from '../_kernel/tables.ts';
import { tables } from './keys.ts';
import { defaultParameters } from './parameters.ts';
import type { ProductionPorts } from './ports.ts';

type ProductionView = View<typeof tables>;
type Answer<Res> = { readonly ok: true; readonly response: Res } | Refusal;

// biome-ignore lint/suspicious/noExplicitAny: each query has types of its own.
type AnyQuery = Query<typeof tables, any, any, ProductionPorts>;

export const queries: readonly AnyQuery[] = [
  query('Type', wire.QueryTypeRequest, wire.QueryTypeResponse, (view, { type }) =>
    found(`type ${type}`, view.types.get(id(type)), (record) => ({ type: record })),
  ),
  query('Types', wire.QueryTypesRequest, wire.QueryTypesResponse, (view, { pagination }) =>
    list(tables.types, view.types, pagination, (types) => ({ types: types.map(recordOf) })),
  ),
  query('Commons', wire.QueryCommonsRequest, wire.QueryCommonsResponse, (view, request) =>
    list(
      tables.commons,
      view.commons,
      request.pagination,
      (rows) => ({ types: rows.map(({ key: [, type] }) => type) }),
      [request.component],
    ),
  ),
  query('Lot', wire.QueryLotRequest, wire.QueryLotResponse, (view, { lot }) =>
    found(`lot ${lot}`, view.lots.get(id(lot)), (record) => ({
      lot: record,
      composition: view.compositions.get(record.lot),
    })),
  ),
  query('Lots', wire.QueryLotsRequest, wire.QueryLotsResponse, (view, { owner, pagination }) =>
    owner === 0n
      ? list(tables.lots, view.lots, pagination, (lots) => ({ lots: lots.map(recordOf) }))
      : list(
          tables.lotsOf,
          view.lotsOf,
          pagination,
          (rows) => ({
            lots: rows.map(({ key: [, , lot] }) => present(view.lots.get(lot), `lot ${lot}`)),
          }),
          [owner],
        ),
  ),
  query('Transfers', wire.QueryTransfersRequest, wire.QueryTransfersResponse, (view, request) =>
    list(tables.transfers, view.transfers, request.pagination, (rows) => ({
      transfers: rows.map(recordOf),
    })),
  ),
  query('Order', wire.QueryOrderRequest, wire.QueryOrderResponse, (view, { order }) =>
    found(`order ${order}`, view.orders.get(id(order)), (record) => ({ order: record })),
  ),
  query('Orders', wire.QueryOrdersRequest, wire.QueryOrdersResponse, (view, { pagination }) =>
    list(tables.orders, view.orders, pagination, (orders) => ({ orders: orders.map(recordOf) })),
  ),
  query('Estimate', wire.QueryEstimateRequest, wire.QueryEstimateResponse, (view, request) =>
    found(`estimate ${request.estimate}`, view.estimates.get(id(request.estimate)), (estimate) => ({
      estimate,
    })),
  ),
  query('Production', wire.QueryProductionRequest, wire.QueryProductionResponse, (view, request) =>
    found(
      `production ${request.production}`,
      view.productions.get(id(request.production)),
      (production) => ({ production }),
    ),
  ),
  query(
    'Productions',
    wire.QueryProductionsRequest,
    wire.QueryProductionsResponse,
    (view, { pagination }) =>
      list(tables.productions, view.productions, pagination, (rows) => ({
        productions: rows.map(recordOf),
      })),
  ),
  query('Allocation', wire.QueryAllocationRequest, wire.QueryAllocationResponse, (view, request) =>
    found(
      `allocation ${request.allocation}`,
      view.allocations.get(id(request.allocation)),
      (allocation) => ({ allocation }),
    ),
  ),
  query('Workload', wire.QueryWorkloadRequest, wire.QueryWorkloadResponse, (view, request) =>
    found(`workload ${request.workload}`, view.workloads.get(id(request.workload)), (workload) => ({
      workload,
    })),
  ),
  query('Workloads', wire.QueryWorkloadsRequest, wire.QueryWorkloadsResponse, (view, request) =>
    list(tables.workloads, view.workloads, request.pagination, (rows) => ({
      workloads: rows.map(recordOf),
    })),
  ),
  query('Sums', wire.QuerySumsRequest, wire.QuerySumsResponse, (view, { collective, segment }) =>
    answer({
      sums: view.sums.get(id(collective), id(segment)) ?? { aMs: 0n, cMs: 0n, wMs: 0n },
    }),
  ),
  query('Params', wire.QueryParamsRequest, wire.QueryParamsResponse, (view) =>
    answer({ params: view.params.get() ?? defaultParameters }),
  ),
];

function query<Req, Res>(
  name: string,
  request: ProtoCodec<Req>,
  response: ProtoCodec<Res>,
  answers: (view: ProductionView, request: Req) => Answer<Res>,
): AnyQuery {
  return { path: `/artel.production.v1.Query/${name}`, request, response, answer: answers };
}

/** A number of a request, as the id that it is. */
function id(number: bigint): never {
  return number as never;
}

function answer<Res>(response: Res): Answer<Res> {
  return { ok: true, response };
}

function found<V, Res>(what: string, record: V | undefined, say: (record: V) => Res): Answer<Res> {
  if (record === undefined) return sdk.not_found({ what: `there is no ${what}` });
  return answer(say(record));
}

function list<K extends readonly unknown[], V, Said>(
  // biome-ignore lint/suspicious/noExplicitAny: K and V are those of the view of the same table.
  table: Table<any, any>,
  view: TableView<K, V>,
  request: PageRequest | undefined,
  say: (rows: readonly Row<K, V>[]) => Said,
  prefix: readonly unknown[] = [],
): Answer<Said & { readonly pagination: { readonly nextKey: Uint8Array } }> {
  const page = paginate(table, view, request, prefix);
  if (isRefusal(page)) return page;
  return answer({ ...say(page.rows), pagination: page.pagination });
}

function recordOf<V>({ value }: { readonly value: V }): V {
  return value;
}
