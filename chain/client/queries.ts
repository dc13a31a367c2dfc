/**
 * Typed reads: one method a query. What does not exist is undefined; a malformed request throws
 * `Refused`.
 */
import { accountFromAny } from '@cosmjs/stargate';
import * as auth from 'cosmjs-types/cosmos/auth/v1beta1/query';
import * as bank from 'cosmjs-types/cosmos/bank/v1beta1/query';
import * as trust from '../../proto/generated/artel/trust/v1/query.ts';
import * as validators from '../../proto/generated/artel/validators/v1/query.ts';
import { Asking, type Page, type Paged, paged, pageRequest } from './asking.ts';
import { CouponQueries } from './coupon-queries.ts';
import type { ArtelNode } from './node.ts';
import { ProductionQueries } from './production-queries.ts';

export type { Page, Paged } from './asking.ts';

/** An account as a signer needs it. */
export interface AccountInfo {
  readonly address: string;
  readonly accountNumber: bigint;
  readonly sequence: number;
}

export class ArtelQueries {
  /** Goods, orders, work, stores and votes. */
  readonly production: ProductionQueries;
  /** Coupons, revisions, wallets. */
  readonly coupons: CouponQueries;
  readonly #node: ArtelNode;
  readonly #asking: Asking;

  constructor(node: ArtelNode, height?: number) {
    this.#node = node;
    this.#asking = new Asking(node, height);
    this.production = new ProductionQueries(this.#asking);
    this.coupons = new CouponQueries(this.#asking);
  }

  /** The same reads on the state after an older block, as long as the node keeps it. */
  at(height: number): ArtelQueries {
    return new ArtelQueries(this.#node, height);
  }

  async account(address: string): Promise<AccountInfo | undefined> {
    const answer = await this.#asking.found(
      this.#asking.ask(authPath('Account'), auth.QueryAccountRequest, auth.QueryAccountResponse, {
        address,
      }),
    );
    return answer?.account === undefined ? undefined : accountFromAny(answer.account);
  }

