/**
 * The chunks of a snapshot: records one after the other, ascending by module and key, each
 *
 *     module   1 byte, its place in the manifest's list
 *     key      1 byte of length, 1 to 128 bytes
 *     value    4 bytes of length, big-endian, 1 byte or more
 *
 * Nothing is compressed: compressors differ between versions, and these bytes are hashed. A chunk
 * ends at a record's end, so each is read by itself.
 */
import { chunkBytes, largestChunk, SnapshotProblem } from './manifest.ts';

export interface Entry {
  /** Place in the manifest's list of modules. */
  readonly module: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const headBytes = 6;

/** Collects records into chunks. */
export class ChunkWriter {
  #bytes = Buffer.allocUnsafe(chunkBytes);
  #length = 0;

  /** Adds a record; gives the chunk that ended before it, where one did. */
  add({ module, key, value }: Entry): Uint8Array | undefined {
    const size = headBytes + key.length + value.length;
    if (size > largestChunk) {
      throw new SnapshotProblem(`a value of ${value.length} bytes fits into no chunk`);
    }
    const ended =
      this.#length > 0 && this.#length + size > chunkBytes ? this.#takeChunk() : undefined;
    if (this.#length + size > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(size);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = module;
    bytes[at++] = key.length;
    bytes.set(key, at);
    at += key.length;
    at = bytes.writeUInt32BE(value.length, at);
    bytes.set(value, at);
    this.#length = at + value.length;
    return ended;
  }

  /** The last chunk; undefined where nothing was added after the one before. */
  end(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : this.#takeChunk();
  }

  #takeChunk(): Uint8Array {
    const chunk = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(chunkBytes);
    this.#length = 0;
    return chunk;
  }
}

/**
 * The records of a chunk; keys and values share its memory.
 *
 * @throws SnapshotProblem where the bytes end inside a record, or a length can't be.
 */
export function* readRecords(bytes: Uint8Array): Iterable<Entry> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < view.length; ) {
    const keyAt = at + 2;
    const keyEnd = keyAt + (view[at + 1] ?? 0);
    if (keyEnd + 4 > view.length) throw new SnapshotProblem('a chunk ends inside a record');
    const valueAt = keyEnd + 4;
    const valueEnd = valueAt + view.readUInt32BE(keyEnd);
    if (valueEnd > view.length) throw new SnapshotProblem('a chunk ends inside a record');
    if (keyEnd === keyAt || keyEnd - keyAt > 128 || valueEnd === valueAt) {
      throw new SnapshotProblem('a record has an empty key or value, or a key above 128 bytes');
    }
    yield {
      module: view[at] ?? 0,
      key: bytes.subarray(keyAt, keyEnd),
      value: bytes.subarray(valueAt, valueEnd),
    };
    at = valueEnd;
  }
}
