/** How a localnet is: asked of its nodes and its processes, and laid out for people. */
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { formatTable } from '../chain/cli/output.ts';
import { nodeHome, readHomeLock } from '../chain/node/home.ts';
import { isRunning } from '../chain/node/process.ts';
import { fetchPeerCount, fetchStatus, poll, RpcError } from '../chain/node/rpc.ts';
import { testAddresses } from '../chain/node/test-accounts.ts';
import { testKeyNames } from './create.ts';
import type { NodePlan } from './plan.ts';

/** One node as it is now. */
export interface NodeReport {
  readonly name: string;
  readonly state: 'up' | 'starting' | 'down';
  /** Of the process that runs the application and supervises CometBFT. */
  readonly pid: number | undefined;
  readonly rpc: string;
  readonly p2p: string;
  readonly height: number | undefined;
  readonly appHash: string | undefined;
  readonly peers: number | undefined;
  readonly home: string;
  readonly log: string;
}

/** Asks every node, each within 2 s. */
export async function reportNodes(nodes: readonly NodePlan[]): Promise<readonly NodeReport[]> {
  return Promise.all(nodes.map(reportNode));
}

async function reportNode(node: NodePlan): Promise<NodeReport> {
  const lock = await readHomeLock(nodeHome(node.home));
  const running = lock !== undefined && isRunning(lock.node);
  const base = {
    name: node.name,
    pid: running ? lock.node.pid : undefined,
    rpc: node.rpcUrl,
    p2p: `127.0.0.1:${node.p2pPort}`,
    home: node.home,
    log: node.logFile,
  };
  const unknown = { height: undefined, appHash: undefined, peers: undefined };
  if (!running) return { ...base, state: 'down', ...unknown };
  try {
    const { height, appHash } = await fetchStatus(node.rpcUrl, 2_000);
    const peers = await fetchPeerCount(node.rpcUrl, 2_000);
    return { ...base, state: 'up', height, appHash, peers };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { ...base, state: 'starting', ...unknown };
  }
}

/**
 * Waits until every node has a block and takes part in making the next.
 *
 * @param ended resolves when a node process ended meanwhile, with its name and newest lines.
 * @throws CliError where that takes longer than `timeoutMs`, or a node ends.
 */
export async function waitForFirstBlock(
  nodes: readonly NodePlan[],
  options: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly ended: Promise<CliError>;
    readonly lastLines: (node: NodePlan) => Promise<string>;
  },
): Promise<void> {
  const waiting = new Set(nodes);
  const until = performance.now() + options.timeoutMs;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const all = async (): Promise<void> => {
    for (const node of nodes) {
      const up = await poll(
        async () => {
          const { height, catchingUp } = await fetchStatus(node.rpcUrl, 2_000);
          return height > 0 && !catchingUp ? true : undefined;
        },
        { timeoutMs: until - performance.now(), signal },
      );
      if (up === undefined) return;
      waiting.delete(node);
    }
  };
  const failure = await Promise.race([all(), options.ended]);
  over.abort();
  if (failure instanceof CliError) throw failure;
  if (waiting.size === 0 || options.signal.aborted) return;
  const [late] = waiting;
  const lines = late === undefined ? '' : await options.lastLines(late);
  throw new CliError(
    `${late?.name} has made no block within ${options.timeoutMs / 1000} s`,
    exitCodes.failed,
    `Its log ends with:\n${lines}`,
  );
}

/** The table that `up` and `status` print. */
export function formatNodes(reports: readonly NodeReport[]): string {
  const rows = reports.map((node) => [
    node.name,
    node.state,
    node.rpc,
    node.p2p,
    node.height === undefined ? '' : String(node.height),
    node.appHash === undefined ? '' : `${node.appHash.slice(0, 12)}...`,
    node.home,
    node.log,
  ]);
  return formatTable(['node', 'state', 'rpc', 'p2p', 'height', 'app hash', 'home', 'log'], rows);
}

/** The funded keys, and what to try next. `root` as the user wrote it. */
export function formatNextSteps(root: string, nodes: readonly NodePlan[]): string {
  const keys = testAddresses.map((address, index) => [testKeyNames[index] ?? '', address]);
  const rpc = nodes[0]?.rpcUrl ?? '';
  const node = rpc === 'http://127.0.0.1:26657' ? '' : ` --node ${rpc}`;
  const [, to = ''] = testAddresses;
  return [
    'Funded with 1,000,000 hub each (public test keys, for --keyring test):',
    formatTable(['name', 'address'], keys),
    '',
    'Try next:',
    `  npx artel query bank balance ${to}${node}`,
    `  npx artel tx bank send test0 ${to} 12hub --keyring test --home ${root}${node}`,
    `  npx artel localnet status --home ${root}`,
  ].join('\n');
}
