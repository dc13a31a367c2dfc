/** `artel abci`: the application alone, driven as harnesses do, with a genesis of their own. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import { AbciClient } from '../../abci/test/client.ts';
import { spawnCometbft } from '../../node/cometbft-process.ts';
import { fetchStatus, poll } from '../../node/rpc.ts';
import { cometbftBinary, singleValidatorHome, temporaryFolder } from '../../node/test/fixtures.ts';
import { testAddresses } from '../../node/test-accounts.ts';
import { CliHome, type CliRun } from './cli.ts';

interface Serving {
  readonly socket: string;
  stop(): Promise<CliRun>;
  readonly ended: Promise<CliRun>;
}

/** Runs `artel abci` in a fresh home below `folder`, listening on a path alone. */
async function serve(folder: string, name: string, flags: readonly string[]): Promise<Serving> {
  const socket = join(folder, `${name}.sock`);
  const stop = new AbortController();
  const home = new CliHome(join(folder, name));
  const ended = home.run(['abci', '--log-level', 'error', '--listen', socket, ...flags], {
    signal: stop.signal,
  });
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  const there = poll(async () => over || existsSync(socket) || undefined, { timeoutMs: 20_000 });
  await Promise.race([there, end]);
  return {
    socket,
    ended,
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}

function initChain(chainId: string, appState = '') {
  return {
    initChain: {
      chainId,
      time: { seconds: 1_767_225_600n, nanos: 0 },
      initialHeight: 1n,
      appStateBytes: new TextEncoder().encode(appState),
      validators: [1n, 3n].map((power, index) => ({
        pubKey: { ed25519: new Uint8Array(32).fill(index + 1) },
        power,
      })),
      consensusParams: { evidence: { maxAgeDuration: { seconds: 172_800n, nanos: 0 } } },
    },
  };
}

test("a harness's genesis of validators alone makes blocks, and goes on after a restart", async () => {
  await using folder = await temporaryFolder();
  const comet = await singleValidatorHome(join(folder.path, 'comet'), 21_120, 'localnet-1');
  let before = 0;
  for (const _ of ['first', 'again']) {
    const app = await serve(folder.path, 'app', ['--default-state']);
    const node = await spawnCometbft({
      binary: await cometbftBinary(),
      args: ['start', '--home', comet.root, '--proxy_app', `unix://${app.socket}`],
      env: process.env,
      onLine: () => undefined,
    });
    const reached = await poll(
      async () => {
        const { height } = await fetchStatus('http://127.0.0.1:21121');
        return height >= before + 2 ? height : undefined;
      },
      { timeoutMs: 20_000 },
    );
    await node.stop(10_000);
    expect(await app.stop()).toMatchObject({ code: 0, err: '' });
    expect(reached).toBeGreaterThan(before + 1);
    before = reached ?? 0;
  }
});

test('the default state bonds the power that the genesis gives, and funds who is named', async () => {
  await using folder = await temporaryFolder();
  const funded = join(folder.path, 'accounts.txt');
  await writeFile(funded, 'artel1lh6cxaa5hl0wv73jjct2mk7x2z6rq7de98s258\n\n');
  const appHashes: string[] = [];
  for (const flags of [[], ['--fund', funded], ['--fund', funded]]) {
    const name = `app${appHashes.length}`;
    const app = await serve(folder.path, name, ['--default-state', ...flags]);
    const client = await AbciClient.open(`unix://${app.socket}`);
    const { initChain: answer } = await client.call(initChain('artel-local-7'));
    const { appHash, validators } = answer ?? ResponseInitChain.fromPartial({});
    expect(validators.map(({ power }) => power).sort()).toEqual([1n, 3n]);
    appHashes.push(Buffer.from(appHash).toString('hex'));
    await app.stop();
  }
  expect(appHashes[1]).toBe(appHashes[2]);
  expect(appHashes[0]).not.toBe(appHashes[1]);
});

test('an empty app_state without the flag ends it, with what to do', async () => {
  await using folder = await temporaryFolder();
  for (const [name, state] of [
    ['app0', ''],
    ['app1', '{}'],
  ] as const) {
    const app = await serve(folder.path, name, []);
    const client = await AbciClient.open(`unix://${app.socket}`);
    const { exception } = await client.call(initChain('localnet-1', state));
    expect(exception?.error).toContain('app_state: is empty');
    const { code, err } = await app.ended;
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error: the genesis is refused: app_state: is empty: .*\n.*--default-state/,
    );
  }
});

test('public test keys are funded on local chains only; wrong addresses are named', async () => {
  await using folder = await temporaryFolder();
  const funded = join(folder.path, 'accounts.txt');
  await writeFile(funded, `${testAddresses[0]}\n`);
  const app = await serve(folder.path, 'app', ['--default-state', '--fund', funded]);
  const client = await AbciClient.open(`unix://${app.socket}`);
  const { exception } = await client.call(initChain('localnet-1'));
  expect(exception?.error).toContain('a test account whose key everybody knows');
  expect((await app.ended).code).toBe(2);

  await writeFile(funded, `${testAddresses[0]}\nartel1nobody\n`);
  const wrong = await serve(folder.path, 'wrong', ['--default-state', '--fund', funded]);
  expect((await wrong.ended).err).toContain('accounts.txt, line 2: artel1nobody');
  const nowhere = new CliHome(folder.path);
  for (const command of [['abci'], ['start', '--external']]) {
    expect(await nowhere.run([...command, '--listen', 'bogus'])).toEqual({
      code: 2,
      out: '',
      err: 'error: the ABCI address bogus is not unix:///path or tcp://127.0.0.1:port\n',
    });
  }
  const alone = await serve(folder.path, 'alone', ['--fund', funded]);
  expect(await alone.ended).toMatchObject({
    code: 2,
    err: 'error: --fund goes with --default-state\n',
  });
});

test('--metrics is served while it runs; a port that is taken ends it before anything starts', async () => {
  await using folder = await temporaryFolder();
  const port = 21_126;
  const app = await serve(folder.path, 'app', ['--metrics', `127.0.0.1:${port}`]);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toContain('\nartel_build_info{version="0.0.0-test"} 1\n');
  expect(text).toContain('\nartel_store_head_height 0\n');

  const second = await serve(folder.path, 'second', ['--metrics', `127.0.0.1:${port}`]);
  expect(await second.ended).toEqual({
    code: 3,
    out: '',
    err:
      `error: the metrics port 127.0.0.1:${port} is in use by another program\n` +
      '  hint: Stop that program, or name another address by --metrics.\n',
  });
  expect(existsSync(join(folder.path, 'second'))).toBe(false);
  expect(await app.stop()).toMatchObject({ code: 0, err: '' });
});
