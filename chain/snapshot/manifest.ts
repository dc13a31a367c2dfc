/**
 * The manifest of a snapshot: what it is of, and the hash of every part. Its canonical JSON is the
 * metadata that peers exchange, and SHA-256 of that the snapshot's name (docs/snapshots.md).
 */
import { createHash } from 'node:crypto';
import { TopTree } from '../store/prove.ts';

/** Format 1; another layout of chunks or manifest gets another number. */
export const snapshotFormat = 1;

/** A chunk ends before the record that would make it larger, so that messages stay small. */
export const chunkBytes: number = 8 * 1024 * 1024;

/** Largest chunk that is taken: one record may be larger than `chunkBytes`. */
export const largestChunk = 10_000_000;

/** A snapshot that can't be one: the message is one line. */
export class SnapshotProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnapshotProblem';
  }
}

export interface ModulePart {
  readonly name: string;
  /** Keys, the permanent leaf included. */
  readonly entries: number;
  /** Hex, 32 bytes. */
  readonly root: string;
}

export interface ChunkPart {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: number;
  /** The state is that after this block. */
  readonly height: number;
  readonly chainId: string;
  /** Version of the rules, which the header after this height has too. */
  readonly appVersion: number;
  /** Time of the block, ms since 1970. It is not under the app hash: only CheckTx uses it. */
  readonly timeMs: number;
  /** Hex, 32 bytes: the root over the modules' roots. */
  readonly appHash: string;
  /** Ascending by name. */
  readonly modules: readonly ModulePart[];
  readonly chunks: readonly ChunkPart[];
}

/** The canonical bytes: no space, fields in the order of the interfaces. */
export function writeManifest(m: Manifest): Uint8Array {
  const { format, height, chainId, appVersion, timeMs, appHash } = m;
  const modules = m.modules.map(({ name, entries, root }) => ({ name, entries, root }));
  const chunks = m.chunks.map(({ bytes, sha256 }) => ({ bytes, sha256 }));
  const canonical = { format, height, chainId, appVersion, timeMs, appHash, modules, chunks };
  return new TextEncoder().encode(JSON.stringify(canonical));
}

/**
 * Reads what a stranger sent.
 *
 * @throws SnapshotProblem unless it is canonical, within all bounds, and its module roots give its
 *   app hash.
 */
export function readManifest(bytes: Uint8Array): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Manifest;
    if (Buffer.compare(writeManifest(manifest), bytes) !== 0) throw new Error('is not canonical');
  } catch {
    throw new SnapshotProblem('the manifest is not canonical JSON of a manifest');
  }
  const problem = problemIn(manifest);
  if (problem !== undefined) throw new SnapshotProblem(`the manifest lies: ${problem}`);
  return manifest;
}

function problemIn(manifest: Manifest): string | undefined {
  const { format, height, chainId, appVersion, timeMs, appHash, modules, chunks } = manifest;
  if (!isCount(format)) return 'its format is no number';
  if (!isCount(height) || height < 1) return `it is of height ${height}`;
  if (typeof chainId !== 'string') return 'its chain id is no text';
  if (!isCount(appVersion) || !isCount(timeMs)) return 'its version or time is no whole number';
  for (const [index, { name, entries, root }] of modules.entries()) {
    const before = modules[index - 1]?.name ?? '';
    if (typeof name !== 'string' || name <= before) return `module ${name} stands after ${before}`;
    if (!isCount(entries) || entries < 1) return `module ${name} has ${entries} entries`;
    if (!isHash(root)) return `the root of module ${name} is no hash`;
  }
  if (modules.length < 1 || modules.length > 255) return `it has ${modules.length} modules`;
  for (const [index, { bytes, sha256 }] of chunks.entries()) {
    if (!isCount(bytes) || bytes < 1 || bytes > largestChunk) {
      return `chunk ${index} has ${bytes} bytes, 1 to ${largestChunk} are possible`;
    }
    if (!isHash(sha256)) return `the hash of chunk ${index} is none`;
  }
  if (chunks.length < 1) return 'it has no chunks';
  const roots = new Map(modules.map(({ name, root }) => [name, Buffer.from(root, 'hex')]));
  const computed = Buffer.from(new TopTree(roots).root).toString('hex');
  return computed === appHash ? undefined : 'its module roots do not give its app hash';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Bytes of all chunks. */
export function totalBytes({ chunks }: Manifest): number {
  return chunks.reduce((sum, { bytes }) => sum + bytes, 0);
}
