import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import pino from 'pino';
import { WebSocket } from 'ws';
import { relayUrl } from '../address.ts';
import { Carrier, joinRoom, openRoom } from '../carrier.ts';
import { joinFrame, openFrame, passOf } from '../first-frame.ts';
import { Relay, type RelayLimits, type RelayOptions } from '../relay.ts';
import { defaultRoomLimits, Rooms } from '../rooms.ts';

const logged: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
const now = (): number => Math.floor(Date.now() / 1000);

async function start(
  limits: Partial<RelayLimits> = {},
  options: Partial<RelayOptions> = {},
): Promise<{ relay: Relay; url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const relay = await Relay.start({
    host: '127.0.0.1',
    port: 0,
    isOpen: true,
    limits,
    logger,
    ...options,
  });
  const url = `ws://127.0.0.1:${relay.port}`;
  return { relay, url, [Symbol.asyncDispose]: () => relay.stop() };
}

const traffic = () => ({ sent: 0, received: 0 });
const open = (url: string, token: Uint8Array, more = {}) =>
  openRoom(url, { token, again: false, pass: undefined, ...more }, { traffic: traffic(), now });
const join = (url: string, token: Uint8Array) => joinRoom(url, token, { traffic: traffic() });

async function pair(url: string, token = randomBytes(16)): Promise<[Carrier, Carrier]> {
  const room = await open(url, token);
  const joiner = await join(url, token);
  return [await room.joined(), joiner];
}

