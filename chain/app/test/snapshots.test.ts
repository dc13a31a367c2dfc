/** Snapshots of real chains: made beside the blocks, equal on all nodes, and joined from. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ResponseApplySnapshotChunk_Result as Apply,
  ResponseOfferSnapshot_Result as Offer,
} from 'cosmjs-types/tendermint/abci/types';
import { listening } from '../../snapshot/test/fixtures.ts';
import type { AppOptions } from '../app.ts';
import { hex, keyOf, TestNode } from './test-node.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'artel-snapshots-'));
});
afterEach(() => rm(root, { recursive: true }));

function settings(name: string, interval = 3, keepRecent = 2): Partial<AppOptions> {
  const home = join(root, name);
  return {
    path: join(home, 'store'),
    snapshots: { folder: join(home, 's'), interval, keepRecent },
  };
}

/** The same transfers on each node, block after block, waiting for each snapshot. */
async function blocks(nodes: readonly TestNode[], count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    for (const node of nodes) {
      await node.block({ txs: [node.send(0, keyOf(1).address, `${n + 1}`)] });
      await node.app.snapshots?.idle();
    }
  }
}

async function offersOf({ app }: TestNode) {
  return (await app.application.listSnapshots()).snapshots;
}

test('all nodes offer byte-equal snapshots of the newest heights', async () => {
  const nodes = [await TestNode.begun(settings('a')), await TestNode.begun(settings('b'))];
  await blocks(nodes, 10);
  const [a = [], b = []] = await Promise.all(nodes.map(offersOf));
  expect(a.map(({ height }) => height)).toEqual([9n, 6n]);
  expect(a).toEqual(b);
  expect(await readdir(join(root, 'a', 's'))).toEqual(['6-1', '9-1']);
  for (const name of ['manifest.json', 'state']) {
    const files = ['a', 'b'].map((node) => readFile(join(root, node, 's', '9-1', name)));
    const [one, two] = await Promise.all(files);
    expect(one).toEqual(two);
  }
  for (const node of nodes) await node.app.close();
});

test('a node joins by a snapshot, goes on with the others, and offers snapshots itself', async () => {
  const source = await TestNode.begun(settings('source'));
  await blocks([source], 5);
  const [snapshot] = await offersOf(source);
  if (snapshot === undefined) throw new Error('no snapshot is offered');
  const trusted = (await source.app.store.at(3n)).appHash;
  const late = await TestNode.open(settings('late'));
  const { application } = late.app;
  expect(await application.offerSnapshot({ snapshot, appHash: trusted })).toEqual({
    result: Offer.ACCEPT,
  });
  // While it is restored there is no chain to ask.
  expect((await late.query('/artel.chain.v1.Query/Chain')).log).toContain('has not begun');
  for (let chunk = 0; chunk < snapshot.chunks; chunk += 1) {
    const loaded = await source.app.application.loadSnapshotChunk({
      height: snapshot.height,
      format: snapshot.format,
      chunk,
    });
    const request = { index: chunk, chunk: loaded.chunk, sender: 'source' };
    expect((await application.applySnapshotChunk(request)).result).toBe(Apply.ACCEPT);
  }
  expect(await application.info()).toMatchObject({
    lastBlockHeight: 3n,
    lastBlockAppHash: trusted,
    appVersion: 1n,
  });
  await late.app.close();

  const again = await TestNode.open(settings('late'));
  expect([again.height, await again.app.application.audit()]).toEqual([3n, []]);
  const txs = [4, 5, 6].map((n) =>
    again.send(0, keyOf(1).address, `${n}`, { sequence: BigInt(n - 1) }),
  );
  for (const tx of txs) await again.block({ txs: [tx] });
  await source.block({ txs: [source.send(0, keyOf(1).address, '6')] });
  expect(again.appHash).toBe(source.appHash);
  await again.app.snapshots?.idle();
  await source.app.snapshots?.idle();
  expect((await offersOf(again))[0]).toEqual((await offersOf(source))[0]);
  // A node with blocks takes no snapshot any more.
  const refused = await again.app.application.offerSnapshot({ snapshot, appHash: trusted });
  expect(refused.result).toBe(Offer.ABORT);
  expect(hex((await again.app.application.info()).lastBlockAppHash)).toBe(source.appHash);
  await again.app.close();
  await source.app.close();
});

test('a height stays readable while its snapshot is made, however fast versions are pruned', async () => {
  const pruning = { keepRecent: 2, keepEvery: 0 };
  const node = await TestNode.begun({ ...settings('pruned', 3, 99), pruning });
  for (let n = 0; n < 20; n += 1) await node.block();
  await node.app.snapshots?.idle();
  // Begun at the third block, when the thread had yet to start.
  expect((await offersOf(node)).map(({ height }) => height)).toContain(3n);
  await node.app.close();
});

test('a full disk fails the snapshot in one line, leaves nothing, and blocks go on', async () => {
  const { logger, lines } = listening();
  const node = await TestNode.begun({ ...settings('full'), logger });
  const folder = join(root, 'full', 's');
  await blocks([node], 2);
  // What is written there never fits.
  await mkdir(join(folder, '.unfinished-3-1'), { recursive: true });
  await symlink('/dev/full', join(folder, '.unfinished-3-1', 'state'));
  await blocks([node], 2);
  expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([
    expect.objectContaining({
      height: '3',
      reason: 'the disk is full',
      msg: 'snapshot failed; the node goes on without it',
    }),
  ]);
  expect(await readdir(folder)).toEqual([]);
  await blocks([node], 2);
  expect((await offersOf(node)).map(({ height }) => height)).toEqual([6n]);
  await node.app.close();
});

test('a node that is closed gives up the snapshot that it is making', async () => {
  const node = await TestNode.begun(settings('closing', 1));
  await node.block();
  await node.app.close();
  expect((await readdir(join(root, 'closing', 's'))).filter((name) => name[0] === '.')).toEqual([]);
});
