/**
 * Every line in which a generated CometBFT configuration differs from CometBFT's defaults, with
 * the reason, in one table (`docs/operate.md` prints it). The rest of the file is as `cometbft
 * init` writes it.
 */
import { patchToml, readToml, type TomlEntry } from './toml.ts';

/**
 * What differs from node to node. Ports are on this machine; durations are Go's (`1s`, `500ms`).
 */
export interface NodeConfig {
  readonly moniker: string;
  readonly p2pPort: number;
  readonly rpcPort: number;
  readonly prometheusPort: number;
  readonly timeoutCommit: string;
  readonly emptyBlocksInterval: string;
  /**
   * Several nodes on one machine: everything listens on 127.0.0.1, and these peers (`id@host:port`)
   * are all there are. Undefined: a node of a real network.
   */
  readonly localPeers: readonly string[] | undefined;
  /** Peers of a real network that are always kept (`id@host:port`, separated by commas). */
  readonly peers?: string | undefined;
}

/** The defaults of CometBFT's ports and of the times that Artel sets. */
export const defaultNodeConfig: Omit<NodeConfig, 'moniker'> = {
  p2pPort: 26656,
  rpcPort: 26657,
  prometheusPort: 26660,
  timeoutCommit: '1s',
  emptyBlocksInterval: '5s',
  localPeers: undefined,
};

/** A row of the table. `value` undefined: this node keeps the default. */
interface ConfigRow {
  readonly section: string;
  readonly key: string;
  readonly value: (node: NodeConfig) => TomlEntry['value'] | undefined;
  readonly reason: string;
}

const onLocalnet =
  (value: TomlEntry['value']) =>
  (node: NodeConfig): TomlEntry['value'] | undefined =>
    node.localPeers === undefined ? undefined : value;

/** The table. */
export const configTable: readonly ConfigRow[] = [
  {
    section: '',
    key: 'moniker',
    value: (node) => node.moniker,
    reason: 'the default is the name of the machine, which is told to every peer',
  },
  {
    section: 'rpc',
    key: 'laddr',
    value: (node) => `tcp://127.0.0.1:${node.rpcPort}`,
    reason: 'the port of this node; the RPC is for this machine, a proxy may publish it',
  },
  {
    section: 'rpc',
    key: 'cors_allowed_origins',
    value: onLocalnet(['*']),
    reason: 'localnet: web pages under development call the RPC from another port',
  },
  {
    section: 'rpc',
    key: 'max_request_batch_size',
    value: () => 100,
    reason: "CosmJS's HttpBatchClient sends 20 calls at once, the default refuses more than 10",
  },
  {
    section: 'p2p',
    key: 'laddr',
    value: (node) =>
      `tcp://${node.localPeers === undefined ? '0.0.0.0' : '127.0.0.1'}:${node.p2pPort}`,
    reason: 'the port of this node; a localnet is not reachable from other machines',
  },
  {
    section: 'p2p',
    key: 'persistent_peers',
    value: (node) => node.localPeers?.join(',') ?? node.peers,
    reason: 'peers to keep; on a localnet every node knows all others',
  },
  {
    section: 'p2p',
    key: 'persistent_peers_max_dial_period',
    value: onLocalnet('3s'),
    reason: 'localnet: a node that comes back is met again at once; the default waits ever longer',
  },
  {
    section: 'p2p',
    key: 'addr_book_strict',
    value: onLocalnet(false),
    reason: 'localnet: 127.0.0.1 is no routable address',
  },
  {
    section: 'p2p',
    key: 'allow_duplicate_ip',
    value: onLocalnet(true),
    reason: 'localnet: all nodes share one address',
  },
  {
    section: 'p2p',
    key: 'pex',
    value: onLocalnet(false),
    reason: 'localnet: there is nobody to be found',
  },
  {
    section: 'mempool',
    key: 'size',
    value: () => 10_000,
    reason: 'two blocks of 5,000 transactions, so that a block never waits for senders',
  },
  {
    section: 'mempool',
    key: 'cache_size',
    value: () => 20_000,
    reason: 'twice the mempool, as in the defaults',
  },
  {
    section: 'consensus',
    key: 'timeout_commit',
    value: (node) => node.timeoutCommit,
    reason: 'the pause between blocks, so at most one block in this time',
  },
  {
    section: 'consensus',
    key: 'create_empty_blocks_interval',
    value: (node) => node.emptyBlocksInterval,
    reason: 'an idle chain makes a block this often, not every second: a due timer needs a block',
  },
  {
    section: 'instrumentation',
    key: 'prometheus',
    value: () => true,
    reason: 'metrics on their port, for this machine',
  },
  {
    section: 'instrumentation',
    key: 'prometheus_listen_addr',
    value: (node) => `127.0.0.1:${node.prometheusPort}`,
    reason: 'the port of this node; the default listens on every interface',
  },
];

/** The lines of the table that this node has. */
export function configLines(node: NodeConfig): readonly TomlEntry[] {
  return configTable.flatMap(({ section, key, value }) => {
    const own = value(node);
    return own === undefined ? [] : [{ section, key, value: own }];
  });
}

/**
 * A default config.toml with this node's lines set.
 *
 * @throws Error where a line of the table does not exist in the text (another CometBFT version).
 */
export function configureNode(defaults: string, node: NodeConfig): string {
  return patchToml(defaults, configLines(node));
}

/** An address that a node listens on, and the setting that moves it. */
export interface Listener {
  readonly what: 'RPC' | 'P2P' | 'Prometheus';
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/** The TCP addresses that CometBFT will listen on with this config.toml. */
export function listeners(text: string): readonly Listener[] {
  const found: Listener[] = [];
  const add = (what: Listener['what'], section: string, key: string): void => {
    const value = readToml(text, section, key);
    const match = /^(?:tcp:\/\/)?(.*):(\d+)$/.exec(typeof value === 'string' ? value : '');
    if (match?.[1] === undefined || match[2] === undefined) return;
    found.push({ what, setting: `[${section}] ${key}`, host: match[1], port: Number(match[2]) });
  };
  add('RPC', 'rpc', 'laddr');
  add('P2P', 'p2p', 'laddr');
  if (readToml(text, 'instrumentation', 'prometheus') === true) {
    add('Prometheus', 'instrumentation', 'prometheus_listen_addr');
  }
  return found;
}
