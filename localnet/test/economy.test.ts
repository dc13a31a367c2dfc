/**
 * The labour economy on four real validators: the plays of the demo come out to the millisecond,
 * an auditor who follows the blocks of a node that runs finds nothing, and revisers within the
 * nodes make segments final.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { CliHome } from '../../chain/cli/test/cli.ts';
import { derivePrivateKey, hdPathOf, localMnemonic } from '../../chain/client/keys.ts';
import { ArtelNode } from '../../chain/client/node.ts';
import { Refused } from '../../chain/client/refusals.ts';
import { accountOf } from '../../chain/demo/accounts.ts';
import { playComputer } from '../../chain/demo/computer.ts';
import { silent } from '../../chain/demo/progress.ts';
import { builtInShop } from '../../chain/demo/shop.ts';
import { all, number, one, type Player, Stage, type StageOptions } from '../../chain/demo/stage.ts';
import { Workbench } from '../../chain/demo/workbench.ts';
import { playWorkshop } from '../../chain/demo/workshop.ts';
import { fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import {
  QueryClaimableRequest,
  QueryClaimableResponse,
} from '../../proto/generated/artel/coupons/v1/query.ts';
import { DurabilityUnit } from '../../proto/generated/artel/production/v1/state.ts';
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import type { MakeGenesis } from '../create.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, type NodePlan, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';

const main = fileURLToPath(new URL('../../chain/cli/main.ts', import.meta.url));
const asked = { timeoutMs: 120_000 };

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

/** Four validators that go on until they are disposed of. */
async function fourValidators(
  chainId: string,
  basePort: number,
  more: { readonly makeGenesis?: MakeGenesis; readonly nodeArguments?: readonly string[] } = {},
): Promise<{ readonly nodes: readonly NodePlan[] } & AsyncDisposable> {
  const folder = await temporaryFolder();
  const settings = {
    ...defaultLocalnet,
    ...{ chainId, basePort, timeoutCommit: '100ms', emptyBlocksInterval: '300ms' },
  };
  const cometbft = await cometbftBinary();
  const down = async (): Promise<void> => {
    await bringDown(folder.path);
    await folder[Symbol.asyncDispose]();
  };
  try {
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
      ...more,
    });
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return { nodes: planNodes(folder.path, settings), [Symbol.asyncDispose]: down };
}

/** Up to the height of the first node; returns that. */
async function sameAppHashes(nodes: readonly NodePlan[]): Promise<number> {
  const height = (await poll(() => fetchStatus(nodes[0]?.rpcUrl ?? ''), asked))?.height ?? 0;
  for (let at = 1; at <= height; at += 1) {
    const hashes = await Promise.all(
      nodes.map(({ rpcUrl }) => poll(() => fetchAppHash(rpcUrl, at), asked)),
    );
    expect([at, hashes]).toEqual([at, nodes.map(() => hashes[0] ?? 'an app hash')]);
  }
  return height;
}

test('the plays come out on four validators, the audit is clean, app hashes are equal', async () => {
  await using net = await fourValidators('artel-local-economy', 22_100);
  const { nodes } = net;
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
      const { code, out, err } = await home.run(['audit', '--node', rpcUrl, '-o', 'json']);
      if (code !== 0) throw new Error(`the audit at ${rpcUrl} ends with ${code}: ${out}${err}`);
      const { figures, differences } = JSON.parse(out) as Record<string, unknown>;
      expect(differences).toEqual([]);
      expect(Number(figures)).toBeGreaterThan(50);
    }

    expect(await sameAppHashes(nodes)).toBeGreaterThan(20);
  } finally {
    await home.remove();
  }
}, 900_000);

/** Segments of eight seconds, with time to register hours after each. */
const shortSegments: MakeGenesis = (input) => {
  const genesis = makeGenesis(input);
  const parameters = { segmentLengthMs: '8000', graceMs: '6000' };
  const coupons = { parameters: [{ fromSegment: '0', parameters }] };
  return { ...genesis, app_state: { ...(genesis.app_state as object), coupons } };
};

test('2-P9 four nodes revise, and each segment becomes final once, with its coupons', async () => {
  await using net = await fourValidators('artel-local-reviser', 22_200, {
    makeGenesis: shortSegments,
    nodeArguments: ['--reviser'],
  });
  const { nodes } = net;
  const options = await stageAt(nodes[1], 9);
  const { node } = options;
  const stage = new Stage(options);
  const bench = new Workbench(stage, node);
  const player = await stage.found('Bakery', Consumption.C2I);
  const bread = await bench.type(player, 'bread', DurabilityUnit.UNSPECIFIED);
  const wallet = player.account.address;
  const workload = await workedOnce(bench, player, bread, wallet);

  const path = '/artel.coupons.v1.Query/Claimable';
  const revised = await poll(
    async () => {
      const { response } = await node.query(path, QueryClaimableRequest, QueryClaimableResponse, {
        workload,
      });
      return response.revision === 0n ? undefined : response;
    },
    { timeoutMs: 300_000 },
  );
  expect(revised).toMatchObject({ amountMs: workedMs, claimed: false });
  const claim = { signer: wallet, workload, revision: revised?.revision ?? 0n };
  const told = await stage.act(player.account, [['artel.coupons.v1.MsgClaim', claim]]);
  expect(number(one(told, 'CouponsClaimed'), 'amount_ms')).toBe(workedMs);

  const height = await sameAppHashes(nodes);
  const segments: (string | undefined)[] = [];
  // The last one may not be executed yet.
  for (let at = 1; at < height; at += 1) {
    const { results } = await node.comet.blockResults(at);
    expect([at, results.map(({ code }) => code)]).toEqual([at, results.map(() => 0)]);
    for (const { events } of results) {
      const named = all(events as never, 'SegmentRevised');
      segments.push(...named.map((event) => JSON.parse(event.get('revision') ?? '{}').segment));
    }
  }
  expect(segments.length).toBeGreaterThan(0);
  const first = BigInt(segments[0] ?? 0);
  expect(segments).toEqual(segments.map((_, index) => `${first + BigInt(index)}`));
  const logs = await Promise.all(nodes.map(({ logFile }) => readFile(logFile, 'utf8')));
  expect(logs.filter((log) => log.includes('final revision sent'))).not.toEqual([]);
}, 900_000);

const workedMs = 200n;

/** Hours that come too late on a slow machine, after their segment is final, are worked again. */
async function workedOnce(
  bench: Workbench,
  player: Player,
  type: bigint,
  wallet: string,
): Promise<bigint> {
  for (let tried = 1; ; tried += 1) {
    const { production, startedMs } = await bench.start(player, type, 1n, workedMs);
    const fromMs = await bench.stage.shift(startedMs, workedMs);
    const fields = { production, wallet, fromMs, toMs: fromMs + workedMs };
    try {
      const told = await bench.stage.by(player, [['MsgRegisterWorkload', fields]]);
      return number(one(told, 'WorkloadRegistered'), 'workload');
    } catch (error) {
      if (!(error instanceof Refused) || tried === 20) throw error;
    }
  }
}
