import { bestGuess, pairsOf, type Seen, type Watched } from '../bench/privacy.ts';
import { randomOf } from '../bench/random.ts';
import { watchingWire } from '../bench/watching-wire.ts';
import { mark, meet, Place } from './party.ts';

/** Ten producers, twenty sessions each; `bytes` says how large an answer is. */
function sessionsOf(bytes: (producer: number, random: () => number) => number): Watched[] {
  const random = randomOf(5);
  return Array.from({ length: 200 }, (_, i) => {
    const producer = i % 10;
    const answer = bytes(producer, random);
    const frames: Seen[] = [
      { ms: 0, to: 'producer', bytes: 400 },
      { ms: 10 + random(), to: 'consumer', bytes: answer },
      { ms: 20 + random(), to: 'producer', bytes: 300 },
    ];
    return { producer, frames };
  });
}

function guessedAt(sessions: readonly Watched[]): number {
  const random = randomOf(6);
  const known = sessions.filter(({ producer }) => producer % 2 === 0);
  const unseen = sessions.filter(({ producer }) => producer % 2 === 1);
  return bestGuess(pairsOf(known, 2_000, random), pairsOf(unseen, 2_000, random));
}

describe('S16 what a relay can guess', () => {
  test('the attackers find a producer that gives itself away, and are not fooled by chance', () => {
    const open = sessionsOf((producer, random) => 256 * 2 ** producer * (1 + random() / 10));
    expect(guessedAt(open)).toBeGreaterThan(0.9);
    const hidden = sessionsOf((_producer, random) => 256 * 2 ** Math.floor(10 * random()));
    expect(guessedAt(hidden)).toBeLessThan(0.55);
  });

  test('sizes of frames say how much differs, never how many marks a producer has', async () => {
    const seen: (readonly [Seen['to'], number])[][] = [];
    for (const marks of [300, 3_000]) {
      await using place = await Place.create();
      const wire = await watchingWire(place.relay.port);
      const [own, others] = [await place.folder('own'), await place.folder('others')];
      for (const folder of [own, others]) await mark(folder, 0, marks);
      await mark(own, 50_000, 50_004);
      const consumerUrl = `ws://127.0.0.1:${wire.port}`;
      const { consumer } = await meet(place, own, others, { consumerUrl });
      expect(consumer.outcome.report).toMatchObject({ gained: 4 });
      const of = (to: Seen['to'], frames: readonly Seen[]): number =>
        frames.filter((frame) => frame.to === to).reduce((sum, { bytes }) => sum + bytes, 0);
      const frames = wire.take();
      seen.push([
        ['producer', of('producer', frames)],
        ['consumer', of('consumer', frames)],
      ]);
      wire.close();
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});
