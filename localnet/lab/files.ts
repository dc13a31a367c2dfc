/** What the disk of a node can do to it: files cut short, bits flipped, folders lost. */
import {
  copyFile,
  cp,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type NodeHome, nodeHome } from '../../chain/node/home.ts';
import type { LabNode } from './node.ts';

export type Damage = 'truncate' | 'flip' | 'delete';

/** Which part of a home. */
export type Damaged = 'wal' | 'appStore' | 'blockStore' | 'state' | 'evidence';

/**
 * Damages files of a node that does not run: its newest ones, where most of the danger is.
 *
 * @throws Error where it runs, or has no such file.
 */
export async function damage(node: LabNode, part: Damaged, how: Damage): Promise<void> {
  if (node.running) throw new Error(`${node.name} runs: its files can't be damaged now`);
  const folder = folderOf(nodeHome(node.plan.home), part);
  if (how === 'delete') {
    await rm(folder, { recursive: true });
    return;
  }
  const file = await largestFile(folder);
  const { size } = await stat(file);
  if (how === 'truncate') await truncate(file, Math.floor(size / 2));
  else await flipBit(file, Math.floor(size / 2));
}

/**
 * A home as new, but for its keys, its genesis and what its validator signed last: whoever forgets
 * that may sign twice.
 */
export async function wipe(node: LabNode): Promise<void> {
  if (node.running) throw new Error(`${node.name} runs: its home can't be wiped now`);
  const home = nodeHome(node.plan.home);
  for (const name of await readdir(home.dataDir)) {
    const path = join(home.dataDir, name);
    if (path !== home.signingStateFile) await rm(path, { recursive: true });
  }
  await rm(home.appDir, { recursive: true, force: true });
  await mkdir(home.appDir);
}

/**
 * The chain and the state of another node that does not run, without what was signed last.
 *
 * @throws Error where either runs
 */
export async function clone(from: LabNode, to: LabNode): Promise<void> {
  for (const node of [from, to]) {
    if (node.running) throw new Error(`${node.name} runs: its home can't be cloned now`);
  }
  await wipe(to);
  const [source, target] = [nodeHome(from.plan.home), nodeHome(to.plan.home)];
  const signing = new Set([source.signingStateFile, keptSigning(source)]);
  await cp(source.dataDir, target.dataDir, {
    recursive: true,
    filter: (path) => !signing.has(path),
  });
  await cp(source.storeDir, target.storeDir, { recursive: true });
}

const keptSigning = (home: NodeHome): string => `${home.signingStateFile}.kept`;

/** What the validator of a home signed last is forgotten: the wrong thing to do, on purpose. */
export async function forgetSigning(node: LabNode): Promise<void> {
  const home = nodeHome(node.plan.home);
  await copyFile(home.signingStateFile, keptSigning(home));
  await writeFile(home.signingStateFile, '{"height":"0","round":0,"step":0}');
}

/** Puts back what `forgetSigning` took. */
export async function recallSigning(node: LabNode): Promise<void> {
  const home = nodeHome(node.plan.home);
  await rename(keptSigning(home), home.signingStateFile);
}

function folderOf(home: NodeHome, part: Damaged): string {
  return {
    wal: join(home.dataDir, 'cs.wal'),
    blockStore: join(home.dataDir, 'blockstore.db'),
    state: join(home.dataDir, 'state.db'),
    evidence: join(home.dataDir, 'evidence.db'),
    appStore: home.storeDir,
  }[part];
}

async function largestFile(folder: string): Promise<string> {
  let found: { readonly path: string; readonly size: number } | undefined;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size > (found?.size ?? 0)) found = { path, size };
  }
  if (found === undefined) throw new Error(`${folder} in ${dirname(folder)} has no file`);
  return found.path;
}

async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
