import { hex } from '../../core/bytes.ts';
import { self } from '../../core/claims.ts';
import { dayOf } from '../../core/days.ts';
import { type Id, idOfKey } from '../../core/id.ts';
import { generateKeyPair } from '../../core/keys.ts';
import type { Registry } from '../../registry/registry.ts';
import { exchange, idOf, mark, marks, meet, noon, registryOf, today } from './peers.ts';

const window = { first: dayOf(today - 30), count: 31 };
const rootOf = (registry: Registry): string => hex(registry.windowRoot(window));

interface Person {
  readonly pair: ReturnType<typeof generateKeyPair>;
  readonly id: Id;
  readonly registry: Registry;
}

async function person(seed: number): Promise<Person> {
  const pair = generateKeyPair('ed25519', new Uint8Array(32).fill(seed));
  return { pair, id: idOfKey(pair.publicKey), registry: await registryOf([]) };
}

describe('people who meet', () => {
  test('0-P9 after A served B, B served C and C served A, each knows both others', async () => {
    const [a, b, c] = [await person(1), await person(2), await person(3)];
    const acts: [Person, Person][] = [
      [a, b],
      [b, c],
      [c, a],
    ];
    for (const [seed, [producer, consumer]] of acts.entries()) {
      const met = (id: Id) => [{ provenance: 'manual' as const, id, day: today }];
      await consumer.registry.accept(self, met(producer.id), today);
      await producer.registry.accept(self, met(consumer.id), today);
      const own = { producer: producer.pair, consumer: consumer.pair };
      const result = await exchange(meet(producer.registry, consumer.registry, { seed, own }));
      expect([result.producer?.code, result.consumer?.code]).toEqual(['ok', 'ok']);
    }
    for (const each of [a, b, c]) {
      for (const other of [a, b, c].filter((one) => one !== each)) {
        expect((await each.registry.find(other.id, today))?.day).toBe(today);
      }
    }
  });

  test('0-P16 whoever has lost all has all again after one sync', async () => {
    const keeper = await registryOf(marks(0, 1500));
    const before = rootOf(keeper);
    const wiped = await registryOf([]);
    for (const [producers, consumers] of [
      [keeper, wiped],
      [await registryOf([]), keeper],
    ] as const) {
      const result = await exchange(meet(producers, consumers));
      expect([result.producer?.code, result.consumer?.code]).toEqual(['ok', 'ok']);
      expect([rootOf(producers), rootOf(consumers)]).toEqual([before, before]);
    }
  });

  test('0-P14 with one clock a day ahead no date moves, and nothing is later than it was', async () => {
    const theirs = [...marks(0, 300), mark(900, today)];
    const own = [...marks(200, 500), mark(901, dayOf(today + 1)), mark(902, dayOf(today - 30))];
    for (const ahead of ['producer', 'consumer'] as const) {
      const later = { [ahead]: { now: () => noon + 86_400 } };
      const [producers, consumers] = [await registryOf(theirs), await registryOf(own)];
      const result = await exchange(meet(producers, consumers, later));
      expect([result.producer?.code, result.consumer?.code]).toEqual(['ok', 'ok']);
      for (const { id, day } of [...theirs, ...own].filter((each) => each.day > today - 30)) {
        expect((await producers.find(id, today))?.day).toBe(day);
        expect((await consumers.find(id, today))?.day).toBe(day);
      }
      // The day that the later clock no longer has in its window stays where it is.
      expect((await consumers.find(idOf(902), today))?.day).toBe(today - 30);
      expect(await producers.find(idOf(902), today)).toBeUndefined();
    }
    const far = meet(await registryOf(theirs), await registryOf(own), {
      consumer: { now: () => noon + 2 * 86_400 },
      producer: { now: () => noon },
    });
    const refused = await exchange(far).catch((error: unknown) => error);
    expect(refused).not.toMatchObject({ consumer: { code: 'ok' } });
  });

  test('different filters meet on the shorter window, in one round trip more', async () => {
    const producers = await registryOf(marks(0, 900), { maxAge: 10 });
    const consumers = await registryOf(marks(300, 1200), { maxAge: 200 });
    const { consumer } = await exchange(meet(producers, consumers));
    expect(consumer).toMatchObject({ code: 'ok', report: { rounds: 3 } });
    const shared = { first: dayOf(today - 10), count: 11 };
    expect(hex(producers.windowRoot(shared))).toBe(hex(consumers.windowRoot(shared)));
  });

  test('withheld ids and claims in quarantine are told to nobody', async () => {
    const producers = await registryOf(marks(0, 600));
    const consumers = await registryOf(marks(0, 600));
    const secret = mark(9_000, today);
    await producers.accept(self, [{ provenance: 'manual', ...secret }], today);
    await producers.withhold(secret.id);
    const source = await producers.newSource();
    const doubtful = marks(7_000, 7_010).map((each) => ({
      provenance: 'handshake' as const,
      ...each,
    }));
    await producers.accept(source, doubtful, today);
    expect(await producers.quarantine(source)).toBe(10);
    const { sent, consumer } = await exchange(meet(producers, consumers));
    expect([consumer?.code, consumer?.report.gained, sent.length]).toEqual(['ok', 0, 2]);
    expect((await producers.find(secret.id, today))?.day).toBe(today);
    expect(await producers.release(source)).toBe(10);
    await producers.tell(secret.id);
    const again = await exchange(meet(producers, consumers, { seed: 2 }));
    expect(again.consumer).toMatchObject({ code: 'ok', report: { gained: 11 } });
  });

  test('0-N3 a peer that claims today for a thousand ids changes no more than the cap', async () => {
    const producers = await registryOf(marks(0, 1_000).map(({ id }) => ({ id, day: today })));
    const consumers = await registryOf(marks(0, 1_000), { maxFresh: 100 });
    const { consumer } = await exchange(meet(producers, consumers));
    expect(consumer?.code).toBe('ok');
    expect(consumer?.report.gained).toBe(100);
    expect(consumer?.report.refused).toBeGreaterThan(800);
  });

  test('a session is stopped at any time, without giving reasons', async () => {
    const meeting = meet(await registryOf(marks(0, 50)), await registryOf(marks(20, 90)));
    await meeting.producer.connected(meeting.token);
    const [hello = new Uint8Array()] = (await meeting.consumer.connected(meeting.token)).frames;
    await meeting.producer.receive(hello);
    const { frames, outcome } = await meeting.producer.stop();
    expect(outcome?.code).toBe('stopped');
    expect(frames.map(({ length }) => length)).toEqual([256]);
  });
});
