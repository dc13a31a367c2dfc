/** Rules at their borders: the last that is taken, and the first that is refused. */

import { rational } from '../../_kernel/rational.ts';
import { draft } from '../../_kernel/tables.ts';
import { timeMs, workMs } from '../../_kernel/units.ts';
import { tables } from '../keys.ts';
import { defaultParameters } from '../parameters.ts';
import {
  type Ballot,
  DurabilityUnit,
  Label,
  type Params,
  type ProductionCommand,
  type ProductionEvent,
} from '../types.ts';
import { bookedResidual, residual } from '../value.ts';
import { account, flour, hour, minute, oven, segmentMs, start, World, worker } from './world.ts';

const most = 2n ** 64n - 1n;
const [one, four, five] = [1n as never, 4n as never, 5n as never];
const by = (id: number) => ({ signer: account(id), collective: BigInt(id) });

/** Writes rows as no message could, or only after years. */
const rowsOf = (world: World) => draft(tables, world.scenario.state);

/** What a command would bring about. */
function decided(world: World, command: object): readonly ProductionEvent[] {
  const decision = world.scenario.decide(command as ProductionCommand);
  if (!decision.ok) throw new Error(decision.message);
  return decision.events;
}

function refused(world: World, command: object): string | undefined {
  const decision = world.scenario.decide(command as ProductionCommand);
  return decision.ok ? undefined : decision.name;
}

function setParameters(world: World, changed: Partial<Params>): void {
  rowsOf(world).componentParams.set(one, { ...defaultParameters, ...changed });
}

const typesOf = (events: readonly ProductionEvent[]) => events.map(({ type }) => type);

describe('2-N2 components that change', () => {
  const join = { type: 'JoinComponents', remaining: 1n, ending: 4n, moved: [4n] };

  test('a join takes a pool of the largest size over where there was none', () => {
    const world = new World();
    rowsOf(world).pools.set(four, flour as never, { units: most, valueMs: most });
    expect(decided(world, join)).toContainEqual({
      ...{ type: 'PoolMoved', from: 4n, to: 1n, productType: flour },
      ...{ valueMs: most, units: most },
    });
  });

  test('neither a join nor a split speaks of parameters where nobody has any of its own', () => {
    const world = new World();
    expect(typesOf(decided(world, join))).toEqual(['MembersMoved']);
    world.join();
    const split = { type: 'SplitComponent', component: 1n, arising: 5n, moved: [4n] };
    expect(typesOf(decided(world, split))).toEqual(['MembersMoved']);
  });

  /** 3 units at 1, 1 at 3 and 3 at 4, worth 100 ms together. */
  function shelves(): World {
    const world = new World();
    world.join();
    const rows = rowsOf(world);
    for (const [store, units] of [
      [1n, 3n],
      [3n, 1n],
      [4n, 3n],
    ] as const) {
      rows.shelves.set(store as never, flour as never, units);
    }
    rows.pools.set(one, flour as never, { units: 7n, valueMs: 100n });
    return world;
  }
  const poolMoved = (world: World, moved: readonly bigint[]) => {
    for (const id of moved) world.components.set(id, 5n);
    const split = { type: 'SplitComponent', component: 1n, arising: 5n, moved };
    return decided(world, split).filter(({ type }) => type === 'PoolMoved');
  };

  test('the smallest collective that leaves takes its part rounded down along', () => {
    expect(poolMoved(shelves(), [1n])).toMatchObject([{ to: 5n, units: 3n, valueMs: 42n }]);
  });

  test('all shelves of a side count', () => {
    expect(poolMoved(shelves(), [3n, 4n])).toMatchObject([{ to: 5n, units: 4n, valueMs: 58n }]);
  });

  test('a side without shelves leaves the pool as it is', () => {
    expect(poolMoved(shelves(), [2n])).toEqual([]);
  });
});

