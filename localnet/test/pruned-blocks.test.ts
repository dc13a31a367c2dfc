/** Real validators of which one forgets the blocks that nobody needs, and one keeps them all. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { callRpc, fetchAppHash, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { createLocalnet, type MakeGenesis } from '../create.ts';
import { stopNodes } from '../down.ts';
import { lastLines } from '../logs.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { waitForFirstBlock } from '../report.ts';
import { explainEnd, startNode } from '../up.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-pruned',
  count: 2,
  basePort: 22_150,
  timeoutCommit: '100ms',
  emptyBlocksInterval: '100ms',
};
const evidenceBlocks = 4;

/** As a localnet's, but that evidence is soon too old for its blocks to be needed. */
const forgetful: MakeGenesis = (local) => {
  const genesis = makeGenesis(local);
  const { consensus_params: params, ...rest } = genesis as { consensus_params: object };
  const evidence = {
    max_age_num_blocks: String(evidenceBlocks),
    max_age_duration: '1000000',
    max_bytes: '1048576',
  };
  return { ...rest, consensus_params: { ...params, evidence } };
};

/** The blocks that a node has: lowest and highest. */
async function blocksOf(url: string): Promise<{ first: number; last: number }> {
  const { sync_info: sync } = (await callRpc(url, 'status')) as {
    sync_info: { earliest_block_height: string; latest_block_height: string };
  };
  return { first: Number(sync.earliest_block_height), last: Number(sync.latest_block_height) };
}

test('a node forgets blocks up to its oldest snapshot, an archive none', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const nodes = planNodes(root, settings);
  const [archive, pruned] = nodes;
  if (archive === undefined || pruned === undefined) throw new Error('there are no two nodes');
  const cometbft = await cometbftBinary();
  const script = join(repository, 'chain', 'cli', 'main.ts');
  const artel = [process.execPath, '--no-warnings', script] as const;
  const env = { ...process.env, NODE_COMPILE_CACHE: join(repository, '.cache', 'compile') };
  await createLocalnet(root, settings, cometbft, forgetful);
  const started = [
    startNode(archive, { artel, env, nodeArguments: ['--pruning', 'nothing'] }, cometbft),
    startNode(
      pruned,
      { artel, env, nodeArguments: ['--snapshot-interval', '10', '--snapshot-keep-recent', '2'] },
      cometbft,
    ),
  ];
  try {
    await waitForFirstBlock(nodes, {
      timeoutMs: 120_000,
      signal: new AbortController().signal,
      ended: Promise.race(started.map(explainEnd)),
      lastLines: (node) => lastLines(node.logFile, 8),
    });
    // The third snapshot lets the first go, and with it the blocks after that.
    const { first, last } =
      (await poll(
        async () => {
          const blocks = await blocksOf(pruned.rpcUrl);
          return blocks.first >= 20 ? blocks : undefined;
        },
        { timeoutMs: 240_000 },
      )) ?? (await blocksOf(pruned.rpcUrl));
    const snapshots = await readdir(nodeHome(pruned.home).snapshotsDir);
    const oldest = Math.min(
      ...snapshots.flatMap((name) => (/^\d+-1$/.test(name) ? Number.parseInt(name, 10) : [])),
    );
    // Heights of snapshots, since evidence alone would let more go.
    expect([first >= 20, first % 10]).toEqual([true, 0]);
    expect(first).toBeLessThanOrEqual(oldest);
    expect(first).toBeLessThanOrEqual(last - evidenceBlocks);

    expect((await blocksOf(archive.rpcUrl)).first).toBe(1);
    await expect(fetchAppHash(pruned.rpcUrl, 1)).rejects.toThrow(/height 1 is not available/);
    expect(await fetchAppHash(archive.rpcUrl, first)).toBe(
      await fetchAppHash(pruned.rpcUrl, first),
    );
    const genesisState = { path: '/artel.chain.v1.Query/Chain', height: '1' };
    const answer = (await callRpc(archive.rpcUrl, 'abci_query', genesisState)) as {
      response: { code?: number };
    };
    expect(answer.response.code ?? 0).toBe(0);
  } finally {
    await stopNodes(
      nodes,
      started.map(({ ref }) => ref),
    );
  }
}, 600_000);
