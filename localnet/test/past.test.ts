/**
 * The past of real nodes: replayed from events and from blocks, taken back, and caught up again.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';
import { startLoad } from './load.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const main = join(repository, 'chain', 'cli', 'main.ts');
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-past',
  basePort: 21_750,
  timeoutCommit: '200ms',
  emptyBlocksInterval: '500ms',
};

test('a node replays events and blocks, goes back, and catches up with the others', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const nodes = planNodes(root, settings);
  const [one, two] = nodes;
  if (one === undefined || two === undefined) throw new Error('there are no two nodes');
  const env = {
    ...process.env,
    COMETBFT_BIN: await cometbftBinary(),
    NODE_COMPILE_CACHE: join(repository, '.cache', 'compile'),
  };
  const up = () =>
    bringUp({
      root,
      wanted: {},
      defaults: settings,
      findCometbft: async () => env.COMETBFT_BIN,
      makeGenesis,
      artel: [process.execPath, '--no-warnings', main],
      env,
      detach: true,
      signal: new AbortController().signal,
      say: () => {},
      onReady: async () => {},
    });
  const artel = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', main, ...args, '-o', 'json'],
      { env },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  await up();
  try {
    const load = await startLoad([one.rpcUrl, two.rpcUrl], settings.chainId);
    await sleep(4_000);
    await load.stop();
    expect(load.taken()).toBeGreaterThan(0);
    await expect(artel('replay', '--from-events', '--home', one.home)).rejects.toThrow(
      /is run by process|is locked|open in another process/,
    );
    await bringDown(root);

    const events = await artel('replay', '--from-events', '--home', one.home);
    expect(events).toMatchObject({ from: '0', equal: true });
    const blocks = await artel('replay', '--blocks', '--home', two.home);
    expect(blocks.equal).toBe(true);
    const height = Number(blocks.blocks);
    expect(Math.abs(Number(events.to) - height)).toBeLessThanOrEqual(1);

    expect(await artel('rollback', '--to', String(height - 3), '--home', two.home)).toEqual({
      height: height - 3,
    });
    expect((await artel('replay', '--blocks', '--home', two.home)).blocks).toBe(height - 3);
    await up();
    const caughtUp = await poll(
      async () => (await fetchStatus(two.rpcUrl)).height > height + 1 || undefined,
      { timeoutMs: 20_000 },
    );
    expect(caughtUp).toBe(true);
    for (let at = height - 3; at <= height + 1; at += 1) {
      const hashes = await Promise.all(nodes.map(({ rpcUrl }) => fetchAppHash(rpcUrl, at)));
      expect([at, new Set(hashes).size]).toEqual([at, 1]);
    }
  } finally {
    await bringDown(root);
  }
}, 150_000);
