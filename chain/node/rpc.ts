/** CometBFT's RPC as far as the node tools need it, each call bounded in time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What `/status` says, in the tools' words. */
export interface NodeStatus {
  readonly nodeId: string;
  readonly moniker: string;
  readonly chainId: string;
  readonly height: number;
  /**
   * Upper-case hex: the state after the block before `height`, as the header of `height` has it.
   */
  readonly appHash: string;
  readonly catchingUp: boolean;
}

/** A node that answers with an error, or not at all. */
export class RpcError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RpcError';
  }
}

/**
 * One JSON-RPC call.
 *
 * @throws RpcError with the URL, the method and what came instead of a result.
 */
export async function callRpc(
  url: string,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  timeoutMs = 5_000,
): Promise<unknown> {
  let answer: { result?: unknown; error?: { message?: string; data?: string } };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    throw new RpcError(`${url} does not answer ${method}: ${reason(error)}`);
  }
  if (answer.error !== undefined) {
    const { message, data } = answer.error;
    throw new RpcError(`${url} refuses ${method}: ${data || message || 'no reason given'}`);
  }
  return answer.result;
}

/** @throws RpcError */
export async function fetchStatus(url: string, timeoutMs?: number): Promise<NodeStatus> {
  const result = (await callRpc(url, 'status', {}, timeoutMs)) as {
    node_info: { id: string; moniker: string; network: string };
    sync_info: { latest_block_height: string; latest_app_hash: string; catching_up: boolean };
  };
  return {
    nodeId: result.node_info.id,
    moniker: result.node_info.moniker,
    chainId: result.node_info.network,
    height: Number(result.sync_info.latest_block_height),
    appHash: result.sync_info.latest_app_hash,
    catchingUp: result.sync_info.catching_up,
  };
}

/** How many peers a node is connected to. @throws RpcError */
export async function fetchPeerCount(url: string, timeoutMs?: number): Promise<number> {
  const result = (await callRpc(url, 'net_info', {}, timeoutMs)) as { n_peers: string };
  return Number(result.n_peers);
}

/** The app hash in the header of a height: the state after the block before it. @throws RpcError */
export async function fetchAppHash(url: string, height: number): Promise<string> {
  const result = (await callRpc(url, 'header', { height: String(height) })) as {
    header: { app_hash: string };
  };
  return result.header.app_hash;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks until `check` gives something other than undefined. What it throws counts as "not yet".
 *
 * @returns undefined when the time is over or the signal fires.
 */
export async function poll<T>(
  check: () => Promise<T | undefined>,
  { timeoutMs, everyMs = 100, signal }: WaitOptions,
): Promise<T | undefined> {
  const until = performance.now() + timeoutMs;
  while (signal?.aborted !== true) {
    try {
      const found = await check();
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
    if (performance.now() + everyMs > until) return undefined;
    await sleep(everyMs);
  }
  return undefined;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? error.message;
}
