/**
 * What CometBFT is told to join by a snapshot of its peers: servers for its light client, and the
 * block that this starts from. Given in its environment, so that no file keeps it for later starts.
 */
import { CliError, exitCodes } from '../cli/context.ts';
import { callRpc } from './rpc.ts';

/** A block whose hash is trusted beforehand; everything else follows from it by signatures. */
export interface TrustedBlock {
  readonly height: number;
  /** Upper-case hex. */
  readonly hash: string;
}

/**
 * The RPC servers of `--state-sync`, which check each other.
 *
 * @throws CliError (usage) for less than two, or what is no URL.
 */
export function parseServers(text: string): readonly string[] {
  const servers = text.split(',').map((server) => server.trim().replace(/^tcp:/, 'http:'));
  for (const server of servers) {
    if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) continue;
    throw new CliError(
      `--state-sync: "${server}" is not the URL of an RPC server`,
      exitCodes.usage,
      'For example http://198.51.100.7:26657,http://203.0.113.9:26657.',
    );
  }
  if (servers.length >= 2) return servers;
  throw new CliError(
    '--state-sync needs two RPC servers, separated by a comma: they check each other',
    exitCodes.usage,
    'A second of the same operator checks little; take one of somebody else.',
  );
}

/**
 * The newest block that all servers have, where they agree on it.
 *
 * @throws CliError where one is silent, of another chain, or says another hash.
 */
export async function agreedBlock(
  servers: readonly string[],
  chainId: string,
): Promise<TrustedBlock> {
  const newest = await Promise.all(servers.map((server) => commitOf(server, chainId)));
  const height = Math.min(...newest.map((block) => block.height));
  const blocks = await Promise.all(servers.map((server) => commitOf(server, chainId, height)));
  const [first, ...others] = blocks;
  const index = others.findIndex(({ hash }) => hash !== first?.hash);
  if (first !== undefined && index === -1) return first;
  throw new CliError(
    `${servers[0]} and ${servers[index + 1]} have different blocks ${height}: one of them lies`,
    exitCodes.failed,
    'Ask people whom you trust for a block, and give --trust-height and --trust-hash.',
  );
}

async function commitOf(server: string, chainId: string, height?: number): Promise<TrustedBlock> {
  const params = height === undefined ? {} : { height: String(height) };
  const { signed_header: found } = (await callRpc(server, 'commit', params)) as {
    signed_header: {
      header: { chain_id: string; height: string };
      commit: { block_id: { hash: string } };
    };
  };
  if (found.header.chain_id !== chainId) {
    throw new CliError(
      `${server} is of chain ${found.header.chain_id}, this node of ${chainId}`,
      exitCodes.usage,
      'Name servers of this chain, or put its genesis.json into config/.',
    );
  }
  return { height: Number(found.header.height), hash: found.commit.block_id.hash };
}

/** The environment for CometBFT. */
export function stateSyncEnvironment(
  servers: readonly string[],
  { height, hash }: TrustedBlock,
): Readonly<Record<string, string>> {
  return {
    CMT_STATESYNC_ENABLE: 'true',
    CMT_STATESYNC_RPC_SERVERS: servers.join(','),
    CMT_STATESYNC_TRUST_HEIGHT: String(height),
    CMT_STATESYNC_TRUST_HASH: hash,
    // The least that CometBFT takes: it gathers offers for so long.
    CMT_STATESYNC_DISCOVERY_TIME: '5s',
  };
}
