import { present } from '../../../modules/_kernel/assert.ts';
import { hex } from '../../core/bytes.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { joinRoom } from '../../relay/carrier.ts';
import type { Folder } from '../folder.ts';
import { serve, sync } from '../meet.ts';
import { bothWays, bytesOf, cuttingWire, mark, meet, Place, rootOf } from './party.ts';

async function pairOf(place: Place, count = 500, apart = 40): Promise<[Folder, Folder]> {
  const [a, b] = [await place.folder('a'), await place.folder('b')];
  await mark(a, 0, count);
  await mark(b, 0, count);
  await mark(a, 10_000, 10_000 + apart);
  await mark(b, 20_000, 20_000 + apart);
  return [a, b];
}

test('two folders meet through a relay and have the same root, in two round trips', async () => {
  await using place = await Place.create();
  const [a, b] = await pairOf(place);
  expect(rootOf(a)).not.toBe(rootOf(b));
  const { producer, consumer } = await meet(place, a, b);
  expect([producer.outcome.code, consumer.outcome.code]).toEqual(['ok', 'ok']);
  expect(consumer.outcome.report).toMatchObject({ gained: 40, given: 40, rounds: 2 });
  expect(rootOf(a)).toBe(rootOf(b));
  const { sent, received } = consumer.outcome.report;
  expect(consumer.traffic.sent).toBeGreaterThan(sent);
  expect(consumer.traffic.received).toBeGreaterThan(received);
  const again = await meet(place, a, b);
  expect(again.consumer.outcome.report).toMatchObject({ gained: 0, given: 0, rounds: 1 });
  expect(again.consumer.traffic.sent + again.consumer.traffic.received).toBeLessThan(700);
});

test('a consumer whose QR was not scanned is sent away, unless the session is open', async () => {
  await using place = await Place.create();
  const [a, b] = await pairOf(place);
  const other = generateKeyPair('ed25519').publicKey;
  const { producer, consumer } = await meet(place, a, b, { serve: { consumer: other } });
  expect(producer.outcome.code).toBe('wrong_peer');
  expect(consumer.outcome.code).toBe('stopped');
  const open = await meet(place, a, b, { serve: { consumer: 'open' } });
  expect(open.consumer.outcome.code).toBe('ok');
});

test('a stranger who joins first burns the room: nothing is told, a new QR helps', async () => {
  await using place = await Place.create();
  const [a, b] = await pairOf(place);
  const before = rootOf(a);
  const signal = AbortSignal.timeout(60_000);
  const shown = Promise.withResolvers<string>();
  const serving = serve({
    folder: a,
    url: place.url,
    relay: place.relayText,
    own: generateKeyPair('ed25519'),
    consumer: 'open',
    terms: bothWays,
    validSeconds: 120,
    signal,
    onOffer: shown.resolve,
  });
  const digest = bytesOf(await shown.promise);
  // The token stands before the relay's length and text.
  const token = digest.slice(-(place.relayText.length + 17), -(place.relayText.length + 1));
  const traffic = { sent: 0, received: 0 };
  const stranger = await joinRoom(place.url, token, { traffic });
  await stranger.send(new Uint8Array(384).fill(9));
  expect((await serving).outcome.code).toBe('unauthentic');
  const own = generateKeyPair('ed25519');
  await expect(
    sync({ folder: b, url: place.url, own, digest, terms: bothWays, signal }),
  ).rejects.toThrow('no such room');
  expect(rootOf(a)).toBe(before);
  expect((await meet(place, a, b)).consumer.outcome.code).toBe('ok');
  expect(rootOf(a)).toBe(rootOf(b));
});

test.each(['consumer', 'producer'] as const)(
  '0-P10 the wire of the %s is cut at any byte: the session goes on and loses nothing',
  async (side) => {
    await using place = await Place.create();
    for (const at of [60, 250, 420, 700, 900, 1_400, 2_500, 4_000]) {
      const [a, b] = [await place.folder(`a${at}`), await place.folder(`b${at}`)];
      await mark(a, 0, 230);
      await mark(b, 100, 330);
      const wire = await cuttingWire(place.relay.port, [at]);
      try {
        const url = { [`${side}Url`]: `ws://127.0.0.1:${wire.port}` };
        const { producer, consumer } = await meet(place, a, b, url);
        expect([at, producer.outcome.code, consumer.outcome.code]).toEqual([at, 'ok', 'ok']);
        expect([at, rootOf(a)]).toEqual([at, rootOf(b)]);
        expect([at, wire.cuts()]).toEqual([at, 1]);
      } finally {
        wire.close();
      }
    }
  },
);

test('0-P16 a folder that was lost is as it was after one meeting', async () => {
  await using place = await Place.create();
  const [a, b] = await pairOf(place, 2_000, 0);
  await mark(a, 5_000, 6_000);
  expect((await meet(place, a, b)).consumer.outcome.code).toBe('ok');
  const lost = await place.folder('new');
  const { consumer } = await meet(place, a, lost);
  expect(consumer.outcome.report.gained).toBe(3_000);
  expect(rootOf(lost)).toBe(rootOf(a));
});

test('a folder has one owner at a time, who alone may read it', async () => {
  await using place = await Place.create();
  await place.folder('a');
  await expect(place.folder('a')).rejects.toThrow(/another process has it open/);
});

test('keys are kept, found by the beginning of their id, and destroyed', async () => {
  await using place = await Place.create();
  const folder = await place.folder('a');
  const [key] = await folder.keys.generate('secp256k1');
  await folder.keys.generate('ed25519', 100);
  expect(await folder.keys.list()).toHaveLength(101);
  const id = key?.id ?? new Uint8Array(20);
  const [found] = await folder.keys.find(hex(id).slice(0, 12));
  expect(found?.pair).toEqual(key?.pair);
  await folder.keys.delete(present(found, 'the key').id);
  expect(await folder.keys.find(hex(id))).toEqual([]);
  expect(await folder.keys.list()).toHaveLength(100);
});

test('S7 the second meeting of a pair is warm, also after both have started anew', async () => {
  await using place = await Place.create();
  const own = { producer: generateKeyPair('ed25519'), consumer: generateKeyPair('ed25519') };
  const folders = async (): Promise<[Folder, Folder]> => [
    await place.folder('a'),
    await place.folder('b'),
  ];
  const warm: boolean[] = [];
  for (let meeting = 0; meeting < 4; meeting += 1) {
    const [a, b] = await folders();
    await a.keys.add([own.producer]);
    await b.keys.add([own.consumer]);
    for (const folder of [a, b]) await mark(folder, 0, 2_000);
    await mark(a, 10_000 + 100 * meeting, 10_030 + 100 * meeting);
    await mark(b, 20_000 + 100 * meeting, 20_030 + 100 * meeting);
    // The third time the consumer comes under another key: a stranger.
    const keys = meeting === 2 ? { ...own, consumer: generateKeyPair('ed25519') } : own;
    const { consumer, producer } = await meet(place, a, b, { own: keys });
    expect([producer.outcome.code, consumer.outcome.code]).toEqual(['ok', 'ok']);
    expect(rootOf(a)).toBe(rootOf(b));
    warm.push(consumer.outcome.report.warm);
    await a.close();
    await b.close();
  }
  expect(warm).toEqual([false, true, false, true]);
});
