/**
 * What a lab leaves behind if it is killed, and how that goes: its folder says which process is in
 * charge of it; where that one has ended, everything that runs a home in the folder is ended.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { CliError, exitCodes } from '../../chain/cli/context.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRef,
  parseProcessRef,
  signalProcess,
  waitForEnd,
} from '../../chain/node/process.ts';
import { unmountBelow } from './disk.ts';
import type { LabSettings } from './plan.ts';

/** `lab.json` in the folder of a lab. */
export interface LabRecord {
  /** The process that ends the lab and removes its folder. */
  readonly manager: ProcessRef;
  /** Of a lab that is up: what its nodes and ports follow from. */
  readonly settings?: LabSettings;
}

const temporaryPrefix = 'artel-lab-';
const recordFile = (root: string): string => join(root, 'lab.json');

/** The record of the lab in `root`; undefined where there is none. */
export async function readLab(root: string): Promise<LabRecord | undefined> {
  try {
    const { manager, settings } = JSON.parse(await readFile(recordFile(root), 'utf8')) as {
      manager?: unknown;
      settings?: LabSettings;
    };
    const ref = parseProcessRef(manager) ?? { pid: 0, started: '' };
    return { manager: ref, ...(settings && { settings }) };
  } catch (error) {
    if (error instanceof SyntaxError) return { manager: { pid: 0, started: '' } };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A new temporary folder that this process is in charge of; those of killed labs go first. */
export async function temporaryLab(): Promise<string> {
  await sweepTemporary();
  const root = await mkdtemp(join(tmpdir(), temporaryPrefix));
  await writeFile(recordFile(root), JSON.stringify({ manager: self() }));
  return root;
}

/**
 * Takes a folder for a lab, in this process's charge; what a killed one left there goes first.
 *
 * @throws CliError (unavailable) where a lab is up there, (usage) where it holds anything else.
 */
export async function claimLab(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  const scratch = `${recordFile(root)}.${process.pid}`;
  await writeFile(scratch, JSON.stringify({ manager: self() }));
  try {
    for (;;) {
      try {
        await link(scratch, recordFile(root));
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const held = await readLab(root);
      if (held === undefined) continue;
      if (isRunning(held.manager)) {
        throw new CliError(
          `a lab is up in ${root} already (process ${held.manager.pid})`,
          exitCodes.unavailable,
          'End it with `artel lab down`, or name another --home.',
        );
      }
      await sweep(root);
      await mkdir(root, { recursive: true });
      await writeFile(scratch, JSON.stringify({ manager: self() }));
    }
  } finally {
    await rm(scratch, { force: true });
  }
  const foreign = (await readdir(root)).find((name) => !name.startsWith('lab.json'));
  if (foreign === undefined) return;
  await rm(recordFile(root));
  throw new CliError(
    `${root} holds ${foreign}, which is not of a lab`,
    exitCodes.usage,
    'Name an empty folder with --home.',
  );
}

/** From now on this process is in charge. @throws Error where the folder has gone meanwhile. */
export async function takeOver(root: string, settings?: LabSettings): Promise<void> {
  const scratch = `${recordFile(root)}.${process.pid}`;
  await writeFile(scratch, JSON.stringify({ manager: self(), settings }));
  await rename(scratch, recordFile(root));
}

/** Ends everything that runs in a lab's folder, and removes it. */
export async function sweep(root: string): Promise<void> {
  // One that is killed may just have started another.
  for (let left = await runningIn(root); left.length > 0; left = await runningIn(root)) {
    for (const ref of left) signalProcess(ref, 'SIGKILL');
    for (const ref of left) await waitForEnd(ref, 5_000);
  }
  await unmountBelow(root);
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
}

/** Sweeps the temporary labs of processes that have ended; gives how many there were. */
export async function sweepTemporary(): Promise<number> {
  let swept = 0;
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(temporaryPrefix)) continue;
    const root = join(tmpdir(), name);
    try {
      const record = await readLab(root);
      // Killed before its record was written: there is nothing in it.
      if (record === undefined) await rmdir(root);
      if (record === undefined || isRunning(record.manager)) continue;
      await sweep(root);
      swept += 1;
    } catch (error) {
      // Another user's, in use by a program that keeps no record, or swept by another just now.
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ENOTEMPTY'].includes(code)) throw error;
    }
  }
  return swept;
}

/** Processes whose `--home` lies in this folder, by their arguments. */
export async function runningIn(root: string): Promise<readonly ProcessRef[]> {
  const below = resolve(root) + sep;
  const found = process.platform === 'linux' ? linuxArguments() : psArguments();
  return found.flatMap(({ pid, words }) => {
    const home = words[words.indexOf('--home') + 1];
    if (!words.includes('--home') || home?.startsWith(below) !== true) return [];
    return describeProcess(pid) ?? [];
  });
}

interface Arguments {
  readonly pid: number;
  readonly words: readonly string[];
}

function linuxArguments(): readonly Arguments[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) return [];
    try {
      return [{ pid, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
    } catch {
      // It has just ended, or is another user's.
      return [];
    }
  });
}

function psArguments(): readonly Arguments[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [pid, ...words] = line.trim().split(/\s+/);
    return { pid: Number(pid), words };
  });
}

function self(): ProcessRef {
  const ref = describeProcess(process.pid);
  if (ref === undefined) throw new Error('this process does not find itself');
  return ref;
}
