/** Messages about collectives and the trust between them: joins and cuts in equal measure. */
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import { type Act, by, type Make, type Scene, segmentStart, twoOf } from './act.ts';

export const trustActs: Readonly<Record<string, Make>> = {
  'trust.FoundCollective': ({ random, actors, count }) => ({
    name: 'trust.FoundCollective',
    signer: random.pick(actors),
    fields: {
      name: `collective ${count()}`,
      kind: random.pick([Kind.LOOSE, Kind.STEADY]),
      consumption: random.pick([Consumption.C2C, Consumption.C2I]),
    },
  }),

  'trust.UpdateCollective': (scene) => {
    const { world, random, actors, count } = scene;
    const collective = BigInt(1 + random.below(world.founded));
    const change = random.weighted<Act['fields']>([
      [8, { name: `renamed ${count()}` }],
      [1, { owner: random.pick(actors), name: `given ${count()}` }],
    ]);
    return by(scene, collective, 'trust.UpdateCollective', { collective, ...change });
  },

  'trust.SignTrust': (scene) => (scene.random.chance(50) ? sign(scene) : answer(scene)),

  'trust.WithdrawSignature': (scene) => {
    const pair = scene.world.signatures.pick(scene.random);
    if (pair === undefined) return undefined;
    const [from, to] = twoOf(pair);
    return by(scene, from, 'trust.WithdrawSignature', { from, to });
  },

  'trust.CancelTrust': (scene) => {
    const edge = scene.world.edges.pick(scene.random);
    if (edge === undefined) return undefined;
    const [from, to] = twoOf(edge);
    return by(scene, from, 'trust.CancelTrust', { from, to });
  },
};

/** Mostly to another component: trust that is a tree is cut by every cancellation. */
function sign(scene: Scene): Act | undefined {
  const { world, random } = scene;
  const from = world.collective(random);
  for (let tries = 0; tries < 12; tries += 1) {
    const to = world.collective(random);
    const [low, high] = from < to ? [from, to] : [to, from];
    const begun = [`${from}/${to}`, `${to}/${from}`].some((pair) => world.signatures.has(pair));
    const joined = world.edges.has(`${low}/${high}`) || world.notices.has(`${low}/${high}`);
    const apart = world.component(from) !== world.component(to) || random.chance(3);
    if (from === to || begun || joined || !apart) continue;
    return by(scene, from, 'trust.SignTrust', { from, to });
  }
  return undefined;
}

function answer(scene: Scene): Act | undefined {
  const { world, random, nowMs, graceMs } = scene;
  // In the grace of a segment no components join.
  if (nowMs - segmentStart(scene) < graceMs) return undefined;
  const pair = world.signatures.pick(random, (waiting) => {
    const [to, from] = twoOf(waiting);
    return world.component(to) !== world.component(from) || random.chance(3);
  });
  if (pair === undefined) return undefined;
  const [to, from] = twoOf(pair);
  return by(scene, from, 'trust.SignTrust', { from, to });
}
