/** `artel snapshot`: the whole state of a height as a folder, made, read and restored offline. */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { progressOn } from '../../demo/progress.ts';
import { lockHome, type NodeHome, nodeHome } from '../../node/home.ts';
import type { StoredSnapshot } from '../../snapshot/folder.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { print, settingsOf } from '../settings.ts';
import { explainStore, quietLogger, withStoppedStore } from '../stopped-node.ts';
import { formatHex, formatTime, parseHeight } from '../values.ts';

export function snapshotCommand(context: CliContext): Command {
  const snapshot = new Command('snapshot').description(
    'the state of a height as a folder: for nodes that join, and as a backup',
  );
  snapshot.addCommand(createCommand(context));
  snapshot.addCommand(listCommand(context));
  snapshot.addCommand(verifyCommand(context));
  snapshot.addCommand(restoreCommand(context));
  return snapshot.addHelpText(
    'after',
    `
A running node makes them by itself (artel start --snapshot-interval). SNAPSHOT is a height of those
in the home, or a folder. More in docs/snapshots.md.`,
  );
}

function createCommand(context: CliContext): Command {
  const command = new Command('create')
    .description('write the snapshot of a stopped node')
    .option('--height <height>', 'state after this block (default: the last)')
    .option('--to <folder>', 'a new folder (default: among those of the home)')
    .addHelpText('after', '\nExample:\n  artel snapshot create --to /backup/artel-2026-11-21');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { height: given, to } = command.opts<{ height?: string; to?: string }>();
    const { openOffline } = await import('../../app/offline.ts');
    const { openSnapshot, SnapshotFolder } = await import('../../snapshot/folder.ts');
    const { writeSnapshot } = await import('../../snapshot/write.ts');
    const folder = new SnapshotFolder(nodeHome(settings.home).snapshotsDir);
    if (to !== undefined) await requireNew(to);
    const path = await withStoppedStore(context, settings.home, openOffline, async (offline) => {
      const head = offline.store.head?.height ?? 0n;
      const height = given === undefined ? head : BigInt(parseHeight(given));
      const version = await offline.store.at(height);
      const target = to === undefined ? folder.pathOf(height) : resolve(to);
      const bar = progressOn(context.stderr, () => performance.now());
      bar.begin(`snapshot of height ${height}`, version.keys);
      await writeSnapshot(version, offline.chain.contextAt(height).timeMs, target, {
        onEntries: (count) => bar.step(count),
        signal: context.signal,
      });
      bar.end();
      return target;
    });
    print(context, settings, shown(await openSnapshot(path)));
  });
}

function listCommand(context: CliContext): Command {
  const command = new Command('list')
    .description('show the snapshots of a home, whether or not its node runs')
    .addHelpText('after', '\nExample:\n  artel snapshot list --home .localnet/node0');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { SnapshotFolder } = await import('../../snapshot/folder.ts');
    const folder = new SnapshotFolder(nodeHome(settings.home).snapshotsDir);
    const found = await folder.list(({ message }) => context.stderr.write(`warning: ${message}\n`));
    print(context, settings, found.map(shown));
  });
}

