/** What each fact leaves behind, row by row: much of it is only told to people and later rules. */
import { draft } from '../../_kernel/tables.ts';
import { timeMs, workMs } from '../../_kernel/units.ts';
import { tables } from '../keys.ts';
import { defaultParameters } from '../parameters.ts';
import { type Ballot, Label, type ProductionCommand } from '../types.ts';
import { account, drive, flour, hour, oven, segmentMs, start, World, worker } from './world.ts';

const [one, two] = [1n as never, 2n as never];
const by = (id: number) => ({ signer: account(id), collective: BigInt(id) });
const rowsOf = (world: World) => draft(tables, world.scenario.state);
const segment = (start - 1n) / segmentMs;
const now = segment as never;

describe('orders and productions', () => {
  test('an order is found by both sides, and holds what it has become', () => {
    const world = new World();
    const id = world.order({ producer: 2n });
    const { view } = world.scenario;
    const order = () => view.orders.get(id as never);
    expect(order()).toMatchObject({ stage: 'placed', heldBy: 0n });
    expect(view.ordersOf.has(one, id as never)).toBe(true);
    expect(view.ordersOf.has(two, id as never)).toBe(true);
    world.ok('RejectOrder', { signer: account(2), order: id, reason: 'no flour' });
    expect(order()).toMatchObject({ stage: 'rejected', heldBy: 0n });
    const other = world.order();
    world.ok('WithdrawOrder', { order: other });
    expect(view.orders.get(other as never)).toMatchObject({ stage: 'withdrawn', heldBy: 0n });
  });

  test('each estimate has a number of its own, and a production begins with nothing', () => {
    const world = new World();
    expect([world.begin(), world.begin({}, 7n)]).toEqual([1n, 2n]);
    const { view } = world.scenario;
    expect(view.estimates.get(one)?.valueMs).toBe(hour);
    expect(view.estimates.get(two)?.valueMs).toBe(7n);
    expect(view.productions.get(two)).toEqual({
      ...{ production: 2n, order: 2n, estimate: 2n, producer: 1n, label: Label.EXCLUSIVE },
      ...{ startedAtMs: start, stage: 'open', consumedMs: 0n, transferredMs: 0n, workedMs: 0n },
      ...{ openMeans: 0n, inputs: 0n, firstLot: 0n, outputs: 0n, approvedMs: 0n, unsigned: 0n },
    });
    expect(view.productionsOf.has(one, two)).toBe(true);
  });

  test('means of another label only are counted among the commons', () => {
    const world = new World();
    const lot = world.machine(oven, 10n, 1000n);
    const { w: lost } = world.sums();
    const production = world.begin();
    world.ok('AllocateMeans', { production, lot });
    world.ok('DeallocateMeans', { allocation: 1n, used: 1n });
    expect(world.sums()).toMatchObject({ c: 0n, w: lost });
    expect(world.scenario.view.inputs.get(production as never, 0n)).toEqual({
      ...{ kind: 'means', lot, quantity: 1n, bookedMs: 100n, valueMs: 100n },
      ...{ usedBefore: 0n, usedAfter: 1n, revaluations: 0n, beforeMs: 1000n },
    });
  });

  test('work that its worker has signed is not signed less where it is taken back', () => {
    const world = new World();
    const production = world.begin();
    const [signed, other] = [world.work(production, hour), world.work(production, hour)];
    world.ok('CountersignWorkload', { signer: worker(1), workload: signed });
    const unsigned = () => world.scenario.view.productions.get(production as never)?.unsigned;
    world.ok('StornoWorkload', { workload: signed });
    expect(unsigned()).toBe(1n);
    world.ok('StornoWorkload', { workload: other });
    expect(unsigned()).toBe(0n);
  });
});

