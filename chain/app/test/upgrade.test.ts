/** An upgrade by vote: one program stops before its height, the next goes on with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  MsgProposeChange,
  MsgVoteChange,
} from '../../../proto/generated/artel/validators/v1/tx.ts';
import { openSnapshot, readChunk } from '../../snapshot/folder.ts';
import { listening } from '../../snapshot/test/fixtures.ts';
import type { AppOptions } from '../app.ts';
import { openOffline } from '../offline.ts';
import { genesisState, hex, keyOf, TestNode } from './test-node.ts';
import { composeVersionTwo } from './version-two.ts';

const silent = pino({ level: 'silent' });
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'artel-upgrade-'));
});
afterEach(() => rm(root, { recursive: true }));

const at = (name: string): Partial<AppOptions> => ({ path: join(root, name) });
const second = (name: string): Partial<AppOptions> => {
  return { ...at(name), composed: composeVersionTwo(silent) };
};

/** A chain whose validators have voted for version 2 from block 5 on, after block 4. */
async function planned(name: string): Promise<TestNode> {
  const node = await TestNode.begun(at(name));
  const message = (type: string, value: Uint8Array) => ({
    messages: [{ typeUrl: `/artel.validators.v1.${type}`, value }],
  });
  const upgrade = { height: 5n, appVersion: 2n };
  const proposer = keyOf(0).address;
  const proposal = MsgProposeChange.encode({
    proposer,
    summary: '',
    parameters: undefined,
    upgrade,
  }).finish();
  await node.block({ txs: [node.send(0, '', '', message('MsgProposeChange', proposal))] });
  const votes = [0, 1].map((n) => {
    const vote = { voter: keyOf(n).address, change: 1n, yes: true };
    return node.send(n, '', '', message('MsgVoteChange', MsgVoteChange.encode(vote).finish()));
  });
  const { txResults } = await node.block({ txs: votes });
  expect(txResults.map(({ code }) => code)).toEqual([0, 0]);
  await node.block();
  await node.block({ txs: [node.send(2, keyOf(3).address, '5')] });
  return node;
}

test('the old program refuses the block, commits nothing, and says which program is needed', async () => {
  const node = await planned('node');
  expect(await node.propose([node.send(2, keyOf(3).address, '1')])).toEqual([]);
  expect(await node.accepts({})).toBe(true);
  const words =
    'block 5 needs app version 2, this program has 1: ' +
    'start the program of version 2 on the same home, it goes on with block 5';
  await expect(node.finalize()).rejects.toMatchObject({
    name: 'OtherProgramNeeded',
    message: words,
  });
  expect(await node.app.application.info()).toMatchObject({ lastBlockHeight: 4n, appVersion: 1n });
  await node.app.close();
  await expect(TestNode.open(at('node'))).rejects.toThrow(words);
});

test('the new program migrates by events in that block, and the log replays across it', async () => {
  const before = await planned('node');
  const version = await before.app.store.at(4n);
  const balance = await version.range('bank', { gte: Uint8Array.of(1), lt: Uint8Array.of(2) });
  await before.app.close();
  const node = await TestNode.open(second('node'));
  expect(await node.app.application.info()).toMatchObject({ lastBlockHeight: 4n, appVersion: 1n });
  expect(await node.accepts({})).toBe(true);
  const result = await node.block();
  expect(result.consensusParamUpdates).toEqual({ version: { app: 2n } });
  const types = result.events.map(({ type }) => type.replace('artel.', ''));
  expect(types.filter((type) => /Gifted|Noted|Migrated|Started|VersionChanged/.test(type))).toEqual(
    [
      'chain.v1.ModuleMigrated',
      ...balance.slice(1).map(() => 'bank.v1.Gifted'),
      'chain.v1.ModuleStarted',
      'notes.v1.Noted',
      'chain.v1.AppVersionChanged',
    ],
  );
  expect(await node.app.application.info()).toMatchObject({ lastBlockHeight: 5n, appVersion: 2n });
  const leaf = (module: string) =>
    hex(node.app.store.get(module, Uint8Array.of(0)) ?? Uint8Array.of());
  expect([leaf('bank'), leaf('notes')]).toEqual(['0000000000000002', '0000000000000001']);
  expect((await node.block()).consensusParamUpdates).toBeUndefined();
  expect(await node.app.application.audit()).toEqual([]);
  await node.app.close();

  const offline = await openOffline(join(root, 'node'), silent, composeVersionTwo(silent));
  const replay = await offline.replayEvents();
  expect([replay.from, replay.to, replay.divergence]).toEqual([0n, 6n, undefined]);
  await offline.close();
  await expect(openOffline(join(root, 'node'), silent)).rejects.toThrow(
    'block 7 needs app version 2, this program has 1',
  );
});

test('a node joins by a snapshot after the upgrade, with the new program alone', async () => {
  await (await planned('node')).app.close();
  const folder = join(root, 'snapshots');
  const node = await TestNode.open({
    ...second('node'),
    snapshots: { folder, interval: 5, keepRecent: 1 },
  });
  await node.block();
  await node.app.snapshots?.idle();
  const trusted = { appHash: node.app.store.head?.appHash ?? Uint8Array.of() };
  const [snapshot] = (await node.app.application.listSnapshots()).snapshots;
  if (snapshot === undefined) throw new Error('no snapshot is offered');
  const offer = { snapshot, ...trusted };
  await node.block();

  const { logger, lines } = listening();
  const joining = { folder: join(root, 'late'), interval: 0, keepRecent: 1 };
  const old = await TestNode.open({ path: join(root, 'old'), snapshots: joining, logger });
  await old.app.application.offerSnapshot(offer);
  expect(lines.at(-1)?.reason).toBe('it needs the program of app version 2, this one has 1');
  await old.app.close();

  const late = await TestNode.open({ ...second('late-store'), snapshots: joining });
  await late.app.application.offerSnapshot(offer);
  const stored = await openSnapshot(join(folder, '5-1'));
  await late.app.application.applySnapshotChunk({
    index: 0,
    chunk: await readChunk(stored, 0),
    sender: '',
  });
  expect(await late.app.application.info()).toMatchObject({ lastBlockHeight: 5n, appVersion: 2n });
  late.height = 5n;
  late.timeS = node.timeS - 1n;
  await late.block();
  expect(late.appHash).toBe(node.appHash);
  await late.app.close();
  await node.app.close();
});

test('a program starts only chains of its own version, with the layouts of that version', async () => {
  const composed = composeVersionTwo(silent);
  const node = await TestNode.begun({ composed });
  expect(hex(node.app.store.get('bank', Uint8Array.of(0)) ?? Uint8Array.of())).toMatch(/2$/);
  await node.block();
  await node.app.close();
  const other = await TestNode.open({ composed });
  const begin = other.app.application.initChain({
    chainId: 'artel-dev-test',
    time: { seconds: 1n, nanos: 0 },
    appStateBytes: new TextEncoder().encode(JSON.stringify(genesisState())),
    initialHeight: 1n,
    consensusParams: { version: { app: 1n } },
    validators: [],
  });
  await expect(begin).rejects.toThrow(
    'consensus_params.version.app: is 1, this program has the rules of version 2: ' +
      'start the program of version 1, or join by state sync',
  );
  await other.app.close();
});
