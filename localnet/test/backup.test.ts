/** A whole node kept as `config/`, `data/` and a snapshot: it goes on where it stood. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const main = join(repository, 'chain', 'cli', 'main.ts');
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-backup',
  count: 1,
  basePort: 22_050,
  timeoutCommit: '100ms',
  emptyBlocksInterval: '200ms',
};

test('a validator whose store is restored from a snapshot of its last height goes on', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const [node] = planNodes(root, settings);
  if (node === undefined) throw new Error('there is no node');
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
  const snapshot = (...args: readonly string[]) =>
    promisify(execFile)(
      process.execPath,
      ['--no-warnings', main, 'snapshot', ...args, '--home', node.home],
      { env },
    );
  const heightAbove = (height: number) =>
    poll(async () => (await fetchStatus(node.rpcUrl)).height > height || undefined, {
      timeoutMs: 30_000,
    });
  await up();
  try {
    await heightAbove(4);
    await bringDown(root);
    const backup = join(root, 'node0', 'backup');
    await snapshot('create', '--to', backup);
    await rm(nodeHome(node.home).storeDir, { recursive: true });
    await snapshot('restore', backup);
    await up();
    const { height } = await fetchStatus(node.rpcUrl);
    expect(await heightAbove(height + 2)).toBe(true);
    expect(await fetchAppHash(node.rpcUrl, height + 2)).toMatch(/^[0-9A-F]{64}$/i);
  } finally {
    await bringDown(root);
  }
}, 90_000);
