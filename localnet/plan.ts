/** Names, homes and ports of the nodes of a localnet, all following from four settings. */
import { join, resolve } from 'node:path';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { isPortFree } from '../chain/node/ports.ts';

/** What a localnet is made from; kept in its folder, since its genesis follows from it. */
export interface LocalnetSettings {
  readonly chainId: string;
  /** How many validators. */
  readonly count: number;
  /** P2P port of node 0; node i has the ten ports from `basePort + 10 i`. */
  readonly basePort: number;
  /** The pause between blocks, in Go's notation. */
  readonly timeoutCommit: string;
  /** How often an idle chain makes a block, in Go's notation. */
  readonly emptyBlocksInterval: string;
  /** Makes the nodes' keys repeatable; undefined for random ones. */
  readonly seed?: string | undefined;
  /** Nodes beside the validators, added later. */
  readonly added?: number;
}

export const defaultLocalnet: LocalnetSettings = {
  chainId: 'artel-local-1',
  count: 4,
  basePort: 26656,
  timeoutCommit: '1s',
  emptyBlocksInterval: '5s',
};

/** One node of the plan. */
export interface NodePlan {
  readonly name: string;
  readonly home: string;
  readonly p2pPort: number;
  readonly rpcPort: number;
  /** CometBFT's own metrics. */
  readonly prometheusPort: number;
  /** The application's metrics. */
  readonly metricsPort: number;
  /** `http://127.0.0.1:<rpcPort>` */
  readonly rpcUrl: string;
  /** What the node prints: the application's and CometBFT's log. */
  readonly logFile: string;
}

/** The most nodes that one machine is asked to run. */
const mostNodes = 64;

/**
 * The nodes below `root`.
 *
 * @throws CliError (usage) for settings that can't be.
 */
export function planNodes(root: string, settings: LocalnetSettings): readonly NodePlan[] {
  const { chainId, count, basePort, added = 0 } = settings;
  const all = count + added;
  if (!Number.isSafeInteger(all) || count < 1 || added < 0 || all > mostNodes) {
    throw new CliError(`-n ${count}: 1 to ${mostNodes} validators are possible`, exitCodes.usage);
  }
  const highest = 65_535 - 10 * (all - 1) - 5;
  if (!Number.isSafeInteger(basePort) || basePort < 1024 || basePort > highest) {
    throw new CliError(
      `--base-port ${basePort}: with ${all} nodes it must lie between 1024 and ${highest}`,
      exitCodes.usage,
    );
  }
  if (!/^artel-(local|dev)-[a-z0-9-]{1,30}$/.test(chainId)) {
    throw new CliError(
      `--chain-id ${chainId}: a localnet's begins with artel-local- (its funded keys are public)`,
      exitCodes.usage,
      'For example artel-local-1.',
    );
  }
  return Array.from({ length: all }, (_, index) => {
    const home = join(resolve(root), `node${index}`);
    const p2pPort = basePort + 10 * index;
    return {
      name: `node${index}`,
      home,
      p2pPort,
      rpcPort: p2pPort + 1,
      prometheusPort: p2pPort + 4,
      metricsPort: p2pPort + 5,
      rpcUrl: `http://127.0.0.1:${p2pPort + 1}`,
      logFile: join(home, 'node.log'),
    };
  });
}

/** @throws CliError (unavailable) naming the first port that another program has. */
export async function requireFreePorts(nodes: readonly NodePlan[]): Promise<void> {
  for (const { name, p2pPort, rpcPort, prometheusPort, metricsPort } of nodes) {
    const ports = { P2P: p2pPort, RPC: rpcPort, Prometheus: prometheusPort, Metrics: metricsPort };
    for (const [what, port] of Object.entries(ports)) {
      if (await isPortFree('127.0.0.1', port)) continue;
      throw new CliError(
        `port ${port} (${what} of ${name}) is in use by another program`,
        exitCodes.unavailable,
        'Stop that program, or move the localnet with --base-port (27656, say).',
      );
    }
  }
}
