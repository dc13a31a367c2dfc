import { Label, type ProductionEvent } from '../types.ts';
import { account, drive, flour, hour, minute, oven, World, worker } from './world.ts';

const reason = 'over capacity';
const types = (events: readonly ProductionEvent[]): readonly string[] =>
  events.map(({ type }) => type);

test('2-P7 order, estimate, start, allocate, work, deallocate, output: the sum comes out', () => {
  const world = new World();
  const grain = world.goods(10n, 1000n);
  const machine = world.machine(oven, 3000n, 1800n * minute);
  const order = world.order({ collective: 2n, signer: account(2), quantity: 5n });
  const { estimate } = World.fact(world.ok('Estimate', { order, valueMs: hour }), 'Estimated');
  const started = World.fact(world.ok('StartProduction', { estimate }), 'ProductionStarted');
  expect(started).toMatchObject({ order, estimate, producer: 1n, startedAtMs: world.now });
  const { production } = started;
  world.ok('AllocateConsumptive', { production, lot: grain, quantity: 7n, as: 1 });
  const means = world.ok('AllocateMeans', { production, lot: machine });
  const { allocation } = World.fact(means, 'MeansAllocated');
  world.work(production, hour);
  const done = World.fact(
    world.ok('DeallocateMeans', { allocation, used: 2n }),
    'MeansDeallocated',
  );
  expect(done).toMatchObject({ transferMs: 72_000n, valueMs: 72_000n, producer: 1n, label: 2 });
  expect(world.scenario.view.productions.get(production)).toMatchObject({
    consumedMs: 700n,
    transferredMs: 72_000n,
    workedMs: hour,
  });
  const lines = [
    { type: flour, quantity: 5n, valueMs: hour + 72_600n },
    { type: flour, quantity: 2n, valueMs: 100n },
    { type: flour, quantity: 1n, valueMs: 0n },
  ];
  const out = world.ok('Output', { production, lines });
  expect(types(out.events)).toEqual([
    ...['LotProduced', 'LotProduced', 'LotProduced'],
    'ProductionFinished',
  ]);
  expect(World.fact(out, 'ProductionFinished').valueMs).toBe(hour + 72_700n);
  expect(world.lot(machine)).toMatchObject({ used: 2n, stage: 'free', valueMs: 107_928_000n });
  expect(world.lots().reduce((sum, { valueMs }) => sum + valueMs, 0n)).toBe(
    1000n + 1800n * minute + hour,
  );
});

