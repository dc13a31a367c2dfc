/** Which nodes a lab has, and where: everything follows from its settings. */
import { join, resolve } from 'node:path';
import { CliError, exitCodes } from '../../chain/cli/context.ts';
import { isPortFree } from '../../chain/node/ports.ts';
import type { TomlEntry } from '../../chain/node/toml.ts';
import type { NodePlan } from '../plan.ts';
import type { LinkPlan } from './links/protocol.ts';

/** What a lab is made from. */
export interface LabSettings {
  readonly chainId: string;
  /** Voting power of each validator, in the order of the nodes. */
  readonly powers: readonly number[];
  /** Nodes that follow without voting, after the validators. */
  readonly full: number;
  /** Of those, how many the lab does not start by itself; the last ones. */
  readonly late: number;
  /** In Go's notation. */
  readonly timeoutCommit: string;
  readonly emptyBlocksInterval: string;
  /** A snapshot each so many blocks; 0 for none. */
  readonly snapshotInterval: number;
  /** The first port; the lab takes those from here on. Undefined: wherever there is room. */
  readonly basePort?: number | undefined;
  /** Accounts for the load, each funded. */
  readonly accounts: number;
  /** Keys, jitter and whatever else is left to chance follow from it. */
  readonly seed: number;
  /** Lines of every node's config.toml that differ from a localnet's. */
  readonly config: readonly TomlEntry[];
  /** MiB of the disk of single nodes, by name; the others have the machine's. */
  readonly disks?: Readonly<Record<string, number>> | undefined;
  /** Full nodes that have the validator key of another one, by name: live twins. */
  readonly twins?: Readonly<Record<string, string>> | undefined;
  /** Nodes whose validator key is with a remote signer; a twin shares its original's. */
  readonly signers?: readonly string[] | undefined;
  /** Of the genesis: how long evidence holds. Undefined: a localnet's. */
  readonly evidence?: { readonly blocks: number; readonly ms: number } | undefined;
}

export const defaultLab: LabSettings = {
  chainId: 'artel-local-lab',
  powers: [10, 10, 10, 10],
  full: 0,
  late: 0,
  timeoutCommit: '300ms',
  emptyBlocksInterval: '0s',
  snapshotInterval: 5,
  accounts: 64,
  seed: 1,
  config: [],
};

/** One node of a lab. */
export interface LabNodePlan extends NodePlan {
  readonly index: number;
  /** 0 for a node that does not vote. */
  readonly power: number;
  /** Started by a step of the scenario, not with the others. */
  readonly late: boolean;
  /** For a light client beside it. */
  readonly lightPort: number;
  /** Of a small disk of its own. */
  readonly diskMiB?: number | undefined;
  /** Whose validator key it has besides its own identity. */
  readonly twinOf?: string | undefined;
  /** Where a remote signer finds it; undefined: it signs by itself. */
  readonly signerSocket?: string | undefined;
}

export interface LabPlan {
  readonly root: string;
  readonly settings: LabSettings;
  readonly nodes: readonly LabNodePlan[];
  readonly links: readonly LinkPlan[];
}

const mostNodes = 32;
const portsOfNode = 10;

/** Above it the system gives ports to outgoing connections, which would then be in the way. */
const highestPort = 32_767;
const lowestPort = 20_000;

/** How many ports a lab of so many nodes takes. */
function portsOf(count: number): number {
  return count * portsOfNode + (count * (count - 1)) / 2;
}

