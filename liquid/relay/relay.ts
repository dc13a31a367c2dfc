/**
 * The relay: pairs two connections by a one-time token and passes their frames on, unread. It keeps
 * nothing on disk, and sees sizes and times only. Wire and operation: docs/liquid-relay.md.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { type RelayClose, relayCloses } from './closes.ts';
import {
  isProved,
  joinedFrame,
  type OpenFrame,
  openedFrame,
  parseFirstFrame,
} from './first-frame.ts';
import { RelayMetrics } from './metrics.ts';
import { defaultRoomLimits, type Room, type RoomLimits, Rooms } from './rooms.ts';

export interface RelayLimits extends RoomLimits {
  /** Of one frame, in bytes. */
  readonly frameBytes: number;
  /** Of one side: above it is held back, never cut. */
  readonly bytesPerSecond: number;
  readonly framesPerSecond: number;
  /** Of one room, both ways. */
  readonly roomBytes: number;
  readonly roomMs: number;
  /** A joined room in which nothing moves ends. */
  readonly idleMs: number;
  /** From the connection to the whole first frame. */
  readonly firstFrameMs: number;
  /** What waits to be sent to a slow side before the other is held back. */
  readonly bufferBytes: number;
}

export const defaultRelayLimits: RelayLimits = {
  ...defaultRoomLimits,
  frameBytes: 1 << 20,
  bytesPerSecond: 32 << 20,
  framesPerSecond: 5_000,
  roomBytes: 1 << 30,
  roomMs: 3_600_000,
  idleMs: 60_000,
  firstFrameMs: 10_000,
  bufferBytes: 256 << 10,
};

export interface RelayOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Opens rooms for holders of its passes. */
  readonly secret?: Uint8Array | undefined;
  /** Opens rooms for anybody, within the caps of an address. */
  readonly isOpen: boolean;
  readonly tls?: TlsMaterial | undefined;
  readonly limits?: Partial<RelayLimits>;
  readonly logger: Logger;
  /** Milliseconds since 1970; by default the platform's. */
  readonly nowMs?: () => number;
}

export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

interface Party {
  readonly socket: WebSocket;
  readonly address: string;
  room: Room<Party> | undefined;
  peer: Party | undefined;
  /** What may still be sent before the next second of its rate, in bytes and frames. */
  bytesLeft: number;
  framesLeft: number;
  refilledMs: number;
  /** Of the opener for both: when the last sweep saw that bytes had moved, and how many. */
  movedMs: number;
  movedBytes: number;
  bytes: number;
  joinedMs: number;
}

/** PERF: one object for all frames; ws reads it only. */
const binary = { binary: true, compress: false } as const;

const sweepMs = 1_000;
/** Time to take what was sent and to answer the close. */
const closeMs = 10_000;

export class Relay {
  readonly metrics: RelayMetrics;
  readonly #options: RelayOptions;
  readonly #limits: RelayLimits;
  readonly #rooms: Rooms<Party>;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #parties = new Set<Party>();
  #isStopping = false;

