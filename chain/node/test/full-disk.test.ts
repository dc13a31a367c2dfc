/**
 * A whole node, CometBFT included, whose disk is full: at a commit, and while a snapshot is made.
 * The small disk is a file system in memory, which only root may mount.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchStatus, poll } from '../rpc.ts';
import { cometbftBinary, temporaryFolder } from './fixtures.ts';

const artel = join(import.meta.dirname, '../../../bin/artel.js');

/** However slow the machine: what is waited for comes, or the process ends. */
const patience = { timeoutMs: 240_000 };

function mount(path: string): boolean {
  const args = ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path];
  if (spawnSync('mount', args).status === 0) return true;
  process.stdout.write('no file system may be mounted here: a full disk is not tried\n');
  return false;
}

/** Takes all that is left of a disk. */
async function fill(path: string): Promise<void> {
  await using file = await open(join(path, 'ballast'), 'w');
  const page = Buffer.alloc(4096);
  try {
    for (;;) await file.write(page);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}

const free = (path: string): Promise<void> => rm(join(path, 'ballast'));

/** The home of a chain of one validator with quick blocks. */
async function makeHome(root: string, port: number): Promise<void> {
  const chain = ['--chain-id', 'artel-local-full', '--base-port', String(port)];
  const made = spawnSync(process.execPath, [artel, 'init', 'solo', '--home', root, ...chain]);
  expect(made.status).toBe(0);
  const file = join(root, 'config', 'config.toml');
  const config = await readFile(file, 'utf8');
  await writeFile(
    file,
    config
      .replace(/^timeout_commit = .*$/m, 'timeout_commit = "100ms"')
      .replace(/^create_empty_blocks_interval = .*$/m, 'create_empty_blocks_interval = "200ms"'),
  );
}

interface Running {
  /** The exit code, once the node has ended. */
  readonly ended: Promise<number | null>;
  readonly text: () => string;
  readonly stop: () => Promise<number | null>;
}

async function start(root: string, flags: readonly string[]): Promise<Running> {
  const env = { ...process.env, COMETBFT_BIN: await cometbftBinary() };
  const child = spawn(process.execPath, [artel, 'start', '--home', root, ...flags], { env });
  let text = '';
  const add = (data: Buffer): void => {
    text += data.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const stop = (): Promise<number | null> => {
    child.kill('SIGINT');
    return ended;
  };
  return { ended, text: () => text, stop };
}

/** A height that the node has reached, at least `least`. */
async function height(port: number, least: number): Promise<number> {
  const reached = await poll(async () => {
    const status = await fetchStatus(`http://127.0.0.1:${port + 1}`);
    return status.height >= least ? status.height : undefined;
  }, patience);
  if (reached === undefined) throw new Error(`height ${least} was not reached`);
  return reached;
}

test('a disk that is full at a commit ends the node with code 3; with room it goes on', async () => {
  await using folder = await temporaryFolder();
  const [root, port] = [join(folder.path, 'home'), 21_650];
  await makeHome(root, port);
  const store = join(root, 'artel', 'store');
  await mkdir(store, { recursive: true });
  if (!mount(store)) return;
  try {
    const first = await start(root, []);
    const before = await height(port, 2);
    await fill(store);
    expect(await first.ended).toBe(3);
    const told = first.text().trim().split('\n').slice(-2);
    expect(told[0]).toMatch(/^error: the store at .* can't be written \(IO error: .*No space left/);
    expect(told[0]).toMatch(/free some space .* nothing that was committed is lost$/);
    expect(told[1]).toContain(`df ${store}`);
    await free(store);
    // CometBFT hands over what the application lost: it goes on only where that fits.
    const second = await start(root, []);
    expect(await height(port, before + 2)).toBeGreaterThan(before);
    expect(await second.stop()).toBe(0);
  } finally {
    spawnSync('umount', [store]);
  }
}, 900_000);

test('a disk that is full when a snapshot is made costs the snapshot and a line', async () => {
  await using folder = await temporaryFolder();
  const [root, port] = [join(folder.path, 'home'), 21_660];
  await makeHome(root, port);
  const snapshots = join(root, 'artel', 'snapshots');
  await mkdir(snapshots, { recursive: true });
  if (!mount(snapshots)) return;
  try {
    await fill(snapshots);
    const node = await start(root, ['--snapshot-interval', '5']);
    const failed = await poll(
      async () => /^\{.*"reason":"the disk is full".*$/m.exec(node.text())?.[0],
      patience,
    );
    expect(failed).toContain('snapshot failed; the node goes on without it');
    expect(await height(port, 6)).toBeGreaterThan(5);
    await free(snapshots);
    const made = await poll(async () => {
      const whole = (await readdir(snapshots)).find((name) => /^\d/.test(name));
      return whole;
    }, patience);
    expect(made).toMatch(/^\d+-\d+$/);
    expect(await node.stop()).toBe(0);
  } finally {
    spawnSync('umount', [snapshots]);
  }
}, 900_000);
