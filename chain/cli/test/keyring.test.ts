/** The keyring: what it keeps, what it refuses, and that no crash or tampering goes unnoticed. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivePrivateKey, hdPathOf, localMnemonic } from '../../client/keys.ts';
import { CliError } from '../context.ts';
import type { KeyFile } from '../key-file.ts';
import { Keyring } from '../keyring.ts';

const secret = Uint8Array.from({ length: 32 }, (_zero, index) => index + 1);
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-keyring-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function keyring(passphrase = 'correct horse'): Keyring {
  return new Keyring({ folder, askPassphrase: async () => passphrase, scryptCost: 16 });
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('was accepted'),
    (caught: unknown) => caught,
  );
  if (error instanceof CliError) return error.message;
  throw error;
}

async function edit(name: string, change: (file: KeyFile) => unknown): Promise<void> {
  const path = join(folder, `${name}.json`);
  const file = JSON.parse(await readFile(path, 'utf8')) as KeyFile;
  await writeFile(path, JSON.stringify(change(file)));
}

test('the local mnemonic gives the known first address', async () => {
  const key = await derivePrivateKey('secp256k1', localMnemonic, hdPathOf('secp256k1', 0));
  const entry = await keyring().add('first', 'secp256k1', key);
  // The same 20 bytes as cosmos15yk64u7zc9g9k2yr2wmzeva5qgwxps6yxj00e7, the address of this
  // mnemonic in Cosmos tests.
  expect(entry.address).toMatch(/^artel15yk64u7zc9g9k2yr2wmzeva5qgwxps6y/);
});

test('a key comes back with the passphrase only', async () => {
  const entry = await keyring().add('alice', 'secp256k1', secret, "m/44'/118'/0'/0/0");
  expect((await keyring().find('alice')).address).toBe(entry.address);
  expect((await keyring().find(entry.address)).name).toBe('alice');
  expect(Buffer.from(await keyring().privateKey('alice'))).toEqual(Buffer.from(secret));
  expect(await failure(keyring('wrong horse').privateKey('alice'))).toBe(
    'the passphrase does not open the key "alice"',
  );
});

test('files are for their owner alone and hold no secret in the clear', async () => {
  await keyring().add('alice', 'ed25519', secret);
  const path = join(folder, 'alice.json');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = await readFile(path, 'utf8');
  expect(text).not.toContain(Buffer.from(secret).toString('base64'));
  expect(text).not.toContain(Buffer.from(secret).toString('hex'));
});

test('one passphrase for all keys: a second key wants that of the first', async () => {
  await keyring().add('alice', 'secp256k1', secret);
  expect(await failure(keyring('another one').add('bob', 'secp256k1', secret))).toContain(
    'does not open',
  );
  expect((await keyring().list()).map(({ name }) => name)).toEqual(['alice']);
});

test('a short passphrase is refused', async () => {
  expect(await failure(keyring('short').add('alice', 'secp256k1', secret))).toContain(
    'fewer than 8',
  );
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['path', (file: KeyFile) => ({ ...file, hd_path: "m/44'/118'/0'/0/9" })],
  ['kind', (file: KeyFile) => ({ ...file, kind: 'ed25519', public_key: `${'A'.repeat(43)}=` })],
  [
    'ciphertext',
    (file: KeyFile) => ({
      ...file,
      secret: { ...file.secret, ciphertext: Buffer.alloc(48, 7).toString('base64') },
    }),
  ],
])('a changed %s is noticed when the key is opened', async (_what, change) => {
  await keyring().add('alice', 'secp256k1', secret, "m/44'/118'/0'/0/0");
  await edit('alice', change);
  expect(await failure(keyring().privateKey('alice'))).toContain('does not open the key "alice"');
});

test('files that are no keys are named', async () => {
  await writeFile(join(folder, 'half.json'), '{"artel_key": 1, "na');
  expect(await failure(keyring().find('half'))).toMatch(/half\.json is damaged: it is not JSON/);
  await writeFile(join(folder, 'half.json'), '{"artel_key": 2, "name": "half"}');
  expect(await failure(keyring().find('half'))).toContain(
    'has format 2; this program reads format 1',
  );
  await rm(join(folder, 'half.json'));
  await keyring().add('alice', 'secp256k1', secret);
  await edit('alice', (file) => ({ ...file, secret: { ...file.secret, n: 2 ** 30 } }));
  expect(await failure(keyring().privateKey('alice'))).toContain('encryption parameters');
  await edit('alice', (file) => ({ ...file, name: 'mallory' }));
  expect(await failure(keyring().find('alice'))).toContain('it holds the key "mallory"');
});

test('names are taken once and can be file names', async () => {
  await keyring().add('alice', 'secp256k1', secret);
  expect(await failure(keyring().add('alice', 'secp256k1', secret))).toBe(
    'there is a key "alice" already',
  );
  for (const name of ['', '../x', 'a/b', '.hidden', 'x'.repeat(65), 'artel1abc']) {
    expect(await failure(keyring().add(name, 'secp256k1', secret))).toContain("can't be the name");
  }
  expect(await failure(keyring().find('../alice'))).toContain('no key "../alice"');
});

test('multisig keys have members, a threshold and no secret', async () => {
  const ring = keyring();
  const a = await ring.add('a', 'secp256k1', secret);
  const b = await ring.add(
    'b',
    'secp256k1',
    secret.map((byte) => byte ^ 1),
  );
  const board = await ring.addMultisig('board', 2, [a, b]);
  expect((await ring.find('board')).address).toBe(board.address);
  // Whoever lists the members in another order means the same key.
  expect((await ring.addMultisig('again', 2, [b, a])).address).toBe(board.address);
  expect(await failure(ring.privateKey('board'))).toContain('is a multisig key');
});

test('an exported key is imported under its own passphrase', async () => {
  const entry = await keyring().add('alice', 'secp256k1', secret, "m/44'/118'/0'/0/3");
  const file = JSON.stringify(await keyring().export('alice', 'for the journey'));
  expect(file).not.toContain(Buffer.from(secret).toString('base64'));
  await keyring().delete('alice');
  expect(await failure(keyring().import('alice', file, 'wrong journey'))).toContain(
    'does not open',
  );
  const back = await keyring().import('bob', file, 'for the journey');
  expect(back).toMatchObject({ address: entry.address, hdPath: "m/44'/118'/0'/0/3" });
  expect(Buffer.from(await keyring().privateKey('bob'))).toEqual(Buffer.from(secret));
});

test('killed while it writes, a keyring has whole keys and no half ones', async () => {
  const script = `
    import { Keyring } from ${JSON.stringify(new URL('../keyring.ts', import.meta.url).href)};
    const ring = new Keyring({ folder: process.argv[1], askPassphrase: async () => 'correct horse', scryptCost: 16 });
    const add = (i) => ring.add('k' + process.argv[2] + '-' + i, 'secp256k1', new Uint8Array(32).fill(7));
    await add(0);
    process.stdout.write('.');
    for (let i = 1; ; i += 1) await add(i);
  `;
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(
      process.execPath,
      ['--no-warnings', '--input-type=module', '-e', script, folder, String(round)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 30 + round * 13));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  const ring = keyring();
  const entries = await ring.list();
  expect(entries.length).toBeGreaterThan(5);
  for (const { name } of entries) {
    expect(Buffer.from(await ring.privateKey(name))).toEqual(Buffer.alloc(32, 7));
  }
});
