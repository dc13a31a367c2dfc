/** Typed reads of coupons, revisions and wallets: one method a query. */
import * as wire from '../../proto/generated/artel/coupons/v1/query.ts';
import type * as state from '../../proto/generated/artel/coupons/v1/state.ts';
import { type Asking, type Page, type Paged, paged, pageRequest } from './asking.ts';

export class CouponQueries {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** By the collective they come from; what a store takes of them where it is not 0. */
  balances(wallet: string, store: bigint): Promise<wire.QueryBalancesResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Balances'), wire.QueryBalancesRequest, wire.QueryBalancesResponse, {
        wallet,
        store,
      }),
    );
  }

  async statement(
    wallet: string,
    page: Page = {},
  ): Promise<Paged<wire.QueryStatementResponse['entries'][number]>> {
    const answer = await this.#asking.ask(
      path('Statement'),
      wire.QueryStatementRequest,
      wire.QueryStatementResponse,
      { wallet, pagination: pageRequest(page) },
    );
    return paged(answer.entries, answer.pagination);
  }

  async revision(revision: bigint): Promise<state.Revision | undefined> {
    return (
      await this.#asking.found(
        this.#asking.ask(path('Revision'), wire.QueryRevisionRequest, wire.QueryRevisionResponse, {
          revision,
        }),
      )
    )?.revision;
  }

  /** Of a component; of all where it is 0. */
  async revisions(component: bigint, page: Page = {}): Promise<Paged<state.Revision>> {
    const answer = await this.#asking.ask(
      path('Revisions'),
      wire.QueryRevisionsRequest,
      wire.QueryRevisionsResponse,
      { component, pagination: pageRequest(page) },
    );
    return paged(answer.revisions, answer.pagination);
  }

  /** What anybody can send now. */
  async dueRevisions(
    page: Page = {},
  ): Promise<Paged<wire.QueryDueRevisionsResponse['revisions'][number]>> {
    const answer = await this.#asking.ask(
      path('DueRevisions'),
      wire.QueryDueRevisionsRequest,
      wire.QueryDueRevisionsResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.revisions, answer.pagination);
  }

  /** What a workload can claim, and by which revision. */
  claimable(workload: bigint): Promise<wire.QueryClaimableResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Claimable'), wire.QueryClaimableRequest, wire.QueryClaimableResponse, {
        workload,
      }),
    );
  }

  /** What the component of a collective carries, ms. */
  ledger(collective: bigint): Promise<wire.QueryLedgerResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Ledger'), wire.QueryLedgerRequest, wire.QueryLedgerResponse, {
        collective,
      }),
    );
  }

  /** Its interval ]afterMs, endMs]. */
  segment(segment: bigint): Promise<wire.QuerySegmentResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Segment'), wire.QuerySegmentRequest, wire.QuerySegmentResponse, {
        segment,
      }),
    );
  }

  /** Who signs for it, and who can give it a new key. */
  wallet(wallet: string): Promise<wire.QueryWalletResponse> {
    return this.#asking.ask(path('Wallet'), wire.QueryWalletRequest, wire.QueryWalletResponse, {
      wallet,
    });
  }

  /** All coupons of a component at its last revision. */
  supply(collective: bigint): Promise<wire.QuerySupplyResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(path('Supply'), wire.QuerySupplyRequest, wire.QuerySupplyResponse, {
        collective,
      }),
    );
  }

  /** From a wallet's leaf to the root of an origin. */
  supplyProof(wallet: string, origin: bigint): Promise<wire.QuerySupplyProofResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(
        path('SupplyProof'),
        wire.QuerySupplyProofRequest,
        wire.QuerySupplyProofResponse,
        { wallet, origin },
      ),
    );
  }

  /** Those in force, and those that follow. */
  parameters(): Promise<wire.QueryParamsResponse> {
    return this.#asking.ask(path('Params'), wire.QueryParamsRequest, wire.QueryParamsResponse, {});
  }
}

const path = (name: string): string => `/artel.coupons.v1.Query/${name}`;
