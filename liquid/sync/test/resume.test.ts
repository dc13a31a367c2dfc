import { hex } from '../../core/bytes.ts';
import { self } from '../../core/claims.ts';
import { dayOf } from '../../core/days.ts';
import type { Registry } from '../../registry/registry.ts';
import { exchange, type Meeting, mark, marks, meet, registryOf, today } from './peers.ts';

const window = { first: dayOf(today - 30), count: 31 };
const rootOf = (registry: Registry): string => hex(registry.windowRoot(window));

/** Two registries of 1,200 common marks that differ in 150 on either side. */
async function parted(): Promise<{ producers: Registry; consumers: Registry; meeting: Meeting }> {
  const producers = await registryOf([...marks(0, 1200), ...marks(10_000, 10_150)]);
  const consumers = await registryOf([...marks(0, 1200), ...marks(20_000, 20_150)]);
  return { producers, consumers, meeting: meet(producers, consumers) };
}

async function insert(registry: Registry, from: number, to: number): Promise<void> {
  const offers = marks(from, to).map(({ id, day }) => ({ provenance: 'manual' as const, id, day }));
  await registry.accept(self, offers, today);
}

const bytesOf = (frames: readonly { frame: Uint8Array }[]): number =>
  frames.reduce((sum, { frame }) => sum + frame.length, 0);

/** As a carrier does: joins the rooms that the consumer names where the producer is one of them. */
function sharedRoom({ producer, consumer }: Meeting): Uint8Array {
  const there = producer.rooms.map(hex);
  const room = consumer.rooms.find((each) => there.includes(hex(each)));
  if (room === undefined) throw new Error('the two never meet again');
  return room;
}

describe('a session that loses its connection', () => {
  test('0-P10 goes on from any frame on, with writes on both sides meanwhile, and is not much dearer', async () => {
    const whole = await parted();
    const uncut = await exchange(whole.meeting);
    expect(rootOf(whole.producers)).toBe(rootOf(whole.consumers));
    for (let cut = 0; cut < uncut.sent.length; cut += 1) {
      const { producers, consumers, meeting } = await parted();
      const first = await exchange(meeting, {
        wire: ({ frame }, number) => (number === cut ? undefined : [frame]),
      });
      expect(first.isCut).toBe(true);
      meeting.producer.lost();
      meeting.consumer.lost();
      await insert(producers, 30_000, 30_050);
      await insert(consumers, 40_000, 40_050);
      const second = await exchange(meeting, { room: sharedRoom(meeting) });
      expect([second.producer?.code, second.consumer?.code]).toEqual(['ok', 'ok']);
      for (const { id, day } of [...marks(10_000, 10_150), ...marks(20_000, 20_150)]) {
        expect((await producers.find(id, today))?.day).toBe(day);
        expect((await consumers.find(id, today))?.day).toBe(day);
      }
      expect(bytesOf(first.sent) + bytesOf(second.sent)).toBeLessThanOrEqual(
        bytesOf(uncut.sent) + 4096 + 2 * 256,
      );
    }
  });

  test('0-P10 a cut at each frame leaves both registries whole, and a new session completes them', async () => {
    const uncut = await exchange((await parted()).meeting);
    for (let cut = 0; cut < uncut.sent.length; cut += 1) {
      const { producers, consumers, meeting } = await parted();
      await exchange(meeting, { wire: ({ frame }, n) => (n === cut ? undefined : [frame]) });
      expect(meeting.consumer.abandon().code).toBe('not_finished');
      const again = await exchange(meet(producers, consumers, { seed: 2 }));
      expect([again.producer?.code, again.consumer?.code]).toEqual(['ok', 'ok']);
      expect(rootOf(producers)).toBe(rootOf(consumers));
    }
  });

  test('any number of cuts', async () => {
    const { producers, consumers, meeting } = await parted();
    let result = await exchange(meeting, { wire: () => undefined });
    for (let cut = 0; cut < 20 && result.isCut; cut += 1) {
      // Each connection carries two frames of each side at most before it is cut.
      result = await exchange(meeting, {
        room: sharedRoom(meeting),
        wire: ({ frame }, n) => (n === 4 ? undefined : [frame]),
      });
    }
    expect([meeting.producer.outcome?.code, meeting.consumer.outcome?.code]).toEqual(['ok', 'ok']);
    expect(rootOf(producers)).toBe(rootOf(consumers));
  });

  test('a resumption of another session, or one that was heard before, is refused', async () => {
    const one = (await parted()).meeting;
    await exchange(one, { wire: ({ frame }, n) => (n === 3 ? undefined : [frame]) });
    const room = sharedRoom(one);
    const [own = new Uint8Array()] = (await one.consumer.connected(room)).frames;
    const [theirs = new Uint8Array()] = (await one.producer.connected(room)).frames;
    expect((await one.producer.receive(theirs)).outcome?.code).toBe('unauthentic');

    const two = (await parted()).meeting;
    await exchange(two, { wire: ({ frame }, n) => (n === 3 ? undefined : [frame]) });
    await two.producer.connected(room);
    await two.producer.receive(
      (await two.consumer.connected(two.consumer.rooms[0] ?? room)).frames[0] ?? own,
    );
    expect(two.producer.outcome).toBeUndefined();
    await two.producer.connected(two.producer.rooms[0] ?? room);
    expect((await two.producer.receive(own)).outcome?.code).toBe('unauthentic');
  });
});

