/**
 * The labour economy on four real validators: the plays of the demo come out to the millisecond,
 * and an auditor who follows the blocks of a node that runs finds nothing.
 */
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { CliHome } from '../../chain/cli/test/cli.ts';
import { derivePrivateKey, hdPathOf, localMnemonic } from '../../chain/client/keys.ts';
import { ArtelNode } from '../../chain/client/node.ts';
import { accountOf } from '../../chain/demo/accounts.ts';
import { playComputer } from '../../chain/demo/computer.ts';
import { silent } from '../../chain/demo/progress.ts';
import { builtInShop } from '../../chain/demo/shop.ts';
import type { StageOptions } from '../../chain/demo/stage.ts';
import { playWorkshop } from '../../chain/demo/workshop.ts';
import { fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, type NodePlan, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';

const main = fileURLToPath(new URL('../../chain/cli/main.ts', import.meta.url));
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-economy',
  basePort: 22_100,
  timeoutCommit: '100ms',
  emptyBlocksInterval: '300ms',
};

/** At one node each, paid for by one account each. */
async function stageAt(node: NodePlan | undefined, account: number): Promise<StageOptions> {
  const { signal } = new AbortController();
  const path = hdPathOf('secp256k1', account);
  return {
    node: new ArtelNode(node?.rpcUrl ?? '', { signal }),
    seed: 'economy',
    funder: accountOf(await derivePrivateKey('secp256k1', localMnemonic, path)),
    gasPrice: 0.001,
    progress: silent,
    signal,
  };
}

test('the plays come out on four validators, the audit is clean, app hashes are equal', async () => {
  await using folder = await temporaryFolder();
  const nodes = planNodes(folder.path, settings);
  const cometbft = await cometbftBinary();
  await bringUp({
    root: folder.path,
    wanted: {},
    defaults: settings,
    findCometbft: async () => cometbft,
    makeGenesis,
    artel: [process.execPath, '--no-warnings', main],
    env: process.env,
    detach: true,
    signal: new AbortController().signal,
    say: () => {},
    onReady: async () => {},
    readyTimeoutMs: 240_000,
  });
  const home = await CliHome.create();
  try {
    const [computer, workshop] = await Promise.all([
      playComputer(await stageAt(nodes[0], 8)),
      playWorkshop({ ...(await stageAt(nodes[2], 9)), shop: builtInShop() }),
    ]);
    expect(computer.wrong).toEqual([]);
    expect(workshop).toMatchObject({ orders: 6, tasks: 36, wrong: [] });
    expect(workshop.outputMs).toBe(workshop.workedMs + workshop.transferredMs);

    for (const { rpcUrl } of [nodes[1], nodes[3]].filter((node) => node !== undefined)) {
      const { code, out } = await home.run(['audit', '--node', rpcUrl, '-o', 'json']);
      const { figures, differences } = JSON.parse(out) as Record<string, unknown>;
      expect({ code, differences }).toEqual({ code: 0, differences: [] });
      expect(Number(figures)).toBeGreaterThan(50);
    }

    const asked = { timeoutMs: 120_000 };
    const height = (await poll(() => fetchStatus(nodes[0]?.rpcUrl ?? ''), asked))?.height ?? 0;
    expect(height).toBeGreaterThan(20);
    for (let at = 1; at <= height; at += 1) {
      const hashes = await Promise.all(
        nodes.map(({ rpcUrl }) => poll(() => fetchAppHash(rpcUrl, at), asked)),
      );
      expect([at, hashes]).toEqual([at, nodes.map(() => hashes[0] ?? 'an app hash')]);
    }
  } finally {
    await home.remove();
    await bringDown(folder.path);
  }
}, 900_000);
