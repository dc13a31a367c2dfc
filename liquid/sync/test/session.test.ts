import { hex } from '../../core/bytes.ts';
import { dayOf } from '../../core/days.ts';
import type { Registry } from '../../registry/registry.ts';
import { bothWays, exchange, idOf, mark, marks, meet, noon, registryOf, today } from './peers.ts';

const window = { first: dayOf(today - 30), count: 31 };
const rootOf = (registry: Registry): string => hex(registry.windowRoot(window));

async function synced(
  own: Parameters<typeof registryOf>[0],
  theirs: Parameters<typeof registryOf>[0],
  options: Parameters<typeof meet>[2] = {},
) {
  const [producers, consumers] = [await registryOf(theirs), await registryOf(own)];
  const result = await exchange(meet(producers, consumers, options));
  return { ...result, producers, consumers };
}

describe('a session of two', () => {
  test('equal registries need one round trip and two frames', async () => {
    const { sent, producer, consumer } = await synced(marks(0, 2000), marks(0, 2000));
    expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
    expect(sent.map(({ to, frame }) => [to, frame.length])).toEqual([
      ['producer', 384],
      ['consumer', 256],
    ]);
    expect(consumer?.report).toMatchObject({
      rounds: 1,
      gained: 0,
      given: 0,
      sent: 384,
      received: 256,
    });
  });

  test.each(['ed25519', 'secp256k1'] as const)(
    'what either side lacks comes over, and roots are equal (%s)',
    async (scheme) => {
      const { producer, consumer, producers, consumers } = await synced(
        [...marks(0, 3000), ...marks(10_000, 10_007), mark(5001, dayOf(today - 9))],
        [...marks(0, 3000), ...marks(20_000, 20_005), mark(5001, dayOf(today - 2))],
        { scheme },
      );
      expect(consumer?.refusal).toBeUndefined();
      expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
      expect(rootOf(producers)).toBe(rootOf(consumers));
      expect(consumer?.report).toMatchObject({ rounds: 2, gained: 6, given: 8 });
      expect(producer?.report).toMatchObject({ gained: 7, given: 6 });
      expect((await consumers.find(idOf(5001), today))?.day).toBe(today - 2);
    },
  );

  test.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [0, 700],
    [700, 0],
    [5, 2000],
    [2000, 5],
    [400, 400],
  ])('%i against %i marks, none in common', async (own, theirs) => {
    const { producer, consumer, producers, consumers } = await synced(
      marks(0, own),
      marks(5000, 5000 + theirs),
    );
    expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
    expect(rootOf(producers)).toBe(rootOf(consumers));
    expect(consumer?.report).toMatchObject({ gained: theirs, given: own });
    expect(producer?.report).toMatchObject({ gained: own, given: theirs });
  });

  test('one direction only, if that is what both want', async () => {
    const take = { terms: { ...bothWays, give: false } };
    const { producer, consumer } = await synced(marks(0, 1020), marks(10, 1030), {
      consumer: take,
    });
    expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
    expect(consumer?.report).toMatchObject({ gained: 10, given: 0 });
    const give = { terms: { ...bothWays, take: false } };
    const back = await synced(marks(0, 1020), marks(10, 1030), { consumer: give });
    expect([back.producer?.code, back.consumer?.code]).toEqual(['ok', 'ok']);
    expect(back.producer?.report).toMatchObject({ gained: 10, given: 0 });
    const none = await synced(marks(0, 1020), marks(10, 1030), {
      consumer: take,
      producer: give && take,
    });
    expect([none.producer?.code, none.consumer?.code]).toEqual(['nothing_agreed', 'stopped']);
  });

  test.each([
    [0, 800],
    [10, 800],
    [500, 800],
    [800, 0],
  ])(
    'a producer with %i marks that only takes gets all of %i, however many differ',
    async (theirs, own) => {
      const taking = { producer: { terms: { ...bothWays, give: false } } };
      const { producer, consumer, consumers } = await synced(
        marks(0, own),
        marks(0, theirs),
        taking,
      );
      expect([producer?.code, consumer?.code]).toEqual(['ok', 'ok']);
      const gained = Math.max(0, own - theirs);
      expect(producer?.report).toMatchObject({ gained, given: 0 });
      expect(consumer?.report).toMatchObject({ gained: 0 });
      expect(producer?.report.root === rootOf(consumers)).toBe(own >= theirs);
    },
  );

  test('a consumer that comes after the QR has expired is not answered', async () => {
    let now = noon;
    const late = { producer: { now: () => now } };
    const meeting = meet(await registryOf([]), await registryOf([]), late);
    now += 4 * 86_400;
    const { producer, sent } = await exchange(meeting);
    expect([producer?.code, sent.length]).toEqual(['expired', 1]);
  });
});
