import { Label } from '../types.ts';
import { account, drive, flour, hour, minute, oven, World, worker } from './world.ts';

const consuming = (production: bigint, lot: bigint, quantity = 1n) => ({
  production,
  lot,
  quantity,
  as: 1,
});
const alien = {
  signer: account(2),
  refused: [
    'not_the_owner',
    `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
  ] as const,
};

/** Means of production at work, and the number of its allocation. */
function employ(world: World, production: bigint, lot: bigint, repurpose = false): bigint {
  const { allocation } = World.fact(
    world.ok('AllocateMeans', { production, lot, repurpose }),
    'MeansAllocated',
  );
  return allocation;
}

describe('goods used up', () => {
  test.each([
    [{ quantity: 0n }, 'zero_quantity', 'quantity is 0'],
    [{ as: 0 }, 'invalid_use', 'use 0 is neither consume nor part'],
    [{ production: 9n }, 'unknown_production', 'there is no production 9'],
    [{ signer: alien.signer }, ...alien.refused],
    [{ lot: 9n }, 'unknown_lot', 'there is no lot 9'],
    [{ lot: 2n }, 'foreign_lot', 'lot 2 is of collective 2, not of 1'],
    [{ quantity: 6n }, 'not_so_much', 'lot 1 has a quantity of 5, not 6'],
    [{ as: 2 }, 'not_durable', 'goods of type 1 have no durability'],
  ])('X-6 production refuses to use up %j', (change, refused, message) => {
    const world = new World();
    const lot = world.stock(5n);
    world.stock(5n, 2);
    const said = { ...consuming(world.begin(), lot), ...change };
    expect(world.no('AllocateConsumptive', said)).toEqual([refused, message]);
  });

  test('X-6 production refuses what was used up before', () => {
    const world = new World();
    const lot = world.stock(5n);
    const [id, other] = [world.begin(), world.begin()];
    world.ok('AllocateConsumptive', consuming(id, lot, 5n));
    const said = ['lot_consumed', `lot ${lot} went into production ${id}`];
    expect(world.no('AllocateConsumptive', consuming(other, lot))).toEqual(said);
    expect(world.no('AllocateMeans', { production: other, lot })).toEqual(said);
    expect(world.no('Transfer', { lot, quantity: 1n, to: 2n })).toEqual(said);
    const lost = { lot, quantity: 1n, reason: 'rain', ownershipRef: 1n };
    expect(world.no('WriteOff', lost)).toEqual(said);
  });

  test('2-P8 commons production consumes no exclusive goods', () => {
    const world = new World();
    const lot = world.stock(5n);
    const piece = world.piece(oven, 5n);
    world.makeCommon(flour);
    const id = world.begin({ label: Label.COMMONS });
    expect(world.no('AllocateConsumptive', consuming(id, lot))).toEqual([
      'exclusive_in_commons',
      `lot ${lot} is exclusive, production ${id} is commons`,
    ]);
    const building = { ...consuming(id, piece), as: 2 };
    expect(world.no('AllocateConsumptive', building)[0]).toBe('exclusive_in_commons');
  });

  test('2-P8 exclusive production takes commons at value 0', () => {
    const world = new World();
    world.makeCommon(flour);
    const lot = world.goods(4n, 1000n, Label.COMMONS);
    const id = world.begin({ type: oven });
    const used = world.ok('AllocateConsumptive', consuming(id, lot, 4n));
    expect(World.fact(used, 'ConsumptiveAllocated')).toMatchObject({
      valueMs: 0n,
      bookedMs: 1000n,
      label: Label.COMMONS,
    });
    expect(world.scenario.view.productions.get(id as never)?.consumedMs).toBe(0n);
  });
});

describe('means of production', () => {
  test('2-P4 3000 uses of the oven give 1800 minutes, one at a time 0.6 each on average', () => {
    const world = new World();
    const lot = world.machine(oven, 3000n, 1800n * minute);
    const id = world.begin();
    const use = (used: bigint): bigint => {
      const allocation = employ(world, id, lot);
      return World.fact(world.ok('DeallocateMeans', { allocation, used }), 'MeansDeallocated')
        .transferMs;
    };
    expect([use(1n), use(1n), use(998n), use(1990n)]).toEqual([
      36_000n,
      36_000n,
      998n * 36_000n,
      1990n * 36_000n,
    ]);
    expect(world.lot(lot).valueMs).toBe(360_000n);
    // More uses than estimated: what is left goes over, and nothing after that (E10).
    expect(use(1000n)).toBe(360_000n);
    expect(use(1n)).toBe(0n);
    expect(world.no('AllocateConsumptive', { ...consuming(id, lot), as: 2 })).toEqual([
      'worn_out',
      `lot ${lot} is worn out`,
    ]);
  });

  test.each([
    [{ production: 9n }, 'unknown_production', 'there is no production 9'],
    [{ signer: alien.signer }, ...alien.refused],
    [{ lot: 9n }, 'unknown_lot', 'there is no lot 9'],
    [{ lot: 2n }, 'foreign_lot', 'lot 2 is of collective 2, not of 1'],
    [{ lot: 3n }, 'not_durable', 'goods of type 1 have no durability'],
    [{ repurpose: true }, 'nothing_to_repurpose', 'lot 1 needs no repurposing for production 1'],
  ])('X-6 production refuses to allocate %j', (change, refused, message) => {
    const world = new World();
    const lot = world.piece(oven, 5n);
    world.stock(1n, 2);
    world.stock(1n);
    const said = { production: world.begin(), lot, ...change };
    expect(world.no('AllocateMeans', said)).toEqual([refused, message]);
  });

  test('X-6 production refuses means that are at work, in any production', () => {
    const world = new World();
    const lot = world.piece(oven, 5n);
    const [id, other] = [world.begin(), world.begin()];
    employ(world, id, lot);
    const said = ['lot_allocated', `lot ${lot} is a means of production at work in allocation 1`];
    expect(world.no('AllocateMeans', { production: other, lot })).toEqual(said);
    expect(world.no('AllocateMeans', { production: id, lot })).toEqual(said);
    expect(world.no('AllocateConsumptive', consuming(other, lot))).toEqual(said);
    expect(world.no('Transfer', { lot, quantity: 1n, to: 2n })).toEqual(said);
  });

  test('X-6 production refuses a wrong deallocation', () => {
    const world = new World();
    const lot = world.machine(drive, 100n, hour);
    const allocation = employ(world, world.begin(), lot);
    world.later(3n * minute - 1n);
    const no = (fields: object) => world.no('DeallocateMeans', { allocation, used: 1n, ...fields });
    expect(no({ used: 0n })).toEqual(['zero_quantity', 'used is 0']);
    expect(no({ allocation: 9n })).toEqual(['unknown_allocation', 'there is no allocation 9']);
    expect(no({ signer: alien.signer })).toEqual(alien.refused);
    expect(no({ used: 3n })).toEqual([
      'more_than_elapsed',
      '3 minutes of use in 2 minutes of allocation',
    ]);
    world.ok('DeallocateMeans', { allocation, used: 2n });
    expect(no({})).toEqual(['already_deallocated', `allocation ${allocation} is over`]);
  });

  test('uses are not bound to minutes, but to 64 bits', () => {
    const world = new World();
    const lot = world.piece(oven, 5n);
    const id = world.begin();
    const most = (1n << 64n) - 1n;
    const first = employ(world, id, lot);
    world.ok('DeallocateMeans', { allocation: first, used: 4n });
    const second = employ(world, id, lot);
    expect(world.no('DeallocateMeans', { allocation: second, used: most - 3n })).toEqual([
      'too_much',
      `the use of lot ${lot} leaves the range of 64 bits`,
    ]);
    world.ok('DeallocateMeans', { allocation: second, used: most - 4n });
  });

  test('2-P8 repurposed means add their transfer to c, and only with the flag', () => {
    const world = new World();
    const lot = world.machine(oven, 10n, 1000n);
    world.makeCommon(flour);
    const id = world.begin({ label: Label.COMMONS });
    expect(world.no('AllocateMeans', { production: id, lot })).toEqual([
      'needs_repurpose',
      `lot ${lot} is exclusive, production ${id} is commons`,
    ]);
    const before = world.reads.exclusiveGoods(1n as never);
    const allocation = employ(world, id, lot, true);
    world.ok('DeallocateMeans', { allocation, used: 3n });
    expect(world.sums().c).toBe(300n);
    expect(world.reads.exclusiveGoods(1n as never)).toBe(before - 300n);
    const work = world.work(id, hour);
    expect(world.sums()).toEqual({ a: hour + 1000n, c: hour + 300n, w: 0n });
    world.ok('StornoWorkload', { workload: work });
    expect(world.sums()).toEqual({ a: 1000n, c: 300n, w: 0n });
  });

  test('2-P8 common means give exclusive production nothing, and wear out all the same', () => {
    const world = new World();
    world.makeCommon(oven);
    const making = world.begin({ type: oven, label: Label.COMMONS });
    world.work(making, 1000n);
    const elements = [{ valueMs: 1000n, durability: 10n }];
    const lines = [{ type: oven, quantity: 1n, valueMs: 1000n, elements }];
    const { lot } = World.fact(world.ok('Output', { production: making, lines }), 'LotProduced');
    const allocation = employ(world, world.begin(), lot);
    const done = world.ok('DeallocateMeans', { allocation, used: 4n });
    expect(World.fact(done, 'MeansDeallocated')).toMatchObject({ transferMs: 400n, valueMs: 0n });
    expect(world.lot(lot).valueMs).toBe(600n);
  });
});

test('exclusive losses enter w of the segment, losses of the commons do not', () => {
  const world = new World();
  const lot = world.goods(10n, 1000n);
  const lost = { lot, quantity: 4n, reason: 'rain', ownershipRef: world.lot(lot).ownership };
  world.ok('WriteOff', lost);
  const id = world.begin();
  world.work(id, hour, worker(2));
  world.ok('RejectOrder', { order: 2n, reason: 'over capacity' });
  expect(world.sums()).toEqual({ a: hour + 1000n, c: 0n, w: hour + 400n });
  world.makeCommon(flour);
  const free = world.goods(10n, 1000n, Label.COMMONS);
  const gone = { lot: free, quantity: 4n, reason: 'rain' };
  world.ok('WriteOff', { ...gone, ownershipRef: world.lot(free).ownership });
  const common = world.begin({ label: Label.COMMONS });
  world.work(common, hour);
  world.ok('RejectOrder', { order: 4n, reason: 'over capacity' });
  expect(world.sums()).toEqual({ a: 2n * hour + 2000n, c: hour + 1000n, w: hour + 400n });
  expect(world.reads.exclusiveGoods(1n as never)).toBe(600n);
});
