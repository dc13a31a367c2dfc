import { hex } from '../core/bytes.ts';
import { keyPair } from '../core/keys.ts';
import type { Mark } from '../core/marks.ts';
import { offerSession } from '../sync/offer.ts';
import { marks, noon, opened, registryOf, seeded, today } from '../sync/test/peers.ts';
import { Stranger, type StrangerMark, strangerRoot } from './stranger.ts';

const told = (list: readonly Mark[]): StrangerMark[] => list.map(({ id, day }) => [hex(id), day]);

async function meet(theirs: readonly Mark[], own: readonly Mark[]) {
  const random = seeded(own.length + 1);
  const producer = keyPair('ed25519', random(32));
  const consumer = keyPair('ed25519', random(32));
  const offer = offerSession(producer, { relay: 'r', expiry: noon + 60, random });
  if (!offer.ok) throw new Error(offer.message);
  const { digest, oneTimeSecret, token } = offer.value;
  const registry = await registryOf(theirs);
  const session = opened({
    role: 'producer',
    digest,
    oneTimeSecret,
    own: producer,
    consumer: consumer.publicKey,
    registry,
    now: () => noon,
    random,
    terms: { give: true, take: true, maxBytes: 1_000_000 },
  });
  const { secret } = consumer;
  const stranger = new Stranger({ digest, secret, oneTime: random(32), today, marks: told(own) });
  await session.connected(token);
  const queue = stranger.hello();
  for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
    const { frames } = await session.receive(frame);
    for (const answer of frames) queue.push(...stranger.hear(answer));
  }
  const root = hex(registry.windowRoot({ first: (today - 30) as Mark['day'], count: 31 }));
  return { stranger, outcome: session.outcome, root };
}

test.each<[string, Mark[], Mark[]]>([
  ['equal sets', marks(0, 300), marks(0, 300)],
  ['a few on either side', [...marks(0, 400), ...marks(900, 907)], marks(0, 405)],
  ['some hundred, in several frames', marks(0, 800), marks(150, 900)],
])('a client that knows the page and nothing else syncs: %s', async (_, theirs, own) => {
  const { stranger, outcome, root } = await meet(theirs, own);
  expect([outcome?.code, stranger.isDone]).toEqual(['ok', true]);
  const all = [...told(own), ...stranger.gained];
  expect(hex(strangerRoot(all, today - 30, 31))).toBe(root);
  const ids = new Set(told(own).map(([id]) => id));
  const lacked = told(theirs).filter(([id]) => !ids.has(id));
  expect(stranger.gained.toSorted()).toEqual(lacked.toSorted());
});
