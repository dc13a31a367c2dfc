/** Frames over an ordinary WebSocket. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Duplex } from '../types.ts';

export async function openSocket(port: number): Promise<Duplex> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const duplex = overSocket(socket);
  await once(socket, 'open');
  return duplex;
}

/** Not more than so many bytes wait to be sent: a cut loses little. */
const mostWaiting = 1 << 16;

export function overSocket(socket: WebSocket): Duplex {
  const queue: Uint8Array[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    queue.push(new Uint8Array(data));
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    while (queue.length === 0 && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = queue.shift();
    return value === undefined ? { done: true, value } : { done: false, value };
  };
  return {
    send: async (frame) => {
      const sent = new Promise<void>((resolve) => {
        socket.send(frame, { binary: true }, () => resolve());
      });
      if (socket.bufferedAmount > mostWaiting) await sent;
    },
    frames: { [Symbol.asyncIterator]: () => ({ next }) },
    close: async () => {
      if (isOver) return;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
