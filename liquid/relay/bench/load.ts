/**
 * Pairs of WebSocket clients on plain sockets, cheap enough that the relay is what is measured: one
 * side sends a frame, the other sends one back, and so on until told to stop.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a relay wants to hear before frames are passed on. */
export interface FirstWords {
  readonly opener: (token: Uint8Array) => Uint8Array;
  readonly joiner: (token: Uint8Array) => Uint8Array;
  /** Bytes of the relay's own that the opener reads before frames of the other side. */
  readonly opened: number;
  readonly joined: number;
}

export interface LoadFigures {
  readonly roundTripsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const upgrade =
  'GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** A masked frame of RFC 6455 with a mask of zeros: the relay unmasks it all the same. */
export function clientFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  const mask = [0x5a, 0xa5, 0x3c, 0xc3];
  const masked = payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0));
  return Buffer.from([0x82, ...size, ...mask, ...masked]);
}

/** Plays `pairs` for the given time, after a warm-up that is not counted. */
export async function play(
  port: number,
  words: FirstWords,
  {
    pairs,
    frameBytes,
    warmMs,
    playMs,
  }: Record<'pairs' | 'frameBytes' | 'warmMs' | 'playMs', number>,
): Promise<LoadFigures> {
  const frame = clientFrame(new Uint8Array(frameBytes).fill(0x5a));
  const passed = frameBytes + 4;
  const latencies: number[] = [];
  let [counting, ending] = [false, false];
  const sockets: Socket[] = [];
  const starts: (() => void)[] = [];
  for (let i = 0; i < pairs; i += 1) {
    const token = new Uint8Array(16);
    new DataView(token.buffer).setUint32(0, i + 1);
    crypto.getRandomValues(token.subarray(4));
    const opener = await handshake(port);
    opener.write(clientFrame(words.opener(token)));
    await skip(opener, words.opened);
    const joiner = await handshake(port);
    joiner.write(clientFrame(words.joiner(token)));
    await skip(opener, words.joined);
    sockets.push(opener, joiner);
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      joiner.write(frame);
    };
    starts.push(send);
    whole(opener, passed, () => opener.write(frame));
    whole(joiner, passed, () => {
      if (counting) latencies.push(performance.now() - sentMs);
      if (!ending) send();
    });
  }
  for (const start of starts) start();
  await pause(warmMs);
  counting = true;
  const began = performance.now();
  await pause(playMs);
  const elapsedMs = performance.now() - began;
  counting = false;
  ending = true;
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    roundTripsPerSecond: (latencies.length / elapsedMs) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

async function handshake(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => socket.destroy());
  socket.write(upgrade);
  let answer = '';
  while (!answer.endsWith('\r\n\r\n')) {
    const [part] = (await once(socket, 'data')) as [Buffer];
    answer += part.toString('latin1');
  }
  if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${answer}`);
  return socket;
}

async function skip(socket: Socket, count: number): Promise<void> {
  let left = count;
  while (left > 0) {
    const [part] = (await once(socket, 'data')) as [Buffer];
    left -= part.length;
  }
}

/** Calls back for every `size` bytes that have come. */
function whole(socket: Socket, size: number, then: () => void): void {
  let have = 0;
  socket.on('data', (part) => {
    have += part.length;
    for (; have >= size; have -= size) then();
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