  private constructor(options: RelayOptions) {
    this.#options = options;
    this.#limits = { ...defaultRelayLimits, ...options.limits };
    this.#nowMs = options.nowMs ?? Date.now;
    this.#rooms = new Rooms(this.#limits);
    this.metrics = new RelayMetrics(() => this.#rooms);
    this.#server = serverOf(options.tls);
    this.#server.maxConnections = 2 * this.#limits.rooms + 1_024;
    this.#sockets = new WebSocketServer({
      server: this.#server,
      maxPayload: this.#limits.frameBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#sockets.on('connection', (socket, request) => this.#meet(socket, request));
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
    this.#timer.unref();
  }

  /** Listens, or fails as the system says. */
  static async start(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options);
    relay.#server.listen(options.port, options.host);
    await once(relay.#server, 'listening');
    options.logger.info({ host: options.host, port: relay.port }, 'relay listens');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get rooms(): { readonly waiting: number; readonly joined: number } {
    return this.#rooms;
  }

  /** New certificates for connections from now on. */
  renewTls(material: TlsMaterial): void {
    if ('setSecureContext' in this.#server) {
      (this.#server as Server & { setSecureContext(m: TlsMaterial): void }).setSecureContext(
        material,
      );
    }
  }

  /** Opens nothing more, lets joined rooms end by themselves for `graceMs`, then ends them. */
  async stop(graceMs = 0): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const party of this.#parties) {
      if (party.peer === undefined) this.#close(party, 'stopping');
    }
    const deadline = performance.now() + graceMs;
    while (this.#rooms.joined > 0 && performance.now() < deadline) await pause(20);
    for (const party of this.#parties) this.#close(party, 'stopping');
    const patience = setTimeout(() => {
      for (const { socket } of this.#parties) socket.terminate();
    }, 1_000);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(patience);
    this.#options.logger.info('relay stopped');
  }

  #meet(socket: WebSocket, request: IncomingMessage): void {
    const nowMs = this.#nowMs();
    const party: Party = {
      socket,
      address: addressOf(request),
      room: undefined,
      peer: undefined,
      bytesLeft: this.#limits.bytesPerSecond,
      framesLeft: this.#limits.framesPerSecond,
      refilledMs: nowMs,
      movedMs: nowMs,
      movedBytes: 0,
      bytes: 0,
      joinedMs: 0,
    };
    this.#parties.add(party);
    socket.on('message', (data: Buffer, isBinary) => this.#hear(party, data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', (code) => this.#leave(party, code === 1000 ? 'left' : 'lost'));
  }

  #hear(party: Party, data: Buffer, isBinary: boolean): void {
    const { peer } = party;
    if (peer !== undefined && isBinary) this.#pass(party, peer, data);
    else if (party.room !== undefined || !isBinary) this.#close(party, 'malformed');
    else this.#enter(party, data);
  }

  /** PERF: all that happens to a frame: two counters, two comparisons, one send. */
  #pass(from: Party, to: Party, data: Buffer): void {
    const length = data.length;
    this.metrics.frames += 1;
    this.metrics.bytes += length;
    if (from.bytes === 0 && from.room?.opener === from) this.#rooms.spend(from.room);
    from.bytes += length;
    from.bytesLeft -= length;
    from.framesLeft -= 1;
    const isFull = to.socket.bufferedAmount + length > this.#limits.bufferBytes;
    to.socket.send(data, binary, isFull ? () => this.#drained(from, to) : undefined);
    if (isFull) this.#hold(from, 'slow receiver');
    if (from.bytesLeft < 0 || from.framesLeft < 0) this.#refill(from);
  }

  #hold({ socket }: Party, reason: string): void {
    if (!socket.isPaused) this.metrics.pauses.inc({ reason });
    socket.pause();
  }

  #drained(from: Party, to: Party): void {
    if (to.socket.bufferedAmount > this.#limits.bufferBytes / 2) return;
    if (from.bytesLeft >= 0 && from.framesLeft >= 0) from.socket.resume();
  }

  /** A side above its rate waits until the rate allows what it has sent. */
  #refill(party: Party): void {
    const { bytesPerSecond, framesPerSecond, bufferBytes } = this.#limits;
    const nowMs = this.#nowMs();
    const seconds = Math.max(0, nowMs - party.refilledMs) / 1000;
    party.refilledMs = nowMs;
    party.bytesLeft = Math.min(bytesPerSecond, party.bytesLeft + seconds * bytesPerSecond);
    party.framesLeft = Math.min(framesPerSecond, party.framesLeft + seconds * framesPerSecond);
    const behind = Math.max(-party.bytesLeft / bytesPerSecond, -party.framesLeft / framesPerSecond);
    if (behind > 0) {
      this.#hold(party, 'rate');
      setTimeout(() => this.#refill(party), Math.ceil(behind * 1000) + 1).unref();
    } else if ((party.peer?.socket.bufferedAmount ?? 0) <= bufferBytes) {
      party.socket.resume();
    }
  }

  #enter(party: Party, data: Buffer): void {
    const frame = parseFirstFrame(data);
    if (frame === undefined) this.#refuse(party, 'malformed');
    else if (this.#isStopping) this.#refuse(party, 'stopping');
    else if (frame.kind === 'join') this.#join(party, frame.token);
    else this.#open(party, frame);
  }

  #open(party: Party, frame: OpenFrame): void {
    const { secret, isOpen } = this.#options;
    const nowMs = this.#nowMs();
    const proved =
      frame.kind === 'openByPass' &&
      secret !== undefined &&
      isProved(secret, frame, Math.floor(nowMs / 1000));
    if (!proved && !isOpen) {
      this.#refuse(party, 'unproved');
      return;
    }
    const address = proved || isLoopback(party.address) ? undefined : party.address;
    const room = this.#rooms.open(frame, party, address, nowMs);
    if (typeof room === 'string') {
      this.#refuse(party, room);
      return;
    }
    party.room = room;
    this.metrics.opened.inc();
    party.socket.send(openedFrame, binary);
  }

