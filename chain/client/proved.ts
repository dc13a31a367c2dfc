/**
 * Reads with proof: a record and the ICS23 proof of it from one node, verified here against the
 * header of the next block, whose commit signatures are verified, too. Nothing is believed but that
 * the validators are those of the chain, and not even that where a header is trusted beforehand.
 */
import { encodeKey, type Table } from '../../modules/_kernel/tables.ts';
import { accounts } from '../../modules/accounts/module.ts';
import { bank, denom } from '../../modules/bank/module.ts';
import { production } from '../../modules/production/module.ts';
import { trust } from '../../modules/trust/module.ts';
import { validators } from '../../modules/validators/module.ts';
import { type VerifiedHeader, verifyHeader } from './header.ts';
import { followHeaders } from './light.ts';
import type { ArtelNode } from './node.ts';
import { Refused } from './refusals.ts';
import { type ProofOps, verifyStoreProof } from './verify-proof.ts';

/** One raw record of a module. */
export interface RecordName {
  readonly store: string;
  readonly key: Uint8Array;
}

/** A record that was proved to be there, or (`value` undefined) proved to be absent. */
export interface ProvedRecord extends RecordName {
  readonly value: Uint8Array | undefined;
  /** The state after this block. */
  readonly height: number;
  /** The header of the block after it, which holds the app hash. */
  readonly header: VerifiedHeader;
  readonly ops: ProofOps;
}

/**
 * @param height state after this block; default the latest that a header vouches for. Costs a wait
 * of up to a few seconds where the latest block changed the state and the next is not made yet.
 * @throws where the proof, the header or a signature does not hold.
 */
export async function getProved(
  node: ArtelNode,
  { store, key }: RecordName,
  height?: number,
): Promise<ProvedRecord> {
  const at = height ?? (await provableHeight(node));
  return proveUnder(node, { store, key }, at, await verifiedHeader(node, at + 1));
}

/** The same under a header that is verified already: for many records of one state. */
export async function proveUnder(
  node: ArtelNode,
  { store, key }: RecordName,
  at: number,
  header: VerifiedHeader,
): Promise<ProvedRecord> {
  const answer = await node.comet.abciQuery({
    path: `/store/${store}/key`,
    data: key,
    prove: true,
    height: at,
  });
  if (answer.code !== undefined && answer.code !== 0) {
    throw new Refused({ codespace: answer.codespace, code: answer.code, log: answer.log ?? '' });
  }
  const ops = answer.proof?.ops ?? [];
  const value = answer.value.length === 0 ? undefined : answer.value;
  verifyStoreProof({ appHash: header.header.appHash, store, key, value, ops });
  return { store, key, value, height: at, header, ops };
}

/**
 * The header at a height, with the signatures of the validators that the node names for it; where
 * the node's `trust` names a header, it also follows from that one.
 */
export async function verifiedHeader(node: ArtelNode, height: number): Promise<VerifiedHeader> {
  const read = (at: number): Promise<VerifiedHeader> => signedHeader(node, at);
  return node.trust === undefined ? read(height) : followHeaders(read, node.trust, height);
}

async function signedHeader(node: ArtelNode, height: number): Promise<VerifiedHeader> {
  const text = height.toString();
  const [commit, validators, chainId] = await Promise.all([
    node.rpc('commit', { height: text }),
    allValidators(node, text),
    node.chainId(),
  ]);
  const verified = verifyHeader(commit, validators, { chainId });
  if (verified.header.height !== BigInt(height)) {
    throw new Error(`asked for header ${height}, got ${verified.header.height}`);
  }
  return verified;
}

async function allValidators(node: ArtelNode, height: string): Promise<unknown> {
  const validators: unknown[] = [];
  for (let page = 1; ; page += 1) {
    const answer = (await node.rpc('validators', {
      height,
      page: page.toString(),
      per_page: '100',
    })) as { readonly validators: readonly unknown[]; readonly total: string };
    validators.push(...answer.validators);
    if (validators.length >= Number(answer.total) || answer.validators.length === 0) {
      return { ...answer, validators, count: validators.length.toString() };
    }
  }
}

const longestWaitMs = 5_000;
const pollMs = 200;

