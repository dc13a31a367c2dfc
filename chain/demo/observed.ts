/** What the chain already holds of a network, read back by queries: the demo's only memory. */
import { accountFromAny } from '@cosmjs/stargate';
import {
  QueryAccountsRequest,
  QueryAccountsResponse,
} from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination';
import type { ArtelNode } from '../client/node.ts';
import { ArtelQueries, type Page, type Paged } from '../client/queries.ts';
import type { Shape } from './network.ts';

const pageRows = 1000n;

/** Number and sequence that the next signature needs. */
export interface SigningState {
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

export interface Observed {
  /** By address. */
  readonly accounts: ReadonlyMap<string, SigningState>;
  /** Collective of each owner, by address; of several, the eldest. */
  readonly collectives: ReadonlyMap<string, bigint>;
  /** `low-high` of every edge. */
  readonly edges: ReadonlySet<string>;
  /** `from>to` of every signature without an answer. */
  readonly signatures: ReadonlySet<string>;
}

export function edgeName(a: bigint, b: bigint): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

export async function observe(node: ArtelNode): Promise<Observed> {
  const query = new ArtelQueries(node);
  const accounts = new Map<string, SigningState>();
  for await (const { address, ...state } of accountsOf(node)) accounts.set(address, state);
  const collectives = new Map<string, bigint>();
  for await (const { owner, collective } of rows((page) => query.collectives(page))) {
    if (!collectives.has(owner)) collectives.set(owner, collective);
  }
  const edges = new Set<string>();
  for await (const { low, high } of rows((page) => query.edges(page))) {
    edges.add(edgeName(low, high));
  }
  const signatures = new Set<string>();
  for await (const { from, to } of rows((page) => query.pendingSignatures(page))) {
    signatures.add(`${from}>${to}`);
  }
  return { accounts, collectives, edges, signatures };
}

/** Nodes, edges and components among the collectives of these owners, as the chain has them. */
export async function observedShape(
  node: ArtelNode,
  owners: readonly string[],
  { collectives, edges }: Observed,
): Promise<Shape> {
  const query = new ArtelQueries(node);
  const own = new Set(owners.flatMap((owner) => collectives.get(owner) ?? []));
  const left = new Set(own);
  let [components, largest] = [0, 0];
  for (const collective of own) {
    if (!left.has(collective)) continue;
    const found = await query.collective(collective);
    if (found === undefined) throw new Error(`collective ${collective} has gone`);
    const before = left.size;
    for await (const member of membersOf(query, found.component)) left.delete(member);
    components += 1;
    largest = Math.max(largest, before - left.size);
  }
  const inside = Array.from(edges, (name) => name.split('-').map(BigInt)).filter(
    ([low = 0n, high = 0n]) => own.has(low) && own.has(high),
  );
  return { nodes: own.size, edges: inside.length, components, largest };
}

async function* membersOf(query: ArtelQueries, component: bigint): AsyncIterable<bigint> {
  yield* rows(async (page) => {
    const answer = await query.component(component, page);
    return answer ?? { rows: [], nextKey: undefined };
  });
}

/** All rows of a list, page after page. */
async function* rows<T>(read: (page: Page) => Promise<Paged<T>>): AsyncIterable<T> {
  let key: Uint8Array | undefined;
  do {
    const page = await read({ limit: pageRows, ...(key === undefined ? {} : { key }) });
    yield* page.rows;
    key = page.nextKey;
  } while (key !== undefined);
}

async function* accountsOf(
  node: ArtelNode,
): AsyncIterable<SigningState & { readonly address: string }> {
  yield* rows(async ({ key, limit }) => {
    const { response } = await node.query(
      '/cosmos.auth.v1beta1.Query/Accounts',
      QueryAccountsRequest,
      QueryAccountsResponse,
      { pagination: PageRequest.fromPartial({ key: key ?? new Uint8Array(), limit: limit ?? 0n }) },
    );
    const nextKey = response.pagination?.nextKey;
    return {
      rows: response.accounts.map(accountFromAny).map(({ address, accountNumber, sequence }) => ({
        address,
        accountNumber,
        sequence: BigInt(sequence),
      })),
      nextKey: nextKey === undefined || nextKey.length === 0 ? undefined : nextKey,
    };
  });
}
