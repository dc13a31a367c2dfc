/**
 * The wire between two nodes of a lab: a TCP proxy that delays, slows, holds and resets. TCP gives
 * no way to lose bytes inside a stream, so a one-way cut holds them back, and a two-way cut resets
 * the connection and refuses new ones.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** What one direction of a link does to bytes. */
export interface Lane {
  /** Added to every chunk, in ms, one way. */
  readonly delayMs: number;
  /** Up to this much more or less, in ms, uniform; chunks never overtake each other. */
  readonly jitterMs: number;
  /** Undefined: as fast as the machine. */
  readonly bytesPerSecond?: number | undefined;
  /** Bytes are taken from the sender and kept until this ends. */
  readonly held: boolean;
}

/** What a link does. `forth` is from the node that dials to the one that is dialled. */
export interface LinkPolicy {
  readonly forth: Lane;
  readonly back: Lane;
  /** Connections are reset and new ones are refused. */
  readonly cut: boolean;
}

const clearLane: Lane = { delayMs: 0, jitterMs: 0, held: false };

/** A link that only passes on. */
export const clearPolicy: LinkPolicy = { forth: clearLane, back: clearLane, cut: false };

/** Where bytes wait at most for one connection and direction before the sender is held up. */
const mostWaitingBytes = 8 * 1024 * 1024;

export interface LinkOptions {
  /** Where the dialling node connects, on 127.0.0.1. */
  readonly listenPort: number;
  /** Where the other node listens, on 127.0.0.1. */
  readonly targetPort: number;
  /** In [0, 1): the source of jitter. */
  readonly random: () => number;
  /** In ms, never going back. */
  readonly nowMs: () => number;
}

/** One link. Every change of its policy also reaches the connections that are open. */
export class Link {
  readonly #options: LinkOptions;
  readonly #server: Server;
  readonly #pipes = new Set<Pipe>();
  #policy = clearPolicy;

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#accept(socket),
    );
  }

  /** @throws Error (EADDRINUSE) where another program has the port. */
  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    await new Promise<void>((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen({ host: '127.0.0.1', port: options.listenPort }, resolve);
    });
    return link;
  }

  set(policy: LinkPolicy): void {
    this.#policy = policy;
    if (policy.cut) this.reset();
    for (const pipe of this.#pipes) pipe.changed();
  }

  /** Ends every open connection as a broken wire does; the nodes dial again. */
  reset(): void {
    for (const pipe of this.#pipes) pipe.reset();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    near.on('error', () => near.destroy());
    if (this.#policy.cut) {
      near.resetAndDestroy();
      return;
    }
    const far = createConnection({ host: '127.0.0.1', port: this.#options.targetPort });
    far.setNoDelay(true);
    const forth = new Pipe(near, far, () => this.#policy.forth, this.#options);
    const back = new Pipe(far, near, () => this.#policy.back, this.#options);
    const close = (): void => {
      near.destroy();
      far.destroy();
      for (const pipe of [forth, back]) {
        pipe.stop();
        this.#pipes.delete(pipe);
      }
    };
    for (const pipe of [forth, back]) this.#pipes.add(pipe);
    for (const socket of [near, far]) {
      socket.on('error', close);
      socket.once('close', close);
    }
    near.resume();
  }
}

interface Chunk {
  readonly bytes: Buffer;
  /** When it may go on, in ms. */
  readonly dueMs: number;
}

/** One direction of one connection: a queue of chunks, each with the moment when it may go on. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #lane: () => Lane;
  readonly #options: LinkOptions;
  readonly #queue: Chunk[] = [];
  #waitingBytes = 0;
  #lastDueMs = 0;
  #freeAtMs = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, lane: () => Lane, options: LinkOptions) {
    this.#from = from;
    this.#to = to;
    this.#lane = lane;
    this.#options = options;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.once('end', () => {
      this.#ended = true;
      this.#pass();
    });
    to.on('drain', () => this.#pass());
  }

  /** The policy of the link is another one now. */
  changed(): void {
    this.#pass();
  }

  reset(): void {
    this.#from.resetAndDestroy();
    this.#to.resetAndDestroy();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #take(bytes: Buffer): void {
    const { delayMs, jitterMs } = this.#lane();
    const shift = jitterMs === 0 ? 0 : (this.#options.random() * 2 - 1) * jitterMs;
    const due = this.#options.nowMs() + Math.max(0, delayMs + shift);
    this.#lastDueMs = Math.max(this.#lastDueMs, due);
    this.#queue.push({ bytes, dueMs: this.#lastDueMs });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > mostWaitingBytes) this.#from.pause();
    this.#pass();
  }

  /** Passes on what is due, and comes back when the next chunk is. */
  #pass(): void {
    clearTimeout(this.#timer);
    const { held, bytesPerSecond } = this.#lane();
    if (held || this.#to.destroyed) return;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) break;
      const now = this.#options.nowMs();
      const at = Math.max(next.dueMs, bytesPerSecond === undefined ? 0 : this.#freeAtMs);
      if (at > now) {
        this.#timer = setTimeout(() => this.#pass(), at - now);
        return;
      }
      this.#queue.shift();
      this.#waitingBytes -= next.bytes.length;
      if (bytesPerSecond !== undefined) {
        this.#freeAtMs = now + (next.bytes.length * 1000) / bytesPerSecond;
      }
      if (!this.#to.write(next.bytes)) break;
    }
    if (this.#waitingBytes <= mostWaitingBytes && this.#from.isPaused()) this.#from.resume();
    if (this.#ended && this.#queue.length === 0) this.#to.end();
  }
}
