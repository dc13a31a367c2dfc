/**
 * A stopped node: its blocks read as CometBFT asked them, and a rollback of both halves in step.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { withStoppedNode } from '../block-source.ts';
import type { NodeHome } from '../home.ts';
import { rollbackNode } from '../rollback.ts';
import { callRpc, fetchStatus, poll } from '../rpc.ts';
import { runNode } from '../supervisor.ts';
import { openCounterApp, openCounterTarget } from './counter-app.ts';
import { cometbftBinary, singleValidatorHome, temporaryFolder } from './fixtures.ts';

let binary: string;
beforeAll(async () => {
  binary = await cometbftBinary();
});

/** Runs the node until `work` is done, and gives every block that the application was asked. */
async function whileRunning(
  home: NodeHome,
  work: () => Promise<void>,
): Promise<ReadonlyMap<number, RequestFinalizeBlock>> {
  const asked = new Map<number, RequestFinalizeBlock>();
  const stop = new AbortController();
  const ended = runNode({
    home: home.root,
    cometbft: binary,
    makeApp: async (opened) =>
      openCounterApp(opened, undefined, undefined, (request) =>
        asked.set(Number(request.height), request),
      ),
    env: process.env,
    logger: pino({ level: 'silent' }),
    onLine: () => {},
    signal: stop.signal,
  });
  try {
    await Promise.race([work(), ended]);
  } finally {
    stop.abort();
  }
  await ended;
  return asked;
}

async function waitForHeight(url: string, height: number): Promise<void> {
  const reached = await poll(async () => (await fetchStatus(url)).height >= height || undefined, {
    timeoutMs: 20_000,
  });
  if (reached === undefined) throw new Error(`height ${height} was not reached within 20 s`);
}

async function sendTransactions(url: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const tx = Buffer.from(`transaction ${i}`).toString('base64');
    await callRpc(url, 'broadcast_tx_sync', { tx });
  }
}

test('blocks of a stopped node are the very requests that CometBFT made', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_120);
  const url = 'http://127.0.0.1:21121';
  const options = { home: home.root, cometbft: binary, env: process.env };
  await expect(withStoppedNode(options, async () => 0)).rejects.toThrow('has no blocks yet');
  const asked = await whileRunning(home, async () => {
    await waitForHeight(url, 2);
    await sendTransactions(url, 3);
    // Two blocks on, whatever the height is by now, the transactions are in.
    await waitForHeight(url, (await fetchStatus(url)).height + 2);
    await expect(withStoppedNode(options, async () => 0)).rejects.toThrow(/is run by process/);
  });
  const kept = JSON.parse(await readFile(join(home.appDir, 'counter.json'), 'utf8')) as {
    height: number;
    hash: string;
  };
  let transactions = 0;
  await withStoppedNode(options, async (source) => {
    expect([source.base, source.height >= kept.height]).toEqual([1, true]);
    for await (const { height, request, appHash } of source.blocks(1, kept.height)) {
      const before = asked.get(height);
      if (before === undefined) throw new Error(`block ${height} was never asked`);
      expect(RequestFinalizeBlock.toJSON(request)).toEqual(RequestFinalizeBlock.toJSON(before));
      transactions += request.txs.length;
      if (height === kept.height) {
        expect(Buffer.from(appHash ?? []).toString('hex')).toBe(kept.hash);
      }
    }
    await expect(source.block(source.height + 1)).rejects.toThrow(/must be less than or equal/);
  });
  expect(transactions).toBe(3);
  expect(existsSync(home.lockFile)).toBe(false);
});

test('a rollback takes CometBFT and the application to the same height', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_130);
  const url = 'http://127.0.0.1:21131';
  await whileRunning(home, async () => {
    await waitForHeight(url, 2);
    await sendTransactions(url, 2);
    await waitForHeight(url, 8);
  });
  const options = { home: home.root, cometbft: binary, env: process.env };
  const openTarget = async () => openCounterTarget(home);
  for (const toHeight of [0, 1_000, 1.5]) {
    await expect(rollbackNode({ ...options, toHeight, openTarget })).rejects.toThrow(
      /heights 1 to/,
    );
  }
  const seen: number[] = [];
  await rollbackNode({ ...options, toHeight: 5, openTarget, onProgress: (at) => seen.push(at) });
  expect(seen.at(-1)).toBe(5);
  expect(openCounterTarget(home).height).toBe(5);
  await withStoppedNode(options, async ({ height }) => expect(height).toBe(5));
  // Again to the same height: nothing is taken off.
  await rollbackNode({ ...options, toHeight: 5, openTarget });
  await withStoppedNode(options, async ({ height }) => expect(height).toBe(5));
  // It starts with both halves at 5: the handshake would refuse anything else.
  await whileRunning(home, () => waitForHeight(url, 5));
});