describe('what statistics count', () => {
  const statistics = (world: World, type: bigint) =>
    world.scenario.view.statistics.get(type as never, now);

  test('goods that come, are made and are written off', () => {
    const world = new World();
    world.stock(9n);
    const lot = world.goods(4n, 100n);
    const { ownership: ownershipRef } = world.lot(lot);
    world.ok('WriteOff', { lot, quantity: 1n, reason: 'wet', ownershipRef });
    expect(statistics(world, flour)).toEqual({
      ...{ collectivized: 9n, produced: 4n, producedMs: 100n, writtenOff: 1n, writtenOffMs: 25n },
      ...{ handedOver: 0n, handedOverMs: 0n },
    });
    const { view } = world.scenario;
    const [{ value: gone } = {}] = [...view.lots.range({ reverse: true, limit: 1 })];
    expect(gone).toMatchObject({ stage: 'written_off', heldBy: 0n, valueMs: 25n });
  });

  /** A piece of two parts and what joins them, 6 ms together; its elements, the joint last. */
  function joined(label: Label = Label.EXCLUSIVE) {
    const world = new World();
    if (label === Label.COMMONS) world.makeCommon(oven);
    const production = world.begin({ type: oven, label }, 6n);
    world.work(production, 6n);
    const piece = { valueMs: 2n, durability: 5n };
    const elements = [piece, piece, { valueMs: 2n, ownParts: [0, 1] }];
    const line = { type: oven, quantity: 1n, valueMs: 6n, elements };
    const made = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
    const [, , joint] = made.composition?.elements ?? [];
    const { ownership: ownershipRef } = world.lot(made.lot);
    const said = { lot: made.lot, lost: [joint?.id], reason: 'split', ownershipRef };
    return { world, separate: { ...said, types: [oven, oven] } };
  }

  test('the value that a product loses when it is taken apart, which is no write-off of commons', () => {
    const { world, separate } = joined();
    world.ok('Separate', separate);
    expect(statistics(world, oven)).toMatchObject({ writtenOff: 0n, writtenOffMs: 2n });
    expect(world.sums().w).toBe(2n);
    const common = joined(Label.COMMONS);
    common.world.ok('Separate', common.separate);
    expect(common.world.sums().w).toBe(0n);
  });

  test('D2.23 pieces of a type that is common by now become common one by one', () => {
    const { world, separate } = joined();
    world.makeCommon(oven);
    const { events } = world.ok('Separate', separate);
    const kept = events.flatMap((event) => (event.type === 'PieceKept' ? [event.piece] : []));
    const common = events.flatMap((event) => (event.type === 'LotsRelabelled' ? event.lots : []));
    expect(kept).toEqual([2n, 3n]);
    expect(common).toEqual(kept);
    for (const piece of kept) expect(world.lot(piece).label).toBe(Label.COMMONS);
  });
});

describe('numbers', () => {
  test('go on after a split, whose part keeps the ownership of the whole', () => {
    const world = new World();
    const [first, second] = [world.stock(9n), world.stock(9n)];
    expect([first, second].map((lot) => world.lot(lot).ownership)).toEqual([1n, 2n]);
    world.ok('Transfer', { lot: first, quantity: 4n, to: 2n });
    expect(world.lot(3n).ownership).toBe(1n);
    expect(world.lot(world.stock(1n)).ownership).toBe(3n);
    world.ok('AcceptTransfer', { signer: account(2), transfer: 1n });
    expect(world.lot(3n).ownership).toBe(4n);
    expect(world.lot(world.stock(1n)).ownership).toBe(5n);
  });

  test('of elements are given once, and to durable goods alone', () => {
    const world = new World();
    const [stove, other] = [world.piece(oven, 5n), world.piece(oven, 5n)];
    const elements = (lot: bigint) => world.scenario.view.compositions.get(lot as never)?.elements;
    expect(elements(stove)).toMatchObject([{ id: 1n }]);
    expect(elements(other)).toMatchObject([{ id: 2n }]);
    world.stock(1n);
    expect(world.told.at(-1)).toMatchObject({ type: 'Collectivized', element: 0n });
  });
});

