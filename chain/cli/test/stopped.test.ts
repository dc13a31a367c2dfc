/** Commands on a stopped node and on this machine: genesis out and in, replay, doctor. */
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { localMnemonic } from '../../client/keys.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { nodeHome } from '../../node/home.ts';
import { CliHome } from './cli.ts';

let home: CliHome;
const alice = ['keys', 'recover', 'alice', '--keyring', 'test'];

beforeAll(async () => {
  home = await CliHome.create();
  expect(await home.run(alice, { input: `${localMnemonic}\n` })).toMatchObject({ code: 0 });
  const layout = nodeHome(home.path);
  const chain = await startTestChain({ home: join(home.path, 'dev') });
  const recipient = chain.accounts[5]?.address ?? '';
  const send = ['tx', 'bank', 'send', 'alice', recipient, '12hub', '-y', '--keyring', 'test'];
  expect(await home.run([...send, '--node', chain.rpcUrl])).toMatchObject({ code: 0 });
  const answer = await fetch(`${chain.rpcUrl}/genesis`);
  const { result } = (await answer.json()) as { result: { genesis: unknown } };
  await chain.close();
  // The embedded engine keeps the same store under another name than a node.
  await mkdir(dirname(layout.storeDir), { recursive: true });
  await rename(join(home.path, 'dev', 'state'), layout.storeDir);
  await mkdir(dirname(layout.genesisFile), { recursive: true });
  await writeFile(layout.genesisFile, JSON.stringify(result.genesis));
});
afterAll(() => home.remove());

test('the state is exported as a genesis that is valid and holds what was sent', async () => {
  const exported = await home.run(['genesis', 'export', '--chain-id', 'artel-local-2']);
  expect(exported).toMatchObject({ code: 0, err: '' });
  const document = JSON.parse(exported.out) as {
    readonly chain_id: string;
    readonly initial_height: string;
    readonly app_state: { readonly bank: { readonly balances: { readonly amountUhub: string }[] } };
  };
  expect(document.chain_id).toBe('artel-local-2');
  expect(BigInt(document.initial_height)).toBeGreaterThan(1n);
  const amounts = document.app_state.bank.balances.map(({ amountUhub }) => amountUhub);
  expect(amounts).toContain('1000012000000');
  const file = join(home.path, 'exported.json');
  await writeFile(file, exported.out);
  const valid = await home.run(['genesis', 'validate', file, '-o', 'json']);
  expect(JSON.parse(valid.out)).toMatchObject({ valid: true, validators: 1, power: '1000' });
  const began = await home.run(['genesis', 'validate']);
  expect(began).toMatchObject({ code: 0, out: expect.stringContaining('artel-dev-1') });
});

test('a genesis that a module refuses is told with its field', async () => {
  const text = await readFile(nodeHome(home.path).genesisFile, 'utf8');
  const file = join(home.path, 'wrong.json');
  await writeFile(file, text.replace('"amountUhub":"1000000000000"', '"amountUhub":"-1"'));
  const refused = await home.run(['genesis', 'validate', file]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(
    /^error: .*wrong\.json is no genesis of this chain: .*bank.*amountUhub/,
  );
  await writeFile(file, '{"chain_id": ""}');
  expect(await home.run(['genesis', 'validate', file])).toMatchObject({
    code: 2,
    err: expect.stringContaining('chain_id'),
  });
});

test('the event log folded again gives the same app hash at every height', async () => {
  const replayed = await home.run(['replay', '--from-events', '-o', 'json']);
  expect(JSON.parse(replayed.out)).toMatchObject({ from: '0', equal: true });
});

test('a home without a chain is told in one line', async () => {
  const empty = await CliHome.create();
  try {
    for (const args of [
      ['replay', '--from-events'],
      ['genesis', 'export'],
    ]) {
      const run = await empty.run(args);
      expect(run.code).toBe(2);
      expect(run.err.split('\n').length).toBeLessThanOrEqual(3);
    }
    expect(await readdir(empty.path)).toEqual([]);
  } finally {
    await empty.remove();
  }
});

describe('doctor', () => {
  interface Finding {
    readonly check: string;
    readonly state: string;
    readonly detail: string;
  }
  const findings = async (...args: readonly string[]): Promise<Map<string, Finding>> => {
    // Its exit code depends on whether this machine has a CometBFT.
    const env = { PATH: process.env.PATH ?? '' };
    const { out } = await home.run(['doctor', '-o', 'json', ...args], { env });
    return new Map((JSON.parse(out) as Finding[]).map((one) => [one.check, one]));
  };

  test('finds the node that answers, and a clock that agrees with it', async () => {
    await using chain = await startTestChain();
    const found = await findings('--node', chain.rpcUrl);
    expect(found.get('node')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/artel-dev-1/),
    });
    expect(found.get('clock')).toMatchObject({ state: 'ok' });
    expect(found.get('Node')).toMatchObject({ state: 'ok' });
    expect(found.get('native secp256k1')).toBeDefined();
    expect(found.get('CometBFT')).toBeDefined();
    await chain.engine.advanceTime(3_600_000n);
    expect((await findings('--node', chain.rpcUrl)).get('clock')).toMatchObject({ state: 'fail' });
  });

  test('warns of keys that others can read and of no node', async () => {
    const folder = join(home.path, 'keyring');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'open.json'), '{}');
    await chmod(join(folder, 'open.json'), 0o644);
    const found = await findings('--node', 'http://127.0.0.1:9');
    expect(found.get('keyring')).toMatchObject({
      state: 'warn',
      detail: 'open.json can be read by others',
    });
    expect(found.get('node')).toMatchObject({ state: 'warn' });
    expect(found.get('ports')).toBeDefined();
  });

  test('what is missing ends it with exit code 3', async () => {
    const run = await home.run(['doctor', '--node', 'http://127.0.0.1:9'], {
      env: { COMETBFT_BIN: '/nowhere/cometbft' },
    });
    expect(run.code).toBe(3);
    expect(run.err).toMatch(/^error: missing: .*CometBFT/);
    expect(run.out).toContain('COMETBFT_BIN');
  });
});
