/**
 * One connection of CometBFT: frames in, answers out in the order of the requests whatever order
 * they are ready in, reading paused while too much is under way.
 */
import type { Socket } from 'node:net';
import { Request } from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import { FrameError, FrameReader } from './frames.ts';
import type { RequestKind } from './requests.ts';
import { requestKind } from './requests.ts';

/**
 * Reading pauses while this much is unanswered; one frame may be larger than that. PERF: wide
 * enough for the recheck of a full mempool, since CometBFT 0.38 burns a core while it can't write
 * (its flush timer fires every 20 ns).
 */
const maxOpenRequests = 20_000;
const maxOpenBytes = 64 * 1024 * 1024;

/** What the answer to anything but CheckTx may take, in bytes: it counts as if it had come. */
const answerRoom = 512 * 1024;

/** A request's place in the queue of answers. */
interface Place {
  /** What it counts of the bytes under way. */
  readonly openBytes: number;
  answer?: Uint8Array;
}

/** Starts the work on a request; resolves to the frame to write. Never rejects. */
export type Serve = (
  connection: Connection,
  kind: RequestKind,
  request: Request,
) => Promise<Uint8Array | undefined>;

export class Connection {
  readonly id: number;
  readonly #socket: Socket;
  readonly #serve: Serve;
  readonly #logger: Logger;
  readonly #frames = new FrameReader();
  readonly #places: Place[] = [];
  #openBytes = 0;
  #ready: Uint8Array[] = [];
  #writeScheduled = false;
  #draining = false;

  constructor(id: number, socket: Socket, serve: Serve, logger: Logger) {
    this.id = id;
    this.#socket = socket;
    this.#serve = serve;
    this.#logger = logger;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('drain', () => {
      this.#draining = false;
      this.#regulate();
    });
    socket.on('error', (error) => logger.warn({ err: error, connection: id }, 'connection broke'));
    socket.on('end', () => this.#end());
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Ends the connection at once; answers under way are dropped. */
  close(): void {
    this.#socket.destroy();
  }

  /** Writes a last answer, as far as the other side takes it, and ends the connection. */
  closeWith(answer: Uint8Array): void {
    this.#socket.end(answer);
  }

  #read(chunk: Uint8Array): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (this.closed) return;
        this.#accept(frame);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#refuse(error.message);
    }
    this.#regulate();
  }

  #accept(frame: Uint8Array): void {
    const request = decodeRequest(frame);
    const kind = requestKind(request);
    if (kind === undefined) throw new FrameError('a request has no known member, or several');
    const openBytes = frame.length + (kind === 'checkTx' ? 0 : answerRoom);
    const place: Place = { openBytes };
    this.#places.push(place);
    this.#openBytes += openBytes;
    void this.#serve(this, kind, request).then((answer) => {
      if (answer === undefined || this.closed) return;
      place.answer = answer;
      this.#collect();
    });
  }

  /** Takes the answers that are due. What comes in one turn of the event loop goes in one write. */
  #collect(): void {
    let due = 0;
    for (const place of this.#places) {
      if (place.answer === undefined) break;
      this.#ready.push(place.answer);
      this.#openBytes -= place.openBytes;
      due += 1;
    }
    if (due === 0) return;
    this.#places.splice(0, due);
    if (this.#writeScheduled) return;
    this.#writeScheduled = true;
    setImmediate(() => this.#write());
  }

  #write(): void {
    this.#writeScheduled = false;
    if (this.closed || this.#ready.length === 0) return;
    const [first] = this.#ready;
    const bytes =
      this.#ready.length === 1 && first !== undefined ? first : Buffer.concat(this.#ready);
    this.#ready = [];
    if (!this.#socket.write(bytes)) this.#draining = true;
    this.#regulate();
  }

  /** Reads on only while answers flow off and not too much is under way. */
  #regulate(): void {
    const full =
      this.#draining || this.#places.length >= maxOpenRequests || this.#openBytes >= maxOpenBytes;
    if (full === this.#socket.isPaused() || this.closed) return;
    if (full) this.#socket.pause();
    else this.#socket.resume();
  }

  #refuse(reason: string): void {
    this.#logger.warn({ connection: this.id, reason }, 'malformed ABCI frame; connection closed');
    this.close();
  }

  #end(): void {
    if (!this.#frames.atBoundary) this.#refuse('the stream ends inside a frame');
  }
}

function decodeRequest(frame: Uint8Array): Request {
  try {
    return Request.decode(frame);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FrameError(`a request of ${frame.length} bytes is no protobuf: ${reason}`);
  }
}
