/**
 * Four real validators under load are killed twenty times at random moments, by SIGKILL and in
 * every combination of application and CometBFT, and always go on with the same app hash.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { nodeHome, readHomeLock } from '../../chain/node/home.ts';
import { isRunning, signalProcess, waitForEnd } from '../../chain/node/process.ts';
import { callRpc, fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { bringDown } from '../down.ts';
import { lastLines } from '../logs.ts';
import { defaultLocalnet, type NodePlan, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';
import { startLoad } from './load.ts';

const rounds = 5;
const repository = fileURLToPath(new URL('../../', import.meta.url));
const artel: readonly [string, ...string[]] = [
  process.execPath,
  '--no-warnings',
  join(repository, 'chain', 'cli', 'main.ts'),
];
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-kill',
  basePort: 21_850,
  timeoutCommit: '200ms',
  emptyBlocksInterval: '500ms',
};

/** SIGKILL to a random part of a node, after a random pause; then all of it is gone. */
async function kill(node: NodePlan, log: string[]): Promise<void> {
  const pause = Math.floor(Math.random() * 1_500);
  await sleep(pause);
  const lock = await readHomeLock(nodeHome(node.home));
  if (lock?.cometbft === undefined || !isRunning(lock.node)) {
    throw new Error(`${node.name} was not running`);
  }
  const part = ['application', 'CometBFT', 'both'][Math.floor(Math.random() * 3)] ?? 'both';
  log.push(`${node.name}: ${part} after ${pause} ms`);
  if (part !== 'CometBFT') signalProcess(lock.node, 'SIGKILL');
  if (part !== 'application') signalProcess(lock.cometbft, 'SIGKILL');
  for (const ref of [lock.node, lock.cometbft]) {
    if (!(await waitForEnd(ref, 10_000))) throw new Error(`${node.name}: ${part} left a process`);
  }
}

function startAgain(node: NodePlan, cometbft: string): void {
  const [program, ...first] = artel;
  const log = openSync(node.logFile, 'a');
  spawn(program, [...first, 'start', '--home', node.home], {
    detached: true,
    stdio: ['ignore', log, log],
    env: environment(cometbft),
  });
  closeSync(log);
}

function environment(cometbft: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    COMETBFT_BIN: cometbft,
    NODE_COMPILE_CACHE: join(repository, '.cache', 'compile'),
  };
}

/** Until every node is above `height`; the error names the one that is not, with its log. */
async function allAbove(nodes: readonly NodePlan[], height: number): Promise<void> {
  for (const node of nodes) {
    const above = await poll(
      async () => (await fetchStatus(node.rpcUrl)).height > height || undefined,
      { timeoutMs: 45_000 },
    );
    if (above !== undefined) continue;
    const lines = await lastLines(node.logFile, 15);
    throw new Error(`${node.name} is not above height ${height} after 45 s:\n${lines}`);
  }
}

async function highest(nodes: readonly NodePlan[]): Promise<number> {
  return Math.max(
    ...(await Promise.all(nodes.map(async ({ rpcUrl }) => (await fetchStatus(rpcUrl)).height))),
  );
}

test('killed twenty times under load, four nodes keep one app hash at every height', async () => {
  await using folder = await temporaryFolder();
  const cometbft = await cometbftBinary();
  const nodes = planNodes(folder.path, settings);
  const killed: string[] = [];
  await bringUp({
    root: folder.path,
    wanted: {},
    defaults: settings,
    findCometbft: async () => cometbft,
    makeGenesis,
    artel,
    env: environment(cometbft),
    detach: true,
    signal: new AbortController().signal,
    say: () => {},
    onReady: async () => {},
  });
  try {
    const load = await startLoad(
      nodes.map(({ rpcUrl }) => rpcUrl),
      settings.chainId,
    );
    for (let round = 0; round < rounds; round += 1) {
      const before = await highest(nodes);
      await Promise.all(nodes.map((node) => kill(node, killed)));
      for (const node of nodes) startAgain(node, cometbft);
      await allAbove(nodes, before + 1);
    }
    await load.stop();
    expect(killed).toHaveLength(4 * rounds);
    expect(load.taken()).toBeGreaterThan(4 * rounds);
    const height = await highest(nodes);
    await allAbove(nodes, height);
    let transactions = 0;
    const [one] = nodes;
    for (let at = 1; at <= height; at += 1) {
      const hashes = await Promise.all(nodes.map(({ rpcUrl }) => fetchAppHash(rpcUrl, at)));
      expect([at, new Set(hashes).size]).toEqual([at, 1]);
      const { block } = (await callRpc(one?.rpcUrl ?? '', 'block', { height: String(at) })) as {
        block: { data: { txs: readonly string[] } };
      };
      transactions += block.data.txs.length;
    }
    expect(transactions).toBeGreaterThan(4 * rounds);
  } catch (error) {
    throw new Error(`after ${killed.join('; ')}`, { cause: error });
  } finally {
    await bringDown(folder.path);
  }
}, 240_000);