describe('2-P9 the segments of a collective', () => {
  test('are linked in their order, whatever order they come in', () => {
    const world = new World();
    const production = world.begin({}, hour);
    const begin = world.now;
    world.later(6n * segmentMs);
    const { view } = world.scenario;
    /** Work of 1 ms in the n-th segment from now. */
    const workIn = (n: bigint, place = 0n) => {
      const toMs = timeMs((segment + n + 1n) * segmentMs - 2n * place);
      world.ok('RegisterWorkload', { production, wallet: worker(1), fromMs: toMs - 1n, toMs });
      const rows = Array.from(view.sums.range(), ({ key, value }) => [
        key[1] - segment,
        value.previous === 0n ? 0n : value.previous - segment,
      ]);
      return [(view.latest.get(one) ?? 0n) - segment, ...rows];
    };
    expect(begin).toBeLessThan((segment + 1n) * segmentMs);
    expect(workIn(3n)).toEqual([3n, [3n, 0n]]);
    expect(workIn(1n)).toEqual([3n, [1n, 0n], [3n, 1n]]);
    expect(workIn(2n)).toEqual([3n, [1n, 0n], [2n, 1n], [3n, 2n]]);
    expect(workIn(2n, 1n)).toEqual([3n, [1n, 0n], [2n, 1n], [3n, 2n]]);
    expect(workIn(5n)).toEqual([5n, [1n, 0n], [2n, 1n], [3n, 2n], [5n, 3n]]);
    expect(workIn(4n)[5]).toEqual([5n, 4n]);
    expect(world.reads.nextActive(one, (segment + 2n) as never)).toBe(segment + 2n);
    expect(world.reads.sumsFrom(one, (segment + 2n) as never)).toEqual({ a: 5n, c: 0n, w: 0n });
    expect(view.sums.get(one, (segment + 1n) as never)?.pairs).toBe(0n);
    const listed = view.workloadsOf.range({ prefix: [one, (segment + 2n) as never] });
    expect(Array.from(listed, ({ key }) => key[2])).toEqual([3n, 4n]);
  });

  test('D2.14 keep all that was taken back, in its order, some to a row', () => {
    const world = new World();
    const production = world.begin();
    const all = Array.from({ length: 18 }, (_, n) => world.work(production, BigInt(n + 1)));
    for (const workload of all) world.ok('StornoWorkload', { workload });
    expect(world.pairs().map(({ amount }) => amount)).toEqual(all);
    const { view } = world.scenario;
    expect(view.sums.get(one, now)?.pairs).toBe(18n);
    const rows = Array.from(view.pairs.range(), ({ key, value }) => [key[2], value.length]);
    expect(rows).toEqual([
      [0n, 16],
      [1n, 2],
    ]);
    expect([...view.worked.range()]).toEqual([]);
  });
});

