/** A node joins real validators by CometBFT's state sync, and is one of them from then on. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { callRpc, fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { addNode } from '../add.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { readSettings } from '../record.ts';
import { bringUp } from '../up.ts';
import { startLoad } from './load.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-sync',
  count: 2,
  basePort: 21_850,
  timeoutCommit: '200ms',
  emptyBlocksInterval: '400ms',
};

test('a late node joins by a snapshot, agrees on every app hash, and comes up again', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const [one] = planNodes(root, settings);
  if (one === undefined) throw new Error('there is no node');
  const common = {
    root,
    findCometbft: cometbftBinary,
    artel: [
      process.execPath,
      '--no-warnings',
      join(repository, 'chain', 'cli', 'main.ts'),
    ] as const,
    env: { ...process.env, NODE_COMPILE_CACHE: join(repository, '.cache', 'compile') },
    signal: new AbortController().signal,
    // Those that were offered must still be there when they are fetched.
    nodeArguments: ['--snapshot-interval', '5', '--snapshot-keep-recent', '99'],
  };
  const up = () =>
    bringUp({
      ...common,
      wanted: {},
      defaults: settings,
      makeGenesis,
      detach: true,
      say: () => {},
      onReady: async () => {},
    });
  await up();
  try {
    const load = await startLoad([one.rpcUrl], settings.chainId);
    await poll(async () => (await fetchStatus(one.rpcUrl)).height > 12 || undefined, {
      timeoutMs: 60_000,
    });
    const late = await addNode({ ...common, settings, stateSync: true });
    await sleep(1_000);
    await load.stop();
    expect(load.taken()).toBeGreaterThan(0);

    const { sync_info: sync } = (await callRpc(late.rpcUrl, 'status')) as {
      sync_info: { earliest_block_height: string; latest_block_height: string };
    };
    const [first, last] = [Number(sync.earliest_block_height), Number(sync.latest_block_height)];
    // It has no blocks from before the snapshot, which is of a multiple of five.
    expect([first > 5, first % 5]).toEqual([true, 1]);
    for (let at = first; at <= last; at += 1) {
      const urls = [late.rpcUrl, one.rpcUrl];
      const hashes = await Promise.all(urls.map((url) => fetchAppHash(url, at)));
      expect([at, new Set(hashes).size]).toEqual([at, 1]);
    }
    expect((await readSettings(root))?.added).toBe(1);
    expect(await bringDown(root)).toBe(3);
    await up();
    const goesOn = await poll(
      async () => (await fetchStatus(late.rpcUrl)).height > last + 2 || undefined,
      { timeoutMs: 30_000 },
    );
    expect(goesOn).toBe(true);
  } finally {
    await bringDown(root);
  }
}, 300_000);
