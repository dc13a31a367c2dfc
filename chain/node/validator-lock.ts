/**
 * One process of this machine signs with a validator key, whatever home it is started from: a
 * copied home would sign the same heights again, and the validator would be punished for it. And
 * what was signed last must not be forgotten: an older state of it is refused.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CliError, exitCodes } from '../cli/context.ts';
import { type HomeLock, linkNew, type NodeHome } from './home.ts';
import { readIdentity } from './keys.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRef,
  parseProcessRef,
  waitForEnd,
} from './process.ts';

/** Who signs with a key now. */
interface Holder {
  readonly home: string;
  readonly node: ProcessRef;
  readonly cometbft: ProcessRef | undefined;
}

/** A process that has just been killed may hold the key a moment longer, in ms. */
const graceMs = 3_000;

/**
 * Takes the lock of the home's validator key on this chain. It lies outside of every home:
 * ARTEL_VALIDATOR_LOCKS names its folder, by default one of this user's among the temporary files.
 *
 * @throws CliError (unavailable) where another process signs with the key.
 */
export async function lockValidator(
  home: NodeHome,
  chainId: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HomeLock> {
  const self = describeProcess(process.pid);
  if (self === undefined) throw new Error('this process does not find itself');
  const { validatorAddress } = await readIdentity(home);
  const address = Buffer.from(validatorAddress).toString('hex').toUpperCase();
  const folder = env.ARTEL_VALIDATOR_LOCKS ?? join(tmpdir(), `artel-validators-${userInfo().uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${chainId}-${address}.lock`);
  const scratch = `${file}.${process.pid}`;
  let holder: Holder = { home: home.root, node: self, cometbft: undefined };
  const until = performance.now() + graceMs;
  try {
    for (;;) {
      await writeFile(scratch, JSON.stringify(holder));
      if (await linkNew(scratch, file)) break;
      const held = await readHolder(file);
      if (held === undefined) continue;
      const alive = [held.node, held.cometbft].find((ref) => ref !== undefined && isRunning(ref));
      if (alive === undefined) await removeStale(file);
      else if (performance.now() < until) await waitForEnd(alive, 200);
      else throw inUse(address, held, alive);
    }
  } finally {
    await rm(scratch, { force: true });
  }
  return {
    async update({ cometbft }) {
      if (cometbft === undefined) return;
      holder = { ...holder, cometbft };
      await writeFile(scratch, JSON.stringify(holder));
      await rename(scratch, file);
    },
    release: () => rm(file, { force: true }),
  };
}

function inUse(address: string, { home }: Holder, alive: ProcessRef): CliError {
  return new CliError(
    `the validator key ${address} is in use by process ${alive.pid}, from ${home}`,
    exitCodes.unavailable,
    'Two nodes with one key sign twice, and the validator is punished: stop that one first.',
  );
}

/** Undefined where it has gone; a damaged one is nobody's. */
async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const { home, node, cometbft } = parseObject(text) ?? {};
  return {
    home: String(home),
    node: parseProcessRef(node) ?? { pid: 0, started: '' },
    cometbft: parseProcessRef(cometbft),
  };
}

/** Moved away first: of two that remove it at once, one must not remove the other's new lock. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.stale.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && isRunning(moved.node)) await linkNew(aside, file);
  await rm(aside, { force: true });
}

/** Height, round and step that a validator signed last. */
interface Signed {
  readonly height: number;
  readonly round: number;
  readonly step: number;
}

const rememberedFile = (home: NodeHome): string => join(home.appDir, 'signed.json');

/**
 * Compares what CometBFT says was signed last with what this home remembers of it.
 *
 * @throws CliError (usage) where CometBFT's file is older: it was reset, or restored from a backup.
 */
export async function checkSigningState(home: NodeHome): Promise<void> {
  const known = await readSigned(rememberedFile(home));
  const now = await readSigned(home.signingStateFile);
  if (known === undefined || now === undefined || !isBefore(now, known)) return;
  throw new CliError(
    `${home.signingStateFile} is old: it ends with ${spell(now)}, and this validator signed ` +
      spell(known),
    exitCodes.usage,
    'Put the newest one back. With an older one the validator may sign a height twice, and is ' +
      'punished for it.',
  );
}

/** Remembers what was signed last: to be called when CometBFT has ended, and now and then. */
export async function rememberSigningState(home: NodeHome): Promise<void> {
  const now = await readSigned(home.signingStateFile);
  const known = await readSigned(rememberedFile(home));
  if (now === undefined || (known !== undefined && isBefore(now, known))) return;
  const scratch = `${rememberedFile(home)}.${process.pid}`;
  await writeFile(scratch, JSON.stringify(now));
  await rename(scratch, rememberedFile(home));
}

/** Undefined where there is none, or CometBFT is to say that it is damaged. */
async function readSigned(file: string): Promise<Signed | undefined> {
  const { height, round, step } = parseObject((await readIfThere(file)) ?? '') ?? {};
  const signed = { height: Number(height), round: Number(round), step: Number(step) };
  return Object.values(signed).every(Number.isSafeInteger) ? signed : undefined;
}

function isBefore(one: Signed, other: Signed): boolean {
  if (one.height !== other.height) return one.height < other.height;
  return one.round === other.round ? one.step < other.step : one.round < other.round;
}

const spell = ({ height, round, step }: Signed): string =>
  `height ${height}, round ${round}, step ${step}`;

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