describe('2-P7 the output', () => {
  const line = (valueMs: bigint, quantity = 1n) => ({ type: flour, quantity, valueMs });

  test('X-6 production refuses one with means still allocated', () => {
    const world = new World();
    const lot = world.machine(drive, 1000n, hour);
    const id = world.begin();
    world.ok('AllocateMeans', { production: id, lot });
    expect(world.no('Output', { production: id, lines: [line(0n)] })).toEqual([
      'means_still_allocated',
      `production ${id} has 1 means of production at work`,
    ]);
  });

  test('X-6 production refuses anything after it', () => {
    const world = new World();
    const lot = world.stock(5n);
    const piece = world.piece(oven, 1n);
    const id = world.begin();
    const workload = world.work(id, hour);
    world.ok('Output', { production: id, lines: [line(hour)] });
    const said = ['production_finished', `production ${id} has its output already`];
    const work = { wallet: worker(1), fromMs: world.now - 1n, toMs: world.now };
    const used = { production: id, lot, quantity: 1n, as: 1 };
    expect(world.no('AllocateConsumptive', used)).toEqual(said);
    expect(world.no('AllocateMeans', { production: id, lot: piece })).toEqual(said);
    expect(world.no('RegisterWorkload', { production: id, ...work })).toEqual(said);
    expect(world.no('StornoWorkload', { workload })).toEqual(said);
    expect(world.no('Output', { production: id, lines: [line(hour)] })).toEqual(said);
    expect(world.no('RejectOrder', { order: 1n, reason })).toEqual(said);
  });

  test.each([hour - 1n, hour + 1n])('X-6 production refuses lines that sum to %i ms', (valueMs) => {
    const world = new World();
    const id = world.begin();
    world.work(id, hour);
    expect(world.no('Output', { production: id, lines: [line(valueMs)] })).toEqual([
      'values_do_not_sum',
      `the lines sum to ${valueMs} ms, the inputs to ${hour} ms`,
    ]);
  });

  test.each([
    [{ production: 9n }, 'unknown_production', 'there is no production 9'],
    [{ lines: [] }, 'no_lines', 'the output has no lines'],
    [{ lines: [line(0n, 0n)] }, 'zero_quantity', 'the quantity of line 0 is 0'],
    [
      { signer: account(2) },
      'not_the_owner',
      `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
    ],
    [{ lines: [{ ...line(0n), type: 9n }] }, 'unknown_type', 'there is no product type 9'],
    [
      { lines: [{ ...line(0n), type: oven }] },
      'no_durability',
      'goods of type 2 are durable and need a durability',
    ],
    [
      { lines: [{ ...line(0n), elements: [{ valueMs: 0n, durability: 1n }] }] },
      'not_durable',
      'goods of type 1 have no durability',
    ],
    [
      { lines: [{ ...line(0n, 2n), type: oven, elements: [{ valueMs: 0n, durability: 1n }] }] },
      'not_one_by_one',
      "2 pieces of durable goods can't be one lot",
    ],
    [
      { lines: [{ ...line(0n), type: oven, elements: [{ valueMs: 1n, durability: 1n }] }] },
      'wrong_line_value',
      'line 0 says 0 ms, its elements and parts make 1 ms',
    ],
  ])('X-6 production refuses %j', (change, refused, message) => {
    const world = new World();
    const id = world.begin();
    const said = { production: id, lines: [line(0n)], ...change };
    expect(world.no('Output', said)).toEqual([refused, message]);
  });

  test('what was ordered comes out also after a cut from where its type was defined', () => {
    const world = new World();
    const { productType } = World.fact(
      world.ok('DefineType', { collective: 2n, signer: account(2), name: 'rye', unit: 'kg' }),
      'TypeDefined',
    );
    const id = world.begin({ type: productType });
    world.components.set(1n, 9n);
    world.components.set(2n, 8n);
    world.components.set(3n, 8n);
    const lines = [line(0n), { ...line(0n), type: productType }];
    world.ok('Output', { production: id, lines });
    const other = world.begin();
    const refused = world.no('Output', { production: other, lines: lines.slice(1) });
    expect(refused[0]).toBe('foreign_type');
  });
});

describe('orders', () => {
  test('2-P7 one that refers to earlier ones keeps its references', () => {
    const world = new World();
    const [first, second] = [world.order(), world.order()];
    const third = world.order({ refs: [first, second] });
    expect(world.scenario.view.orders.get(third as never)?.refs).toEqual([first, second]);
  });

  test('who orders of itself needs no trust, who orders of another needs an edge', () => {
    const world = new World();
    world.edges.clear();
    expect(world.scenario.view.orders.get(world.order() as never)?.stage).toBe('placed');
    expect(world.no('Order', { ...world.terms(), producer: 2n })[0]).toBe('not_trusted');
  });

  test.each([
    [{ quantity: 0n }, 'zero_quantity', 'quantity is 0'],
    [{ label: 3 }, 'invalid_label', 'label 3 is neither commons nor exclusive'],
    [
      { refs: [2n, 2n] },
      'references_unsorted',
      'the reference to order 2 is not above the one before',
    ],
    [
      { refs: [2n, 1n] },
      'references_unsorted',
      'the reference to order 1 is not above the one before',
    ],
    [{ collective: 9n }, 'unknown_collective', 'there is no collective 9'],
    [
      { collective: 2n },
      'not_the_owner',
      `collective 2 is signed for by ${account(2)}, not by ${account(1)}`,
    ],
    [{ producer: 9n }, 'unknown_collective', 'there is no collective 9'],
    [{ producer: 3n }, 'not_trusted', 'there is no strong trust between 1 and 3'],
    [{ type: 9n }, 'unknown_type', 'there is no product type 9'],
    [
      { collective: 4n, producer: 4n, signer: account(4) },
      'foreign_type',
      'product type 1 is not one of the component of collective 4',
    ],
    [
      { refs: [1n] },
      'reference_not_earlier',
      "order 1 can't refer to order 1, which is not earlier",
    ],
    [
      { refs: [2n] },
      'reference_not_earlier',
      "order 1 can't refer to order 2, which is not earlier",
    ],
    [
      { refs: [0n] },
      'reference_not_earlier',
      "order 1 can't refer to order 0, which is not earlier",
    ],
    [
      { label: Label.COMMONS },
      'not_common',
      'type 1 is exclusive and no reference is a common order',
    ],
  ])('X-6 production refuses to order with %j', (change, refused, message) => {
    const world = new World();
    expect(world.no('Order', { ...world.terms(), ...change })).toEqual([refused, message]);
  });

  test('X-6 production refuses a delivery that is not in the future', () => {
    const world = new World();
    const said = { ...world.terms(), deliveryTimeMs: world.now };
    expect(world.no('Order', said)).toEqual([
      'delivery_in_the_past',
      `delivery at ${world.now} ms is not after the block at ${world.now} ms`,
    ]);
    world.ok('Order', { ...said, deliveryTimeMs: world.now + 1n });
  });

  test('2-P8 an exclusive type may serve a common order, as flour serves bread', () => {
    const world = new World();
    world.makeCommon(oven);
    const bread = world.order({ type: oven, label: Label.COMMONS });
    const plain = world.order();
    world.order({ label: Label.COMMONS, refs: [bread] });
    const said = { ...world.terms(), label: Label.COMMONS, refs: [plain] };
    expect(world.no('Order', said)[0]).toBe('not_common');
  });

  test('2-P7 either side ends an order before the start', () => {
    const world = new World();
    const theirs = { collective: 2n, signer: account(2) };
    const [withdrawn, rejected] = [world.order(theirs), world.order(theirs)];
    expect(world.no('WithdrawOrder', { order: withdrawn })[0]).toBe('not_the_owner');
    world.ok('WithdrawOrder', { order: withdrawn, signer: account(2) });
    const notTheirs = { order: rejected, signer: account(2), reason };
    expect(world.no('RejectOrder', notTheirs)[0]).toBe('not_the_owner');
    expect(types(world.ok('RejectOrder', { order: rejected, reason }).events)).toEqual([
      'OrderRejected',
    ]);
    for (const [order, refused] of [
      [withdrawn, 'order_withdrawn'],
      [rejected, 'order_rejected'],
    ] as const) {
      expect(world.no('Estimate', { order, valueMs: 1n })[0]).toBe(refused);
      expect(world.no('RejectOrder', { order, reason })[0]).toBe(refused);
      expect(world.no('WithdrawOrder', { order, signer: account(2) })[0]).toBe(refused);
    }
  });

  test('X-6 production refuses what is said of an order that is not there, or without a reason', () => {
    const world = new World();
    const said = ['unknown_order', 'there is no order 7'];
    expect(world.no('WithdrawOrder', { order: 7n })).toEqual(said);
    expect(world.no('RejectOrder', { order: 7n, reason })).toEqual(said);
    expect(world.no('Estimate', { order: 7n, valueMs: 1n })).toEqual(said);
    expect(world.no('RejectOrder', { order: 7n, reason: '' })[0]).toBe('invalid_reason');
  });

  test('2-P7 an order has one estimate and an estimate one start', () => {
    const world = new World();
    const order = world.order();
    expect(world.no('Estimate', { order, valueMs: 0n })).toEqual(['zero_quantity', 'valueMs is 0']);
    expect(world.no('Estimate', { order, valueMs: 1n, signer: account(2) })[0]).toBe(
      'not_the_owner',
    );
    const { estimate } = World.fact(world.ok('Estimate', { order, valueMs: 1n }), 'Estimated');
    expect(world.no('Estimate', { order, valueMs: 1n })).toEqual([
      'already_estimated',
      'order 1 has the estimate 1',
    ]);
    expect(world.no('StartProduction', { estimate: 7n })).toEqual([
      'unknown_estimate',
      'there is no estimate 7',
    ]);
    expect(world.no('StartProduction', { estimate, signer: account(2) })[0]).toBe('not_the_owner');
    world.ok('StartProduction', { estimate });
    expect(world.no('StartProduction', { estimate })).toEqual([
      'already_started',
      'estimate 1 was started as production 1',
    ]);
    const started = ['order_started', 'order 1 is produced in production 1'];
    expect(world.no('Estimate', { order, valueMs: 1n })).toEqual(started);
    expect(world.no('WithdrawOrder', { order })).toEqual(started);
  });

  test('X-6 production refuses an estimate and a start over a cancelled edge', () => {
    const world = new World();
    const theirs = { collective: 2n, signer: account(2) };
    const [order, other] = [world.order(theirs), world.order(theirs)];
    const { estimate } = World.fact(world.ok('Estimate', { order, valueMs: 1n }), 'Estimated');
    world.edges.set('1-2', 'cancelled');
    const said = ['trust_cancelled', 'the trust between 2 and 1 is cancelled'];
    expect(world.no('StartProduction', { estimate })).toEqual(said);
    expect(world.no('Estimate', { order: other, valueMs: 1n })).toEqual(said);
  });

  test('a withdrawn order takes its estimate with it', () => {
    const world = new World();
    const order = world.order();
    const { estimate } = World.fact(world.ok('Estimate', { order, valueMs: 1n }), 'Estimated');
    world.ok('WithdrawOrder', { order });
    expect(world.no('StartProduction', { estimate })[0]).toBe('order_withdrawn');
  });
});

describe('rejection after the start', () => {
  test('2-P7 loses the whole work in progress, which the fact names; the hours stay', () => {
    const world = new World();
    const lot = world.goods(10n, 1000n);
    const piece = world.machine(drive, 100n, 500n);
    const id = world.begin();
    world.ok('AllocateConsumptive', { production: id, lot, quantity: 10n, as: 1 });
    world.ok('AllocateConsumptive', { production: id, lot: piece, quantity: 1n, as: 2 });
    const workload = world.work(id, hour);
    const { order } = world.scenario.view.productions.get(id as never) ?? { order: 0n };
    const rejected = world.ok('RejectOrder', { order, reason });
    expect(World.fact(rejected, 'ProductionRejected')).toMatchObject({
      production: id,
      producer: 1n,
      label: Label.EXCLUSIVE,
      lostMs: hour + 1500n,
    });
    expect(world.scenario.view.workloads.get(workload as never)?.stage).toBe('registered');
    expect(world.lots()).toEqual([]);
    const said = ['production_rejected', `production ${id} was rejected`];
    const lines = [{ type: flour, quantity: 1n, valueMs: 0n }];
    expect(world.no('Output', { production: id, lines })).toEqual(said);
    expect(world.no('StornoWorkload', { workload })).toEqual(said);
    expect(world.no('RejectOrder', { order, reason })[0]).toBe('order_rejected');
  });

  test('X-6 production refuses it while means are at work', () => {
    const world = new World();
    const lot = world.piece(oven, 5n);
    const id = world.begin();
    world.ok('AllocateMeans', { production: id, lot });
    expect(world.no('RejectOrder', { order: 1n, reason })[0]).toBe('means_still_allocated');
  });
});
