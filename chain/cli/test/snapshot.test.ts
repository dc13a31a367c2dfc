/** `artel snapshot`: a backup made, listed, verified and restored, and what is refused. */
import { access, cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startTestChain } from '../../dev/test-chain.ts';
import { nodeHome } from '../../node/home.ts';
import { CliHome } from './cli.ts';

let home: CliHome;
let backup: string;
let made: Record<string, unknown>;

beforeAll(async () => {
  home = await CliHome.create();
  const layout = nodeHome(home.path);
  const chain = await startTestChain({ home: join(home.path, 'dev') });
  const answer = await fetch(`${chain.rpcUrl}/genesis`);
  const { result } = (await answer.json()) as { result: { genesis: unknown } };
  await chain.close();
  // The embedded engine keeps the same store under another name than a node.
  await mkdir(dirname(layout.storeDir), { recursive: true });
  await rename(join(home.path, 'dev', 'state'), layout.storeDir);
  await mkdir(dirname(layout.genesisFile), { recursive: true });
  await writeFile(layout.genesisFile, JSON.stringify(result.genesis));
  backup = join(home.path, 'backup');
  const run = await home.run(['snapshot', 'create', '--to', backup, '-o', 'json']);
  expect(run).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^snapshot of height \d+: \d+\n$/),
  });
  made = JSON.parse(run.out) as Record<string, unknown>;
});
afterAll(() => home.remove());

test('a snapshot says what it is of, the same each time, and is listed where it belongs', async () => {
  expect(made).toMatchObject({
    chain_id: 'artel-dev-1',
    app_version: 1,
    app_hash: expect.stringMatching(/^[0-9A-F]{64}$/),
    hash: expect.stringMatching(/^[0-9A-F]{64}$/),
    chunks: 1,
    path: backup,
  });
  expect(JSON.parse((await home.run(['snapshot', 'list', '-o', 'json'])).out)).toEqual([]);
  expect((await home.run(['snapshot', 'create'])).code).toBe(0);
  const list = await home.run(['snapshot', 'list', '-o', 'json']);
  const path = join(nodeHome(home.path).snapshotsDir, `${made.height}-1`);
  expect(JSON.parse(list.out)).toEqual([{ ...made, path }]);
  expect((await home.run(['snapshot', 'list'])).out).toContain(`${made.app_hash}`);
  expect(await home.run(['snapshot', 'create', '--to', backup])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: .*backup is there already\n/),
  });
});

test('a backup is verified and restored into another home, whose state is the same', async () => {
  const hash = String(made.app_hash);
  const verified = await home.run(['snapshot', 'verify', backup, '--app-hash', hash, '-o', 'json']);
  expect(JSON.parse(verified.out)).toEqual({ verified: true, ...made });
  const other = join(home.path, 'other');
  const into = ['--home', other];
  const restored = await home.run(['snapshot', 'restore', backup, ...into, '-o', 'json']);
  expect(restored).toMatchObject({ code: 0, err: `restoring height ${made.height}: 1\n` });
  expect(JSON.parse(restored.out)).toEqual({ restored: true, ...made });
  expect(await home.run(['snapshot', 'restore', backup, ...into])).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /holds a chain already, at height \d+\n {2}hint: Name an empty --home/,
    ),
  });
  await mkdir(dirname(nodeHome(other).genesisFile), { recursive: true });
  await cp(nodeHome(home.path).genesisFile, nodeHome(other).genesisFile);
  const genesis = ['genesis', 'export', '--chain-id', 'artel-local-3'];
  const [ours, theirs] = [await home.run([...genesis, ...into]), await home.run(genesis)];
  expect(ours).toEqual({ ...theirs, code: 0 });
  // The log of a chain that began elsewhere can't be replayed here.
  expect((await home.run(['replay', '--from-events', ...into])).err).toMatch(
    /^error: the event log begins after height \d+/,
  );
});

test('what is damaged, of another chain or not there is told in one line', async () => {
  const damaged = join(home.path, 'damaged');
  await cp(backup, damaged, { recursive: true });
  const state = await readFile(join(damaged, 'state'));
  state[50] = (state[50] ?? 0) ^ 1;
  await writeFile(join(damaged, 'state'), state);
  const alien = join(home.path, 'alien');
  await mkdir(dirname(nodeHome(alien).genesisFile), { recursive: true });
  await writeFile(nodeHome(alien).genesisFile, '{"chain_id":"artel-local-9"}');
  const empty = join(home.path, 'empty');
  for (const [args, code, words] of [
    [['verify', damaged], 1, /^error: chunk 0 of .*damaged is damaged: its hash differs\n/],
    [['restore', damaged, '--home', empty], 1, /^error: chunk 0 of .* is damaged/],
    [
      ['restore', backup, '--home', alien],
      2,
      /is of chain artel-dev-1, this home of artel-local-9\n/,
    ],
    [
      ['verify', '999'],
      2,
      /999-1 is no snapshot: a file is missing\n {2}hint: This home has: \d+\./,
    ],
    [['verify', home.path], 2, /is no snapshot: a file is missing/],
    [['verify', backup, '--app-hash', 'AB'], 1, /has app hash [0-9A-F]{64}, not AB\n/],
    [
      ['create', '--height', '77', '--to', join(home.path, 'never')],
      2,
      /height 77 is not available: this node keeps/,
    ],
    [['create', '--home', empty], 2, /holds no chain/],
  ] as const) {
    const run = await home.run(['snapshot', ...args]);
    expect([args.join(' '), run.code, run.out]).toEqual([args.join(' '), code, '']);
    expect(run.err.slice(run.err.indexOf('error:'))).toMatch(words);
  }
  // A restore that failed leaves a home that another one can be restored into.
  expect((await home.run(['snapshot', 'restore', backup, '--home', empty])).code).toBe(0);
});

test('an interruption leaves no snapshot', async () => {
  const to = join(home.path, 'interrupted');
  const signal = AbortSignal.abort(new Error('SIGINT'));
  expect(await home.run(['snapshot', 'create', '--to', to], { signal })).toMatchObject({
    code: 130,
    out: '',
  });
  await expect(access(to)).rejects.toThrow('ENOENT');
});
