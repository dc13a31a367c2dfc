/**
 * The folder of one node: CometBFT's `config/` and `data/`, the application's `artel/`, and the
 * lock that says which process runs it.
 */
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exitCodes } from '../cli/context.ts';
import {
  describeProcess,
  endProcess,
  isRunning,
  type ProcessRef,
  parseProcessRef,
  waitForEnd,
} from './process.ts';

/** Absolute paths inside a node home. */
export interface NodeHome {
  readonly root: string;
  /** CometBFT's settings; written by `artel init`, yours to change. */
  readonly configFile: string;
  readonly genesisFile: string;
  /** The identity on the peer-to-peer network. */
  readonly nodeKeyFile: string;
  /** The key that signs blocks: whoever has it can double-sign in this validator's name. */
  readonly validatorKeyFile: string;
  /** What was signed last. Deleting it risks a double signature. */
  readonly signingStateFile: string;
  /** CometBFT's databases. */
  readonly dataDir: string;
  /** Everything of the application: its store and the hash of the genesis it began with. */
  readonly appDir: string;
  readonly storeDir: string;
  /** Snapshots for nodes that join, one folder each. */
  readonly snapshotsDir: string;
  readonly genesisHashFile: string;
  /** The default place of the ABCI socket. */
  readonly socketFile: string;
  /** Which process runs this home (JSON, see `HomeLockRecord`). */
  readonly lockFile: string;
}

/** The layout below `root`; touches nothing. */
export function nodeHome(root: string): NodeHome {
  const base = resolve(root);
  const appDir = join(base, 'artel');
  return {
    root: base,
    configFile: join(base, 'config', 'config.toml'),
    genesisFile: join(base, 'config', 'genesis.json'),
    nodeKeyFile: join(base, 'config', 'node_key.json'),
    validatorKeyFile: join(base, 'config', 'priv_validator_key.json'),
    signingStateFile: join(base, 'data', 'priv_validator_state.json'),
    dataDir: join(base, 'data'),
    appDir,
    storeDir: join(appDir, 'store'),
    snapshotsDir: join(appDir, 'snapshots'),
    genesisHashFile: join(appDir, 'genesis.sha256'),
    socketFile: join(appDir, 'abci.sock'),
    lockFile: join(appDir, 'node.lock'),
  };
}

/** What the lock file holds. */
export interface HomeLockRecord {
  /** The process that runs the application. */
  readonly node: ProcessRef;
  /** The CometBFT it started, once there is one. */
  readonly cometbft?: ProcessRef;
  /** A folder outside the home that holds the socket, where the home's path is too long for one. */
  readonly socketDir?: string;
  readonly stage: 'running' | 'stopping';
}

/** The right to run a home. `update` keeps the record true; `release` gives the right back. */
export interface HomeLock {
  update(change: Partial<HomeLockRecord>): Promise<void>;
  release(): Promise<void>;
}

/**
 * The record in the lock file, whether or not its processes still run; undefined where there is
 * none.
 */
export async function readHomeLock(home: NodeHome): Promise<HomeLockRecord | undefined> {
  let text: string;
  try {
    text = await readFile(home.lockFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseLock(text);
}

/**
 * Takes the lock of a home. What an earlier process left behind is cleared: its CometBFT is ended,
 * its lock removed. A process that is just stopping is waited for, up to `waitMs`.
 *
 * @throws CliError (unavailable) where another process runs the home.
 */
export async function lockHome(home: NodeHome, waitMs = 30_000): Promise<HomeLock> {
  const self = describeProcess(process.pid);
  if (self === undefined) throw new Error('this process does not find itself');
  await mkdir(home.appDir, { recursive: true });
  let record: HomeLockRecord = { node: self, stage: 'running' };
  const until = performance.now() + waitMs;
  const scratch = `${home.lockFile}.${process.pid}`;
  try {
    for (;;) {
      await writeFile(scratch, JSON.stringify(record));
      if (await linkNew(scratch, home.lockFile)) break;
      const held = await readHomeLock(home);
      if (held === undefined) continue;
      if (isRunning(held.node)) {
        if (held.stage === 'running' || performance.now() > until) throw inUse(home, held.node);
        await waitForEnd(held.node, 200);
        await sleep(20);
        continue;
      }
      await clearLeftovers(home, held);
    }
  } finally {
    await rm(scratch, { force: true });
  }
  await clearScratch(home);
  return {
    async update(change) {
      record = { ...record, ...change };
      await writeFile(scratch, JSON.stringify(record));
      await rename(scratch, home.lockFile);
    },
    async release() {
      const held = await readHomeLock(home);
      if (held?.node.pid === self.pid && held.node.started === self.started) {
        await rm(home.lockFile, { force: true });
      }
    },
  };
}

/**
 * Ends the CometBFT of a node process that is gone, and removes its lock and socket folder. Never
 * touches a home whose process still runs.
 */
export async function clearLeftovers(home: NodeHome, left: HomeLockRecord): Promise<void> {
  if (isRunning(left.node)) return;
  // CometBFT ends by itself when the application goes, but it may still be closing its databases.
  if (left.cometbft !== undefined && !(await waitForEnd(left.cometbft, 2_000))) {
    await endProcess(left.cometbft, 10_000);
  }
  if (left.socketDir !== undefined) await rm(left.socketDir, { recursive: true, force: true });
  await rm(home.socketFile, { force: true });
  // Moved away before it is removed: of two that clear at once, one must not remove the other's
  // new lock.
  const aside = `${home.lockFile}.stale.${process.pid}`;
  try {
    await rename(home.lockFile, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = parseLock(await readFile(aside, 'utf8'));
  if (moved !== undefined && isRunning(moved.node)) await linkNew(aside, home.lockFile);
  await rm(aside, { force: true });
}

/** Removes what processes that were killed while they wrote the lock left beside it. */
async function clearScratch(home: NodeHome): Promise<void> {
  const prefix = `${basename(home.lockFile)}.`;
  for (const name of await readdir(home.appDir)) {
    const pid = name.startsWith(prefix) && /^(?:stale\.)?(\d+)$/.exec(name.slice(prefix.length));
    if (!pid || describeProcess(Number(pid[1])) !== undefined) continue;
    await rm(join(home.appDir, name), { force: true });
  }
}

/** Gives a file a second name; false where that name is taken. */
export async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parseLock(text: string): HomeLockRecord | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    value = {};
  }
  const cometbft = parseProcessRef(value.cometbft);
  return {
    // A damaged lock counts as one whose process is gone; the databases have locks of their own.
    node: parseProcessRef(value.node) ?? { pid: 0, started: '' },
    stage: value.stage === 'stopping' ? 'stopping' : 'running',
    ...(cometbft === undefined ? {} : { cometbft }),
    ...(typeof value.socketDir === 'string' ? { socketDir: value.socketDir } : {}),
  };
}

function inUse(home: NodeHome, holder: ProcessRef): CliError {
  return new CliError(
    `${home.root} is run by process ${holder.pid} already`,
    exitCodes.unavailable,
    `One home takes one node: stop that process (kill ${holder.pid}) or name another --home.`,
  );
}
