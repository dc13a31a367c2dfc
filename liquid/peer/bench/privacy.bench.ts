/**
 * S16: 20 producers of 1,000 to a million marks, 50 sessions each over fresh connections and with
 * differences of their own: how often is "the same producer?" guessed from what the relay sees?
 *
 *   node liquid/peer/bench/privacy.bench.ts [--full] [--tiny]
 *
 * Without --full the largest producer has 30,000 marks and each 10 sessions.
 */
import { mark, meet, Place } from '../test/party.ts';
import { bestGuess, pairsOf, type Watched } from './privacy.ts';
import { randomOf } from './random.ts';
import { watchingWire } from './watching-wire.ts';

const [tiny, full] = ['--tiny', '--full'].map((flag) => process.argv.includes(flag));
const size = tiny
  ? { producers: 4, sessions: 3, least: 100, most: 1_000, pairs: 40 }
  : full
    ? { producers: 20, sessions: 50, least: 1_000, most: 1_000_000, pairs: 10_000 }
    : { producers: 20, sessions: 10, least: 1_000, most: 30_000, pairs: 4_000 };

const random = randomOf(16);

/** Sessions of one producer, each with somebody who lacks some marks and has some of their own. */
async function watch(producer: number): Promise<Watched[]> {
  await using place = await Place.create();
  const wire = await watchingWire(place.relay.port);
  const share = producer / (size.producers - 1);
  const marks = Math.round(size.least * (size.most / size.least) ** share);
  const [own, others] = [await place.folder('own'), await place.folder('others')];
  for (const folder of [own, others]) {
    for (let at = 0; at < marks; at += 20_000) await mark(folder, at, Math.min(marks, at + 20_000));
  }
  const watched: Watched[] = [];
  let next = marks;
  for (let session = 0; session < size.sessions; session += 1) {
    for (const folder of [own, others]) {
      const different = Math.round(10 ** (3 * random()));
      await mark(folder, next, next + different);
      next += different;
    }
    const consumerUrl = `ws://127.0.0.1:${wire.port}`;
    const { consumer } = await meet(place, own, others, { consumerUrl, hideTime: true });
    if (consumer.outcome.code !== 'ok')
      throw new Error(`a session ended: ${consumer.outcome.code}`);
    watched.push({ producer, frames: wire.take() });
  }
  wire.close();
  return watched;
}

const sessions: Watched[] = [];
for (let producer = 0; producer < size.producers; producer += 1) {
  sessions.push(...(await watch(producer)));
}
// Every other producer is learnt from, the rest are guessed at: large and small ones in both.
const known = sessions.filter(({ producer }) => producer % 2 === 0);
const unseen = sessions.filter(({ producer }) => producer % 2 === 1);
const guessed = bestGuess(pairsOf(known, size.pairs, random), pairsOf(unseen, size.pairs, random));
const what = `S16: "same producer?" guessed right, ${sessions.length} sessions`;
console.log(JSON.stringify({ case: what, value: 100 * guessed, unit: '%', goal: { atMost: 55 } }));