  /** uhub; 0 for an unknown account. */
  async balance(address: string): Promise<bigint> {
    const { balance } = await this.#asking.ask(
      bankPath('Balance'),
      bank.QueryBalanceRequest,
      bank.QueryBalanceResponse,
      { address, denom: 'uhub' },
    );
    return BigInt(balance?.amount ?? '0');
  }

  /** uhub, of all accounts together. */
  async supply(): Promise<bigint> {
    const { amount } = await this.#asking.ask(
      bankPath('SupplyOf'),
      bank.QuerySupplyOfRequest,
      bank.QuerySupplyOfResponse,
      { denom: 'uhub' },
    );
    return BigInt(amount.amount);
  }

  /** By its owner's address or its consensus address. */
  async validator(address: string): Promise<validators.ValidatorInfo | undefined> {
    const answer = await this.#asking.found(
      this.#asking.ask(
        validatorsPath('Validator'),
        validators.QueryValidatorRequest,
        validators.QueryValidatorResponse,
        { address },
      ),
    );
    return answer?.validator;
  }

  async validators(page: Page = {}): Promise<Paged<validators.ValidatorInfo>> {
    const answer = await this.#asking.ask(
      validatorsPath('Validators'),
      validators.QueryValidatorsRequest,
      validators.QueryValidatorsResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.validators, answer.pagination);
  }

  async unbondings(owner: string, page: Page = {}): Promise<Paged<validators.UnbondingInfo>> {
    const answer = await this.#asking.ask(
      validatorsPath('Unbondings'),
      validators.QueryUnbondingsRequest,
      validators.QueryUnbondingsResponse,
      { owner, pagination: pageRequest(page) },
    );
    return paged(answer.unbondings, answer.pagination);
  }

  async signingInfo(address: string): Promise<validators.QuerySigningInfoResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(
        validatorsPath('SigningInfo'),
        validators.QuerySigningInfoRequest,
        validators.QuerySigningInfoResponse,
        { address },
      ),
    );
  }

  async change(change: bigint): Promise<validators.QueryChangeResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(
        validatorsPath('Change'),
        validators.QueryChangeRequest,
        validators.QueryChangeResponse,
        { change },
      ),
    );
  }

  async changes(page: Page = {}): Promise<Paged<validators.ChangeInfo>> {
    const answer = await this.#asking.ask(
      validatorsPath('Changes'),
      validators.QueryChangesRequest,
      validators.QueryChangesResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.changes, answer.pagination);
  }

  async plannedUpgrade(): Promise<validators.QueryPlannedUpgradeResponse['upgrade']> {
    const answer = await this.#asking.ask(
      validatorsPath('PlannedUpgrade'),
      validators.QueryPlannedUpgradeRequest,
      validators.QueryPlannedUpgradeResponse,
      {},
    );
    return answer.upgrade;
  }

  async validatorsParameters(): Promise<validators.QueryParamsResponse['parameters']> {
    const answer = await this.#asking.ask(
      validatorsPath('Params'),
      validators.QueryParamsRequest,
      validators.QueryParamsResponse,
      {},
    );
    return answer.parameters;
  }

  /** A collective and the component it is in. */
  async collective(collective: bigint): Promise<trust.QueryCollectiveResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(
        trustPath('Collective'),
        trust.QueryCollectiveRequest,
        trust.QueryCollectiveResponse,
        { collective },
      ),
    );
  }

  /** In order of founding; of one owner where given. */
  async collectives(
    page: Page & { readonly owner?: string } = {},
  ): Promise<Paged<trust.QueryCollectivesResponse['collectives'][number]>> {
    const answer = await this.#asking.ask(
      trustPath('Collectives'),
      trust.QueryCollectivesRequest,
      trust.QueryCollectivesResponse,
      { owner: page.owner ?? '', pagination: pageRequest(page) },
    );
    return paged(answer.collectives, answer.pagination);
  }

  /** What stands between two collectives, named in either order. */
  async edge(a: bigint, b: bigint): Promise<trust.QueryEdgeResponse | undefined> {
    return this.#asking.found(
      this.#asking.ask(trustPath('Edge'), trust.QueryEdgeRequest, trust.QueryEdgeResponse, {
        a,
        b,
      }),
    );
  }

  /** Strong trust; of one collective where given. */
  async edges(
    page: Page & { readonly collective?: bigint } = {},
  ): Promise<Paged<trust.QueryEdgesResponse['edges'][number]>> {
    const answer = await this.#asking.ask(
      trustPath('Edges'),
      trust.QueryEdgesRequest,
      trust.QueryEdgesResponse,
      { collective: page.collective ?? 0n, pagination: pageRequest(page) },
    );
    return paged(answer.edges, answer.pagination);
  }

  /** Signatures that the other side has not answered. */
  async pendingSignatures(
    page: Page & { readonly collective?: bigint; readonly received?: boolean } = {},
  ): Promise<Paged<trust.QueryPendingSignaturesResponse['signatures'][number]>> {
    const answer = await this.#asking.ask(
      trustPath('PendingSignatures'),
      trust.QueryPendingSignaturesRequest,
      trust.QueryPendingSignaturesResponse,
      {
        collective: page.collective ?? 0n,
        received: page.received ?? false,
        pagination: pageRequest(page),
      },
    );
    return paged(answer.signatures, answer.pagination);
  }

  /** Members of a component, ascending, a page at a time; and its size. */
  async component(
    component: bigint,
    page: Page = {},
  ): Promise<(Paged<bigint> & { readonly size: bigint }) | undefined> {
    const answer = await this.#asking.found(
      this.#asking.ask(
        trustPath('Component'),
        trust.QueryComponentRequest,
        trust.QueryComponentResponse,
        {
          component,
          pagination: pageRequest(page),
        },
      ),
    );
    if (answer === undefined) return undefined;
    return {
      ...paged(answer.members, answer.pagination),
      size: answer.component?.size ?? 0n,
    };
  }

  async components(page: Page = {}): Promise<Paged<trust.ComponentSize>> {
    const answer = await this.#asking.ask(
      trustPath('Components'),
      trust.QueryComponentsRequest,
      trust.QueryComponentsResponse,
      { pagination: pageRequest(page) },
    );
    return paged(answer.components, answer.pagination);
  }

  async sameComponent(a: bigint, b: bigint): Promise<boolean> {
    const { same } = await this.#asking.ask(
      trustPath('SameComponent'),
      trust.QuerySameComponentRequest,
      trust.QuerySameComponentResponse,
      { a, b },
    );
    return same;
  }

  async trustParameters(): Promise<trust.QueryParamsResponse['params']> {
    const answer = await this.#asking.ask(
      trustPath('Params'),
      trust.QueryParamsRequest,
      trust.QueryParamsResponse,
      {},
    );
    return answer.params;
  }
}

const authPath = (name: string): string => `/cosmos.auth.v1beta1.Query/${name}`;
const bankPath = (name: string): string => `/cosmos.bank.v1beta1.Query/${name}`;
const validatorsPath = (name: string): string => `/artel.validators.v1.Query/${name}`;
const trustPath = (name: string): string => `/artel.trust.v1.Query/${name}`;
