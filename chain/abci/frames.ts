/**
 * Frames of the ABCI socket: an unsigned varint length, then that many bytes of protobuf. Memory
 * grows with the bytes that came, never with the length that was announced.
 */

/**
 * Largest frame taken, in bytes. CometBFT's largest block is 100 MiB; InitChain brings a genesis
 * whole, which has 150 MiB with a million accounts.
 */
export const maxFrameBytes = 250 * 1024 * 1024;

/** Bytes of the length prefix of the largest frame. */
const maxLengthBytes = 4;

/** The other side broke the framing; the connection can't go on. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** Cuts a byte stream, however it is split, into frames. One per connection. */
export class FrameReader {
  #lengthBytes = 0;
  #length = 0;
  /** What came of the frame's body; `undefined` while its length is being read. */
  #body: Uint8Array[] | undefined;
  #missing = 0;

  /**
   * The bodies of the frames that `chunk` completes, in order. They may share its memory. Throws
   * FrameError; the reader is then unusable.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) at = this.#readLength(chunk, at);
      if (this.#body === undefined) return;
      const part = chunk.subarray(at, at + this.#missing);
      this.#body.push(part);
      this.#missing -= part.length;
      at += part.length;
      if (this.#missing === 0) yield this.#takeBody();
    }
  }

  /** Whether the stream may end here without cutting a frame. */
  get atBoundary(): boolean {
    return this.#body === undefined && this.#lengthBytes === 0;
  }

  #readLength(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes);
      this.#lengthBytes += 1;
      if (byte >= 0x80) {
        if (this.#lengthBytes < maxLengthBytes) continue;
        throw new FrameError(`a frame length has more than ${maxLengthBytes} bytes`);
      }
      this.#checkLength(byte);
      this.#body = [];
      this.#missing = this.#length;
      return at + 1;
    }
    return chunk.length;
  }

  #checkLength(lastByte: number): void {
    if (this.#length === 0) throw new FrameError('a frame is empty');
    if (lastByte === 0) throw new FrameError('a frame length is padded with zero bits');
    if (this.#length > maxFrameBytes) {
      throw new FrameError(`a frame of ${this.#length} bytes is larger than ${maxFrameBytes}`);
    }
  }

  #takeBody(): Uint8Array {
    const parts = this.#body ?? [];
    this.#body = undefined;
    this.#length = 0;
    this.#lengthBytes = 0;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}
