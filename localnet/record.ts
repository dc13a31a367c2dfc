/**
 * What a localnet writes down about itself: `localnet.json`, its settings, which make the folder a
 * localnet; and `run.json`, the processes of the present run, by pid and start time.
 */
import { link, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { type HomeLockRecord, nodeHome, readHomeLock } from '../chain/node/home.ts';
import { isRunning, type ProcessRef, parseProcessRef } from '../chain/node/process.ts';
import { type LocalnetSettings, type NodePlan, planNodes } from './plan.ts';

/** The settings of the localnet in `root`; undefined where there is none. */
export async function readSettings(root: string): Promise<LocalnetSettings | undefined> {
  const path = join(root, 'localnet.json');
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const settings = JSON.parse(text) as LocalnetSettings;
    planNodes(root, settings);
    return settings;
  } catch (error) {
    throw new CliError(
      `${path} is damaged: ${error instanceof Error ? error.message : String(error)}`,
      exitCodes.failed,
      `Remove the folder ${root} and begin anew.`,
    );
  }
}

export async function writeSettings(root: string, settings: LocalnetSettings): Promise<void> {
  await writeFile(join(root, 'localnet.json'), `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** The processes of one run. */
export interface RunRecord {
  /** The `localnet up` that keeps it running; in a detached run it ends once the nodes are up. */
  readonly manager: ProcessRef;
  /** True once the nodes run on without the manager. */
  readonly detached: boolean;
  /** The node processes, as they were started. */
  readonly nodes: readonly ProcessRef[];
}

export async function readRun(root: string): Promise<RunRecord | undefined> {
  const text = await readIfThere(join(root, 'run.json'));
  if (text === undefined) return undefined;
  const { manager, detached, nodes } = parseObject(text);
  return {
    manager: parseProcessRef(manager) ?? { pid: 0, started: '' },
    detached: detached === true,
    nodes: (Array.isArray(nodes) ? nodes : []).flatMap((node) => parseProcessRef(node) ?? []),
  };
}

/** Writes the first record of a run, whole or not at all; false where there is one already. */
export async function beginRun(root: string, run: RunRecord): Promise<boolean> {
  await mkdir(root, { recursive: true });
  const scratch = join(root, `run.json.${run.manager.pid}`);
  await writeFile(scratch, JSON.stringify(run));
  try {
    await link(scratch, join(root, 'run.json'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(scratch, { force: true });
  }
}

export async function updateRun(root: string, run: RunRecord): Promise<void> {
  const scratch = join(root, `run.json.${run.manager.pid}`);
  await writeFile(scratch, JSON.stringify(run));
  await rename(scratch, join(root, 'run.json'));
}

export async function endRun(root: string): Promise<void> {
  await rm(join(root, 'run.json'), { force: true });
  // A run that failed before it made anything leaves no folder either.
  await rmdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
  });
}

/** The processes that live in a localnet's folder now. */
export interface LiveProcesses {
  /** The managing `localnet up`, where one runs. */
  readonly manager: ProcessRef | undefined;
  /** Running node processes: of the run, and ones that were started in its homes by hand. */
  readonly nodes: readonly ProcessRef[];
  /** The lock records of the homes, running or stale. */
  readonly locks: readonly HomeLockRecord[];
}

export async function findLive(
  run: RunRecord | undefined,
  nodes: readonly NodePlan[],
): Promise<LiveProcesses> {
  const locks: HomeLockRecord[] = [];
  for (const { home } of nodes) {
    const lock = await readHomeLock(nodeHome(home));
    if (lock !== undefined) locks.push(lock);
  }
  const known = new Map<number, ProcessRef>();
  for (const ref of [...(run?.nodes ?? []), ...locks.map(({ node }) => node)]) {
    if (isRunning(ref)) known.set(ref.pid, ref);
  }
  return {
    manager: run !== undefined && isRunning(run.manager) ? run.manager : undefined,
    nodes: [...known.values()],
    locks,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
