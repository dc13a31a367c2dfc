/** Small disks for single nodes of a lab (tmpfs), so that one can be full while others are not. */
import { execFile } from 'node:child_process';
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { CliError, exitCodes } from '../../chain/cli/context.ts';

const run = promisify(execFile);

/** Thrown where a scenario needs what this machine does not give; told, and counted apart. */
export class CannotPlay extends CliError {
  constructor(message: string) {
    super(message, exitCodes.unavailable);
    this.name = 'CannotPlay';
  }
}

/** @throws CannotPlay where one may not mount here. */
export async function mountDisk(folder: string, mebibytes: number): Promise<void> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder]);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const [reason = ''] = (stderr || message).trim().split('\n');
    throw new CannotPlay(`a small disk needs a root that may mount: ${reason}`);
  }
}

/** Takes every mount below `root` away. Nothing may run there any more. */
export async function unmountBelow(root: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const below = resolve(root) + sep;
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((folder) => folder.startsWith(below));
  for (const folder of mounts.reverse()) await run('umount', [folder]);
}

const fillerFile = (folder: string): string => join(folder, 'filler');

/** What statfs calls a tmpfs. */
const tmpfsType = 0x01021994;

/** Leaves no free page on the small disk that is mounted at this folder. */
export async function fillDisk(folder: string): Promise<void> {
  const { type } = await statfs(folder);
  if (type !== tmpfsType) throw new Error(`${folder} is no small disk of the lab`);
  for (let rest = 1 << 20; rest >= 4_096; rest /= 2) {
    const chunk = new Uint8Array(rest);
    for (;;) {
      try {
        await writeFile(fillerFile(folder), chunk, { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        break;
      }
    }
  }
}

/** Gives back what `fillDisk` took. */
export async function drainDisk(folder: string): Promise<void> {
  await rm(fillerFile(folder), { force: true });
}
