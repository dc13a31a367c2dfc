/** Messages of stores, and votes. */
import { Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { type Act, by, least, type Make, type Scene, slice, twoOf } from './act.ts';

export const storeActs: Readonly<Record<string, Make>> = {
  'production.Shelve': (scene) => {
    const { world, random } = scene;
    const store = world.stores.look(random, (each) => world.freeOf.of(each).size > 0);
    const lot = store === undefined ? undefined : world.freeOf.of(store).pick(random);
    if (lot === undefined) return undefined;
    const fields = { lot: lot.id, quantity: slice(random, lot.quantity) };
    return by(scene, lot.owner, 'production.Shelve', fields);
  },

  'production.Unshelve': (scene) => {
    const stock = stockOf(scene);
    if (stock === undefined) return undefined;
    const { store: collective, type, units, durable, piece } = stock;
    const quantity = durable ? 1n : slice(scene.random, units);
    const fields = { collective, type, quantity, lot: piece ?? 0n };
    return by(scene, collective, 'production.Unshelve', fields);
  },

  /** What coupons were burned for, and goods that are free. */
  'production.HandOver': (scene) => {
    const { world, random, nowMs, handOverPeriodMs } = scene;
    const stock = stockOf(scene, (name) => {
      const [store, type] = twoOf(name);
      const { value, units } = poolOf(scene, store, type);
      const difference = world.differences.get(store) ?? 0n;
      const rested = nowMs >= (world.handedAt.get(name) ?? 0n) + handOverPeriodMs;
      return rested && difference * units >= value;
    });
    if (stock === undefined) return undefined;
    const { store: collective, type, durable, piece } = stock;
    const { value, units } = poolOf(scene, collective, type);
    const difference = world.differences.get(collective) ?? 0n;
    const most = value === 0n ? stock.units : least(stock.units, (difference * units) / value);
    if (most < 1n) return undefined;
    const quantity = durable ? 1n : slice(random, most);
    const lots = piece === undefined ? [] : [piece];
    const fields = { collective, type, quantity, lots };
    return by(scene, collective, 'production.HandOver', fields);
  },

  /** Mostly what is due, at times less or more. */
  'production.Inventory': (scene) => {
    const stock = stockOf(scene);
    if (stock === undefined) return undefined;
    const { store: collective, type, units, durable, piece } = stock;
    const off = scene.random.pick(durable ? [0n, 0n, -1n] : [0n, 0n, -1n, 2n]);
    const missing = durable && off < 0n && piece !== undefined ? [piece] : [];
    const fields = { collective, type, counted: units + off, missing };
    return by(scene, collective, 'production.Inventory', fields);
  },

  'production.ProposeCategory': (scene) => {
    const { world, random } = scene;
    const collective = world.collective(random);
    const component = world.component(collective);
    const type = world.typeFor(
      random,
      collective,
      ({ id }) => !world.pending.has(`${component}/category/${id}`),
    );
    if (type === undefined) return undefined;
    const label = world.isCommon(collective, type.id) ? Label.EXCLUSIVE : Label.COMMONS;
    const fields = { collective, type: type.id, label };
    return by(scene, collective, 'production.ProposeCategory', fields);
  },

  'production.ProposeParameters': (scene) => {
    const { world, random } = scene;
    const collective = world.collective(random);
    if (world.pending.has(`${world.component(collective)}/parameters/0`)) return undefined;
    const json = random.weighted([
      [1, '{"deviationWarnNum":"1","deviationWarnDen":"4"}'],
      [1, '{"countersign":false}'],
      [2, '{"countersign":true}'],
      [1, '{"overdrawWarnNum":"2"}'],
    ]);
    return by(scene, collective, 'production.ProposeParameters', { collective, json });
  },

  'production.VoteCategory': (scene) => vote(scene, 'category'),
  'production.VoteParameters': (scene) => vote(scene, 'parameters'),
  'production.VoteProduction': (scene) =>
    scene.random.chance(30)
      ? (openDeviation(scene) ?? vote(scene, 'production', 'deviation'))
      : (vote(scene, 'production', 'deviation') ?? openDeviation(scene)),
};

/** Goods that stand on a shelf; of durable ones a piece. */
export function stockOf({ world, random }: Scene, fits?: (name: string) => boolean) {
  const name = world.stocked.pick(random, fits);
  if (name === undefined) return undefined;
  const [store, type] = twoOf(name);
  const durable = world.unitOf(type) > 0;
  const piece = durable ? world.pieces.of(name).look(random) : undefined;
  return { name, store, type, units: world.shelves.get(name) ?? 0n, durable, piece };
}

export function poolOf({ world }: Scene, store: bigint, type: bigint) {
  return world.pools.get(`${world.component(store)}/${type}`) ?? { value: 0n, units: 0n };
}

function vote(scene: Scene, ...subjects: readonly string[]): Act | undefined {
  const { world, random } = scene;
  const ballot = world.voting.look(
    random,
    ({ subject, voters }) => subjects.includes(subject) && voters.size > 0,
  );
  const collective = ballot?.voters.pick(random);
  if (ballot === undefined || collective === undefined) return undefined;
  const yes = random.chance(85);
  if (ballot.subject === 'category') {
    const fields = { collective, ballot: ballot.id, yes };
    return by(scene, collective, 'production.VoteCategory', fields);
  }
  if (ballot.subject === 'parameters') {
    const fields = { collective, ballot: ballot.id, yes };
    return by(scene, collective, 'production.VoteParameters', fields);
  }
  const fields = { collective, estimate: ballot.estimate, yes };
  return by(scene, collective, 'production.VoteProduction', fields);
}

/** What has gone in is far beyond the estimate: the first vote opens the question. */
function openDeviation(scene: Scene): Act | undefined {
  const { world, random } = scene;
  const far = world.open.pick(random, ({ inside, baseMs }) => inside > 2n * baseMs);
  if (far === undefined) return undefined;
  const collective = far.producer;
  const fields = { collective, estimate: far.order.estimate, yes: true };
  return by(scene, collective, 'production.VoteProduction', fields);
}