async function next(carrier: Carrier): Promise<string | undefined> {
  const { done, value } = await carrier.frames[Symbol.asyncIterator]().next();
  return done === true ? undefined : Buffer.from(value).toString();
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a relay', () => {
  test('0-P12 a wrong token gets nothing, and two rooms never mix', async () => {
    await using at = await start();
    const [a, b] = await pair(at.url);
    const [c, d] = await pair(at.url);
    for (const [from, text] of [
      [a, 'from a'],
      [b, 'from b'],
      [c, 'from c'],
      [d, 'from d'],
    ] as const) {
      await from.send(bytes(text));
    }
    expect(await Promise.all([a, b, c, d].map(next))).toEqual([
      'from b',
      'from a',
      'from d',
      'from c',
    ]);
    const stranger = await join(at.url, randomBytes(16));
    expect(await next(stranger)).toBeUndefined();
    expect(stranger.end).toMatchObject({ code: 4404 });
  });

  test('S14 a token is good once, and of 1,000 third parties none comes in', async () => {
    await using at = await start();
    const outcomes = new Map<number, number>();
    const count = (code: number | undefined): void => {
      outcomes.set(code ?? 0, (outcomes.get(code ?? 0) ?? 0) + 1);
    };
    for (let batch = 0; batch < 40; batch += 1) {
      const rooms = Array.from({ length: 25 }, async (_, i) => {
        const token = randomBytes(16);
        const [opener, joiner] = await pair(at.url, token);
        await opener.send(bytes('hello'));
        expect(await next(joiner)).toBe('hello');
        if (i % 2 === 0) await Promise.all([opener.close(), joiner.close()]);
        const third = await join(at.url, token);
        await third.send(bytes('let me in'));
        expect(await next(third)).toBeUndefined();
        count(third.end?.code);
        await expect(open(at.url, token)).rejects.toMatchObject({ code: 4409 });
        if (i % 2 === 1) {
          await joiner.send(bytes('still two'));
          expect(await next(opener)).toBe('still two');
          await opener.close();
        }
      });
      await Promise.all(rooms);
    }
    expect([...outcomes]).toEqual([[4404, 1000]]);
  });

  test('frames sent right after joining arrive whole and in order', async () => {
    await using at = await start();
    const token = randomBytes(16);
    const room = await open(at.url, token);
    const joiner = await join(at.url, token);
    const sent = Array.from({ length: 200 }, (_, i) => randomBytes(1 + i * 53));
    for (const frame of sent) await joiner.send(frame);
    const opener = await room.joined();
    const came: Uint8Array[] = [];
    for await (const frame of opener.frames) if (came.push(frame) === sent.length) break;
    expect(came.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
      sent.map((frame) => frame.toString('hex')),
    );
  });

  test('rooms open by a pass of the relay’s secret, fresh, whole and of this token', async () => {
    const secret = randomBytes(32);
    await using at = await start({}, { secret, isOpen: false });
    const pass = passOf(secret, randomBytes(8), now() + 60);
    const opened = await open(at.url, randomBytes(16), { pass });
    await opened.close();
    const denied: readonly (readonly [string, Uint8Array])[] = [
      ['no pass', openFrame({ token: randomBytes(16), again: false, pass: undefined }, now())],
      [
        'a pass of another secret',
        openFrame(
          { token: randomBytes(16), again: false, pass: passOf(randomBytes(32), pass.id, 2 ** 31) },
          now(),
        ),
      ],
      [
        'a pass that has expired',
        openFrame(
          { token: randomBytes(16), again: false, pass: passOf(secret, pass.id, now() - 1) },
          now(),
        ),
      ],
      [
        'a pass with a later expiry written in',
        openFrame(
          { token: randomBytes(16), again: false, pass: { ...pass, expiry: 2 ** 31 } },
          now(),
        ),
      ],
      ['an old proof', openFrame({ token: randomBytes(16), again: false, pass }, now() - 301)],
      [
        'a proof moved to another token',
        (() => {
          const frame = openFrame({ token: randomBytes(16), again: false, pass }, now());
          frame.set(randomBytes(16), 1);
          return frame;
        })(),
      ],
    ];
    for (const [why, frame] of denied) {
      const carrier = await Carrier.connect(at.url, traffic());
      await carrier.send(frame);
      expect([why, await next(carrier), carrier.end?.code]).toEqual([why, undefined, 4401]);
    }
  });

  test('the caps of an address hold, for rooms at a time and in a minute', () => {
    const rooms = new Rooms({ ...defaultRoomLimits, roomsPerAddress: 3, opensPerMinute: 5 });
    const opened = (address: string | undefined, nowMs = 0) =>
      rooms.open({ token: randomBytes(16), again: false }, {}, address, nowMs);
    const first = [opened('a'), opened('a'), opened('a')];
    expect(opened('a')).toBe('too_many');
    expect(opened('b')).toBeInstanceOf(Object);
    expect(opened(undefined)).toBeInstanceOf(Object);
    for (const room of first) if (typeof room !== 'string') rooms.end(room);
    for (let i = 0; i < 2; i += 1) {
      const room = opened('a');
      if (typeof room !== 'string') rooms.end(room);
    }
    expect(opened('a', 59_000)).toBe('too_many');
    expect(opened('a', 60_000)).toBeInstanceOf(Object);
  });

  test('this machine has no caps of an address: its own programs, or a proxy with its own', async () => {
    await using at = await start({ roomsPerAddress: 1, opensPerMinute: 1 });
    for (let i = 0; i < 5; i += 1) await open(at.url, randomBytes(16));
    expect(at.relay.rooms.waiting).toBe(5);
  });

  test('a room that nobody joins ends, and so does one in which nothing moves', async () => {
    let aheadMs = 0;
    await using at = await start({}, { nowMs: () => Date.now() + aheadMs });
    const token = randomBytes(16);
    const room = await open(at.url, token);
    const [idle] = await pair(at.url);
    aheadMs = 121_000;
    const late = await join(at.url, token);
    expect(await next(late)).toBeUndefined();
    expect(late.end?.code).toBe(4404);
    await expect(room.joined()).rejects.toMatchObject({ code: 4408 });
    expect(await next(idle)).toBeUndefined();
    expect(idle.end?.code).toBe(4408);
  });

  test('a room meant for again opens again after its end, and its token only so', async () => {
    await using at = await start();
    const token = randomBytes(16);
    for (let time = 0; time < 3; time += 1) {
      const room = await open(at.url, token, { again: true });
      const joiner = await join(at.url, token);
      const opener = await room.joined();
      await opener.send(bytes('hello'));
      expect(await next(joiner)).toBe('hello');
      await Promise.all([opener.close(), joiner.close()]);
    }
    await expect(open(at.url, token)).rejects.toMatchObject({ code: 4409 });
    const once = randomBytes(16);
    const [opener, joiner] = await pair(at.url, once);
    await opener.send(bytes('hello'));
    expect(await next(joiner)).toBe('hello');
    await opener.close();
    await expect(open(at.url, once, { again: true })).rejects.toMatchObject({ code: 4409 });
  });

  test('a token whose opener has not answered opens again: a first frame that was lost may come again', async () => {
    await using at = await start();
    const token = randomBytes(16);
    await (await open(at.url, token)).close();
    const [opener, joiner] = await pair(at.url, token);
    await expect(open(at.url, token)).rejects.toMatchObject({ code: 4409 });
    await joiner.send(bytes('hello'));
    await joiner.close();
    expect(await next(opener)).toBe('hello');
    expect(await next(opener)).toBeUndefined();
    const [again] = await pair(at.url, token);
    await again.close();
  });

  test('a side learns whether the other has left or was cut off', async () => {
    await using at = await start();
    const [leaving, stays] = await pair(at.url);
    await leaving.close();
    expect(await next(stays)).toBeUndefined();
    expect(stays.end?.code).toBe(1000);
    const token = randomBytes(16);
    const room = await open(at.url, token);
    const cut = new WebSocket(at.url);
    await new Promise((resolve) => cut.once('open', resolve));
    cut.send(joinFrame(token));
    const opener = await room.joined();
    cut.terminate();
    expect(await next(opener)).toBeUndefined();
    expect(opener.end?.code).toBe(4410);
  });

  test.each<[string, (socket: WebSocket) => void]>([
    ['text', (socket) => socket.send('hello')],
    ['nothing in a frame', (socket) => socket.send(new Uint8Array(0))],
    ['a token of 15 bytes', (socket) => socket.send(joinFrame(randomBytes(15)))],
    ['another version', (socket) => socket.send(Buffer.concat([Buffer.of(0x22), randomBytes(16)]))],
    [
      'frames before anybody came',
      (socket) => {
        socket.send(openFrame({ token: randomBytes(16), again: false, pass: undefined }, now()));
        socket.send(new Uint8Array(10));
      },
    ],
  ])('%s ends a connection', async (_what, say) => {
    await using at = await start();
    const socket = new WebSocket(at.url);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => say(socket));
    expect(await closed).toBe(4400);
  });

  test('a frame above the limit ends the room', async () => {
    await using at = await start({ frameBytes: 1000 });
    const [opener, joiner] = await pair(at.url);
    await joiner.send(new Uint8Array(1001));
    expect(await next(joiner)).toBeUndefined();
    expect(joiner.end?.code).toBe(1009);
    expect(await next(opener)).toBeUndefined();
    expect(opener.end?.code).toBe(4410);
  });

  test('a side above its rate is held back, and loses nothing', async () => {
    await using at = await start({ bytesPerSecond: 1 << 20 });
    const [opener, joiner] = await pair(at.url);
    const began = performance.now();
    const sending = (async () => {
      for (let i = 0; i < 48; i += 1) await joiner.send(new Uint8Array(65_536).fill(i));
    })();
    const firsts: (number | undefined)[] = [];
    for await (const frame of opener.frames) if (firsts.push(frame[0]) === 48) break;
    await sending;
    expect(firsts).toEqual(Array.from({ length: 48 }, (_, i) => i));
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect(await at.relay.metrics.registry.metrics()).toMatch(
      /artel_relay_pauses_total\{reason="rate"\} [1-9]/,
    );
  });

  test('a side that does not read holds the other back, within bounded memory', async () => {
    await using at = await start();
    const token = randomBytes(16);
    const room = await open(at.url, token);
    const slow = new WebSocket(at.url, { perMessageDeflate: false });
    await new Promise((resolve) => slow.once('open', resolve));
    slow.send(joinFrame(token));
    const opener = await room.joined();
    slow.pause();
    let accepted = 0;
    const chunk = new Uint8Array(65_536);
    const flood = (async () => {
      for (; accepted < 2_000; accepted += 1) await opener.send(chunk);
    })();
    let before = -1;
    while (before !== accepted) {
      before = accepted;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(accepted).toBeLessThan(1_500);
    let received = 0;
    slow.on('message', () => {
      received += 1;
    });
    slow.resume();
    await flood;
    while (received < 2_000) await new Promise((resolve) => setTimeout(resolve, 20));
    slow.terminate();
  });

  test('stopping lets joined rooms finish, and opens nothing more', async () => {
    const at = await start();
    const waiting = await open(at.url, randomBytes(16));
    const [opener, joiner] = await pair(at.url);
    const stopped = at.relay.stop(20_000);
    await expect(waiting.joined()).rejects.toMatchObject({ code: 1001 });
    await joiner.send(bytes('the last word'));
    expect(await next(opener)).toBe('the last word');
    await opener.close();
    await stopped;
    await expect(open(at.url, randomBytes(16))).rejects.toMatchObject({ code: 0 });
  });

  test('a plain request is told what this is', async () => {
    await using at = await start();
    const status = await new Promise((resolve) => {
      request(at.url.replace('ws', 'http'), (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end();
    });
    expect(status).toBe(426);
  });

  test('neither the log nor the metrics know a token', async () => {
    await using at = await start();
    const token = randomBytes(16);
    const [opener, joiner] = await pair(at.url, token);
    await Promise.all([opener.close(), joiner.close()]);
    const told = logged.join() + (await at.relay.metrics.registry.metrics());
    expect(told).toMatch(/artel_relay_rooms_joined_total 1/);
    for (const form of ['hex', 'base64'] as const) {
      expect(told).not.toContain(token.toString(form).slice(0, 12));
    }
  });
});

test.each([
  ['relay.example.org', 'wss://relay.example.org'],
  ['relay.example.org/liquid', 'wss://relay.example.org/liquid'],
  ['relay.example.org:443', 'wss://relay.example.org:443'],
  ['127.0.0.1:7770', 'ws://127.0.0.1:7770'],
  ['[::1]:7770/a', 'ws://[::1]:7770/a'],
])('a QR that says %s means %s', (text, url) => {
  expect(relayUrl(text)).toEqual({ ok: true, value: url });
});

test.each(['', 'a b', 'host:0', 'host:99999', 'me@host:1', 'host?x', 'host#x', '/path', ':80'])(
  'a QR with the relay "%s" is refused',
  (text) => {
    expect(relayUrl(text)).toMatchObject({ ok: false });
  },
);
