/**
 * T12: round trips through a link of the lab: 300 ms one way with 100 ms of jitter, and none. An
 * echo stands behind the link; a hundred round trips go one after the other on twenty connections.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { Links } from '../links/links.ts';
import { printFigure } from './figures.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const [connections, each] = values.tiny ? [2, 1] : [20, 5];

const echo = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
const targetPort = await listen(echo);
const probe = createServer();
const listenPort = await listen(probe);
await new Promise((resolve) => probe.close(resolve));
const links = await Links.open([{ from: 0, to: 1, listenPort, targetPort }], 1);
try {
  const bare = mean(await roundTrips(targetPort, 1, connections * each));
  const clear = mean(await roundTrips(listenPort, 1, connections * each));
  const lane = { delayMs: 300, jitterMs: 100 };
  await links.change({ from: 0, to: 1 }, lane);
  await links.change({ from: 1, to: 0 }, lane);
  const slow = mean(await roundTrips(listenPort, connections, each));
  const count = connections * each;
  const what = `mean of ${count} round trips`;
  printFigure(`T12 300 ± 100 ms each way, ${what}`, slow, 'ms', { atLeast: 540, atMost: 660 });
  printFigure(`T12 0 ms adds, ${what}`, Math.max(0, clear - bare), 'ms', { atMost: 3 });
} finally {
  await links.close();
  echo.close();
}

/** In ms. On each connection one starts when the one before is back. */
async function roundTrips(
  port: number,
  sockets: number,
  count: number,
): Promise<readonly number[]> {
  const all = Array.from({ length: sockets }, async () => {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    // The first one pays for the way behind the link.
    await roundTrip(socket);
    const times: number[] = [];
    while (times.length < count) times.push(await roundTrip(socket));
    socket.destroy();
    return times;
  });
  return (await Promise.all(all)).flat();
}

async function roundTrip(socket: Socket): Promise<number> {
  const began = performance.now();
  socket.write('x');
  await once(socket, 'data');
  return performance.now() - began;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
