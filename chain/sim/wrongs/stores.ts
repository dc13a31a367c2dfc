/** How each refusal about stores, votes and parameters comes about. */
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import { by, type Make, type Scene, twoOf } from '../acts/act.ts';
import { poolOf, stockOf } from '../acts/stores.ts';
import type { SimBallot } from '../world/records.ts';
import { changed, nowhere, said } from './change.ts';

const voteNames: Readonly<Record<string, string>> = {
  category: 'production.VoteCategory',
  parameters: 'production.VoteParameters',
};

/** A vote on a ballot about a category or parameters. */
const vote =
  (find: (scene: Scene) => readonly [SimBallot, bigint | undefined] | undefined): Make =>
  (scene) => {
    const [ballot, collective] = find(scene) ?? [];
    const name = voteNames[ballot?.subject ?? ''];
    if (ballot === undefined || collective === undefined || name === undefined) return undefined;
    return by(scene, collective, name, { collective, ballot: ballot.id, yes: true });
  };

const durableStock = (scene: Scene) => {
  const stock = stockOf(scene, (name) => scene.world.pieces.of(name).size > 0);
  return stock?.durable === true ? stock : undefined;
};

const toC2C = { consumption: Consumption.C2C };

export const storeWrongs: Readonly<Record<string, Make>> = {
  'production/not_a_store': said('production.Shelve', ({ world, random }) => {
    const owner = world.producers.look(random, (each) => world.freeOf.of(each).size > 0);
    const lot = owner === undefined ? undefined : world.freeOf.of(owner).pick(random);
    return lot === undefined ? undefined : [lot.owner, { lot: lot.id, quantity: 1n }];
  }),
  'production/not_so_much_shelved': said('production.Unshelve', (scene) => {
    const { store: collective, type, units } = stockOf(scene) ?? {};
    if (collective === undefined || units === undefined) return undefined;
    return [collective, { collective, type, quantity: units + 1n, lot: 0n }];
  }),
  'production/piece_not_shelved': said('production.HandOver', (scene) => {
    const { store: collective, type } = durableStock(scene) ?? {};
    if (collective === undefined) return undefined;
    return [collective, { collective, type, quantity: 1n, lots: [nowhere] }];
  }),
  'production/surplus_of_pieces': said('production.Inventory', (scene) => {
    const { store: collective, type, units = 0n } = durableStock(scene) ?? {};
    if (collective === undefined) return undefined;
    return [collective, { collective, type, counted: units + 1n, missing: [] }];
  }),
  'production/too_soon': said('production.HandOver', (scene) => {
    const { world, nowMs, handOverPeriodMs } = scene;
    const isRecent = (name: string): boolean =>
      nowMs < (world.handedAt.get(name) ?? 0n) + handOverPeriodMs / 8n;
    const { store: collective, type, durable, piece } = stockOf(scene, isRecent) ?? {};
    if (collective === undefined || (durable === true && piece === undefined)) return undefined;
    const lots = piece === undefined ? [] : [piece];
    return [collective, { collective, type, quantity: 1n, lots }];
  }),
  'production/overdrawn': said('production.HandOver', (scene) => {
    const { world, nowMs, handOverPeriodMs } = scene;
    const tooMuch = (name: string): boolean => {
      const [store, type] = twoOf(name);
      const { value, units } = poolOf(scene, store, type);
      const difference = world.differences.get(store) ?? 0n;
      const rested = nowMs >= (world.handedAt.get(name) ?? 0n) + handOverPeriodMs;
      const charge = units === 0n ? 0n : (value * (world.shelves.get(name) ?? 0n)) / units;
      return world.unitOf(type) === 0 && rested && charge > 2n * difference + 1000n;
    };
    const { store: collective, type, units } = stockOf(scene, tooMuch) ?? {};
    if (collective === undefined) return undefined;
    return [collective, { collective, type, quantity: units, lots: [] }];
  }),
  'production/shelf_not_empty': said('trust.UpdateCollective', (scene) => {
    const collective = stockOf(scene)?.store;
    return collective === undefined ? undefined : [collective, { collective, ...toC2C }];
  }),
  'production/difference_open': said('trust.UpdateCollective', ({ world, random }) => {
    const bare = (store: bigint): boolean =>
      (world.differences.get(store) ?? 0n) !== 0n &&
      ![...world.stocked].some((name) => name.startsWith(`${store}/`));
    const collective = world.stores.look(random, bare);
    return collective === undefined ? undefined : [collective, { collective, ...toC2C }];
  }),
  'production/nothing_to_vote': said(
    'production.VoteProduction',
    ({ world, random, voteLimitMs }) => {
      const order = world.estimated.look(random, ({ estimateMs }) => estimateMs <= voteLimitMs);
      if (order === undefined) return undefined;
      const { producer: collective, estimate } = order;
      return [collective, { collective, estimate, yes: true }];
    },
  ),
  'production/unknown_ballot': said('production.VoteCategory', ({ world, random }) => {
    const collective = world.collective(random);
    return [collective, { collective, ballot: nowhere, yes: true }];
  }),
  'production/ballot_over': vote(({ world, random }) => {
    const ballot = world.past.ballots.look(random);
    return ballot === undefined ? undefined : [ballot, world.collective(random)];
  }),
  'production/no_vote': vote(({ world, random }) => {
    const ballot = world.voting.look(random, ({ subject }) => voteNames[subject] !== undefined);
    const collective = world.collective(random);
    const asked =
      ballot === undefined || ballot.voters.has(collective) || ballot.voted.includes(collective);
    return asked ? undefined : [ballot, collective];
  }),
  'production/voted_already': vote(({ world, random }) => {
    const ballot = world.voting.look(
      random,
      ({ subject, voted }) => voteNames[subject] !== undefined && voted.length > 0,
    );
    return ballot === undefined ? undefined : [ballot, ballot.voted[0]];
  }),
  'production/category_already': changed('production.ProposeCategory', (_, { fields }) => ({
    label: 3 - (fields.label as number),
  })),
  'production/already_proposed': said('production.ProposeParameters', ({ world, random }) => {
    const collective = world.collective(random);
    if (!world.pending.has(`${world.component(collective)}/parameters/0`)) return undefined;
    return [collective, { collective, json: '{"overdrawWarnNum":"1"}' }];
  }),
  'production/malformed_parameters': said('production.ProposeParameters', ({ world, random }) => {
    const collective = world.collective(random);
    return [collective, { collective, json: '{"nonsense":"1"}' }];
  }),
};