describe('X-6 production keeps all sums within 64 bits', () => {
  /** An open production of collective 1, which has taken in so much now. */
  function fill(world: World, production: bigint, consumedMs: bigint): void {
    const rows = rowsOf(world);
    const found = rows.productions.get(production as never);
    if (found === undefined) throw new Error('no production');
    rows.productions.set(production as never, { ...found, consumedMs: workMs(consumedMs) });
  }
  const work = (world: World, production: bigint, ms: bigint) => ({
    ...{ type: 'RegisterWorkload', signer: account(1), production, wallet: worker(1) },
    ...{ fromMs: world.now - ms, toMs: world.now },
  });

  test('of a production that works on', () => {
    const world = new World();
    const production = world.begin();
    world.later(2n * hour);
    fill(world, production, most - hour);
    expect(refused(world, work(world, production, hour))).toBeUndefined();
    expect(refused(world, work(world, production, hour + 1n))).toBe('too_much');
  });

  test('of a production that uses goods up', () => {
    const world = new World();
    const [production, lot] = [world.begin(), world.stock(2n)];
    fill(world, production, most - 10n);
    const use = { type: 'AllocateConsumptive', signer: account(1), production, as: 1 };
    const rows = rowsOf(world);
    const value = (valueMs: bigint) =>
      rows.lots.set(lot as never, { ...world.lot(lot), valueMs: workMs(valueMs) });
    value(10n);
    expect(refused(world, { ...use, lot, quantity: 2n })).toBeUndefined();
    value(11n);
    expect(refused(world, { ...use, lot, quantity: 2n })).toBe('too_much');
  });

  test('of a production that its means go over to', () => {
    const world = new World();
    const production = world.begin();
    const lot = world.machine(oven, 10n, 1000n);
    world.ok('AllocateMeans', { production, lot });
    fill(world, production, most - 100n);
    const free = { type: 'DeallocateMeans', signer: account(1), allocation: 1n, used: 1n };
    expect(refused(world, free)).toBeUndefined();
    expect(refused(world, { ...free, used: 2n })).toBe('too_much');
  });

  test('of the hands that work', () => {
    const world = new World();
    const production = world.begin();
    world.later(2n * hour);
    rowsOf(world).exclusiveGoods.set(one, most - hour);
    expect(refused(world, work(world, production, hour))).toBeUndefined();
    expect(refused(world, work(world, production, hour + 1n))).toBe('too_much');
  });

  test('of empty hands that receive the most there can be', () => {
    const world = new World();
    const lot = world.stock(2n);
    world.ok('Transfer', { lot, quantity: 2n, to: 2n });
    rowsOf(world).lots.set(lot as never, { ...world.lot(lot), valueMs: workMs(most) });
    const accept = { type: 'AcceptTransfer', signer: account(2), transfer: 1n };
    expect(refused(world, accept)).toBeUndefined();
    rowsOf(world).exclusiveGoods.set(2n as never, 1n);
    expect(refused(world, accept)).toBe('too_much');
  });
});

test('perishables that are used twice pass on what was lost since the first time', () => {
  const world = new World();
  const said = { collective: 1n, name: 'yeast', unit: 'piece' };
  const defined = world.ok('DefineType', { ...said, durabilityUnit: DurabilityUnit.CALENDAR });
  const lot = world.machine(World.fact(defined, 'TypeDefined').productType, 600n, 600n);
  const production = world.begin();
  for (const [allocation, minutes] of [
    [1n, 10n],
    [2n, 5n],
  ] as const) {
    world.ok('AllocateMeans', { production, lot });
    world.later(minutes * minute);
    const freed = world.ok('DeallocateMeans', { allocation });
    expect(World.fact(freed, 'MeansDeallocated')).toMatchObject({
      used: minutes,
      transferMs: minutes,
    });
  }
  expect(world.lot(lot)).toMatchObject({ used: 15n, valueMs: 585n });
});

describe('2-P20 the limit above which a production is voted on', () => {
  /** An estimate of 2 ms, made while the limit was so much. */
  function estimated(limit: bigint) {
    const world = new World();
    setParameters(world, { voteLimitMs: workMs(limit) });
    const done = world.ok('Estimate', { order: world.order(), valueMs: 2n });
    return { world, isAsked: typesOf(done.events).includes('BallotOpened') };
  }
  const begin = { type: 'StartProduction', signer: account(1), estimate: 1n };

  test('may be 1 ms; 0 is none', () => {
    expect(estimated(1n).isAsked).toBe(true);
    expect(estimated(2n).isAsked).toBe(false);
    expect(estimated(0n).isAsked).toBe(false);
    expect(refused(estimated(1n).world, begin)).toBe('vote_needed');
  });

  test('raised to the estimate, or taken away, it lets the production start', () => {
    const { world } = estimated(1n);
    setParameters(world, { voteLimitMs: workMs(2n) });
    expect(refused(world, begin)).toBeUndefined();
    setParameters(world, { voteLimitMs: workMs(0n) });
    expect(refused(world, begin)).toBeUndefined();
  });

  test('lowered later, it asks nobody', () => {
    const { world } = estimated(2n);
    setParameters(world, { voteLimitMs: workMs(1n) });
    expect(refused(world, begin)).toBeUndefined();
  });

  test('is asked for again where a split has ended the ballot', () => {
    const { world } = estimated(1n);
    world.join();
    world.split();
    setParameters(world, { voteLimitMs: workMs(1n) });
    const vote = { type: 'VoteProduction', ...by(1), estimate: 1n, yes: true };
    expect(refused(world, vote)).toBeUndefined();
    for (const limit of [2n, 0n]) {
      setParameters(world, { voteLimitMs: workMs(limit) });
      expect(refused(world, vote)).toBe('nothing_to_vote');
    }
    setParameters(world, { voteLimitMs: workMs(1n) });
    const [opened] = decided(world, vote);
    expect(opened).toMatchObject({ type: 'BallotOpened', subject: 'production', valueMs: 2n });
  });
});

