/** Dumps in files: written beside first, then put in place, so that none is left half-written. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Dump, dumpBeginning, readDump } from './dump.ts';
import type { Engine } from './engine.ts';

/** @throws Error where another file than a dump stands there, or none can be written. */
export async function writeDumpFile(path: string, engine: Engine): Promise<void> {
  await refuseOtherFile(path);
  const unfinished = `${path}.${process.pid}.unfinished`;
  const file = await open(unfinished, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error(`there is no folder ${dirname(path)}`);
    throw new Error(`${path} can't be written: ${error.code ?? error.message}`);
  });
  try {
    await engine.dump(async (line) => {
      await file.write(line);
    });
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** @throws Error naming the line that can't be read. */
export async function readDumpFile(path: string): Promise<Dump> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} can't be read: ${error.code ?? error.message}`);
  });
  return readDump(text);
}

/** Only a dump is written over: whoever reaches the RPC names the path. */
async function refuseOtherFile(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    const { buffer } = await file.read(Buffer.alloc(dumpBeginning.length), 0);
    if (buffer.toString() === dumpBeginning) return;
  } finally {
    await file.close();
  }
  throw new Error(`${path} exists and is no dump; choose another name`);
}
