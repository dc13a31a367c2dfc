/**
 * Real validators vote for a new version of the program, stop before its height, and go on with it;
 * a node joins by state sync after the upgrade, and the log replays across it.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { openOffline } from '../../chain/app/offline.ts';
import { composeVersionTwo } from '../../chain/app/test/version-two.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { callRpc, fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { addNode } from '../add.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { reportNodes } from '../report.ts';
import { bringUp } from '../up.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const main = join(repository, 'chain', 'cli', 'main.ts');
const second = fileURLToPath(new URL('./version-two-cli.ts', import.meta.url));
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-upgrade',
  count: 2,
  basePort: 21_950,
  timeoutCommit: '200ms',
  emptyBlocksInterval: '300ms',
};

test('validators go from version 1 to version 2 by vote', async () => {
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
  const running = (script: string) => ({
    root,
    findCometbft: async () => env.COMETBFT_BIN,
    artel: [process.execPath, '--no-warnings', script] as const,
    env,
    signal: new AbortController().signal,
    // Those that were offered must still be there when they are fetched.
    nodeArguments: ['--snapshot-interval', '3', '--snapshot-keep-recent', '99'],
  });
  const up = (script: string) =>
    bringUp({
      ...running(script),
      wanted: {},
      defaults: settings,
      makeGenesis,
      detach: true,
      say: () => {},
      onReady: async () => {},
    });
  const artel = async (...args: readonly string[]): Promise<void> => {
    const where = ['--home', root, '--node', one.rpcUrl, '--keyring', 'test', '--yes'];
    const all = ['--no-warnings', main, 'tx', 'validators', ...args, ...where];
    await promisify(execFile)(process.execPath, all, { env });
  };

  await up(main);
  try {
    const upgrade = (await fetchStatus(one.rpcUrl)).height + 25;
    await artel('propose-upgrade', String(upgrade), '2', '--from', 'test0');
    await Promise.all(['test0', 'test1'].map((from) => artel('vote', '1', 'yes', '--from', from)));

    const stopped = await poll(
      async () => (await reportNodes(nodes)).every(({ state }) => state === 'down') || undefined,
      { timeoutMs: 60_000 },
    );
    expect(stopped).toBe(true);
    const words = `error: block ${upgrade} needs app version 2, this program has 1: start the program`;
    for (const { logFile } of nodes) expect(await readFile(logFile, 'utf8')).toContain(words);
    const again = promisify(execFile)(
      process.execPath,
      ['--no-warnings', main, 'start', '--home', one.home],
      { env },
    );
    await expect(again).rejects.toMatchObject({ code: 4, stderr: expect.stringContaining(words) });

    await bringDown(root);
    await up(second);
    const reached = await poll(
      async () => (await fetchStatus(one.rpcUrl)).height > upgrade + 6 || undefined,
      { timeoutMs: 60_000 },
    );
    expect(reached).toBe(true);
    for (const [height, version] of [
      [upgrade, '1'],
      [upgrade + 1, '2'],
    ] as const) {
      const { header } = (await callRpc(two.rpcUrl, 'header', { height: String(height) })) as {
        header: { version: { app: string } };
      };
      expect([height, header.version.app]).toEqual([height, version]);
    }

    const late = await addNode({ ...running(second), settings, stateSync: true });
    const { sync_info: sync } = (await callRpc(late.rpcUrl, 'status')) as {
      sync_info: { earliest_block_height: string; latest_block_height: string };
    };
    expect(Number(sync.earliest_block_height)).toBeGreaterThan(upgrade);
    for (const at of [Number(sync.earliest_block_height), Number(sync.latest_block_height)]) {
      const urls = [late.rpcUrl, one.rpcUrl, two.rpcUrl];
      const hashes = await Promise.all(urls.map((url) => fetchAppHash(url, at)));
      expect([at, new Set(hashes).size]).toEqual([at, 1]);
    }
  } finally {
    await bringDown(root);
  }
  const logger = pino({ level: 'silent' });
  const { storeDir } = nodeHome(one.home);
  const offline = await openOffline(storeDir, logger, composeVersionTwo(logger));
  const { from, divergence } = await offline.replayEvents();
  expect([from, divergence]).toEqual([0n, undefined]);
  await offline.close();
}, 300_000);