describe('2-P20 ballots', () => {
  test('of work that keeps to its estimate, or has ended, are none', () => {
    const world = new World();
    const production = world.begin({}, hour);
    world.work(production, hour);
    const vote = { type: 'VoteProduction', ...by(1), estimate: 1n, yes: true };
    expect(refused(world, vote)).toBe('nothing_to_vote');
    world.work(production, 2n * hour);
    expect(refused(world, vote)).toBeUndefined();
    setParameters(world, { deviationVoteNum: 9n });
    const line = { type: flour, quantity: 1n, valueMs: 3n * hour };
    world.ok('Output', { production, lines: [line] });
    setParameters(world, {});
    expect(refused(world, vote)).toBe('nothing_to_vote');
  });

  test('of four collectives two can stop', () => {
    const world = new World();
    world.join();
    world.ok('ProposeParameters', { collective: 1n, json: '{"countersign":true}' });
    const no = (id: number) => world.ok('VoteParameters', { ...by(id), ballot: 1n, yes: false });
    expect(typesOf(no(1).events)).toEqual(['Voted']);
    expect(typesOf(no(4).events)).toEqual(['Voted', 'BallotAdvanced']);
  });

  test('say what they are about and nothing else', () => {
    const world = new World();
    const category = world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    expect(World.fact(category, 'BallotOpened')).toMatchObject({ estimate: 0n, json: '' });
    const parameters = world.ok('ProposeParameters', { ...by(1), json: '{"countersign":true}' });
    expect(World.fact(parameters, 'BallotOpened')).toMatchObject({
      ...{ estimate: 0n, valueMs: 0n, productType: 0n, label: Label.UNSPECIFIED },
    });
  });

  test('that pass take effect with the next segment, from the first collective and lot on', () => {
    const world = new World();
    world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    world.ok('VoteCategory', { ...by(1), ballot: 1n, yes: true });
    const { timers } = world.ok('VoteCategory', { ...by(2), ballot: 1n, yes: true });
    const segment = (start - 1n) / segmentMs;
    const command = { type: 'ApplyCategory', ballot: 1n, collective: 0n, lot: 0n };
    expect(timers).toEqual([{ atMs: (segment + 1n) * segmentMs + 1n, command }]);
  });

  test('take parameters of 1024 signs', () => {
    const world = new World();
    const json = '{"countersign":true}'.padEnd(1024, ' ');
    const asked = { type: 'ProposeParameters', ...by(1) };
    expect(refused(world, { ...asked, json })).toBeUndefined();
    expect(refused(world, { ...asked, json: `${json} ` })).toBe('malformed_parameters');
  });

  test('X-6 production refuses the word of a collective that is not there', () => {
    const world = new World();
    world.ok('ProposeParameters', { ...by(1), json: '{"countersign":true}' });
    const stranger = { ...by(1), collective: 99n };
    const asked = { type: 'ProposeParameters', ...stranger, json: '{"countersign":true}' };
    expect(refused(world, asked)).toBe('unknown_collective');
    const vote = { type: 'VoteParameters', ...stranger, ballot: 1n, yes: true };
    expect(refused(world, vote)).toBe('unknown_collective');
  });

  const apply = { type: 'ApplyCategory', ballot: 1n, collective: 0n, lot: 0n };
  function categoryIn(stage: Ballot['stage'], label: Label, world = new World()): World {
    const label_ = { type: flour, label: Label.COMMONS };
    const asked = world.ok('ProposeCategory', { ...by(1), ...label_ });
    const { type: _, ...opened } = World.fact(asked, 'BallotOpened');
    rowsOf(world).ballots.set(one, { ...opened, label, stage, yes: 2n, no: 0n });
    return world;
  }

  test('that are over bring nothing about', () => {
    for (const stage of ['rejected', 'void', 'in_force'] as const) {
      expect(decided(categoryIn(stage, Label.COMMONS), apply)).toEqual([]);
    }
  });

  test('come into force once, however many blocks their goods take', () => {
    const world = new World();
    const lot = world.goods(1n, 10n);
    categoryIn('in_force', Label.COMMONS, world);
    const events = decided(world, { ...apply, collective: 1n });
    expect(typesOf(events)).toEqual(['LotsRelabelled', 'DebtMoved']);
    expect(events[0]).toMatchObject({ lots: [lot] });
  });

  test('for exclusive goods leave the pool its value', () => {
    const world = categoryIn('passed', Label.EXCLUSIVE);
    rowsOf(world).pools.set(one, flour as never, { units: 2n, valueMs: 10n });
    expect(typesOf(decided(world, apply))).toEqual(['BallotAdvanced', 'CategorySet']);
  });
});