function verifyCommand(context: CliContext): Command {
  const command = new Command('verify')
    .description('read a snapshot whole, and compute the app hash of what it holds')
    .argument('<snapshot>', 'height or folder')
    .option('--app-hash <hex>', 'what it has to be: of the header after its height')
    .addHelpText('after', '\nExample:\n  artel snapshot verify 120000');
  return command.action(async (name: string) => {
    const settings = settingsOf(context, command);
    const snapshot = await findSnapshot(nodeHome(settings.home), name);
    checkAppHash(snapshot, command.opts<{ appHash?: string }>().appHash);
    const scratch = await mkdtemp(join(tmpdir(), 'artel-verify-'));
    try {
      await restoreInto(context, snapshot, join(scratch, 'store'), 'verifying');
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    print(context, settings, { verified: true, ...shown(snapshot) });
  });
}

function restoreCommand(context: CliContext): Command {
  const command = new Command('restore')
    .description('make a snapshot the state of a home that has none')
    .argument('<snapshot>', 'height or folder')
    .option('--app-hash <hex>', 'what it has to be: of the header after its height')
    .addHelpText(
      'after',
      `
CometBFT's part of the home (data/) has to be of the same height: docs/snapshots.md says how to get
it, and what to do where there is none.

Example:
  artel snapshot restore /backup/artel-2026-11-21 --home ./restored`,
    );
  return command.action(async (name: string) => {
    const settings = settingsOf(context, command);
    const home = nodeHome(settings.home);
    const snapshot = await findSnapshot(home, name);
    checkAppHash(snapshot, command.opts<{ appHash?: string }>().appHash);
    await checkChain(home, snapshot);
    const lock = await lockHome(home);
    try {
      await restoreInto(context, snapshot, home.storeDir, 'restoring');
    } finally {
      await lock.release();
    }
    print(context, settings, { restored: true, ...shown(snapshot) });
  });
}

/** Restores into a store that must hold no blocks; progress by chunks. */
async function restoreInto(
  context: CliContext,
  snapshot: StoredSnapshot,
  storeDir: string,
  what: string,
): Promise<void> {
  const { Store } = await import('../../store/store.ts');
  const { Restoration } = await import('../../snapshot/restore.ts');
  const { readChunks } = await import('../../snapshot/folder.ts');
  const { SnapshotProblem } = await import('../../snapshot/manifest.ts');
  const { manifest, path } = snapshot;
  const store = await Store.open({ path: storeDir, logger: quietLogger(context) }).catch(
    (error: unknown) => {
      throw explainStore(error);
    },
  );
  try {
    if (store.head !== undefined) {
      throw new CliError(
        `${storeDir} holds a chain already, at height ${store.head.height}`,
        exitCodes.usage,
        'Name an empty --home; a node of this chain goes on by itself.',
      );
    }
    const bar = progressOn(context.stderr, () => performance.now());
    bar.begin(`${what} height ${manifest.height}`, manifest.chunks.length);
    const restoration = await Restoration.begin(store, manifest);
    for await (const chunk of readChunks(snapshot)) {
      context.signal.throwIfAborted();
      const outcome = await restoration.apply(restoration.next, chunk);
      if (outcome !== 'applied') throw new SnapshotProblem(`${path}: a chunk is ${outcome}`);
      bar.step();
    }
    await restoration.finish();
    bar.end();
  } finally {
    await store.close();
  }
}

/** By the height of one in the home, or its folder. */
async function findSnapshot(home: NodeHome, name: string): Promise<StoredSnapshot> {
  const { openSnapshot, SnapshotFolder } = await import('../../snapshot/folder.ts');
  const { SnapshotProblem } = await import('../../snapshot/manifest.ts');
  const folder = new SnapshotFolder(home.snapshotsDir);
  const path = /^[\d_]+$/.test(name) ? folder.pathOf(BigInt(parseHeight(name))) : resolve(name);
  try {
    return await openSnapshot(path);
  } catch (error) {
    if (!(error instanceof SnapshotProblem)) throw error;
    const heights = (await folder.heights()).join(', ') || 'none';
    throw new CliError(error.message, exitCodes.usage, `This home has: ${heights}.`);
  }
}

function checkAppHash({ manifest, path }: StoredSnapshot, wanted: string | undefined): void {
  if (wanted === undefined || wanted.toLowerCase() === manifest.appHash) return;
  throw new CliError(
    `${path} has app hash ${manifest.appHash.toUpperCase()}, not ${wanted.toUpperCase()}`,
    exitCodes.failed,
    `The header of height ${manifest.height + 1} has it, on any node: /header?height=...`,
  );
}

/** A home that knows its chain takes no other one's state. */
async function checkChain(home: NodeHome, { manifest, path }: StoredSnapshot): Promise<void> {
  const there = await access(home.genesisFile).then(
    () => true,
    () => false,
  );
  if (!there) return;
  const genesis = JSON.parse(await readFile(home.genesisFile, 'utf8')) as { chain_id?: string };
  if (genesis.chain_id === manifest.chainId) return;
  throw new CliError(
    `${path} is of chain ${manifest.chainId}, this home of ${genesis.chain_id}`,
    exitCodes.usage,
    'Name another --home, or put the genesis.json of that chain into config/.',
  );
}

/** A backup is never written over something else. */
async function requireNew(to: string): Promise<void> {
  const there = await access(to).then(
    () => true,
    () => false,
  );
  if (there) throw new CliError(`${to} is there already`, exitCodes.usage, 'Name a new folder.');
}

function shown({ path, manifest, hash }: StoredSnapshot): Readonly<Record<string, unknown>> {
  return {
    height: manifest.height,
    chain_id: manifest.chainId,
    app_version: manifest.appVersion,
    time: formatTime(BigInt(manifest.timeMs)),
    app_hash: manifest.appHash.toUpperCase(),
    keys: manifest.modules.reduce((sum, { entries }) => sum + entries, 0),
    chunks: manifest.chunks.length,
    bytes: manifest.chunks.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: formatHex(hash).toUpperCase(),
    path,
  };
}
