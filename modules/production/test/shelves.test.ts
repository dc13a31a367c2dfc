/** Stores at the borders of their rules, and what their facts leave behind, row by row. */
import { draft } from '../../_kernel/tables.ts';
import { workMs } from '../../_kernel/units.ts';
import { tables } from '../keys.ts';
import { defaultParameters } from '../parameters.ts';
import { Label, type Params, type ProductionCommand } from '../types.ts';
import { account, flour, hour, oven, segmentMs, World } from './world.ts';

const most = 2n ** 64n - 1n;
const one = 1n as never;
const by = { signer: account(1), collective: 1n };
const rowsOf = (world: World) => draft(tables, world.scenario.state);
const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

function refused(world: World, command: object): string | undefined {
  const decision = world.scenario.decide(command as ProductionCommand);
  return decision.ok ? undefined : decision.name;
}

/** Collective 1 is a store with 3 units worth 100 ms on its shelf. */
function store(): World {
  const world = new World();
  world.stores.add(1n);
  world.ok('Shelve', { lot: world.goods(3n, 100n), quantity: 3n });
  return world;
}

/** And one with a piece worth 100 ms on its shelf. */
function pieces(): { world: World; lot: bigint } {
  const world = new World();
  world.stores.add(1n);
  const lot = world.machine(oven, 10n, 100n);
  world.ok('Shelve', { lot, quantity: 1n });
  return { world, lot };
}

const burn = (world: World, ms: bigint) =>
  world.cause({ type: 'CountBurn', store: one, amountMs: workMs(ms) });
const handOver = { ...by, type: flour, quantity: 1n };
const count = (counted: bigint) => ({ ...by, type: flour, counted });
const segmentOf = (world: World) => ((world.now - 1n) / segmentMs) as never;
const statistics = (world: World, type: bigint) =>
  world.scenario.view.statistics.get(type as never, segmentOf(world));
const set = (world: World, changed: Partial<Params>): void =>
  rowsOf(world).componentParams.set(one, { ...defaultParameters, ...changed });

describe('X-6 production keeps pools within 64 bits', () => {
  const shelve = { type: 'Shelve', signer: account(1), lot: 1n, quantity: 2n };
  function shelving(units: bigint, valueMs: bigint): World {
    const world = new World();
    world.stores.add(1n);
    world.goods(2n, 10n);
    rowsOf(world).pools.set(one, flour as never, { units, valueMs });
    return world;
  }

  test('in units as in value', () => {
    expect(refused(shelving(most - 2n, most - 10n), shelve)).toBeUndefined();
    expect(refused(shelving(most - 1n, 0n), shelve)).toBe('too_much');
    expect(refused(shelving(2n, most - 9n), shelve)).toBe('too_much');
  });

  test('and takes the most that there can be where there was none', () => {
    const world = new World();
    world.stores.add(1n);
    const lot = world.stock(most);
    rowsOf(world).lots.set(lot as never, { ...world.lot(lot), valueMs: workMs(most) });
    expect(refused(world, { ...shelve, quantity: most })).toBeUndefined();
  });

  test('of an inventory that finds too much', () => {
    const world = store();
    rowsOf(world).pools.set(one, flour as never, { units: 7n, valueMs: 100n });
    const inventory = { type: 'Inventory', ...by, productType: flour, missing: [] };
    expect(refused(world, { ...inventory, counted: most - 4n })).toBeUndefined();
    expect(refused(world, { ...inventory, counted: most - 3n })).toBe('too_much');
  });

  test('and what a store takes back for itself', () => {
    const world = store();
    const back = { type: 'Unshelve', ...by, productType: flour, quantity: 1n, lot: 0n };
    rowsOf(world).exclusiveGoods.set(one, most - 33n);
    expect(refused(world, back)).toBeUndefined();
    rowsOf(world).exclusiveGoods.set(one, most - 32n);
    expect(refused(world, back)).toBe('too_much');
  });
});

describe('2-P17 what is handed over before coupons are given', () => {
  test('is short by all of its charge; what coupons cover is short by nothing', () => {
    const world = store();
    set(world, { overdrawBlockNum: 1n, overdrawBlockDen: 1n });
    const short = world.ok('HandOver', handOver);
    expect(World.fact(short, 'OverdrawWarned')).toMatchObject({ shortMs: 33n, handedOverMs: 33n });
    burn(world, 200n);
    world.later(24n * hour);
    expect(types(world.ok('HandOver', handOver).events)).toEqual(['HandedOver']);
  });

  test('X-6 production refuses a unit where no shelf has one', () => {
    const world = new World();
    world.stores.add(1n);
    expect(world.no('HandOver', handOver)[0]).toBe('not_so_much_shelved');
  });
});

describe('2-P12 goods that go back and forth', () => {
  test('come off the shelf as a lot of the next number', () => {
    const world = store();
    const { lot } = World.fact(world.ok('Unshelve', handOver), 'Unshelved');
    expect(lot).toBe(2n);
    expect(world.lot(2n)).toMatchObject({ stage: 'free', quantity: 1n, valueMs: 33n });
    expect(world.lot(1n)).toMatchObject({ stage: 'shelved', heldBy: 0n });
  });

  test('as the piece that they were, owned anew, with the pool that it came from', () => {
    const { world, lot } = pieces();
    world.ok('Unshelve', { ...by, type: oven, quantity: 1n, lot });
    expect(world.lot(lot)).toMatchObject({ stage: 'free', ownership: 2n, valueMs: 100n });
    expect(world.scenario.view.origins.get(lot as never)).toMatchObject({
      ...{ kind: 'unshelved', lots: [lot], quantity: 1n, valueMs: 100n, component: 1n },
      ...{ ofQuantity: 1n, ofValueMs: 100n },
    });
    expect(world.lot(world.stock(1n)).ownership).toBe(3n);
  });

  test('are counted where they are handed over, and pieces are gone', () => {
    const { world, lot } = pieces();
    burn(world, 100n);
    world.ok('HandOver', { ...by, type: oven, quantity: 1n, lots: [lot] });
    expect(world.lot(lot)).toMatchObject({ stage: 'handed_over', heldBy: 0n });
    expect(statistics(world, oven)).toMatchObject({ handedOver: 1n, handedOverMs: 100n });
  });
});