describe('2-P7 the lines of an output', () => {
  test('are numbered as lots and ownerships, one after the other', () => {
    const world = new World();
    const production = world.begin({}, 30n);
    world.work(production, 30n);
    const line = { type: flour, quantity: 1n, valueMs: 10n };
    const { events } = world.ok('Output', { production, lines: [line, line, line] });
    const made = events.flatMap((event) => (event.type === 'LotProduced' ? [event] : []));
    expect(made.map(({ lot }) => lot)).toEqual([1n, 2n, 3n]);
    expect(made.map(({ ownership }) => ownership)).toEqual([1n, 2n, 3n]);
  });

  test('keep their compositions beside lines that have none', () => {
    const world = new World();
    const production = world.begin({}, 30n);
    world.work(production, 30n);
    const lines = [
      { type: flour, quantity: 1n, valueMs: 10n },
      { type: oven, quantity: 1n, valueMs: 20n, elements: [{ valueMs: 20n, durability: 5n }] },
    ];
    const { events } = world.ok('Output', { production, lines });
    const made = events.flatMap((event) => (event.type === 'LotProduced' ? [event] : []));
    expect(made.map(({ composition }) => composition?.elements.length)).toEqual([undefined, 1]);
  });

  test('join new elements in any order, and the next product takes numbers of its own', () => {
    const world = new World();
    const build = () => {
      const production = world.begin({ type: oven }, 6n);
      world.work(production, 6n);
      const piece = { valueMs: 2n, durability: 5n };
      const elements = [{ valueMs: 2n, ownParts: [1, 2] }, piece, piece];
      const line = { type: oven, quantity: 1n, valueMs: 6n, elements };
      const made = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
      return made.composition?.elements.map(({ id }) => id);
    };
    expect(build()).toEqual([2n, 3n, 1n]);
    expect(build()).toEqual([5n, 6n, 4n]);
  });
});

describe('2-N6 intervals of work', () => {
  const done = (world: World, production: bigint, fromMs: bigint, toMs: bigint) =>
    world.act('RegisterWorkload', { production, wallet: worker(1), fromMs, toMs }).refused;

  test('may be the last millisecond of a segment', () => {
    const world = new World();
    const production = world.begin();
    const end = ((start - 1n) / segmentMs + 1n) * segmentMs;
    world.later(segmentMs);
    expect(done(world, production, end - 1n, end + 1n)).toBe('across_segments');
    expect(done(world, production, end - 1n, end)).toBeUndefined();
    expect(done(world, production, end, end + 1n)).toBeUndefined();
  });

  test('find the one after them behind one that ends where they begin', () => {
    const world = new World();
    const production = world.begin();
    world.later(hour);
    const at = timeMs(start + minute);
    expect(done(world, production, at - 1n, at)).toBeUndefined();
    expect(done(world, production, at + 1n, at + 9n)).toBeUndefined();
    expect(done(world, production, at, at + 2n)).toBe('work_overlaps');
    expect(done(world, production, at, at + 1n)).toBeUndefined();
  });
});

test('2-N2 a ballot that a join moves counts those who were there when it was opened', () => {
  const world = new World();
  world.ok('ProposeParameters', { ...by(1), json: '{"countersign":true}' });
  world.join();
  const vote = { ballot: 1n, yes: true };
  expect(world.no('VoteParameters', { ...by(4), ...vote })[0]).toBe('no_vote');
  expect(world.components.get(five)).toBeUndefined();
  world.ok('VoteParameters', { ...by(3), ...vote });
});

test('2-P3 a product is never booked above what its books say, and nothing is worth nothing', () => {
  const element = { id: 1n, value: rational(10n), durability: 10n, age: 0n, parts: [] };
  expect(bookedResidual([element], 2n, 10n)).toBe(8n);
  expect(bookedResidual([element], 2n, 5n)).toBe(5n);
  expect(residual([], 0n)).toEqual(rational(0n));
});
