/**
 * The auditor at a running node: it follows every block from genesis on by what anybody can ask,
 * and then asks the node for the same figures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryBalanceRequest, QueryBalanceResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query';
import * as couponQueries from '../../proto/generated/artel/coupons/v1/query.ts';
import * as goodsQueries from '../../proto/generated/artel/production/v1/query.ts';
import * as trustQueries from '../../proto/generated/artel/trust/v1/query.ts';
import type { ArtelNode } from '../client/node.ts';
import { Refused } from '../client/refusals.ts';
import { Auditor } from './auditor.ts';
import { differences, type Figures, type SeenEvent } from './reading.ts';

export interface LiveAudit {
  readonly node: ArtelNode;
  /** Facts of a genesis document, as events. */
  readonly genesis: (
    appState: Readonly<Record<string, unknown>>,
    chainId: string,
    timeMs: bigint,
  ) => readonly SeenEvent[];
  readonly onProgress?: (height: bigint, last: bigint) => void;
  readonly signal?: AbortSignal;
}

export interface Audited {
  readonly height: number;
  /** Figures that were compared. */
  readonly figures: number;
  /** What differs, a line each. */
  readonly differences: readonly string[];
}

/** The node has forgotten blocks that the auditor needs. */
export class BlocksGone extends Error {}

const sideBySide = 8;

export async function auditNode(audit: LiveAudit): Promise<Audited> {
  const { node, onProgress, signal } = audit;
  const auditor = new Auditor();
  const { syncInfo } = await node.comet.status();
  // CometBFT tells of a block before the application has executed it: its results are not there.
  const { lastBlockHeight: last = 0 } = await node.comet.abciInfo();
  const { genesis } = (await node.rpc('genesis')) as { readonly genesis: GenesisDoc };
  const first = Number(genesis.initial_height);
  const earliest = syncInfo.earliestBlockHeight ?? first;
  if (earliest > first) {
    throw new BlocksGone(`this node has blocks from ${earliest} on only, not from ${first}`);
  }
  const beganMs = BigInt(Date.parse(genesis.genesis_time));
  auditor.take(0n, beganMs, audit.genesis(genesis.app_state, genesis.chain_id, beganMs));
  for (let height = first; height <= last; height += sideBySide) {
    signal?.throwIfAborted();
    const heights = Array.from(
      { length: Math.min(sideBySide, last - height + 1) },
      (_, index) => height + index,
    );
    const blocks = await Promise.all(heights.map((each) => blockOf(node, each)));
    for (const { height: at, timeMs, events } of blocks) auditor.take(BigInt(at), timeMs, events);
    onProgress?.(BigInt(Math.min(height + sideBySide - 1, last)), BigInt(last));
  }
  auditor.check();
  const due = askable(auditor.figures());
  const found = await figuresAt(node, due, last, signal);
  return {
    height: last,
    figures: due.size,
    differences: [...auditor.problems, ...differences(found, due)],
  };
}

interface GenesisDoc {
  readonly chain_id: string;
  readonly genesis_time: string;
  readonly initial_height: string;
  readonly app_state: Readonly<Record<string, unknown>>;
}

interface BlockResults {
  readonly txs_results: readonly { readonly events?: readonly SeenEvent[] | null }[] | null;
  readonly finalize_block_events: readonly SeenEvent[] | null;
}

async function blockOf(node: ArtelNode, height: number) {
  const [results, header] = await Promise.all([
    node.rpc('block_results', { height: `${height}` }) as Promise<BlockResults>,
    node.rpc('block', { height: `${height}` }) as Promise<{
      readonly block: { readonly header: { readonly time: string } };
    }>,
  ]);
  const ofTxs = (results.txs_results ?? []).flatMap(({ events }) => events ?? []);
  const events = [...ofTxs, ...(results.finalize_block_events ?? [])];
  return { height, timeMs: BigInt(Date.parse(header.block.header.time)), events };
}

/** Of the auditor's figures, those that a node answers one by one. */
function askable(figures: Figures): Figures {
  return new Map(
    [...figures].filter(([name]) => questions.some(([pattern]) => pattern.test(name))),
  );
}

type Ask = (node: ArtelNode, match: RegExpExecArray, height: number) => Promise<bigint>;

const questions: readonly (readonly [RegExp, Ask])[] = [
  [
    /^balance (\S+)$/,
    async (node, [, address = ''], height) => {
      const request = { address, denom: 'uhub' };
      const path = '/cosmos.bank.v1beta1.Query/Balance';
      const { response } = await node.query(
        path,
        QueryBalanceRequest,
        QueryBalanceResponse,
        request,
        height,
      );
      return BigInt(response.balance?.amount ?? '0');
    },
  ],
  [
    /^component of (\d+)$/,
    async (node, [, id = ''], height) => {
      const { response } = await node.query(
        '/artel.trust.v1.Query/Collective',
        trustQueries.QueryCollectiveRequest,
        trustQueries.QueryCollectiveResponse,
        { collective: BigInt(id) },
        height,
      );
      return response.component;
    },
  ],
  [
    /^(value|quantity|owner) of lot (\d+)$/,
    async (node, [, what = '', id = ''], height) => {
      const { response } = await node.query(
        '/artel.production.v1.Query/Lot',
        goodsQueries.QueryLotRequest,
        goodsQueries.QueryLotResponse,
        { lot: BigInt(id) },
        height,
      );
      const { valueMs = 0n, quantity = 0n, owner = 0n } = response.lot ?? {};
      return what === 'value' ? valueMs : what === 'owner' ? owner : quantity;
    },
  ],
  [
    /^([acw]) of (\d+)\/(\d+)$/,
    async (node, [, what = '', collective = '', segment = ''], height) => {
      const { response } = await node.query(
        '/artel.production.v1.Query/Sums',
        goodsQueries.QuerySumsRequest,
        goodsQueries.QuerySumsResponse,
        { collective: BigInt(collective), segment: BigInt(segment) },
        height,
      );
      const { aMs = 0n, cMs = 0n, wMs = 0n } = response.sums ?? {};
      return what === 'a' ? aMs : what === 'c' ? cMs : wMs;
    },
  ],
  [
    /^coupons (\S+) of (\d+)$/,
    async (node, [, wallet = '', origin = ''], height) => {
      const { response } = await node.query(
        '/artel.coupons.v1.Query/Balances',
        couponQueries.QueryBalancesRequest,
        couponQueries.QueryBalancesResponse,
        { wallet, store: 0n },
        height,
      );
      return response.balances.find((part) => part.origin === BigInt(origin))?.amountMs ?? 0n;
    },
  ],
];

const attempts = 30;
const pauseMs = 1_000;

/** A node that has to make blocks puts queries off: the same question is asked again, later. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof Refused && error.message.includes('is not answered within');
      if (!isBusy || attempt === attempts) throw error;
      await sleep(pauseMs, undefined, { ...(signal && { signal }) });
    }
  }
}

async function figuresAt(
  node: ArtelNode,
  due: Figures,
  height: number,
  signal: AbortSignal | undefined,
): Promise<Figures> {
  const found = new Map<string, bigint>();
  const names = [...due.keys()];
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      for (const [pattern, ask] of questions) {
        const match = pattern.exec(name);
        if (match === null) continue;
        const value = await patiently(() => ask(node, match, height), signal);
        if (value !== 0n) found.set(name, value);
      }
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return found;
}
