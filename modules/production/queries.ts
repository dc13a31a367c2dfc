/** What can be asked of production. Lists come in pages of ascending keys. */
import * as wire from '../../proto/generated/artel/production/v1/query.ts';
import { type Pool, SegmentSums } from '../../proto/generated/artel/production/v1/state.ts';
import { isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Query } from '../_kernel/module.ts';
import { type PageRequest, paginate } from '../_kernel/pages.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import type { Row, Table, TableView, View } from '../_kernel/tables.ts';
import { exclusiveValueOf } from './decide/relabel.ts';
import { explain } from './explain.ts';
import { tables } from './keys.ts';
import { parametersOf } from './parameters.ts';
import type { ProductionPorts } from './ports.ts';
import { type CollectiveId, Label, type TypeId, type Workload, type WorkloadId } from './types.ts';

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
  query('Orders', wire.QueryOrdersRequest, wire.QueryOrdersResponse, (view, request) =>
    request.collective === 0n
      ? list(tables.orders, view.orders, request.pagination, (rows) => ({
          orders: rows.map(recordOf),
        }))
      : list(
          tables.ordersOf,
          view.ordersOf,
          request.pagination,
          (rows) => ({
            orders: rows.map(({ key }) => present(view.orders.get(key[1]), `order ${key[1]}`)),
          }),
          [request.collective],
        ),
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
    (view, { pagination, producer }) =>
      producer === 0n
        ? list(tables.productions, view.productions, pagination, (rows) => ({
            productions: rows.map(recordOf),
          }))
        : list(
            tables.productionsOf,
            view.productionsOf,
            pagination,
            (rows) => ({
              productions: rows.map(({ key }) =>
                present(view.productions.get(key[1]), `production ${key[1]}`),
              ),
            }),
            [producer],
          ),
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
  query('Workloads', wire.QueryWorkloadsRequest, wire.QueryWorkloadsResponse, workloads),
  query('Sums', wire.QuerySumsRequest, wire.QuerySumsResponse, (view, { collective, segment }) =>
    answer({
      sums: view.sums.get(id(collective), id(segment)) ?? SegmentSums.fromPartial({}),
    }),
  ),
  query('Params', wire.QueryParamsRequest, wire.QueryParamsResponse, (view, { component }) =>
    answer({ params: parametersOf(view, id(component)) }),
  ),
  query('Prices', wire.QueryPricesRequest, wire.QueryPricesResponse, (view, request) =>
    list(
      tables.pools,
      view.pools,
      request.pagination,
      (rows) => ({ prices: rows.map(({ key, value }) => priceOf(view, key[1], value)) }),
      [request.component],
    ),
  ),
  query('Store', wire.QueryStoreRequest, wire.QueryStoreResponse, (view, request) => {
    const store: CollectiveId = id(request.collective);
    const { burnedMs, chargedMs } = view.differences.get(store) ?? closed;
    return list(
      tables.shelves,
      view.shelves,
      request.pagination,
      (rows) => ({
        ...{ burnedMs, chargedMs },
        shelves: rows.map(({ key: [, productType], value: units }) => {
          const handedOverAtMs = view.handedOverAt.get(store, productType) ?? 0n;
          return { productType, units, handedOverAtMs };
        }),
      }),
      [store],
    );
  }),
  query('Statistics', wire.QueryStatisticsRequest, wire.QueryStatisticsResponse, (view, request) =>
    list(
      tables.statistics,
      view.statistics,
      request.pagination,
      (rows) => ({ segments: rows.map(({ key, value }) => ({ segment: key[1], sums: value })) }),
      [request.type],
    ),
  ),
  query('Ballot', wire.QueryBallotRequest, wire.QueryBallotResponse, ballot),
  query('Ballots', wire.QueryBallotsRequest, wire.QueryBallotsResponse, (view, request) =>
    list(tables.ballots, view.ballots, request.pagination, (rows) => ({
      ballots: rows.map(recordOf),
    })),
  ),
  query(
    'RegisteredHours',
    wire.QueryRegisteredHoursRequest,
    wire.QueryRegisteredHoursResponse,
    (view, { collective, segment, pagination }) =>
      list(
        tables.workloadsOf,
        view.workloadsOf,
        pagination,
        (rows) => ({ workloads: rows.map(({ key }) => workloadOf(view, key[2])) }),
        [collective, segment],
      ),
  ),
  query('Explain', wire.QueryExplainRequest, wire.QueryExplainResponse, (view, { lot }) =>
    explain(view, id(lot)),
  ),
];

function query<Req, Res>(
  name: string,
  request: ProtoCodec<Req>,
  response: ProtoCodec<Res>,
  answers: (view: ProductionView, request: Req, ports: ProductionPorts) => Answer<Res>,
): AnyQuery {
  return {
    path: `/artel.production.v1.Query/${name}`,
    request,
    response,
    answer: (view, asked, _context, ports) => answers(view, asked, ports),
  };
}

const closed = { burnedMs: 0n, chargedMs: 0n };

function workloads(
  view: ProductionView,
  { wallet, pagination }: wire.QueryWorkloadsRequest,
): Answer<wire.QueryWorkloadsResponse> {
  if (wallet === '') {
    return list(tables.workloads, view.workloads, pagination, (rows) => ({
      workloads: rows.map(recordOf),
    }));
  }
  const account = parseAddress(wallet);
  if (!isAddress(account)) return sdk.invalid_address({ what: `wallet ${account.problem}` });
  return list(
    tables.worked,
    view.worked,
    pagination,
    (rows) => ({ workloads: rows.map(({ value }) => workloadOf(view, value.workload)) }),
    [account],
  );
}

function workloadOf(view: ProductionView, workload: WorkloadId): Workload {
  return present(view.workloads.get(workload), `workload ${workload}`);
}

function priceOf(view: ProductionView, productType: TypeId, pool: Pool): wire.Price {
  const { name, unit } = present(view.types.get(productType), `type ${productType}`);
  const { units, valueMs } = pool;
  return { productType, name, unit, units, valueMs, priceMs: valueMs / units };
}

function ballot(
  view: ProductionView,
  { ballot: number }: wire.QueryBallotRequest,
  ports: ProductionPorts,
): Answer<wire.QueryBallotResponse> {
  const asked = view.ballots.get(id(number));
  if (asked === undefined) return sdk.not_found({ what: `there is no ballot ${number}` });
  const votes = Array.from(view.votes.range({ prefix: [asked.ballot] }), ({ key, value }) => ({
    ballot: key[0],
    collective: key[1],
    yes: value === 1n,
  }));
  const component = ports.trust.componentOf(asked.proposer);
  const valueNowMs =
    asked.subject === 'category' && asked.label === Label.COMMONS && component !== undefined
      ? exclusiveValueOf(view, ports, component, asked.productType)
      : 0n;
  return answer({ ballot: asked, votes, valueNowMs });
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