  #join(party: Party, token: Uint8Array): void {
    const nowMs = this.#nowMs();
    const room = this.#rooms.join(token, party, nowMs);
    if (room === 'no_room') {
      this.#refuse(party, room);
      return;
    }
    const { opener } = room;
    party.room = room;
    [party.peer, opener.peer] = [opener, party];
    for (const side of [party, opener]) {
      side.movedMs = nowMs;
      side.joinedMs = nowMs;
    }
    this.metrics.joined.inc();
    opener.socket.send(joinedFrame, binary);
  }

  #refuse(party: Party, reason: RelayClose): void {
    this.metrics.refused.inc({ reason });
    this.#close(party, reason);
  }

  /** Says why, after what is still to be sent; a side that does not answer is cut. */
  #close({ socket }: Party, reason: RelayClose): void {
    if (socket.readyState >= socket.CLOSING) return;
    const [code, sentence] = relayCloses[reason];
    socket.resume();
    socket.close(code, sentence);
    setTimeout(() => socket.terminate(), closeMs).unref();
  }

  #leave(party: Party, reason: 'left' | 'lost'): void {
    this.#parties.delete(party);
    if (party.room !== undefined) this.#end(party.room, reason);
  }

  #end(room: Room<Party>, reason: RelayClose): void {
    if (!this.#rooms.end(room)) return;
    this.metrics.ended.inc({ reason });
    const { joiner, opener } = room;
    if (joiner !== undefined) {
      this.metrics.roomSeconds.observe((this.#nowMs() - joiner.joinedMs) / 1000);
      this.#close(joiner, reason);
    }
    this.#close(opener, reason);
  }

  /** What has waited too long, moved too much, or does not move. */
  #sweep(): void {
    const nowMs = this.#nowMs();
    for (const room of this.#rooms.sweep(nowMs)) this.#end(room, 'late');
    for (const party of this.#parties) {
      const { room, peer } = party;
      if (room === undefined) {
        if (nowMs - party.movedMs > this.#limits.firstFrameMs) this.#refuse(party, 'late');
      } else if (peer !== undefined && party === room.opener) {
        this.#watch(room, party, party.bytes + peer.bytes, nowMs);
      }
    }
  }

  /** PERF: a frame sets no time; each sweep sees whether bytes have moved since the last. */
  #watch(room: Room<Party>, opener: Party, moved: number, nowMs: number): void {
    const { roomBytes, roomMs, idleMs } = this.#limits;
    if (moved > roomBytes || nowMs - opener.joinedMs > roomMs) {
      this.#end(room, 'too_large');
    } else if (moved !== opener.movedBytes) {
      opener.movedBytes = moved;
      opener.movedMs = nowMs;
    } else if (nowMs - opener.movedMs > idleMs) {
      this.#end(room, 'late');
    }
  }
}

function serverOf(tls: TlsMaterial | undefined): Server {
  const limits = { headersTimeout: 10_000, requestTimeout: 10_000, maxHeaderSize: 8_192 };
  const server = tls === undefined ? createServer(limits) : createTlsServer({ ...limits, ...tls });
  server.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' });
    response.end('A relay of the liquid companion: it speaks WebSocket only.\n');
  });
  return server;
}

/** Of this machine: its own, or a proxy that has caps of its own. */
function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === networkOf('::1');
}

/** Where the caps count: of IPv6 the network, of which one household has a whole one. */
function addressOf({ socket }: IncomingMessage): string {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=[\d.]+$)/, '');
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [before = '', after] = address.split('%', 1)[0]?.split('::') ?? [];
  const head = before.split(':').filter(Boolean);
  const tail = (after ?? '').split(':').filter(Boolean);
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
