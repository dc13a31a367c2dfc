/**
 * Writes a dump to a file: beside it first, then in its place, so that no half-written dump is
 * left.
 */
import { open, rename, rm } from 'node:fs/promises';
import type { Engine } from './engine.ts';

export async function writeDumpFile(path: string, engine: Engine): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  const file = await open(unfinished, 'wx');
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
