/** `artel init`, `start` and `localnet` as typed: what they print, refuse, and end with. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliHome } from '../../chain/cli/test/cli.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { isPortFree } from '../../chain/node/ports.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { testAddresses } from '../../chain/node/test-accounts.ts';

const main = fileURLToPath(new URL('../../chain/cli/main.ts', import.meta.url));
const [account = ''] = testAddresses;
let env: Record<string, string>;
beforeAll(async () => {
  env = {
    COMETBFT_BIN: await cometbftBinary(),
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/compile', import.meta.url)),
  };
});

test.each([
  ['localnet up -n 0', 2, /-n 0: a whole number from 1 on|"0"|1 to 64/],
  ['localnet up -n 65', 2, /-n 65: 1 to 64 validators are possible/],
  ['localnet up --base-port 80', 2, /--base-port 80: with 4 nodes it must lie between/],
  ['localnet up --chain-id artel-main-1', 2, /begins with artel-local- .*public/],
  ['localnet up --timeout-commit soon', 2, /--timeout-commit soon is no duration/],
  ['localnet status', 2, /there is no localnet in/],
  ['localnet logs', 2, /there is no localnet in/],
  ['init solo --chain-id other-1', 2, /--chain-id other-1 is no chain id/],
  ['init solo --chain-id artel-solo-1 --genesis x', 2, /Give one or the other/],
  ['init solo --genesis missing.json', 2, /missing\.json is missing, so it is not known/],
  [`init solo --chain-id artel-solo-1 --account ${account}`, 2, /key everybody knows/],
  ['init solo --chain-id artel-solo-1 --account artel1bad', 1, /artel1bad/],
  ['start', 2, /is no node home: it has no config\/config\.toml/],
  ['start --state-sync http://127.0.0.1:1', 2, /--state-sync needs two RPC servers/],
  ['start --state-sync here,there', 2, /"here" is not the URL of an RPC server/],
  ['start --trust-height 5', 2, /--trust-height and --trust-hash go together/],
  ['start --trust-height 5 --trust-hash AB', 2, /go with --state-sync/],
  ['start --snapshot-keep-recent 0', 2, /would remove each snapshot when it is made/],
  ['localnet add', 2, /there is no localnet in/],
])('artel %s is refused in one line, and makes nothing', async (line, code, words) => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  const cli = new CliHome(home);
  const run = await cli.run([...line.split(' '), '--home', home], { env });
  expect([run.code, run.out]).toEqual([code, '']);
  expect(run.err).toMatch(words);
  expect(run.err.split('\n')[0]).toMatch(/^error: .{10,300}$/);
  expect(existsSync(home)).toBe(false);
});

test('another CometBFT, or none, is told in one line with exit code 3', async () => {
  await using folder = await temporaryFolder();
  const wrong = join(folder.path, 'cometbft');
  await writeFile(wrong, '#!/bin/sh\necho 0.37.2\n', { mode: 0o755 });
  const home = join(folder.path, 'home');
  for (const line of ['localnet up', 'init solo', 'start']) {
    const run = await new CliHome(home).run([...line.split(' '), '--home', home], {
      env: { COMETBFT_BIN: wrong },
    });
    expect([line, run.code]).toEqual([line, 3]);
    expect(run.err).toContain('is version 0.37.2; 0.38.25 is needed');
    expect(existsSync(home)).toBe(false);
  }
});

test('up that is interrupted before it is up leaves nothing running and ends with 130', async () => {
  await using folder = await temporaryFolder();
  const cli = new CliHome(folder.path);
  const args = ['localnet', 'up', '-n', '1', '--base-port', '21750'];
  const run = await cli.run([...args, '--home', join(folder.path, 'net')], {
    env,
    signal: AbortSignal.abort(new Error('SIGINT')),
  });
  expect(run).toMatchObject({ code: 130, out: '' });
  // It may come while CometBFT is still being looked for, so before "Starting".
  expect(run.err).toMatch(/(^|\n)interrupted\n$/);
  expect(await isPortFree('127.0.0.1', 21_751)).toBe(true);
});

test('init makes a home once; a genesis is copied as it is', async () => {
  await using folder = await temporaryFolder();
  const solo = join(folder.path, 'solo');
  const cli = new CliHome(solo);
  const args = ['init', 'solo', '--chain-id', 'artel-local-solo', '--account', account];
  const made = await cli.run([...args, '--home', solo, '-o', 'json'], { env });
  expect(JSON.parse(made.out)).toMatchObject({
    home: solo,
    genesis: nodeHome(solo).genesisFile,
    node_id: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
  });
  const genesis = await readFile(nodeHome(solo).genesisFile, 'utf8');
  expect(genesis).toContain(account);
  const again = await cli.run([...args, '--home', solo], { env });
  expect([again.code, again.err.split('\n')[0]]).toEqual([
    2,
    `error: ${solo} is a node home already: it has config/config.toml`,
  ]);
  const other = join(folder.path, 'other');
  const joined = await cli.run(
    ['init', 'other', '--genesis', nodeHome(solo).genesisFile, '--home', other],
    { env },
  );
  expect(joined.code).toBe(0);
  expect(await readFile(nodeHome(other).genesisFile, 'utf8')).toBe(genesis);
});

test('up, status, down and reset of a real localnet say what they do', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const artel = (...args: readonly string[]): Promise<{ out: string; err: string }> =>
    new Promise((resolve, reject) => {
      const all = ['--no-warnings', main, 'localnet', ...args, '--home', root];
      execFile(process.execPath, all, { env: { ...process.env, ...env } }, (error, out, err) => {
        if (error === null) resolve({ out, err });
        else reject(new Error(`${args.join(' ')}: ${err}`));
      });
    });
  const up = await artel('up', '-n', '2', '--base-port', '21730', '--detach');
  try {
    expect(up.out).toMatch(/NODE +STATE +RPC +P2P +HEIGHT +APP HASH +HOME +LOG\nnode0 +up /);
    expect(up.out).toContain(`test0  ${account}`);
    expect(up.out.match(/^ {2}npx artel .*$/gm)).toHaveLength(3);
    const again = await artel('up', '--detach');
    expect(again.err).toContain('The localnet is running already.');
    const status = JSON.parse((await artel('status', '-o', 'json')).out) as unknown[];
    expect(status).toEqual([
      expect.objectContaining({
        name: 'node0',
        state: 'up',
        peers: 1,
        app_hash: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
      }),
      expect.objectContaining({ name: 'node1', state: 'up', rpc: 'http://127.0.0.1:21741' }),
    ]);
    expect((await artel('down')).err).toBe('2 nodes ended.\n');
    await expect(artel('status')).rejects.toThrow('no node of the localnet runs');
  } finally {
    await artel('reset');
  }
  expect(existsSync(root)).toBe(false);
  await mkdir(root);
  await writeFile(join(root, 'precious'), '');
  expect((await artel('reset')).err).toContain('There is no localnet in');
  await expect(artel('up')).rejects.toThrow('holds precious, which is not of a localnet');
  expect(existsSync(join(root, 'precious'))).toBe(true);
}, 120_000);
