/** Writes the state of one height as a snapshot: a folder that appears whole or not at all. */
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { tables as chainTables } from '../../modules/chain/keys.ts';
import {
  type ChunkPart,
  type Manifest,
  type ModulePart,
  SnapshotProblem,
  sha256,
  snapshotFormat,
  writeManifest,
} from './manifest.ts';
import { ChunkWriter } from './records.ts';

/** The files of a snapshot's folder. */
export const manifestFile = 'manifest.json';
/** All chunks, one after the other. */
export const stateFile = 'state';
/** Before the name of a folder that is still being written. */
export const unfinished = '.unfinished-';

/** What is read of a height (`Version` of the store). */
export interface SnapshotSource {
  readonly height: bigint;
  readonly appHash: Uint8Array;
  moduleRoots(): Promise<Map<string, Uint8Array>>;
  range(module: string, bounds: Bounds): Promise<Entry[]>;
}

/** Records read at once: with one more, what a range of the store reads in one piece. */
const page = 1023;

const endOfKeys = new Uint8Array(129).fill(0xff);

export interface WritingOptions {
  readonly onEntries?: (count: number) => void;
  readonly signal?: AbortSignal;
  /** Called between pages: lets more urgent work go first. */
  readonly giveWay?: () => void;
}

/**
 * Writes the snapshot of `source` as the folder `path`, synced, in place of one that is there.
 * What was begun is removed where it fails.
 *
 * @param timeMs of the block of this height.
 */
export async function writeSnapshot(
  source: SnapshotSource,
  timeMs: bigint,
  path: string,
  o: WritingOptions = {},
): Promise<Manifest> {
  const work = join(dirname(path), `${unfinished}${basename(path)}`);
  await mkdir(work, { recursive: true });
  try {
    const written = await writeState(source, join(work, stateFile), o);
    const facts = written.facts;
    const manifest: Manifest = {
      format: snapshotFormat,
      height: Number(source.height),
      chainId: facts.chainId,
      appVersion: Number(facts.appVersion),
      timeMs: Number(timeMs),
      appHash: Buffer.from(source.appHash).toString('hex'),
      modules: written.modules,
      chunks: written.chunks,
    };
    await writeFile(join(work, manifestFile), writeManifest(manifest), { flush: true });
    await syncFolder(work);
    await rm(path, { recursive: true, force: true });
    await rename(work, path);
    await syncFolder(dirname(path));
    return manifest;
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

type Facts = ReturnType<typeof chainTables.facts.value.decode>;

interface WrittenState {
  readonly facts: Facts;
  readonly modules: readonly ModulePart[];
  readonly chunks: readonly ChunkPart[];
}

async function writeState(
  source: SnapshotSource,
  path: string,
  o: WritingOptions,
): Promise<WrittenState> {
  await using file = await open(path, 'w');
  const chunks: ChunkPart[] = [];
  const write = async (chunk: Uint8Array | undefined): Promise<void> => {
    if (chunk === undefined) return;
    // Not `file.write`, which may take a part only.
    await file.appendFile(chunk);
    chunks.push({ bytes: chunk.length, sha256: sha256(chunk).toString('hex') });
  };
  const writer = new ChunkWriter();
  const modules: ModulePart[] = [];
  const roots = [...(await source.moduleRoots())].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [module, [name, root]] of roots.entries()) {
    let entries = 0;
    for await (const rows of pages(source, name)) {
      o.signal?.throwIfAborted();
      o.giveWay?.();
      for (const [key, value] of rows) await write(writer.add({ module, key, value }));
      entries += rows.length;
      o.onEntries?.(rows.length);
    }
    modules.push({ name, entries, root: Buffer.from(root).toString('hex') });
  }
  await write(writer.end());
  await file.sync();
  return { facts: await factsOf(source), modules, chunks };
}

async function* pages(source: SnapshotSource, module: string): AsyncIterable<readonly Entry[]> {
  let gte: Uint8Array = new Uint8Array(0);
  for (;;) {
    const rows = await source.range(module, { gte, lt: endOfKeys, limit: page });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1)?.[0];
    if (rows.length < page || last === undefined) return;
    gte = Uint8Array.from([...last, 0]);
  }
}

/** What the chain says of itself in the state. */
async function factsOf(source: SnapshotSource): Promise<Facts> {
  const gte = Uint8Array.of(chainTables.facts.prefix);
  const [row] = await source.range('chain', { gte, lt: Uint8Array.of(...gte, 0), limit: 1 });
  if (row === undefined) throw new SnapshotProblem(`height ${source.height} holds no chain`);
  return chainTables.facts.value.decode(row[1]);
}

/** So that a rename or a new file in it outlives a crash. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}
