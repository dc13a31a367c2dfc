/**
 * Ends a localnet, however it was left, and removes it. Only processes that it recorded are
 * touched.
 */
import { rm } from 'node:fs/promises';
import { clearLeftovers, nodeHome, readHomeLock } from '../chain/node/home.ts';
import { endProcess, type ProcessRef, signalProcess, waitForEnd } from '../chain/node/process.ts';
import { type NodePlan, planNodes } from './plan.ts';
import { endRun, findLive, readRun, readSettings } from './record.ts';

/** A node stops CometBFT for at most 20 s, then closes its store. */
const nodeGraceMs = 30_000;

/**
 * Ends every process of the localnet in `root`.
 *
 * @returns how many node processes were running; undefined where there is no localnet.
 */
export async function bringDown(root: string): Promise<number | undefined> {
  const settings = await readSettings(root);
  const run = await readRun(root);
  if (settings === undefined && run === undefined) return undefined;
  const nodes = settings === undefined ? [] : planNodes(root, settings);
  const live = await findLive(run, nodes);
  if (live.manager !== undefined && live.manager.pid !== process.pid && run?.detached === false) {
    // It knows its nodes best; what it does not end in time is ended below.
    signalProcess(live.manager, 'SIGTERM');
    await waitForEnd(live.manager, nodeGraceMs + 10_000);
    if ((await readRun(root))?.manager.pid === live.manager.pid) {
      await endProcess(live.manager, 1_000);
    }
  }
  await clearRun(root, nodes);
  return live.nodes.length;
}

/** Ends what a run left: its nodes, ones started in its homes by hand, and their CometBFT. */
export async function clearRun(root: string, nodes: readonly NodePlan[]): Promise<void> {
  const run = await readRun(root);
  const { nodes: running } = await findLive(run, nodes);
  await stopNodes(nodes, running);
  await endRun(root);
}

/** Ends these processes and every other one that runs a home of the plan, all at once. */
export async function stopNodes(
  nodes: readonly NodePlan[],
  processes: readonly ProcessRef[],
): Promise<void> {
  const { nodes: byHome } = await findLive(undefined, nodes);
  const all = new Map([...processes, ...byHome].map((ref) => [ref.pid, ref]));
  await Promise.all([...all.values()].map((ref) => endProcess(ref, nodeGraceMs)));
  for (const node of nodes) {
    const home = nodeHome(node.home);
    const left = await readHomeLock(home);
    if (left !== undefined) await clearLeftovers(home, left);
  }
}

/** Ends the localnet and removes its folder: chain, keys and logs. False where there is none. */
export async function resetLocalnet(root: string): Promise<boolean> {
  if ((await bringDown(root)) === undefined) return false;
  await rm(root, { recursive: true, force: true });
  return true;
}
