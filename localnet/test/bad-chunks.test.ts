/** A node joins by a snapshot of which one real peer gives damaged chunks, another good ones. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { callRpc, fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { patchToml } from '../../chain/node/toml.ts';
import { createAnother, createLocalnet } from '../create.ts';
import { stopNodes } from '../down.ts';
import type { AppFault } from '../lab/app/fault.ts';
import { lastLines } from '../logs.ts';
import { defaultLocalnet, type NodePlan, planNodes } from '../plan.ts';
import { waitForFirstBlock } from '../report.ts';
import { explainEnd, startNode } from '../up.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const real = join(repository, 'chain', 'cli', 'main.ts');
const lying = join(repository, 'localnet', 'lab', 'app', 'main.ts');
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-chunks',
  count: 2,
  basePort: 22_250,
  timeoutCommit: '200ms',
  emptyBlocksInterval: '400ms',
};
const fault: AppFault = { badChunks: true };

test('a damaged chunk is fetched again, its sender is rejected, and the node joins', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const cometbft = await cometbftBinary();
  const env = {
    ...process.env,
    ARTEL_LAB_APP: JSON.stringify(fault),
    NODE_COMPILE_CACHE: join(repository, '.cache', 'compile'),
  };
  const started: ReturnType<typeof startNode>[] = [];
  const start = (script: string, node: NodePlan, more: readonly string[] = []): void => {
    const artel = [process.execPath, '--no-warnings', script] as const;
    // Those that were offered must still be there when they are fetched.
    const snapshots = ['--snapshot-interval', '5', '--snapshot-keep-recent', '999'];
    const nodeArguments = [...snapshots, ...more];
    started.push(startNode(node, { artel, env, nodeArguments }, cometbft));
  };
  const up = (nodes: readonly NodePlan[]) =>
    waitForFirstBlock(nodes, {
      timeoutMs: 200_000,
      signal: new AbortController().signal,
      ended: Promise.race(started.map(explainEnd)),
      lastLines: (node) => lastLines(node.logFile, 8),
    });
  try {
    await createLocalnet(root, settings, cometbft, makeGenesis);
    const validators = planNodes(root, settings);
    const [good, bad] = validators;
    if (good === undefined || bad === undefined) throw new Error('there are no two nodes');
    start(real, good);
    start(lying, bad);
    await up(validators);
    const offered = await poll(
      async () => (await fetchStatus(good.rpcUrl)).height > 12 || undefined,
      { timeoutMs: 120_000 },
    );
    expect(offered).toBe(true);

    const late = await createAnother(root, settings, cometbft);
    const [toBad, toGood] = [await peerAddress(bad), await peerAddress(good)];
    await onlyPeer(late, toBad);
    start(real, late, ['--state-sync', `${good.rpcUrl},${bad.rpcUrl}`]);
    const logged = (what: string) => async () =>
      (await readFile(late.logFile, 'utf8')).includes(what) || undefined;
    expect(await poll(logged('snapshot chunk refused'), { timeoutMs: 120_000 })).toBe(true);
    await callRpc(late.rpcUrl, 'dial_peers', { peers: [toGood], persistent: true });
    await up([late]);
    expect(await logged('snapshot restored')()).toBe(true);
    const { sync_info: sync } = (await callRpc(late.rpcUrl, 'status')) as {
      sync_info: { earliest_block_height: string };
    };
    const first = Number(sync.earliest_block_height);
    expect([first > 5, first % 5]).toEqual([true, 1]);
    expect(await fetchAppHash(late.rpcUrl, first)).toBe(await fetchAppHash(good.rpcUrl, first));
    const lines = (await readFile(late.logFile, 'utf8')).split('\n');
    const refusals = lines.filter((line) => line.includes('snapshot chunk refused'));
    const [sender] = toBad.split('@');
    for (const line of refusals) {
      const reason = 'its bytes are not those of the manifest';
      expect(JSON.parse(line)).toMatchObject({ chunk: 0, sender, reason });
    }
  } finally {
    await stopNodes(
      started.map(({ node }) => node),
      started.map(({ ref }) => ref),
    );
  }
}, 600_000);

async function peerAddress({ rpcUrl, p2pPort }: NodePlan): Promise<string> {
  return `${(await fetchStatus(rpcUrl)).nodeId}@127.0.0.1:${p2pPort}`;
}

/** The node begins with this peer alone, and takes others by RPC. */
async function onlyPeer({ home }: NodePlan, peer: string): Promise<void> {
  const { configFile } = nodeHome(home);
  const text = await readFile(configFile, 'utf8');
  const entries = [
    { section: 'p2p', key: 'persistent_peers', value: peer },
    { section: 'p2p', key: 'pex', value: false },
    { section: 'rpc', key: 'unsafe', value: true },
  ];
  await writeFile(configFile, patchToml(text, entries));
}