/** @throws CliError (usage) for settings that can't be. */
export function planLab(root: string, settings: LabSettings, basePort: number): LabPlan {
  const count = countNodes(settings);
  if (basePort < 1024 || basePort + portsOf(count) - 1 > highestPort) {
    throw new CliError(
      `--base-port ${basePort}: ${count} nodes take the ${portsOf(count)} ports from there, ` +
        `which must lie between 1024 and ${highestPort}`,
      exitCodes.usage,
    );
  }
  const nodes = Array.from({ length: count }, (_, index): LabNodePlan => {
    const p2pPort = basePort + portsOfNode * index;
    const home = join(resolve(root), `node${index}`);
    return {
      index,
      name: `node${index}`,
      home,
      p2pPort,
      rpcPort: p2pPort + 1,
      prometheusPort: p2pPort + 4,
      metricsPort: p2pPort + 5,
      lightPort: p2pPort + 6,
      rpcUrl: `http://127.0.0.1:${p2pPort + 1}`,
      // Beside the home: what a node says last must not be lost with a full disk.
      logFile: `${home}.log`,
      power: settings.powers[index] ?? 0,
      late: index >= count - settings.late,
      diskMiB: settings.disks?.[`node${index}`],
      twinOf: settings.twins?.[`node${index}`],
      signerSocket: settings.signers?.includes(`node${index}`)
        ? join(home, 'signer.sock')
        : undefined,
    };
  });
  requireNodes(settings, nodes);
  let listenPort = basePort + portsOfNode * count;
  const links = nodes.flatMap(({ index: from }) =>
    nodes.slice(from + 1).map(({ index: to, p2pPort }): LinkPlan => {
      const link = { from, to, listenPort, targetPort: p2pPort };
      listenPort += 1;
      return link;
    }),
  );
  return { root: resolve(root), settings, nodes, links };
}

/** @throws CliError (usage) where twins or signers name nodes that there are not. */
function requireNodes({ disks, twins, signers }: LabSettings, nodes: readonly LabNodePlan[]): void {
  const named = [
    ...Object.entries(twins ?? {}).flat(),
    ...(signers ?? []),
    ...Object.keys(disks ?? {}),
  ];
  const strange = named.find((word) => nodes.every(({ name }) => name !== word));
  if (strange !== undefined) {
    throw new CliError(`disks, twins or signers: the lab has no ${strange}`, exitCodes.usage);
  }
  const votes = Object.keys(twins ?? {}).find((word) =>
    nodes.some(({ name, power }) => name === word && power > 0),
  );
  if (votes === undefined) return;
  throw new CliError(`twins: ${votes} votes for itself; a twin is a full node`, exitCodes.usage);
}

/**
 * A first port with room for these settings.
 *
 * @throws CliError (unavailable) where there is none.
 */
export async function findBasePort(settings: LabSettings): Promise<number> {
  const needed = portsOf(countNodes(settings));
  if (settings.basePort !== undefined) {
    await requirePorts(settings.basePort, needed);
    return settings.basePort;
  }
  // Two labs that look at the same moment should not find the same room.
  const steps = Math.floor((highestPort - lowestPort - needed) / 100);
  const first = process.pid % steps;
  for (let step = 0; step < steps; step += 1) {
    const base = lowestPort + ((first + step) % steps) * 100;
    if ((await firstTaken(base, needed)) === undefined) return base;
  }
  throw new CliError(
    `no ${needed} free ports in a row between ${lowestPort} and ${highestPort}`,
    exitCodes.unavailable,
    'End other test networks.',
  );
}

async function requirePorts(base: number, needed: number): Promise<void> {
  const taken = await firstTaken(base, needed);
  if (taken === undefined) return;
  throw new CliError(
    `port ${taken} is in use by another program`,
    exitCodes.unavailable,
    'Stop that program, or leave --base-port out.',
  );
}

async function firstTaken(base: number, needed: number): Promise<number | undefined> {
  for (let port = base; port < base + needed; port += 1) {
    if (!(await isPortFree('127.0.0.1', port))) return port;
  }
  return undefined;
}

function countNodes({ powers, full, late }: LabSettings): number {
  const count = powers.length + full;
  if (powers.length < 1 || count > mostNodes || late > full) {
    throw new CliError(
      `a lab has 1 to ${mostNodes} nodes, at least one votes, and late ones do not vote`,
      exitCodes.usage,
    );
  }
  return count;
}
