/** Typed reads of goods, orders, work, stores and votes: one method a query. */
import * as wire from '../../proto/generated/artel/production/v1/query.ts';
import type * as state from '../../proto/generated/artel/production/v1/state.ts';
import { type Asking, type Page, type Paged, paged, pageRequest } from './asking.ts';

export class ProductionQueries {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  async type(type: bigint): Promise<state.ProductType | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Type'), wire.QueryTypeRequest, wire.QueryTypeResponse, { type }),
      )
    )?.type;
  }

  /** In order of definition. */
  async types(page: Page = {}): Promise<Paged<state.ProductType>> {
    const answer = await this.#asking.ask(
      path('Types'),
      wire.QueryTypesRequest,
      wire.QueryTypesResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.types, answer.pagination);
  }

  /** Types that are commons in a component. */
  async commons(component: bigint, page: Page = {}): Promise<Paged<bigint>> {
    const answer = await this.#asking.ask(
      path('Commons'),
      wire.QueryCommonsRequest,
      wire.QueryCommonsResponse,
      { component, pagination: pageRequest(page) },
    );
    return paged(answer.types, answer.pagination);
  }

  /** With its composition where it is durable. */
  lot(lot: bigint): Promise<wire.QueryLotResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Lot'), wire.QueryLotRequest, wire.QueryLotResponse, { lot }),
    );
  }

  /** Of an owner; of all where it is 0. */
  async lots(owner: bigint, page: Page = {}): Promise<Paged<state.Lot>> {
    const answer = await this.#asking.ask(
      path('Lots'),
      wire.QueryLotsRequest,
      wire.QueryLotsResponse,
      { owner, pagination: pageRequest(page) },
    );
    return paged(answer.lots, answer.pagination);
  }

  async transfers(page: Page = {}): Promise<Paged<state.Transfer>> {
    const answer = await this.#asking.ask(
      path('Transfers'),
      wire.QueryTransfersRequest,
      wire.QueryTransfersResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.transfers, answer.pagination);
  }

  async order(order: bigint): Promise<state.Order | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Order'), wire.QueryOrderRequest, wire.QueryOrderResponse, { order }),
      )
    )?.order;
  }

  /** Of a collective on either side; all where it is 0. */
  async orders(collective: bigint, page: Page = {}): Promise<Paged<state.Order>> {
    const answer = await this.#asking.ask(
      path('Orders'),
      wire.QueryOrdersRequest,
      wire.QueryOrdersResponse,
      { collective, pagination: pageRequest(page) },
    );
    return paged(answer.orders, answer.pagination);
  }

  async estimate(estimate: bigint): Promise<state.Estimate | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Estimate'), wire.QueryEstimateRequest, wire.QueryEstimateResponse, {
          estimate,
        }),
      )
    )?.estimate;
  }

  async production(production: bigint): Promise<state.Production | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(
          path('Production'),
          wire.QueryProductionRequest,
          wire.QueryProductionResponse,
          { production },
        ),
      )
    )?.production;
  }

  /** Of a producer; of all where it is 0. */
  async productions(producer: bigint, page: Page = {}): Promise<Paged<state.Production>> {
    const answer = await this.#asking.ask(
      path('Productions'),
      wire.QueryProductionsRequest,
      wire.QueryProductionsResponse,
      { producer, pagination: pageRequest(page) },
    );
    return paged(answer.productions, answer.pagination);
  }

  async allocation(allocation: bigint): Promise<state.Allocation | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(
          path('Allocation'),
          wire.QueryAllocationRequest,
          wire.QueryAllocationResponse,
          { allocation },
        ),
      )
    )?.allocation;
  }

  async workload(workload: bigint): Promise<state.Workload | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Workload'), wire.QueryWorkloadRequest, wire.QueryWorkloadResponse, {
          workload,
        }),
      )
    )?.workload;
  }

  /** Of a wallet; of all where it is empty. */
  async workloads(wallet: string, page: Page = {}): Promise<Paged<state.Workload>> {
    const answer = await this.#asking.ask(
      path('Workloads'),
      wire.QueryWorkloadsRequest,
      wire.QueryWorkloadsResponse,
      { wallet, pagination: pageRequest(page) },
    );
    return paged(answer.workloads, answer.pagination);
  }

  /** a, c and w of a collective in a segment, ms. */
  async sums(collective: bigint, segment: bigint): Promise<state.SegmentSums | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Sums'), wire.QuerySumsRequest, wire.QuerySumsResponse, {
          collective,
          segment,
        }),
      )
    )?.sums;
  }

  /** Those in force in a component; of the chain where it is 0. */
  async parameters(component: bigint): Promise<state.Params | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Params'), wire.QueryParamsRequest, wire.QueryParamsResponse, {
          component,
        }),
      )
    )?.params;
  }

  /** Pools of a component, with what one unit costs. */
  async prices(
    component: bigint,
    page: Page = {},
  ): Promise<Paged<wire.QueryPricesResponse['prices'][number]>> {
    const answer = await this.#asking.ask(
      path('Prices'),
      wire.QueryPricesRequest,
      wire.QueryPricesResponse,
      { component, pagination: pageRequest(page) },
    );
    return paged(answer.prices, answer.pagination);
  }

  /** Shelves of a store, a page of them, and what was burned and handed over for it, ms. */
  store(collective: bigint, page: Page = {}): Promise<wire.QueryStoreResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Store'), wire.QueryStoreRequest, wire.QueryStoreResponse, {
        collective,
        pagination: pageRequest(page),
      }),
    );
  }

  /** Of a type, by segment. */
  async statistics(
    type: bigint,
    page: Page = {},
  ): Promise<Paged<wire.QueryStatisticsResponse['segments'][number]>> {
    const answer = await this.#asking.ask(
      path('Statistics'),
      wire.QueryStatisticsRequest,
      wire.QueryStatisticsResponse,
      { type, pagination: pageRequest(page) },
    );
    return paged(answer.segments, answer.pagination);
  }

  /** With its votes, and what it would make common now. */
  ballot(ballot: bigint): Promise<wire.QueryBallotResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Ballot'), wire.QueryBallotRequest, wire.QueryBallotResponse, {
        ballot,
      }),
    );
  }

  async ballots(page: Page = {}): Promise<Paged<state.Ballot>> {
    const answer = await this.#asking.ask(
      path('Ballots'),
      wire.QueryBallotsRequest,
      wire.QueryBallotsResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.ballots, answer.pagination);
  }

  /** Hours by wallet; names are with the collective alone. */
  async registeredHours(
    collective: bigint,
    segment: bigint,
    page: Page = {},
  ): Promise<Paged<state.Workload>> {
    const answer = await this.#asking.ask(
      path('RegisteredHours'),
      wire.QueryRegisteredHoursRequest,
      wire.QueryRegisteredHoursResponse,
      { collective, segment, pagination: pageRequest(page) },
    );
    return paged(answer.workloads, answer.pagination);
  }

  /** All that the value of a lot comes from. */
  explain(lot: bigint): Promise<wire.QueryExplainResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Explain'), wire.QueryExplainRequest, wire.QueryExplainResponse, {
        lot,
      }),
    );
  }
}

const path = (name: string): string => `/artel.production.v1.Query/${name}`;
