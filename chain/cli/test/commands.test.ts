/**
 * The commands against a chain in this process: money, trust, multisig, proofs, and every kind of
 * no.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localMnemonic } from '../../client/keys.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';
import { CliHome, type CliRun } from './cli.ts';

let chain: TestChain & AsyncDisposable;
let home: CliHome;

beforeAll(async () => {
  chain = await startTestChain();
  home = await CliHome.create();
  for (const [index, name] of ['alice', 'bob', 'carol'].entries()) {
    const args = ['keys', 'recover', name, '--index', String(index), '--keyring', 'test'];
    expect(await home.run(args, { input: `${localMnemonic}\n` })).toMatchObject({ code: 0 });
  }
});
afterAll(async () => {
  await chain.close();
  await home.remove();
});

/** Runs with the test keyring against the chain. */
function artel(...args: readonly string[]): Promise<CliRun> {
  return home.run([...args, '--keyring', 'test', '--node', chain.rpcUrl]);
}

/** As `artel`, must succeed; the JSON that it prints. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await artel(...args, '-o', 'json');
  expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
  return JSON.parse(out) as Record<string, unknown>;
}

async function addressOf(name: string): Promise<string> {
  return (await artel('keys', 'show', name, '-a')).out.trim();
}

async function balance(name: string): Promise<bigint> {
  const { balance: coin } = await json('query', 'bank', 'balance', name);
  return BigInt((coin as { amount: string }).amount);
}

test('a transfer waits for its block and says what it did', async () => {
  const before = await balance('bob');
  const { code, out, err } = await artel('tx', 'bank', 'send', 'alice', 'bob', '1.5hub', '-y');
  expect(code).toBe(0);
  expect(err).toMatch(/^warning: .*unencrypted\nsent [0-9A-F]{64}, waiting for its block\n$/);
  expect(out).toMatch(
    /^hash {4}[0-9A-F]{64}\nheight {2}\d+\ncode {4}0 \(done\)\ngas {5}\d+ of \d+\nevent {3}.+\n$/,
  );
  expect(out).toMatch(
    /Transferred sender=artel1\w+ recipient=artel1\w+ amount_uhub=1500000 reason=send\n/,
  );
  expect((await balance('bob')) - before).toBe(1_500_000n);
});

test.each(['direct', 'amino'])('sign mode %s, memo, fee and several recipients', async (mode) => {
  const before = await balance('carol');
  const done = await json(
    ...['tx', 'bank', 'multi-send', 'alice', 'bob=2uhub', 'carol=3uhub'],
    ...['--memo', 'a & <b>', '--fees', '0.001hub', '--sign-mode', mode, '-y'],
  );
  expect(done).toMatchObject({ code: 0 });
  expect((await balance('carol')) - before).toBe(3n);
  const found = await json('query', 'tx', String(done.hash));
  expect(found).toMatchObject({
    hash: done.hash,
    tx: {
      body: { memo: 'a & <b>', messages: [{ '@type': '/cosmos.bank.v1beta1.MsgMultiSend' }] },
      auth_info: { fee: { amount: [{ denom: 'uhub', amount: '1000' }] } },
    },
  });
});

test('--dry-run and --generate-only send nothing', async () => {
  const before = await balance('alice');
  const dry = await artel('tx', 'bank', 'send', 'alice', 'bob', '1hub', '--dry-run');
  expect(dry.out).toMatch(/^gas used: \d{5}\n$/);
  const unsigned = await json('tx', 'bank', 'send', 'alice', 'bob', '1hub', '--generate-only');
  expect(unsigned).toMatchObject({ signatures: [], auth_info: { signer_infos: [] } });
  expect(await balance('alice')).toBe(before);
});

test('two of three sign on their own and the joined transaction is sent', async () => {
  await json('keys', 'add', 'board', '--multisig', 'alice,bob,carol', '--threshold', '2');
  await json('tx', 'bank', 'send', 'alice', 'board', '5hub', '-y');
  const file = (name: string): string => join(home.path, name);
  const generated = await artel(
    ...['tx', 'bank', 'send', 'board', 'bob', '1hub', '--generate-only', '--gas', '200000'],
  );
  await writeFile(file('unsigned.json'), generated.out);
  for (const name of ['alice', 'carol']) {
    const args = ['tx', 'sign', file('unsigned.json'), '--from', name, '--multisig', 'board'];
    const { code } = await artel(...args, '--output-document', file(`${name}.json`));
    expect(code).toBe(0);
  }
  const join1 = await artel('tx', 'multisign', file('unsigned.json'), 'board', file('alice.json'));
  expect(join1).toMatchObject({
    code: 2,
    err: expect.stringContaining('1 of the 2 signatures needed are given'),
  });
  const joined = await artel(
    ...['tx', 'multisign', file('unsigned.json'), 'board', file('alice.json'), file('carol.json')],
  );
  await writeFile(file('signed.json'), joined.out);
  const before = await balance('bob');
  expect(await json('tx', 'broadcast', file('signed.json'), '-y')).toMatchObject({ code: 0 });
  const again = await artel('tx', 'broadcast', file('signed.json'), '-y');
  expect(again).toMatchObject({
    code: 1,
    err: expect.stringContaining('sdk/tx_in_mempool_cache (19): tx already exists in cache'),
  });
  expect((await balance('bob')) - before).toBe(1_000_000n);
  // A file of signatures is for its owner alone.
  expect(await readFile(file('alice.json'), 'utf8')).toContain('"signature"');
});

test('signed offline, sent later', async () => {
  const bob = await json('query', 'accounts', 'account', 'bob');
  const { account_number: number, sequence } = bob.account as Record<string, string>;
  const unsigned = join(home.path, 'later.json');
  const args = ['tx', 'bank', 'send', 'bob', 'carol', '1hub', '--generate-only', '--offline'];
  await writeFile(unsigned, (await artel(...args)).out);
  const where = ['--offline', '--chain-id', 'artel-dev-1'];
  const account = ['--account-number', String(number), '--sequence', String(sequence)];
  const away = await home.run([
    ...['tx', 'sign', unsigned, '--from', 'bob', '--keyring', 'test', ...where, ...account],
    ...['--node', 'http://127.0.0.1:1'],
  ]);
  expect(away.code).toBe(0);
  await writeFile(unsigned, away.out);
  expect(await artel('tx', 'broadcast', unsigned)).toMatchObject({
    code: 2,
    err: expect.stringContaining('nobody is at the terminal'),
  });
  expect(await json('tx', 'broadcast', unsigned, '-y')).toMatchObject({ code: 0 });
});

test('collectives found themselves, sign trust, and the edge is proved', async () => {
  const found = ['--kind', 'steady', '--consumption', 'c2i', '-y'];
  const bakery = await artel('tx', 'trust', 'found', 'Bakery', '--from', 'alice', ...found);
  expect(bakery.out).toMatch(/event {3}CollectiveFounded .*name=Bakery/);
  await json('tx', 'trust', 'found', 'Mill', '--from', 'bob', ...found);
  await json('tx', 'trust', 'sign', '1', '2', '--from', 'alice', '-y');
  expect(await json('query', 'trust', 'edge', '1', '2')).toMatchObject({
    state: 'EDGE_STATE_SIGNED',
  });
  await json('tx', 'trust', 'sign', '2', '1', '--from', 'bob', '-y');
  const again = await artel('tx', 'trust', 'sign', '2', '1', '--from', 'bob', '-y');
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/error: trust\/already_trusted \(10\): .*trust each other already\n/);
  expect(again.err).toContain('  hint: Nothing is left to sign.');
  await chain.engine.mine(2);
  const proved = await artel('query', 'trust', 'edge', '2', '1', '--prove');
  expect(proved.out).toMatch(/^low +1\nhigh +2\n/);
  expect(proved.out).toMatch(/proof verified: the record, in store trust after block \d+/);
  expect(await json('query', 'trust', 'edge', '1', '7', '--prove')).toMatchObject({
    record: null,
    proof: { verified: true },
  });
});

test('a proof follows from a header that is trusted, forward and backward, and from no other', async () => {
  await chain.engine.mine(6);
  const { hash } = (await json('query', 'block', '3')) as { hash: string };
  const balance = ['query', 'bank', 'balance', await addressOf('alice'), '--prove'];
  for (const height of ['5', '1']) {
    const proved = await artel(...balance, '--height', height, '--trusted-hash', `3:${hash}`);
    expect(proved.out).toContain('Taken on trust: the header 3 that you gave; all others follow');
  }
  const proof = await json(...balance, '--trusted-hash', `3:${hash}`);
  expect(proof).toMatchObject({ proof: { verified: true, trusted_height: 3 } });
  const wrong = await artel(...balance, '--trusted-hash', `4:${hash}`);
  expect([wrong.code, wrong.out]).toEqual([1, '']);
  expect(wrong.err).toMatch(
    /^error: header 4 has hash [0-9A-F]{64}, which is not the trusted one/m,
  );
});

test('a message that no command was written for is sent from JSON', async () => {
  const alice = await addressOf('alice');
  const file = join(home.path, 'messages.json');
  const send = (to: string): unknown => ({
    '@type': '/cosmos.bank.v1beta1.MsgSend',
    from_address: alice,
    to_address: to,
    amount: [{ denom: 'uhub', amount: '1' }],
  });
  await writeFile(file, JSON.stringify([send(await addressOf('bob')), send(alice)]));
  expect(await json('tx', 'messages', file, '--from', 'alice', '-y')).toMatchObject({ code: 0 });
  await writeFile(file, JSON.stringify([{ ...(send(alice) as object), amuont: [] }]));
  expect(await artel('tx', 'messages', file, '--from', 'alice', '-y')).toMatchObject({
    code: 2,
    err: expect.stringContaining('has no field "amuont"; it has fromAddress, toAddress, amount'),
  });
});

test('older state, searches, blocks and status', async () => {
  const { height } = await json('status');
  await json('tx', 'bank', 'send', 'alice', 'bob', '1hub', '-y');
  const now = await balance('bob');
  const then = await json('query', 'bank', 'balance', 'bob', '--height', String(height));
  expect(BigInt((then.balance as { amount: string }).amount)).toBeLessThan(now);
  const alice = await addressOf('alice');
  const found = await json('query', 'txs', '--events', `message.sender='${alice}'`, '--limit', '2');
  expect((found.txs as readonly unknown[]).length).toBe(2);
  expect(await json('query', 'block', '1')).toMatchObject({ height: 1, chain_id: 'artel-dev-1' });
  expect((await artel('query', 'block', '99999')).code).toBe(1);
});

test('a proof is exported, verified, and refused when changed', async () => {
  await chain.engine.mine(2);
  const exported = await artel('proof', 'export', '--store', 'bank', '--key', '02');
  expect(exported).toMatchObject({ code: 0 });
  const file = join(home.path, 'proof.json');
  await writeFile(file, exported.out);
  const height = /after block (\d+)/.exec(exported.err)?.[1] ?? '';
  expect((await artel('proof', 'verify', file, '--height', height)).out).toMatch(
    /^verified: key 02 of store bank is present with the value .{16}\n.*voting power signed\n$/s,
  );
  const [record, module] = JSON.parse(exported.out) as [{ value: string }, unknown];
  await writeFile(file, JSON.stringify([{ ...record, value: '00000000000000ff' }, module]));
  expect(await artel('proof', 'verify', file)).toMatchObject({
    code: 1,
    err: expect.stringContaining('the proof does not hold'),
  });
});

test('what is zero, false or empty is answered, not left out', async () => {
  const info = await json('query', 'validators', 'signing-info', chain.accounts[0]?.address ?? '');
  expect(info).toMatchObject({ missed: '0' });
  expect(await json('query', 'validators', 'changes')).toMatchObject({ changes: [] });
});

test('raw keys and module roots are shown', async () => {
  const rows = await json('debug', 'keys', 'bank', '--limit', '3');
  expect(rows).toHaveLength(3);
  const roots = await artel('debug', 'roots', '1', '--nodes', `${chain.rpcUrl},${chain.rpcUrl}`);
  expect(roots.code).toBe(0);
  expect(roots.out).toContain('app hash');
});

describe('what goes wrong is said in one line, with what to do', () => {
  test.each([
    [['tx', 'bank', 'send', 'alice', 'bob', '12', '-y'], 2, 'amount "12" can\'t be read', '12hub'],
    [['tx', 'bank', 'send', 'nobody', 'bob', '1hub', '-y'], 1, 'no key "nobody"', 'keys list'],
    [
      ['tx', 'bank', 'send', 'alice', 'bob', '9000000hub', '-y'],
      1,
      'insufficient_funds',
      'balance',
    ],
    [
      ['tx', 'bank', 'send', 'alice', 'bob', '0hub', '-y'],
      2,
      'amount "0hub" can\'t be read',
      'zero',
    ],
    [
      ['tx', 'bank', 'send', 'alice', `cosmos1${'q'.repeat(38)}`, '1hub', '-y'],
      2,
      'prefix',
      'artel1',
    ],
    [['tx', 'bank', 'send', 'alice', 'bob', '1hub', '-y', '--timeout', 'x'], 2, 'timeout "x"', ''],
    [['query', 'bank', 'balance', 'alice', 'uatom', '--prove'], 1, 'of "uatom", only of uhub', ''],
    [['query', 'block', '999999'], 1, 'the node refused: height 999999', 'status'],
    [['query', 'txs', '--events', 'not a query'], 1, 'the node refused: ', 'message.sender'],
    [['query', 'store', 'bank', 'zz'], 2, 'key "zz" can\'t be read', 'hex'],
    [
      ['tx', 'bank', 'send', 'alice', 'bob', '1hub', '--gas', '10', '-y'],
      1,
      'out_of_gas',
      'gas limit',
    ],
    [
      ['tx', 'bank', 'send', 'alice', 'bob', '1hub', '--chain-id', 'other-1', '-y'],
      2,
      'the node is on artel-dev-1, not on other-1',
      '--node',
    ],
    [['tx', 'bank', 'send', 'alice', 'bob', '1hub'], 2, 'nobody is at the terminal', '-y'],
    [['tx', 'trust', 'sign', '1', '1', '--from', 'alice', '-y'], 1, 'self_trust', 'different'],
    [['tx', 'trust', 'sign', '1', '2', '-y'], 2, '--from is missing', '--from'],
    [['tx', 'broadcast', '/nowhere/x.json'], 2, 'there is no such file', 'path'],
    [['query', 'tx', '12'], 2, 'is no hash', '64'],
    [['query', 'trust', 'collective', '99'], 1, 'there is no collective 99', 'id'],
    [['query', 'bank', 'balance', 'artel1qqqq'], 2, 'artel1qqqq is not bech32', 'again'],
    [['query', 'validators', 'validator', 'artelvalcons1q'], 2, 'valcons1q is not bech32', ''],
    [['tx', 'bank', 'send', 'alice', 'artel1qqqq', '1hub', '-y'], 2, 'is not bech32', 'again'],
    [['tx', 'trust', 'update', '1', '--owner', 'artel1q', '--from', 'alice'], 2, 'not bech32', ''],
    [['tx', 'trust', 'found', 'Mill', '--from', 'alice'], 2, '--kind <loose|steady>', ''],
    [
      ['query', 'store', 'bank', '02', '--trusted-hash', '5:AB'],
      2,
      '--trusted-hash is 5:AB, expected height:hash',
      'query block',
    ],
    [
      ['query', 'bank', 'balance', 'alice', '--trusted-hash', `5:${'AB'.repeat(32)}`],
      2,
      '--trusted-hash goes with --prove',
      '',
    ],
    [
      ['query', 'trust', 'edges', '--prove'],
      2,
      'trust edges does not answer with one record',
      'bank balance.*trust edge,.*query store',
    ],
    [
      ['status', '--node', 'http://127.0.0.1:2'],
      1,
      'no node answers at 127.0.0.1:2',
      'make localnet',
    ],
    [['status', '--node', 'nonsense'], 2, 'is not the URL of a node', 'http://'],
    [['replay', '--home', '/nowhere'], 2, 'give either --from-events or --blocks', ''],
  ] as const)('%s', async (args, code, sentence, hint) => {
    const ran = await home.run([...['--keyring', 'test', '--node', chain.rpcUrl], ...args]);
    expect(ran.code).toBe(code);
    const lines = ran.err.split('\n').filter((line) => !line.startsWith('warning: '));
    expect(lines[0]).toMatch(/^error: /);
    expect(lines[0]).toContain(sentence);
    if (hint !== '') expect(lines[1]).toMatch(new RegExp(`^  hint: .*${hint}`));
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  test('Ctrl-C while waiting ends with 130', async () => {
    const abort = new AbortController();
    const unknown = 'A'.repeat(64);
    abort.abort(new Error('SIGINT'));
    const ran = await home.run(['query', 'tx', unknown, '--node', chain.rpcUrl], {
      signal: abort.signal,
    });
    expect(ran).toEqual({ code: 130, out: '', err: 'interrupted\n' });
  });
});

test('keys from the prompt to deletion, under a passphrase from a file', async () => {
  const file = join(home.path, 'passphrase');
  await writeFile(file, 'correct horse battery\n');
  const run = (...args: readonly string[]): Promise<CliRun> =>
    home.run([...args, '--passphrase-file', file]);
  const added = await run('keys', 'add', 'dora', '-o', 'json');
  const { mnemonic, address } = JSON.parse(added.out) as { mnemonic: string; address: string };
  expect(mnemonic.split(' ')).toHaveLength(24);
  expect((await run('keys', 'list')).out).toContain(address);
  const exported = await run('keys', 'export', 'dora', '--export-passphrase-file', file);
  const path = join(home.path, 'dora.key');
  await writeFile(path, exported.out);
  expect((await run('keys', 'delete', 'dora', '-y')).code).toBe(0);
  expect((await run('keys', 'show', 'dora')).code).toBe(1);
  const back = await run('keys', 'import', 'dora2', path, '--export-passphrase-file', file);
  expect(back.out).toContain(address);
  const again = await home.run(['keys', 'recover', 'dora3', '--passphrase-file', file], {
    input: `${mnemonic}\n`,
  });
  expect(again.out).toContain(address);
  await writeFile(file, 'wrong horse battery\n');
  const wrong = await run('keys', 'export', 'dora2', '--unsafe-hex', '-y');
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toMatch(/^error: the passphrase does not open the key "dora2"\n {2}hint: /);
});
