/** The folder where a node keeps its snapshots, each in a folder `<height>-<format>` of its own. */
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Manifest,
  readManifest,
  SnapshotProblem,
  sha256,
  snapshotFormat,
  totalBytes,
} from './manifest.ts';
import { manifestFile, stateFile, unfinished } from './write.ts';

/** A snapshot on the disk. */
export interface StoredSnapshot {
  readonly path: string;
  readonly manifest: Manifest;
  /** The canonical bytes of the manifest. */
  readonly metadata: Uint8Array;
  /** SHA-256 of the metadata: equal on all nodes. */
  readonly hash: Uint8Array;
}

/**
 * Opens the folder of one snapshot; its chunks are not read.
 *
 * @throws SnapshotProblem where it holds none, or the file of the chunks has another length.
 */
export async function openSnapshot(path: string): Promise<StoredSnapshot> {
  let metadata: Uint8Array;
  let size: number;
  try {
    metadata = new Uint8Array(await readFile(join(path, manifestFile)));
    await using state = await open(join(path, stateFile));
    size = (await state.stat()).size;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'a file is missing' : message;
    throw new SnapshotProblem(`${path} is no snapshot: ${why}`);
  }
  const manifest = readManifest(metadata);
  if (manifest.format !== snapshotFormat) {
    throw new SnapshotProblem(
      `${path} has snapshot format ${manifest.format}, this program reads ${snapshotFormat}`,
    );
  }
  const due = totalBytes(manifest);
  if (size !== due) throw new SnapshotProblem(`${path} has ${size} bytes of state, not ${due}`);
  return { path, manifest, metadata, hash: sha256(metadata) };
}

/**
 * One chunk, its hash checked.
 *
 * @throws SnapshotProblem where the disk gives other bytes than the manifest says.
 */
export async function readChunk(
  { path, manifest }: StoredSnapshot,
  index: number,
): Promise<Buffer> {
  await using state = await open(join(path, stateFile));
  return chunkOf(state, path, manifest, index);
}

/** All chunks in order, each checked. */
export async function* readChunks({ path, manifest }: StoredSnapshot): AsyncIterable<Buffer> {
  await using state = await open(join(path, stateFile));
  for (const index of manifest.chunks.keys()) yield chunkOf(state, path, manifest, index);
}

async function chunkOf(
  state: FileHandle,
  path: string,
  { chunks }: Manifest,
  index: number,
): Promise<Buffer> {
  const part = chunks[index];
  if (part === undefined) throw new SnapshotProblem(`${path} has no chunk ${index}`);
  const position = chunks.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = Buffer.allocUnsafe(part.bytes);
  const { bytesRead } = await state.read(bytes, 0, part.bytes, position);
  if (bytesRead !== part.bytes || sha256(bytes).toString('hex') !== part.sha256) {
    throw new SnapshotProblem(`chunk ${index} of ${path} is damaged: its hash differs`);
  }
  return bytes;
}

export class SnapshotFolder {
  readonly path: string;

  /** Touches nothing. */
  constructor(path: string) {
    this.path = path;
  }

  /** The folder of a height's snapshot, whether or not there is one. */
  pathOf(height: bigint): string {
    return join(this.path, `${height}-${snapshotFormat}`);
  }

  /** Removes what was being written when the process was killed; the names of it. */
  async clearUnfinished(): Promise<readonly string[]> {
    const left = (await this.#names()).filter((name) => name.startsWith(unfinished));
    for (const name of left) await rm(join(this.path, name), { recursive: true, force: true });
    return left;
  }

  /** Heights with a snapshot of this format, ascending; by their names alone. */
  async heights(): Promise<readonly bigint[]> {
    return (await this.#names())
      .flatMap((name) => {
        const [, height, format] = /^(\d{1,19})-(\d+)$/.exec(name) ?? [];
        return height !== undefined && Number(format) === snapshotFormat ? [BigInt(height)] : [];
      })
      .sort((a, b) => (a < b ? -1 : 1));
  }

  /** All snapshots that can be opened, the newest first; `onProblem` hears of the others. */
  async list(onProblem: (problem: SnapshotProblem) => void): Promise<readonly StoredSnapshot[]> {
    const found: StoredSnapshot[] = [];
    for (const height of (await this.heights()).toReversed()) {
      try {
        found.push(await openSnapshot(this.pathOf(height)));
      } catch (error) {
        if (!(error instanceof SnapshotProblem)) throw error;
        onProblem(error);
      }
    }
    return found;
  }

  /** Removes all but the newest `keep`. */
  async keepNewest(keep: number): Promise<void> {
    for (const height of (await this.heights()).toReversed().slice(keep)) {
      await rm(this.pathOf(height), { recursive: true, force: true });
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
