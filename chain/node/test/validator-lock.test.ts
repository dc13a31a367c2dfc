/** Safe keys: one process signs with a key, whatever its home; what it signed is not forgotten. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultNodeConfig } from '../config.ts';
import { createHome } from '../create-home.ts';
import { type HomeLock, type NodeHome, nodeHome } from '../home.ts';
import { describeProcess } from '../process.ts';
import { checkSigningState, lockValidator, rememberSigningState } from '../validator-lock.ts';
import { cometbftBinary, temporaryFolder } from './fixtures.ts';

async function twoHomesOfOneKey(folder: string): Promise<readonly [NodeHome, NodeHome]> {
  const root = join(folder, 'first');
  const config = { ...defaultNodeConfig, moniker: 'x', localPeers: [] };
  const { home } = await createHome({ root, cometbft: await cometbftBinary(), config });
  await cp(root, join(folder, 'copy'), { recursive: true });
  return [home, nodeHome(join(folder, 'copy'))];
}

test('a second start with the same key is refused, whatever its home, until the first ends', async () => {
  await using folder = await temporaryFolder();
  const [first, copy] = await twoHomesOfOneKey(folder.path);
  const env = { ARTEL_VALIDATOR_LOCKS: join(folder.path, 'locks') };
  const take = (home: NodeHome, chainId = 'chain'): Promise<HomeLock> =>
    lockValidator(home, chainId, env);
  const held = await take(first);
  await expect(take(copy)).rejects.toThrow(
    new RegExp(
      `^the validator key [0-9A-F]{40} is in use by process ${process.pid}, from .*first$`,
    ),
  );
  // What is signed on one chain says nothing on another.
  await (await take(copy, 'another-chain')).release();
  await held.release();
  await (await take(copy)).release();
  expect(await readdir(env.ARTEL_VALIDATOR_LOCKS)).toEqual([]);
});

test('a key is free again when its process and its CometBFT are gone, and not before', async () => {
  await using folder = await temporaryFolder();
  const [first, copy] = await twoHomesOfOneKey(folder.path);
  const env = { ARTEL_VALIDATOR_LOCKS: join(folder.path, 'locks') };
  const held = await lockValidator(first, 'chain', env);
  const [file = ''] = await readdir(env.ARTEL_VALIDATOR_LOCKS);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const cometbft = describeProcess(child.pid ?? 0);
  const gone = { pid: 1, started: 'another boot' };
  const record = { home: first.root, node: gone, cometbft };
  await writeFile(join(env.ARTEL_VALIDATOR_LOCKS, file), JSON.stringify(record));
  await expect(lockValidator(copy, 'chain', env)).rejects.toThrow(`by process ${child.pid}, from`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockValidator(copy, 'chain', env)).release();
  await held.release();
});

test.each([
  ['height', { height: '8', round: 5, step: 3 }],
  ['round', { height: '9', round: 0, step: 3 }],
  ['step', { height: '9', round: 1, step: 1 }],
])('a signing state that is older by its %s is refused', async (_, older) => {
  await using folder = await temporaryFolder();
  const [home] = await twoHomesOfOneKey(folder.path);
  const say = (state: object): Promise<void> =>
    writeFile(home.signingStateFile, JSON.stringify(state));
  const newest = { height: '9', round: 1, step: 2 };
  await say(newest);
  await checkSigningState(home);
  await rememberSigningState(home);
  await say(older);
  await rememberSigningState(home);
  await expect(checkSigningState(home)).rejects.toThrow(
    /is old: it ends with .*, and this validator signed height 9, round 1, step 2$/,
  );
  for (const allowed of [newest, { ...newest, step: 3 }, { height: '10', round: 0, step: 1 }]) {
    await say(allowed);
    await checkSigningState(home);
  }
  await rm(home.signingStateFile);
  await checkSigningState(home);
});
