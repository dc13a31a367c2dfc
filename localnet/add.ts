/** Lets one more node join a localnet that runs: by its blocks, or by state sync. */
import { rm } from 'node:fs/promises';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { configureNodes, createAnother } from './create.ts';
import { stopNodes } from './down.ts';
import { lastLines } from './logs.ts';
import { type LocalnetSettings, type NodePlan, planNodes } from './plan.ts';
import { findLive, readRun, updateRun } from './record.ts';
import { waitForFirstBlock } from './report.ts';
import { explainEnd, startNode, type UpOptions } from './up.ts';

export interface AddOptions
  extends Pick<UpOptions, 'root' | 'findCometbft' | 'artel' | 'nodeArguments' | 'env' | 'signal'> {
  readonly settings: LocalnetSettings;
  /** By a snapshot that the others offer; else by all blocks from the first. */
  readonly stateSync: boolean;
  readonly readyTimeoutMs?: number;
}

/**
 * Makes a node beside the validators, starts it, and waits until it has reached the head. It then
 * belongs to the localnet: `up` starts it again, `down` ends it.
 *
 * @throws CliError where nothing runs, or it does not join; it is then gone again.
 */
export async function addNode(options: AddOptions): Promise<NodePlan> {
  const { root, settings } = options;
  const before = planNodes(root, settings);
  const run = await readRun(root);
  if (run === undefined || (await findLive(run, before)).nodes.length === 0) {
    throw new CliError(
      `the localnet in ${root} does not run: there is nobody to join`,
      exitCodes.failed,
      `Bring it up first: artel localnet up --home ${root}`,
    );
  }
  const cometbft = await options.findCometbft();
  const node = await createAnother(root, settings, cometbft);
  const servers = before.slice(0, 2).map(({ rpcUrl }) => rpcUrl);
  const [first = ''] = servers;
  const sync = options.stateSync ? ['--state-sync', `${first},${servers[1] ?? first}`] : [];
  const nodeArguments = [...(options.nodeArguments ?? []), ...sync];
  const started = startNode(node, { ...options, nodeArguments }, cometbft);
  try {
    await waitForFirstBlock([node], {
      timeoutMs: options.readyTimeoutMs ?? 150_000,
      signal: options.signal,
      ended: explainEnd(started),
      lastLines: () => lastLines(node.logFile, 8),
    });
    options.signal.throwIfAborted();
    const now = (await readRun(root)) ?? run;
    await updateRun(root, { ...now, nodes: [...now.nodes, started.ref] });
    started.child.unref();
    return node;
  } catch (error) {
    await stopNodes([node], [started.ref]);
    await rm(node.home, { recursive: true, force: true });
    await configureNodes(root, settings);
    throw error;
  }
}
