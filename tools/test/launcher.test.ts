import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '..', '..');
const main = `
if (process.argv.includes('wait')) {
  process.on('SIGTERM', () => process.exit(9));
  setInterval(() => {}, 1000);
} else process.exitCode = 7;
console.log(JSON.stringify({ argv: process.argv.slice(1), node: process.versions.node }));
`;
/** Stands in for an old Node: the launcher sees its version and nothing else of it. */
const pretendOld = `data:text/javascript,
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '12.20.0' } });
  Object.defineProperty(process, 'version', { value: 'v12.20.0' });`;

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'artel-launcher-')));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A package with the launcher and a stand-in for the program; returns its folder. */
async function lay(at: string, entry: string): Promise<string> {
  const home = join(folder, at);
  await mkdir(join(home, entry, '..'), { recursive: true });
  await cp(join(root, 'bin', 'artel.js'), join(home, 'bin', 'artel.js'));
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  await writeFile(join(home, entry), main);
  return home;
}

async function pinNode(at: string): Promise<void> {
  await mkdir(join(folder, at, 'node', 'bin'), { recursive: true });
  await symlink(process.execPath, join(folder, at, 'node', 'bin', 'node'));
}

function launch(home: string, args: readonly string[], old = false): ChildProcess {
  const options = old ? ['--import', pretendOld] : [];
  return spawn(process.execPath, [...options, join(home, 'bin', 'artel.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function result(child: ChildProcess): Promise<{ code: unknown; out: string; err: string }> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no pipes');
  const [code, out, err] = await Promise.all([
    new Promise((resolve) => child.on('close', (exit, signal) => resolve(signal ?? exit))),
    text(stdout),
    text(stderr),
  ]);
  return { code, out, err };
}

test('a checkout runs its sources', async () => {
  const home = await lay('artel', 'chain/cli/main.ts');
  const { code, out, err } = await result(launch(home, ['keys', 'list']));
  expect(JSON.parse(out).argv).toEqual([join(home, 'chain/cli/main.ts'), 'keys', 'list']);
  expect([code, err]).toEqual([7, '']);
});

test('an installed package runs its build', async () => {
  const home = await lay('node_modules/artel', 'dist/chain/cli/main.js');
  const { code, out } = await result(launch(home, ['--version']));
  expect(JSON.parse(out).argv).toEqual([join(home, 'dist/chain/cli/main.js'), '--version']);
  expect(code).toBe(7);
});

test('an old Node hands over to the pinned one, with arguments and exit code', async () => {
  const home = await lay('artel', 'chain/cli/main.ts');
  await pinNode('artel/node_modules');
  const { code, out } = await result(launch(home, ['a b', '--c'], true));
  expect(JSON.parse(out)).toEqual({
    argv: [join(home, 'chain/cli/main.ts'), 'a b', '--c'],
    node: process.versions.node,
  });
  expect(code).toBe(7);
});

test('the pinned Node may lie beside the installed package', async () => {
  const home = await lay('node_modules/artel', 'dist/chain/cli/main.js');
  await pinNode('node_modules');
  expect((await result(launch(home, [], true))).code).toBe(7);
});

test('signals reach the program, and its exit code comes back', async () => {
  const home = await lay('artel', 'chain/cli/main.ts');
  await pinNode('artel/node_modules');
  const child = launch(home, ['wait'], true);
  const ended = result(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGTERM');
  expect((await ended).code).toBe(9);
});

test('an old Node alone is told in one line', async () => {
  const home = await lay('artel', 'chain/cli/main.ts');
  const { code, out, err } = await result(launch(home, [], true));
  expect(err).toBe(`artel needs Node 24 or later, this is v12.20.0; run 'make setup' in ${home}\n`);
  expect([code, out]).toEqual([3, '']);
});

test('a checkout without its packages is told in one line', async () => {
  const home = await lay('artel', 'chain/cli/main.ts');
  await writeFile(join(home, 'chain/cli/main.ts'), "import 'commander';");
  const { code, err } = await result(launch(home, []));
  expect(err).toMatch(/^artel is not set up: Cannot find package 'commander' .*make setup.*\n$/);
  expect(code).toBe(3);
});
