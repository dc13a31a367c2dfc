/**
 * Messages as encrypted frames of few sizes: a relay sees when and how much, in coarse steps.
 * docs/liquid-protocol.md, "Frames", is the specification.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concat, u32 } from '../core/bytes.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';

/** Sizes of a message that fits one frame: 256 times 1, 1.5, 2, 3, 4, 6, 8, 12, 16. */
export const frameSizes = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096] as const;

const tagLength = 16;
const headLength = 2;
/** What a frame has besides content and padding. */
export const frameOverhead = headLength + tagLength;
const maxSmallFrame = 4096;
/** Above this a batch is cut into larger frames: a lost one then still is a small part of it. */
const manyBytes = 65_536;
export const maxFrameLength = 16_384;
const continues = 0x8000;

/**
 * How much content goes into the smallest frame that holds `length` bytes after `before` others.
 */
export function roomFor(length: number, before = 0): number {
  const size = frameSizes.find((each) => each >= length + before + frameOverhead);
  return size === undefined ? padme(length) : size - before - frameOverhead;
}

/**
 * Rounds up so that only the highest bits count (PURBs, Nikitin et al. 2019): at most 12 % more.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** Math.max(0, exponent - kept);
  return Math.ceil(length / unit) * unit;
}

/** Encrypts the messages of one direction, numbering its frames from 0. */
export class FrameWriter {
  readonly #key: Uint8Array;
  #number = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** How many frames have been made. */
  get number(): number {
    return this.#number;
  }

  /** `before`: what stands in clear before the first frame of a session. */
  write(message: Uint8Array, before: Uint8Array = new Uint8Array(0)): Uint8Array[] {
    const single = frameSizes.find(
      (each) => each >= before.length + message.length + frameOverhead,
    );
    if (single !== undefined) {
      const room = single - before.length - frameOverhead;
      return [concat(before, this.#seal(message, room, false))];
    }
    const padded = padme(message.length);
    const most = (padded > manyBytes ? maxFrameLength : maxSmallFrame) - frameOverhead;
    const count = Math.ceil(padded / most);
    const room = Math.ceil(padded / count);
    return Array.from({ length: count }, (_, i) =>
      this.#seal(message.subarray(i * room, (i + 1) * room), room, i < count - 1),
    );
  }

  #seal(content: Uint8Array, room: number, isContinued: boolean): Uint8Array {
    const plain = new Uint8Array(headLength + room);
    const head = content.length | (isContinued ? continues : 0);
    plain[0] = head >>> 8;
    plain[1] = head;
    plain.set(content, headLength);
    const sealed = chacha20poly1305(this.#key, nonceOf(this.#number)).encrypt(plain);
    this.#number += 1;
    return sealed;
  }
}

export interface Heard {
  /** What the first frame of the message holds. */
  readonly beginning: Uint8Array;
  /** The whole message, where the frame ended it. */
  readonly message?: Uint8Array;
}

/** Opens the frames of one direction in their order; none may be missing, double or foreign. */
export class FrameReader {
  readonly #key: Uint8Array;
  #number = 0;
  #parts: Uint8Array[] = [];

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** How many frames have been opened. */
  get number(): number {
    return this.#number;
  }

  read(frame: Uint8Array): Result<Heard> {
    const plain = opened(this.#key, nonceOf(this.#number), frame);
    if (plain === undefined || plain.length < headLength)
      return refusals.unauthentic({ number: this.#number });
    const head = ((plain[0] as number) << 8) | (plain[1] as number);
    const length = head & (continues - 1);
    if (length > plain.length - headLength) {
      const expected = `at most ${plain.length - headLength} bytes`;
      return refusals.malformed({ field: 'content of a frame', expected, actual: length });
    }
    this.#number += 1;
    this.#parts.push(plain.subarray(headLength, headLength + length));
    const beginning = this.#parts[0] as Uint8Array;
    if ((head & continues) !== 0) return accepted({ beginning });
    const message = this.#parts.length === 1 ? beginning : concat(...this.#parts);
    this.#parts = [];
    return accepted({ beginning, message });
  }
}

/** One frame of 256 bytes under a key and number of its own: number, then the encrypted content. */
export function sealAlone(key: Uint8Array, number: number, content: Uint8Array): Uint8Array {
  const plain = new Uint8Array(frameSizes[0] - tagLength - 4);
  plain.set(content);
  return concat(u32(number), chacha20poly1305(key, nonceOf(number)).encrypt(plain));
}

export function openAlone(key: Uint8Array, frame: Uint8Array): Uint8Array | undefined {
  if (frame.length !== frameSizes[0]) return undefined;
  const number = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  return opened(key, nonceOf(number), frame.subarray(4));
}

export function lengthProblem(frame: Uint8Array): Refusal | undefined {
  if (frame.length > maxFrameLength) {
    const expected = `at most ${maxFrameLength} bytes`;
    return refusals.too_large({ field: 'frame', expected, actual: frame.length });
  }
  if (frame.length < frameSizes[0]) {
    const expected = `at least ${frameSizes[0]} bytes`;
    return refusals.malformed({ field: 'frame', expected, actual: frame.length });
  }
  return undefined;
}

function opened(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  try {
    return chacha20poly1305(key, nonce).decrypt(sealed);
  } catch {
    return undefined;
  }
}

function nonceOf(number: number): Uint8Array {
  return concat(new Uint8Array(8), u32(number));
}
