/**
 * Processes are told apart by more than their pid; a home has one owner; keys follow from a seed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addressOf,
  derivePrivateKey,
  hdPathOf,
  localMnemonic,
  pubkeyOf,
  publicKeyOf,
} from '../../client/keys.ts';
import { defaultNodeConfig } from '../config.ts';
import { createHome } from '../create-home.ts';
import { lockHome, nodeHome, readHomeLock } from '../home.ts';
import { describeProcess, endProcess, isRunning, type ProcessRef } from '../process.ts';
import { testAddresses } from '../test-accounts.ts';
import { cometbftBinary, temporaryFolder } from './fixtures.ts';

function sleeper(): ProcessRef {
  const { pid } = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
  const ref = describeProcess(pid ?? 0);
  if (ref === undefined) throw new Error('sleep does not run');
  return ref;
}

test('a process is never signalled for one that had its pid before', async () => {
  const ref = sleeper();
  expect(await endProcess({ ...ref, started: 'before' }, 100)).toBe('gone');
  expect(isRunning(ref)).toBe(true);
  expect(await endProcess(ref, 5_000)).toBe('ended');
  expect(isRunning(ref)).toBe(false);
});

test('a process that ignores SIGTERM is killed when its time is over', async () => {
  const { pid } = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done'], {
    stdio: 'ignore',
  });
  const ref = describeProcess(pid ?? 0);
  if (ref === undefined) throw new Error('sh does not run');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await endProcess(ref, 300)).toBe('killed');
});

test('the lock of a killed process is taken over, and the CometBFT it left is ended', async () => {
  await using folder = await temporaryFolder();
  const home = nodeHome(folder.path);
  const orphan = sleeper();
  const socketDir = join(folder.path, 'sockets');
  await mkdir(socketDir);
  await mkdir(home.appDir);
  const dead = { pid: 1, started: 'before the last boot' };
  await writeFile(
    home.lockFile,
    JSON.stringify({ node: dead, cometbft: orphan, socketDir, stage: 'running' }),
  );
  const lock = await lockHome(home);
  expect(isRunning(orphan)).toBe(false);
  expect(existsSync(socketDir)).toBe(false);
  expect((await readHomeLock(home))?.node.pid).toBe(process.pid);
  await lock.release();
  expect(existsSync(home.lockFile)).toBe(false);
});

test('a process that is stopping is waited for; a damaged lock counts as left behind', async () => {
  await using folder = await temporaryFolder();
  const home = nodeHome(folder.path);
  await mkdir(home.appDir);
  const owner = sleeper();
  await writeFile(home.lockFile, JSON.stringify({ node: owner, stage: 'stopping' }));
  const waiting = lockHome(home);
  setTimeout(() => void endProcess(owner, 1_000), 150);
  await (await waiting).release();
  await writeFile(home.lockFile, '{"node":');
  await (await lockHome(home)).release();
});

test('what killed processes left beside the lock goes with the next start', async () => {
  await using folder = await temporaryFolder();
  const home = nodeHome(folder.path);
  await mkdir(home.appDir);
  const ended = sleeper();
  await endProcess(ended, 1_000);
  const alive = sleeper();
  for (const pid of [ended.pid, `stale.${ended.pid}`, alive.pid, 'note']) {
    await writeFile(`${home.lockFile}.${pid}`, '{}');
  }
  await (await lockHome(home)).release();
  const left = [`node.lock.${alive.pid}`, 'node.lock.note'];
  expect((await readdir(home.appDir)).sort()).toEqual(left);
  await endProcess(alive, 1_000);
});

test('of many that take the lock at once, one gets it', async () => {
  await using folder = await temporaryFolder();
  const home = nodeHome(folder.path);
  const script = join(folder.path, 'take.ts');
  const module = new URL('../home.ts', import.meta.url).href;
  await writeFile(
    script,
    `import { lockHome, nodeHome } from ${JSON.stringify(module)};
     const taken = lockHome(nodeHome(${JSON.stringify(folder.path)}));
     await taken.then(() => console.log('got'), () => console.log('no'));
     process.stdin.resume();`,
  );
  await mkdir(home.appDir);
  await writeFile(home.lockFile, JSON.stringify({ node: { pid: 1, started: 'x' } }));
  const children = Array.from({ length: 5 }, () =>
    spawn(process.execPath, ['--no-warnings', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const outputs = await Promise.all(
    children.map(async ({ stdout }) => {
      const [line] = await once(stdout, 'data');
      return String(line).trim();
    }),
  );
  // None ends, and so gives its lock back, before all have tried.
  for (const child of children) {
    const ended = once(child, 'close');
    child.stdin.end();
    await ended;
  }
  expect(outputs.filter((output) => output === 'got')).toHaveLength(1);
});

test('keys of a seed are the same each time and private; a home is never overwritten', async () => {
  await using folder = await temporaryFolder();
  const cometbft = await cometbftBinary();
  const make = (name: string, keySeed: string) =>
    createHome({
      root: join(folder.path, name),
      cometbft,
      config: { ...defaultNodeConfig, moniker: name },
      keySeed,
    });
  const first = await make('a', 'seed');
  const second = await make('b', 'seed');
  const third = await make('c', 'another');
  expect(second.identity).toEqual(first.identity);
  expect(third.identity.nodeId).not.toBe(first.identity.nodeId);
  expect((await stat(first.home.validatorKeyFile)).mode & 0o077).toBe(0);
  expect(existsSync(first.home.genesisFile)).toBe(false);
  const key = await readFile(first.home.validatorKeyFile, 'utf8');
  await expect(make('a', 'third')).rejects.toThrow(/is a node home already: it has config\//);
  expect(await readFile(first.home.validatorKeyFile, 'utf8')).toBe(key);
});

test('the listed test addresses are those of the mnemonic', async () => {
  const derived = await Promise.all(
    testAddresses.map(async (_, index) => {
      const key = await derivePrivateKey('secp256k1', localMnemonic, hdPathOf('secp256k1', index));
      return addressOf(pubkeyOf('secp256k1', publicKeyOf('secp256k1', key)));
    }),
  );
  expect(derived).toEqual(testAddresses);
});