describe('2-P12 an inventory', () => {
  const sums = (world: World) => world.scenario.view.sums.get(one, segmentOf(world));

  test('that finds all there leaves no trace in a segment without any', () => {
    const world = store();
    world.later(segmentMs);
    expect(types(world.ok('Inventory', count(3n)).events)).toEqual(['InventoryTaken']);
    expect(sums(world)).toBeUndefined();
    expect(statistics(world, flour)).toBeUndefined();
  });

  test('finds all pieces there, or tells which are missing', () => {
    const { world, lot } = pieces();
    world.ok('Inventory', { ...by, type: oven, counted: 1n });
    expect(world.lot(lot).stage).toBe('shelved');
    world.ok('Inventory', { ...by, type: oven, counted: 0n, missing: [lot] });
    expect(world.lot(lot)).toMatchObject({ stage: 'missing', heldBy: 0n });
    expect(statistics(world, oven)).toMatchObject({ writtenOff: 1n, writtenOffMs: 100n });
  });

  test('loses a shortage at pool charge, whatever coupons were given beyond it', () => {
    const world = store();
    burn(world, 10n);
    world.later(segmentMs);
    const { events } = world.ok('Inventory', count(2n));
    expect(types(events)).toEqual(['InventoryTaken', 'DebtMoved']);
    expect(sums(world)?.wMs).toBe(33n);
    expect(statistics(world, flour)).toMatchObject({ writtenOff: 1n, writtenOffMs: 33n });
  });

  test('loses what was handed over without coupons, be it 1 ms, and moves no debt', () => {
    const world = store();
    set(world, { overdrawBlockNum: 1n, overdrawBlockDen: 1n });
    world.ok('HandOver', handOver);
    burn(world, 32n);
    world.later(segmentMs);
    expect(types(world.ok('Inventory', count(2n)).events)).toEqual(['InventoryTaken']);
    expect(sums(world)?.wMs).toBe(1n);
  });

  test('of equal coupons and goods moves no debt', () => {
    const world = store();
    burn(world, 33n);
    world.ok('HandOver', handOver);
    expect(types(world.ok('Inventory', count(2n)).events)).toEqual(['InventoryTaken']);
  });
});

describe('2-P20 a vote that opens a ballot again', () => {
  const vote = (yes: boolean, id = 1) => ({
    ...{ type: 'VoteProduction', signer: account(id), collective: BigInt(id), estimate: 1n, yes },
  });
  /** A split has ended the ballot on an estimate. */
  function ended(): World {
    const world = new World();
    const limited = { voteLimitMs: workMs(1n) };
    set(world, limited);
    world.ok('Estimate', { order: world.order(), valueMs: 2n });
    world.join();
    world.split();
    set(world, limited);
    return world;
  }

  test('is its first vote, and one against it does not stop it', () => {
    const decision = ended().scenario.decide(vote(false) as never);
    expect(decision.ok ? types(decision.events) : decision.name).toEqual(['BallotOpened', 'Voted']);
  });

  test('X-6 production refuses it of a stranger, as it does a question of nobody', () => {
    expect(refused(ended(), vote(true, 4))).toBe('no_vote');
    const asked = { ...by, collective: 99n, productType: flour, label: Label.COMMONS };
    expect(refused(ended(), { type: 'ProposeCategory', ...asked })).toBe('unknown_collective');
  });

  test('2-P20 the last ballot on an estimate is found by it, others by none', () => {
    const world = ended();
    const { ballotOf } = world.scenario.view;
    expect(ballotOf.get(one)).toBe(1n);
    world.ok('VoteProduction', { ...by, estimate: 1n, yes: true });
    expect(ballotOf.get(one)).toBe(2n);
    world.ok('ProposeCategory', { ...by, type: flour, label: Label.COMMONS });
    expect(ballotOf.get(0n as never)).toBeUndefined();
  });
});

describe('2-N5 what an explanation is made of', () => {
  test('a composition before its durability was estimated anew is kept', () => {
    const world = new World();
    const lot = world.machine(oven, 10n, 100n);
    const { view } = world.scenario;
    const before = view.compositions.get(lot as never);
    world.ok('Revalue', { lot, durability: 20n });
    expect(view.formerCompositions.get(lot as never, 0n)).toEqual(before);
    expect(view.compositions.get(lot as never)?.elements).toMatchObject([{ durability: 20n }]);
  });

  test('from which split on a lot counts nothing is said once', () => {
    const world = new World();
    world.makeCommon(flour);
    const lot = world.goods(9n, 90n, Label.COMMONS);
    const relabel = (label: Label): void => {
      const said = { owner: one, productType: flour as never, lots: [lot as never] };
      const valueMs = workMs(0n);
      world.scenario.given({ type: 'LotsRelabelled', ...said, label, valueMs });
    };
    const zeroFrom = () => world.scenario.view.origins.get(lot as never)?.zeroFrom;
    expect(zeroFrom()).toBe(0n);
    relabel(Label.EXCLUSIVE);
    expect(zeroFrom()).toBe(1n);
    world.ok('Transfer', { lot, quantity: 1n, to: 2n });
    relabel(Label.COMMONS);
    relabel(Label.EXCLUSIVE);
    expect(zeroFrom()).toBe(1n);
  });
});
