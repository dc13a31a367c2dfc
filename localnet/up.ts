/**
 * Brings a localnet up: makes it where there is none, starts a process a node, waits for the first
 * block, and in the foreground keeps it running until it is told to end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { describeProcess, isRunning, type ProcessRef } from '../chain/node/process.ts';
import { configureNodes, createLocalnet, type MakeGenesis } from './create.ts';
import { clearRun, stopNodes } from './down.ts';
import { lastLines } from './logs.ts';
import { type LocalnetSettings, type NodePlan, planNodes, requireFreePorts } from './plan.ts';
import {
  beginRun,
  endRun,
  findLive,
  type RunRecord,
  readRun,
  readSettings,
  updateRun,
} from './record.ts';
import { waitForFirstBlock } from './report.ts';

export interface UpOptions {
  readonly root: string;
  /** What the user asked for; what he left open is taken from the localnet that is there. */
  readonly wanted: Partial<LocalnetSettings>;
  readonly defaults: LocalnetSettings;
  /** The CometBFT binary; asked for only when something has to be started. */
  readonly findCometbft: () => Promise<string>;
  readonly makeGenesis: MakeGenesis;
  /** How `artel` is called on this machine: program and first arguments. */
  readonly artel: readonly [string, ...string[]];
  /** More options of `artel start`, the same for every node. */
  readonly nodeArguments?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True: return when the nodes are up, and leave them running. */
  readonly detach: boolean;
  readonly signal: AbortSignal;
  /** Progress, one line each. */
  readonly say: (line: string) => void;
  /** Called once every node has made a block. */
  readonly onReady: (nodes: readonly NodePlan[]) => Promise<void>;
  readonly readyTimeoutMs?: number;
}

export type UpOutcome = 'already running' | 'detached' | 'stopped';

/**
 * @throws CliError where it can't be brought up, or a localnet with other settings is there; in the
 *   foreground also when the last node has ended unasked. The signal's reason where it fires before
 *   the localnet is up. Nothing is left running then.
 */
export async function bringUp(options: UpOptions): Promise<UpOutcome> {
  const { root } = options;
  const present = await readSettings(root);
  const settings = mergeSettings(root, present, options);
  const nodes = planNodes(root, settings);
  const self = describeProcess(process.pid);
  if (self === undefined) throw new Error('this process does not find itself');
  const run: RunRecord = { manager: self, detached: false, nodes: [] };
  while (!(await beginRun(root, run))) {
    if (await isUp(root, nodes)) return 'already running';
    options.say('Clearing up after a localnet that was not ended in order.');
    await clearRun(root, nodes);
  }
  const started: StartedNode[] = [];
  let keep = false;
  try {
    const cometbft = await options.findCometbft();
    await requireFreePorts(nodes);
    const began = performance.now();
    options.say(`Starting ${nodes.length} validators of ${settings.chainId} ...`);
    if (present === undefined) await createLocalnet(root, settings, cometbft, options.makeGenesis);
    else if (present.basePort !== settings.basePort) await configureNodes(root, settings);
    for (const node of nodes) {
      options.signal.throwIfAborted();
      started.push(startNode(node, options, cometbft));
      await updateRun(root, { ...run, nodes: started.map(({ ref }) => ref) });
    }
    await waitForFirstBlock(nodes, {
      timeoutMs: options.readyTimeoutMs ?? 60_000,
      signal: options.signal,
      ended: Promise.race(started.map(explainEnd)),
      lastLines: (node) => lastLines(node.logFile, 8),
    });
    options.signal.throwIfAborted();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    options.say(`They take part after ${seconds} s.`);
    await options.onReady(nodes);
    if (options.detach) {
      await updateRun(root, { ...run, detached: true, nodes: started.map(({ ref }) => ref) });
      for (const { child } of started) child.unref();
      keep = true;
      return 'detached';
    }
    await stayUp(started, options);
    return 'stopped';
  } finally {
    if (!keep) {
      if (started.length > 0) options.say('Stopping the nodes.');
      const grown = await readSettings(root);
      await stopNodes(
        grown === undefined ? nodes : planNodes(root, grown),
        started.map(({ ref }) => ref),
      );
      await endRun(root);
    }
  }
}

/** Takes what is asked for; what is not asked for is as it was, or by default. */
function mergeSettings(
  root: string,
  present: LocalnetSettings | undefined,
  { wanted, defaults }: UpOptions,
): LocalnetSettings {
  const settings = { ...defaults, ...present, ...wanted };
  if (present === undefined) return settings;
  // Ports may move; everything else is in the genesis or was chosen with it.
  for (const name of [
    'chainId',
    'count',
    'timeoutCommit',
    'emptyBlocksInterval',
    'seed',
  ] as const) {
    if (settings[name] === present[name]) continue;
    throw new CliError(
      `the localnet in ${root} has ${name} ${present[name]}, not ${settings[name]}`,
      exitCodes.usage,
      `Begin anew with \`artel localnet reset --home ${root}\`, or name another --home.`,
    );
  }
  return settings;
}

/** Whether the recorded run is alive: its manager, or in a detached one at least one node. */
async function isUp(root: string, nodes: readonly NodePlan[]): Promise<boolean> {
  const run = await readRun(root);
  if (run === undefined) return false;
  if (isRunning(run.manager)) return true;
  return run.detached && (await findLive(run, nodes)).nodes.length > 0;
}

export interface StartedNode {
  readonly node: NodePlan;
  readonly child: ChildProcess;
  readonly ref: ProcessRef;
  readonly ended: Promise<string>;
}

/** Starts `artel start` in a process group of its own, its output going to the node's log. */
export function startNode(
  node: NodePlan,
  options: Pick<UpOptions, 'artel' | 'nodeArguments' | 'env'>,
  cometbft: string,
): StartedNode {
  const [program, ...first] = options.artel;
  const log = openSync(node.logFile, 'a');
  let child: ChildProcess;
  try {
    // The processors are shared by all nodes of the machine.
    const own = ['--metrics', `127.0.0.1:${node.metricsPort}`, '--signature-threads', '0'];
    const more = [...own, ...(options.nodeArguments ?? [])];
    child = spawn(program, [...first, 'start', '--home', node.home, ...more], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...options.env, COMETBFT_BIN: cometbft },
    });
  } finally {
    closeSync(log);
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  const pid = child.pid ?? 0;
  return { node, child, ended, ref: describeProcess(pid) ?? { pid, started: '' } };
}

/** Resolves when the process has ended, with the reason as an error. */
export async function explainEnd({ node, ended }: StartedNode): Promise<CliError> {
  const how = await ended;
  return new CliError(
    `${node.name} has ended (${how})`,
    exitCodes.failed,
    `${node.logFile} ends with:\n${await lastLines(node.logFile, 8)}`,
  );
}

/** Until the signal fires. A node that ends is told of; the rest go on while there is one. */
async function stayUp(started: readonly StartedNode[], options: UpOptions): Promise<void> {
  const stop = new Promise<undefined>((resolve) => {
    if (options.signal.aborted) resolve(undefined);
    options.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const watching = new Map(
    started.map((one) => [one, explainEnd(one).then((error) => ({ one, error }))]),
  );
  while (watching.size > 0) {
    const event = await Promise.race([stop, ...watching.values()]);
    if (event === undefined || options.signal.aborted) return;
    watching.delete(event.one);
    options.say(`${event.error.message}. ${event.error.hint ?? ''}`);
    if (watching.size === 0) throw event.error;
    options.say(
      `${watching.size} of ${started.length} nodes go on; start it again with ` +
        `\`artel start --home ${event.one.node.home}\`.`,
    );
  }
}
