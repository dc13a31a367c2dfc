/**
 * The supervisor with the real CometBFT: orders of starting and stopping, and every way to fail.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { CliError } from '../../cli/context.ts';
import { type NodeHome, readHomeLock } from '../home.ts';
import { describeProcess, endProcess, isRunning } from '../process.ts';
import { fetchStatus, poll } from '../rpc.ts';
import { type RunNodeOptions, runNode } from '../supervisor.ts';
import { type Fault, openCounterApp } from './counter-app.ts';
import { cometbftBinary, singleValidatorHome, temporaryFolder } from './fixtures.ts';

interface Started {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
  readonly lines: readonly string[];
}

let binary: string;
beforeAll(async () => {
  binary = await cometbftBinary();
});

function start(home: NodeHome, change: Partial<RunNodeOptions> = {}, fault?: Fault): Started {
  const stop = new AbortController();
  const lines: string[] = [];
  const ended = runNode({
    home: home.root,
    cometbft: binary,
    makeApp: async (opened) => openCounterApp(opened, fault),
    env: process.env,
    logger: pino({ level: 'silent' }),
    onLine: (line) => lines.push(line),
    signal: stop.signal,
    ...change,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { stop, ended, lines };
}

async function heightReached(port: number, height: number): Promise<number> {
  const reached = await poll(
    async () => {
      const status = await fetchStatus(`http://127.0.0.1:${port}`);
      return status.height >= height ? status.height : undefined;
    },
    { timeoutMs: 20_000 },
  );
  if (reached === undefined) throw new Error(`height ${height} was not reached within 20 s`);
  return reached;
}

function messageOf(error: unknown): string {
  if (error instanceof CliError) return `${error.message} | ${error.hint}`;
  throw new Error(`a CliError was expected, not ${String(error)}`);
}

test('stops CometBFT first, then the application, and leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_000);
  let cometbftAtClose: boolean | undefined;
  let cometbft = describeProcess(process.pid);
  const { stop, ended } = start(home, {
    makeApp: async (opened) =>
      openCounterApp(opened, undefined, () => {
        cometbftAtClose = cometbft === undefined ? undefined : isRunning(cometbft);
      }),
  });
  await heightReached(21_001, 2);
  cometbft = (await readHomeLock(home))?.cometbft;
  expect(cometbft === undefined ? false : isRunning(cometbft)).toBe(true);
  stop.abort();
  expect(await ended).toBeUndefined();
  expect(cometbftAtClose).toBe(false);
  expect([home.socketFile, home.lockFile].filter((path) => existsSync(path))).toEqual([]);
});

test('starts again at once after a stop, and goes on from the same height', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_010);
  const first = start(home);
  const before = await heightReached(21_011, 3);
  first.stop.abort();
  const second = start(home);
  expect(await first.ended).toBeUndefined();
  expect(await heightReached(21_011, before + 2)).toBeGreaterThan(before);
  second.stop.abort();
  expect(await second.ended).toBeUndefined();
});

test('an end of CometBFT that nobody asked for is a failure, also with exit code 0', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_020);
  const { ended } = start(home);
  await heightReached(21_021, 1);
  const cometbft = (await readHomeLock(home))?.cometbft;
  if (cometbft === undefined) throw new Error('the lock names no CometBFT');
  await endProcess(cometbft, 10_000);
  expect(messageOf(await ended)).toMatch(
    /^CometBFT ended without being asked to \(exit code 0\) \| Its last lines:/,
  );
  expect(existsSync(home.lockFile)).toBe(false);
});

test('a CONSENSUS FAILURE, which CometBFT survives as a process, ends the node', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_030);
  const { ended, lines } = start(home, {}, { kind: 'too many results', height: 3 });
  expect(messageOf(await ended)).toMatch(
    /CONSENSUS FAILURE: .*expected tx results length.* \| .*artel debug diff/,
  );
  expect(lines.some((line) => line.includes('CONSENSUS FAILURE!!!'))).toBe(true);
  expect(await fetchStatus('http://127.0.0.1:21031').catch(() => 'gone')).toBe('gone');
});

test('a defect of the application ends the node, and its own words are told', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_040);
  const { ended } = start(home, {}, { kind: 'throws', height: 2 });
  expect(messageOf(await ended)).toMatch(/the application has stopped the node: a planted defect/);
});

test('a state that CometBFT did not sign is told, and how to compare nodes', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_050);
  const first = start(home);
  await heightReached(21_051, 2);
  first.stop.abort();
  await first.ended;
  const file = join(home.appDir, 'counter.json');
  const kept = JSON.parse(await readFile(file, 'utf8')) as { height: number };
  await writeFile(file, JSON.stringify({ height: kept.height, hash: 'ab'.repeat(32) }));
  expect(messageOf(await start(home).ended)).toMatch(/not the one that CometBFT has signed.*diff/);
});

test('a second start of the same home is refused with the pid that has it', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_060);
  const { stop, ended } = start(home);
  await heightReached(21_061, 1);
  expect(messageOf(await start(home).ended)).toContain(`is run by process ${process.pid} already`);
  stop.abort();
  expect(await ended).toBeUndefined();
});

test('a port in use is named, with the setting that moves it', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_070);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(21_071, '127.0.0.1', resolve));
  try {
    expect(messageOf(await start(home).ended)).toMatch(
      /^port 21071 \(RPC\) is in use by another program \| .*\[rpc\] laddr in .*config\.toml/,
    );
  } finally {
    await new Promise((resolve) => holder.close(resolve));
  }
});

test('a path too long for a socket gets one elsewhere, removed at the end', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'x'.repeat(100)), 21_080);
  const { stop, ended } = start(home);
  await heightReached(21_081, 1);
  const dir = (await readHomeLock(home))?.socketDir;
  expect(dir === undefined ? undefined : existsSync(join(dir, 'abci.sock'))).toBe(true);
  stop.abort();
  expect(await ended).toBeUndefined();
  expect(existsSync(dir ?? '')).toBe(false);
});

test('a socket that somebody listens on is left alone; a dead one is replaced', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_090);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(home.socketFile, resolve));
  expect(messageOf(await start(home).ended)).toMatch(/another program listens on .*abci\.sock/);
  await new Promise((resolve) => other.close(resolve));
  await leaveDeadSocket(home.socketFile);
  expect(existsSync(home.socketFile)).toBe(true);
  const { stop, ended } = start(home);
  await heightReached(21_091, 1);
  stop.abort();
  expect(await ended).toBeUndefined();
});

test('refuses no home, lost signing state, another genesis, public keys elsewhere', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'empty'));
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_100);
  const empty = { ...home, root: join(folder.path, 'empty') };
  expect(messageOf(await start(empty).ended)).toMatch(/is no node home: it has no config/);

  const copy = { ...home, root: join(folder.path, 'copy') };
  await cp(home.root, copy.root, { recursive: true });
  const first = start(home);
  await heightReached(21_101, 1);
  expect(messageOf(await start(copy).ended)).toMatch(/^the validator key [0-9A-F]{40} is in use/);
  first.stop.abort();
  await first.ended;
  const genesis = await readFile(home.genesisFile, 'utf8');
  await writeFile(home.genesisFile, genesis.replace('artel-local-test', 'artel-local-else'));
  expect(messageOf(await start(home).ended)).toMatch(/but this home began with/);
  await writeFile(home.genesisFile, '{');
  expect(messageOf(await start(home).ended)).toMatch(/is no genesis/);
  const funded = genesis
    .replace('artel-local-test', 'artel-main-1')
    .replace('"app_state":{}', '"app_state":{"a":"artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6ynxkunl"}');
  await writeFile(home.genesisFile, funded);
  expect(messageOf(await start(home).ended)).toMatch(/a test account whose key everybody knows/);
  await writeFile(home.genesisFile, genesis);
  await writeFile(`${home.signingStateFile}.kept`, await readFile(home.signingStateFile));
  await rm(home.signingStateFile);
  expect(messageOf(await start(home).ended)).toMatch(/what this validator signed last/);
  await writeFile(home.signingStateFile, '{"height":"0","round":0,"step":0}');
  expect(messageOf(await start(home).ended)).toMatch(/is old: it ends with height 0, round 0/);
});

test('--external runs the application alone', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_110);
  const { stop, ended } = start(home, { cometbft: undefined });
  const listening = await poll(async () => existsSync(home.socketFile) || undefined, {
    timeoutMs: 5_000,
  });
  expect(listening).toBe(true);
  expect((await readHomeLock(home))?.cometbft).toBeUndefined();
  stop.abort();
  expect(await ended).toBeUndefined();
});

/** A socket file whose process was killed: bound, and nobody behind it. */
async function leaveDeadSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer()
    .listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', script]).once('exit', resolve));
}

test('ends in order after the block of --halt-height, and goes on from there', async () => {
  await using folder = await temporaryFolder();
  const home = await singleValidatorHome(join(folder.path, 'home'), 21_000);
  const halted = start(home, { haltHeight: 3n });
  expect(await halted.ended).toBeUndefined();
  const kept = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(home.appDir, 'counter.json'), 'utf8'));
  expect(await kept()).toMatchObject({ height: 3 });
  expect(messageOf(await start(home, { haltHeight: 3n }).ended)).toBe(
    "this node has block 3 already: it can't halt after 3 | Leave --halt-height out to go on.",
  );
  const { stop, ended } = start(home);
  await heightReached(21_001, 5);
  stop.abort();
  expect(await ended).toBeUndefined();
});
