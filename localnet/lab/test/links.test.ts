/** The wires of the lab: order, delay, holding, cutting, resets. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Links } from '../links/links.ts';

/** An echo server, a link to it, and a way to talk through it. */
async function echoThroughLink() {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const targetPort = (server.address() as AddressInfo).port;
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const listenPort = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  const links = await Links.open([{ from: 0, to: 1, listenPort, targetPort }], 7);
  const sockets: Socket[] = [];
  const dial = async (): Promise<Socket> => {
    const socket = createConnection({ host: '127.0.0.1', port: listenPort, noDelay: true });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await Promise.race([once(socket, 'connect'), closing(socket)]).catch(() => undefined);
    return socket;
  };
  return {
    links,
    dial,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await links.close();

      server.close();
    },
  };
}

/** Until the socket is closed, also by a reset. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function roundTripMs(socket: Socket): Promise<number> {
  const began = performance.now();
  socket.write('x');
  await once(socket, 'data');
  return performance.now() - began;
}

test('a link passes bytes on in their order, and adds its delay to both ways', async () => {
  await using echo = await echoThroughLink();
  const socket = await echo.dial();
  await roundTripMs(socket);
  await echo.links.change({ from: 0, to: 1 }, { delayMs: 60, jitterMs: 30 });
  await echo.links.change({ from: 1, to: 0 }, { delayMs: 60 });
  expect(await roundTripMs(socket)).toBeGreaterThan(88);
  let received = '';
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString();
  });
  const sent = Array.from({ length: 200 }, (_, index) => `${index},`);
  for (const text of sent) {
    socket.write(text);
    if (text.endsWith('0,')) await sleep(1);
  }
  while (received.length < sent.join('').length) await sleep(5);
  expect(received).toBe(sent.join(''));
});

test('one way is held and gives everything back when it opens', async () => {
  await using echo = await echoThroughLink();
  const socket = await echo.dial();
  await roundTripMs(socket);
  await echo.links.change({ from: 1, to: 0 }, { held: true });
  socket.write('held');
  const early = await Promise.race([once(socket, 'data'), sleep(150, 'nothing')]);
  expect(early).toBe('nothing');
  const opened = once(socket, 'data');
  await echo.links.change({ from: 1, to: 0 }, { held: false });
  expect(String((await opened)[0])).toBe('held');
});

test('a cut resets what is open and refuses what is new, until it heals', async () => {
  await using echo = await echoThroughLink();
  const socket = await echo.dial();
  await roundTripMs(socket);
  const closed = closing(socket);
  await echo.links.cut({ from: 1, to: 0 }, true);
  await closed;
  const refused = await echo.dial();
  if (!refused.destroyed) await closing(refused);
  await echo.links.clear();
  expect(await roundTripMs(await echo.dial())).toBeGreaterThan(0);
});

test('a narrow link takes its time', async () => {
  await using echo = await echoThroughLink();
  const socket = await echo.dial();
  await roundTripMs(socket);
  await echo.links.change({ from: 0, to: 1 }, { bytesPerSecond: 100_000 });
  let received = 0;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  const began = performance.now();
  for (let index = 0; index < 20; index += 1) {
    socket.write(Buffer.alloc(1_000));
    await sleep(2);
  }
  while (received < 20_000) await sleep(5);
  expect(performance.now() - began).toBeGreaterThan(150);
});

test('a port that is taken is named', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const plan = { from: 0, to: 1, listenPort: port, targetPort: 1 };
  await expect(Links.open([plan], 1)).rejects.toThrow(`127.0.0.1:${port}`);
  server.close();
});