describe('the second session of a pair', () => {
  test('is warm: takes the kept sketches, brought up to date, on both sides', async () => {
    const { PairMemory } = await import('../pairs.ts');
    const { generateKeyPair } = await import('../../core/keys.ts');
    const own = {
      producer: generateKeyPair('ed25519', new Uint8Array(32).fill(1)),
      consumer: generateKeyPair('ed25519', new Uint8Array(32).fill(2)),
    };
    const { producers, consumers } = await parted();
    const memories = {
      producer: { pairs: new PairMemory() },
      consumer: { pairs: new PairMemory() },
    };
    for (let session = 0; session < 4; session += 1) {
      const { producer, consumer } = await exchange(
        meet(producers, consumers, { seed: session, own, ...memories }),
      );
      expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
      expect(consumer?.report.warm).toBe(session > 0);
      expect(rootOf(producers)).toBe(rootOf(consumers));
      await insert(producers, 50_000 + 100 * session, 50_020 + 100 * session);
      await insert(consumers, 60_000 + 100 * session, 60_020 + 100 * session);
      // A date that moved, and one that goes.
      const [moved, gone] = [mark(60_000 + 100 * session), mark(3 + session)];
      const offer = { provenance: 'manual' as const, id: moved.id, day: today };
      await consumers.accept(self, [offer], today);
      await producers.withhold(gone.id);
      await consumers.withhold(gone.id);
    }
    const cold = await exchange(
      meet(producers, consumers, { seed: 9, own, consumer: memories.consumer }),
    );
    expect([cold.producer?.code, cold.consumer?.report.warm]).toEqual(['ok', false]);
  });

  test('is cold where the filters differ, whatever both have kept', async () => {
    const { PairMemory } = await import('../pairs.ts');
    const { pairOf } = await import('../party.ts');
    const { generateKeyPair } = await import('../../core/keys.ts');
    const own = {
      producer: generateKeyPair('ed25519', new Uint8Array(32).fill(1)),
      consumer: generateKeyPair('ed25519', new Uint8Array(32).fill(2)),
    };
    const kept = { ticket: new Uint8Array(8).fill(5), key: new Uint8Array(24).fill(6) };
    for (const maxAge of [30, 200]) {
      const producers = await registryOf(marks(0, 900));
      const consumers = await registryOf(marks(40, 930), { maxAge });
      const [ours, theirs] = [own.consumer.publicKey, own.producer.publicKey];
      const [producer, consumer] = [new PairMemory(), new PairMemory()];
      producer.prepare(pairOf(theirs, ours), kept, producers, window);
      const wide = { first: dayOf(today - maxAge), count: maxAge + 1 };
      consumer.prepare(pairOf(ours, theirs), kept, consumers, wide);
      const result = await exchange(
        meet(producers, consumers, {
          own,
          producer: { pairs: producer },
          consumer: { pairs: consumer },
        }),
      );
      expect(result.consumer).toMatchObject({ code: 'ok', report: { warm: maxAge === 30 } });
      expect(rootOf(producers)).toBe(rootOf(consumers));
    }
  });
});
