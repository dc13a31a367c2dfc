/**
 * A peer's connection through a relay: opens a room or joins one, then carries frames whole and in
 * order, and counts what passes its socket.
 */
import { WebSocket } from 'ws';
import { equal } from '../core/bytes.ts';
import type { Duplex } from '../sync/types.ts';
import { joinedFrame, joinFrame, type OpenRequest, openedFrame, openFrame } from './first-frame.ts';

/** Bytes of WebSocket messages at this socket, headers and masks included, after the upgrade. */
export interface Traffic {
  sent: number;
  received: number;
}

/** How a connection ended; a relay's codes are in docs/liquid-relay.md. */
export interface End {
  readonly code: number;
  readonly reason: string;
}

/** The relay can't be reached, or says no. */
export class RelayFailure extends Error {
  /** WebSocket close code; 0 where there was no connection. */
  readonly code: number;

  constructor(message: string, code: number, cause?: unknown) {
    super(message, { cause });
    this.name = 'RelayFailure';
    this.code = code;
  }
}

const handshakeMs = 10_000;
const largestFrame = 4 << 20;
/** What may wait to be read, or to be sent, before the other side is held back. */
const mostQueued = 1 << 20;

const binary = { binary: true, compress: false } as const;

export class Carrier implements Duplex {
  readonly traffic: Traffic;
  readonly #socket: WebSocket;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #wake: (() => void) | undefined;
  #end: End | undefined;

  private constructor(socket: WebSocket, traffic: Traffic) {
    this.#socket = socket;
    this.traffic = traffic;
    socket.on('message', (data: Buffer, isBinary) => this.#hear(data, isBinary));
    socket.on('close', (code, reason) => this.#close({ code, reason: reason.toString() }));
    socket.on('error', () => socket.terminate());
  }

  /** Connected, and nothing said yet. */
  static async connect(url: string, traffic: Traffic, signal?: AbortSignal): Promise<Carrier> {
    signal?.throwIfAborted();
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: handshakeMs,
      maxPayload: largestFrame,
    });
    const carrier = new Carrier(socket, traffic);
    const stop = (): void => socket.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) => reject(unreachable(url, error)));
      socket.once('close', () => reject(signal?.reason ?? unreachable(url, undefined)));
    });
    return carrier;
  }

  /** How it ended; undefined while it lasts. */
  get end(): End | undefined {
    return this.#end;
  }

  async send(frame: Uint8Array): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.traffic.sent += frame.length + headerLength(frame.length) + maskLength;
    const isFull = this.#socket.bufferedAmount + frame.length > mostQueued;
    // A failure shows as the end of `frames`.
    const sent = new Promise<void>((resolve) => {
      this.#socket.send(frame, binary, () => resolve());
    });
    if (isFull) await sent;
  }

  get frames(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  /** Sends what is left and says good-bye. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
    });
    this.#socket.resume();
    this.#socket.close(1000);
    await closed;
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const frame = this.#queue.shift();
      if (frame !== undefined) {
        this.#queued -= frame.length;
        if (this.#queued < mostQueued / 2) this.#socket.resume();
        return { done: false, value: frame };
      }
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.#socket.close(1003, 'only binary frames are read');
      return;
    }
    this.traffic.received += data.length + headerLength(data.length);
    this.#queue.push(new Uint8Array(data.buffer, data.byteOffset, data.length));
    this.#queued += data.length;
    if (this.#queued > mostQueued) this.#socket.pause();
    this.#wake?.();
  }

  #close(end: End): void {
    this.#end = end;
    this.#wake?.();
  }
}

/** A room whose token may be shown; `joined` resolves when somebody has come. */
export interface OpenedRoom {
  joined(): Promise<Carrier>;
  close(): Promise<void>;
}

/** Opens a room, or throws a RelayFailure that says why there is none. */
export async function openRoom(
  url: string,
  request: OpenRequest,
  { traffic, now, signal }: { traffic: Traffic; now: () => number; signal?: AbortSignal },
): Promise<OpenedRoom> {
  const carrier = await Carrier.connect(url, traffic, signal);
  await carrier.send(openFrame(request, now()));
  const frames = carrier.frames[Symbol.asyncIterator]();
  const expect = async (word: Uint8Array): Promise<void> => {
    const { done, value } = await frames.next();
    if (done !== true && equal(value, word)) return;
    await carrier.close();
    signal?.throwIfAborted();
    throw refusedBy(url, carrier.end);
  };
  await expect(openedFrame);
  return {
    joined: async () => {
      await expect(joinedFrame);
      return carrier;
    },
    close: () => carrier.close(),
  };
}

/** Joins at once; that there is no such room shows as the end of the frames, with the code 4404. */
export async function joinRoom(
  url: string,
  token: Uint8Array,
  { traffic, signal }: { traffic: Traffic; signal?: AbortSignal },
): Promise<Carrier> {
  const carrier = await Carrier.connect(url, traffic, signal);
  await carrier.send(joinFrame(token));
  return carrier;
}

export function refusedBy(url: string, end: End | undefined): RelayFailure {
  const { code, reason } = end ?? { code: 1006, reason: '' };
  const why = reason === '' ? 'it closed the connection' : reason;
  return new RelayFailure(`the relay ${url} says: ${why}`, code);
}

function unreachable(url: string, cause: Error | undefined): RelayFailure {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = code ?? cause?.message ?? 'it closed the connection';
  return new RelayFailure(`the relay ${url} can't be reached: ${why}`, 0, cause);
}

const maskLength = 4;

/** RFC 6455: two bytes, and two or eight more for longer frames. */
function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}