/**
 * The app hash after block H stands in header H+1. Where the latest block L changed nothing, header
 * L speaks for the present state; else header L+1 is about to come.
 */
export async function provableHeight(node: ArtelNode): Promise<number> {
  const { syncInfo } = await node.comet.status();
  const latest = syncInfo.latestBlockHeight;
  const [{ block }, info] = await Promise.all([node.comet.block(latest), node.comet.abciInfo()]);
  const still =
    info.lastBlockHeight === latest &&
    Buffer.from(info.lastBlockAppHash ?? []).equals(block.header.appHash);
  if (!still || latest < 2) {
    for (let waited = 0; waited < longestWaitMs; waited += pollMs) {
      if ((await node.comet.status()).syncInfo.latestBlockHeight > latest) return latest;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
  if (latest < 2) throw new Error('no header vouches for a state yet: wait for the second block');
  return latest - 1;
}

interface Provable {
  readonly store: string;
  // biome-ignore lint/suspicious/noExplicitAny: a table of any key and value.
  readonly table: Table<any, any>;
  // biome-ignore lint/suspicious/noExplicitAny: each query has a request of its own.
  readonly keyOf: (request: any) => readonly unknown[];
}

const low = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const high = (a: bigint, b: bigint): bigint => (a < b ? b : a);

/** The queries that read one record. */
const provable: Readonly<Record<string, Provable>> = {
  '/cosmos.auth.v1beta1.Query/Account': {
    store: accounts.name,
    table: accounts.tables.accounts,
    keyOf: ({ address }) => [address],
  },
  '/cosmos.bank.v1beta1.Query/Balance': {
    store: bank.name,
    table: bank.tables.balances,
    keyOf: ({ address }) => [address],
  },
  '/cosmos.bank.v1beta1.Query/SupplyOf': {
    store: bank.name,
    table: bank.tables.supply,
    keyOf: () => [],
  },
  '/artel.validators.v1.Query/Change': {
    store: validators.name,
    table: validators.tables.changes,
    keyOf: ({ change }) => [change],
  },
  '/artel.validators.v1.Query/Params': {
    store: validators.name,
    table: validators.tables.parameters,
    keyOf: () => [],
  },
  '/artel.trust.v1.Query/Collective': {
    store: trust.name,
    table: trust.tables.collectives,
    keyOf: ({ collective }) => [collective],
  },
  '/artel.trust.v1.Query/Edge': {
    store: trust.name,
    table: trust.tables.edges,
    keyOf: ({ a, b }) => [low(a, b), high(a, b)],
  },
  ...Object.fromEntries(
    (
      [
        ['Type', production.tables.types, 'type'],
        ['Lot', production.tables.lots, 'lot'],
        ['Order', production.tables.orders, 'order'],
        ['Estimate', production.tables.estimates, 'estimate'],
        ['Production', production.tables.productions, 'production'],
        ['Allocation', production.tables.allocations, 'allocation'],
        ['Workload', production.tables.workloads, 'workload'],
        ['Ballot', production.tables.ballots, 'ballot'],
      ] as const
    ).map(([name, table, id]) => [
      `/artel.production.v1.Query/${name}`,
      { store: production.name, table, keyOf: (request: Record<string, unknown>) => [request[id]] },
    ]),
  ),
  '/artel.trust.v1.Query/Params': {
    store: trust.name,
    table: trust.tables.params,
    keyOf: () => [],
  },
};

/** Whether a query reads one record, so that its answer can be proved. */
export function isProvable(path: string): boolean {
  return path in provable;
}

/** The record behind a query and its decoder. */
export function recordOf(
  path: string,
  request: unknown,
): RecordName & { readonly decode: (value: Uint8Array) => unknown } {
  const found = provable[path];
  if (found === undefined) throw new Error(`${path} does not read a single record`);
  const asked = (request as { readonly denom?: string }).denom ?? denom;
  if (asked !== denom) throw new Error(`no record is kept of "${asked}", only of ${denom}`);
  const { store, table, keyOf } = found;
  return {
    store,
    key: encodeKey(table, keyOf(request)),
    decode: (value) => table.value.decode(value),
  };
}