describe('D2.23 goods that change their label', () => {
  const apply = { type: 'ApplyCategory', ballot: 1n, collective: 0n, lot: 0n };
  const decided = (world: World, command: object) => {
    const decision = world.scenario.decide(command as ProductionCommand);
    if (!decision.ok) throw new Error(decision.message);
    return decision;
  };
  /** A ballot of collective 1 on flour, at a stage. */
  function put(world: World, stage: Ballot['stage'], label: Label): void {
    const component = 1n as never;
    rowsOf(world).ballots.set(one, {
      ...{ ballot: 1n as never, subject: 'category', component, change: 1n, electorate: 3n },
      ...{ openedAtMs: timeMs(start), proposer: one, estimate: 0n as never, valueMs: workMs(0n) },
      ...{ productType: flour as never, label, json: '', yes: 2n, no: 0n, stage },
    });
  }
  const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

  test('a question about common goods tells of no value, as theirs is owed already', () => {
    const world = new World();
    world.makeCommon(flour);
    world.goods(2n, 10n, Label.COMMONS);
    const asked = world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.EXCLUSIVE });
    expect(World.fact(asked, 'BallotOpened').valueMs).toBe(0n);
  });

  test('the pool is owed where it has a value, be it 1 ms', () => {
    const world = new World();
    put(world, 'passed', Label.COMMONS);
    const { pools } = rowsOf(world);
    pools.set(one, flour as never, { units: 1n, valueMs: 1n });
    const owed = ['BallotAdvanced', 'CategorySet', 'PoolRelabelled', 'DebtMoved'];
    expect(types(decided(world, apply).events)).toEqual(owed);
    pools.set(one, flour as never, { units: 1n, valueMs: 0n });
    expect(types(decided(world, apply).events)).toEqual(owed.slice(0, 2));
  });

  test('500 lots follow in a block; the rest begins with the next lot, others from their first', () => {
    const world = new World();
    const rows = rowsOf(world);
    const like = world.lot(world.goods(1n, 1n));
    const lay = (owner: bigint, id: bigint): void => {
      const lot = { ...like, lot: id as never, owner: owner as never };
      rows.lots.set(lot.lot, lot);
      rows.lotsOf.set(lot.owner, flour as never, lot.lot, true);
    };
    for (let id = 100n; id < 600n; id += 1n) lay(1n, id);
    lay(2n, 50n);
    put(world, 'passed', Label.COMMONS);
    const { events, timers } = decided(world, apply);
    const [lots = []] = events.flatMap((event) =>
      event.type === 'LotsRelabelled' ? [event.lots] : [],
    );
    expect([lots.length, lots[0], lots.at(-1)]).toEqual([500, 1n, 598n]);
    const goOn = { ...apply, collective: 1n, lot: 599n };
    expect(timers).toEqual([{ atMs: world.now, command: goOn }]);
    put(world, 'in_force', Label.COMMONS);
    const rest = decided(world, goOn);
    expect(rest.events).toMatchObject([
      { type: 'LotsRelabelled', owner: 1n, lots: [599n], valueMs: 1n },
      { type: 'DebtMoved' },
      { type: 'LotsRelabelled', owner: 2n, lots: [50n], valueMs: 1n },
      { type: 'DebtMoved' },
    ]);
    expect(rest.timers).toEqual([]);
  });

  test('what becomes exclusive is worth nothing to anybody', () => {
    const world = new World();
    world.makeCommon(flour);
    const lot = world.goods(2n, 10n, Label.COMMONS);
    put(world, 'passed', Label.EXCLUSIVE);
    const { events } = decided(world, apply);
    expect(events.at(-1)).toMatchObject({ type: 'LotsRelabelled', lots: [lot], valueMs: 0n });
  });

  test('a transfer makes exclusive goods common where their type has become so', () => {
    const world = new World();
    const lot = world.goods(2n, 10n);
    world.ok('Transfer', { lot, quantity: 2n, to: 2n });
    world.makeCommon(flour);
    const { events } = world.ok('AcceptTransfer', { signer: account(2), transfer: 1n });
    expect(types(events)).toEqual(['TransferAccepted', 'LotsRelabelled', 'DebtMoved']);
    expect(world.lot(lot).label).toBe(Label.COMMONS);
  });

  test('parameters change with the next segment; what is not named stays', () => {
    const world = new World();
    const voteLimitMs = workMs(7n);
    rowsOf(world).params.set({ ...defaultParameters, voteLimitMs });
    const json = '{"countersign":true}';
    const { timers } = decided(world, { type: 'SetParameters', json });
    const command = { type: 'ApplyParameters', ballot: 0n, json };
    expect(timers).toEqual([{ atMs: (segment + 1n) * segmentMs + 1n, command }]);
    const params = { ...defaultParameters, voteLimitMs, countersign: true };
    expect(decided(world, command).events).toEqual([{ type: 'ParametersSet', params }]);
    put(world, 'void', Label.COMMONS);
    expect(decided(world, { ...command, ballot: 1n }).events).toEqual([]);
  });
});

describe('X-6 production refuses', () => {
  test('to estimate anew what is not there, or an element that is not', () => {
    const world = new World();
    const lot = world.piece(oven, 5n);
    const revalue = { lot, durability: 9n, element: 99n };
    expect(world.no('Revalue', revalue)[0]).toBe('unknown_element');
    expect(world.no('Revalue', { ...revalue, lot: 77n })[0]).toBe('unknown_lot');
  });

  test('a durability that makes a numerator or a denominator leave 64 bits', () => {
    const world = new World();
    const lot = world.piece(drive, 5n);
    const large = 2n ** 64n - 59n;
    const element = { id: 1n, durability: 2n, age: 1n, parts: [] };
    const revalue = { type: 'Revalue', signer: account(1), lot, durability: 1000n, element: 1n };
    for (const [valueMs, valueDen] of [
      [large, 0n],
      [1n, large],
    ] as const) {
      const elements = [{ ...element, valueMs, valueDen }];
      rowsOf(world).compositions.set(lot as never, { elements });
      const decision = world.scenario.decide(revalue as never);
      expect(decision.ok ? undefined : decision.name).toBe('too_much');
    }
  });

  test('to merge durable goods, and to shelve more than there is', () => {
    const world = new World();
    const [lot, other] = [world.piece(oven, 5n), world.piece(oven, 5n)];
    expect(world.no('MergeLots', { lots: [lot, other] })).toEqual([
      'not_one_by_one',
      "2 pieces of durable goods can't be one lot",
    ]);
    world.stores.add(1n);
    const shelve = { lot: world.stock(2n), quantity: 3n };
    expect(world.no('Shelve', shelve)[0]).toBe('not_so_much');
  });
});
