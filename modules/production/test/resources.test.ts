import { DurabilityUnit, Label, Source } from '../types.ts';
import { account, drive, flour, hour, oven, World } from './world.ts';

const exclusive = Label.EXCLUSIVE;
const collectivizing = {
  collective: 1n,
  type: flour,
  quantity: 5n,
  label: exclusive,
  source: Source.APPROPRIATION,
};

describe('2-P6 collectivization at value 0', () => {
  test('goods of any source belong to the collective and are worth 0', () => {
    const world = new World();
    const lot = world.stock(1000n);
    expect(world.lot(lot)).toMatchObject({ owner: 1n, quantity: 1000n, valueMs: 0n, label: 2 });
    const piece = world.piece(oven, 3000n);
    expect(world.lot(piece)).toMatchObject({ valueMs: 0n, used: 0n });
    expect(world.scenario.view.compositions.get(piece as never)?.elements).toEqual([
      { id: 1n, valueMs: 0n, durability: 3000n, age: 0n, parts: [], valueDen: 0n },
    ]);
  });

  test.each([
    [{ quantity: 0n }, 'zero_quantity', 'quantity is 0'],
    [{ label: 0 }, 'invalid_label', 'label 0 is neither commons nor exclusive'],
    [{ source: 3 }, 'invalid_source', 'source 3 is neither appropriation nor external trade'],
    [{ collective: 9n }, 'unknown_collective', 'there is no collective 9'],
    [
      { signer: account(2) },
      'not_the_owner',
      `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
    ],
    [{ type: 9n }, 'unknown_type', 'there is no product type 9'],
    [
      { collective: 4n, signer: account(4) },
      'foreign_type',
      'product type 1 is not one of the component of collective 4',
    ],
    [{ label: Label.COMMONS }, 'not_the_category', 'goods of type 1 are exclusive here'],
    [
      { type: oven, quantity: 1n },
      'no_durability',
      'goods of type 2 are durable and need a durability',
    ],
    [{ durability: 1n }, 'not_durable', 'goods of type 1 have no durability'],
    [
      { type: oven, durability: 3000n },
      'not_one_by_one',
      "5 pieces of durable goods can't be one lot",
    ],
  ])('X-6 production refuses to collectivize with %j', (change, refused, message) => {
    const world = new World();
    expect(world.no('Collectivize', { ...collectivizing, ...change })).toEqual([refused, message]);
  });

  test('goods take the category that their type has in the component', () => {
    const world = new World();
    world.makeCommon(flour);
    expect(world.no('Collectivize', collectivizing)).toEqual([
      'not_the_category',
      'goods of type 1 are commons here',
    ]);
    world.ok('Collectivize', { ...collectivizing, label: Label.COMMONS });
  });
});

describe('types', () => {
  const defining = { collective: 1n, name: 'rye', unit: 'kg' };

  test('are numbered in the order of definition and usable in the whole component', () => {
    const world = new World();
    const said = { ...defining, collective: 3n, signer: account(3) };
    const { productType } = World.fact(world.ok('DefineType', said), 'TypeDefined');
    expect(productType).toBe(4n);
    world.ok('Collectivize', { ...collectivizing, type: productType });
  });

  test.each([
    [{ name: '' }, 'invalid_name', 'the name is empty'],
    [{ name: 'x'.repeat(65) }, 'invalid_name', 'the name has 65 bytes, more than 64'],
    [{ name: 'rye ' }, 'invalid_name', 'the name begins or ends with a space'],
    [{ name: 'r\u202Eye' }, 'invalid_name', 'the name holds the hidden character U+202E'],
    [{ unit: 'x'.repeat(33) }, 'invalid_unit', 'the unit has 33 bytes, more than 32'],
    [
      { durabilityUnit: 4 as DurabilityUnit },
      'invalid_durability_unit',
      'durability unit 4 is neither minutes nor uses nor the calendar',
    ],
    [
      { descriptionHash: new Uint8Array(31) },
      'invalid_description_hash',
      'the description hash has 31 bytes, not 0 or 32',
    ],
    [{ collective: 9n }, 'unknown_collective', 'there is no collective 9'],
    [
      { collective: 2n },
      'not_the_owner',
      `collective 2 is signed for by ${account(2)}, not by ${account(1)}`,
    ],
  ])('X-6 production refuses a definition with %j', (change, refused, message) => {
    const world = new World();
    expect(world.no('DefineType', { ...defining, ...change })).toEqual([refused, message]);
  });
});

describe('2-P6 double-signed transfer', () => {
  test('the first signature locks the goods, the second makes them the receiver’s', () => {
    const world = new World();
    const lot = world.goods(10n, hour);
    const offered = World.fact(
      world.ok('Transfer', { lot, quantity: 10n, to: 2n }),
      'TransferOffered',
    );
    expect(world.lot(lot)).toMatchObject({ owner: 1n, stage: 'offered' });
    const { transfer } = offered;
    const before = world.lot(lot).ownership;
    world.ok('AcceptTransfer', { signer: account(2), transfer });
    expect(world.lot(lot)).toMatchObject({ owner: 2n, stage: 'free', valueMs: hour });
    expect(world.lot(lot).ownership).toBeGreaterThan(before);
  });

  test('a part of a lot takes its share, rounded down; nothing is lost', () => {
    const world = new World();
    const lot = world.goods(3n, 100n);
    const { part } = World.fact(world.ok('Transfer', { lot, quantity: 1n, to: 2n }), 'LotSplit');
    expect([world.lot(part).valueMs, world.lot(lot).valueMs]).toEqual([33n, 67n]);
    expect(world.lot(part).ownership).toBe(world.lot(lot).ownership);
    expect(world.lot(lot)).toMatchObject({ quantity: 2n, stage: 'free' });
  });

  test('a withdrawn offer frees the goods', () => {
    const world = new World();
    const lot = world.stock(5n);
    world.ok('Transfer', { lot, quantity: 5n, to: 2n });
    world.ok('WithdrawTransfer', { transfer: 1n });
    expect(world.lot(lot)).toMatchObject({ owner: 1n, stage: 'free' });
  });

  test.each([
    [{ quantity: 0n }, 'zero_quantity', 'quantity is 0'],
    [{ lot: 9n }, 'unknown_lot', 'there is no lot 9'],
    [
      { signer: account(2) },
      'not_the_owner',
      `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
    ],
    [{ quantity: 6n }, 'not_so_much', 'lot 1 has a quantity of 5, not 6'],
    [{ to: 9n }, 'unknown_collective', 'there is no collective 9'],
    [{ to: 1n }, 'self_transfer', 'collective 1 has the lot already'],
    // A path is weak trust: not enough for goods.
    [{ to: 3n }, 'not_trusted', 'there is no strong trust between 1 and 3'],
  ])('X-6 production refuses to offer with %j', (change, refused, message) => {
    const world = new World();
    const lot = world.stock(5n);
    expect(world.no('Transfer', { lot, quantity: 5n, to: 2n, ...change })).toEqual([
      refused,
      message,
    ]);
  });

  test('X-6 production refuses goods over a cancelled edge, also of an offer made before', () => {
    const world = new World();
    const lot = world.stock(5n);
    world.ok('Transfer', { lot, quantity: 2n, to: 2n });
    world.edges.set('1-2', 'cancelled');
    const said = ['trust_cancelled', 'the trust between 1 and 2 is cancelled'];
    expect(world.no('AcceptTransfer', { signer: account(2), transfer: 1n })).toEqual(said);
    expect(world.no('Transfer', { lot, quantity: 2n, to: 2n })).toEqual(said);
    world.edges.delete('1-2');
    expect(world.no('AcceptTransfer', { signer: account(2), transfer: 1n })[0]).toBe('not_trusted');
    world.ok('WithdrawTransfer', { transfer: 1n });
  });

  test('X-6 production refuses the second signature of anyone but the receiver, or twice', () => {
    const world = new World();
    const lot = world.stock(5n);
    expect(world.no('AcceptTransfer', { transfer: 1n })[0]).toBe('unknown_transfer');
    world.ok('Transfer', { lot, quantity: 5n, to: 2n });
    expect(world.no('AcceptTransfer', { transfer: 1n })[0]).toBe('not_the_owner');
    expect(world.no('WithdrawTransfer', { signer: account(2), transfer: 1n })[0]).toBe(
      'not_the_owner',
    );
    world.ok('AcceptTransfer', { signer: account(2), transfer: 1n });
    expect(world.no('AcceptTransfer', { signer: account(2), transfer: 1n })).toEqual([
      'transfer_over',
      'transfer 1 is accepted already',
    ]);
    expect(world.no('WithdrawTransfer', { transfer: 1n })[0]).toBe('transfer_over');
  });

  test('X-6 production refuses to offer, write off or use goods that are on offer', () => {
    const world = new World();
    const lot = world.stock(5n);
    const id = world.begin();
    world.ok('Transfer', { lot, quantity: 5n, to: 2n });
    const said = ['lot_offered', `lot ${lot} is offered in transfer 1`];
    expect(world.no('Transfer', { lot, quantity: 1n, to: 2n })).toEqual(said);
    const lost = { lot, quantity: 1n, reason: 'rain', ownershipRef: 1n };
    expect(world.no('WriteOff', lost)).toEqual(said);
    const used = { production: id, lot, quantity: 1n, as: 1 };
    expect(world.no('AllocateConsumptive', used)).toEqual(said);
  });
});

describe('2-P6 write-off with reason', () => {
  const reason = 'the cold chain was broken';

  test('takes the value of the part, with the ownership that it had', () => {
    const world = new World();
    const lot = world.goods(3n, 100n);
    const { ownership } = world.lot(lot);
    const lost = world.ok('WriteOff', { lot, quantity: 2n, reason, ownershipRef: ownership });
    expect(World.fact(lost, 'LotWrittenOff')).toMatchObject({
      owner: 1n,
      ownership,
      label: exclusive,
      valueMs: 66n,
      reason,
    });
    expect(world.lot(lot)).toMatchObject({ quantity: 1n, valueMs: 34n });
  });

  test('of a used machine takes what is left of it', () => {
    const world = new World();
    const lot = world.machine(drive, 10n, 100n);
    const id = world.begin();
    const allocated = world.ok('AllocateMeans', { production: id, lot });
    const { allocation } = World.fact(allocated, 'MeansAllocated');
    world.later(3n * 60_000n).ok('DeallocateMeans', { allocation, used: 3n });
    const said = { lot, quantity: 1n, reason, ownershipRef: world.lot(lot).ownership };
    expect(World.fact(world.ok('WriteOff', said), 'LotWrittenOff').valueMs).toBe(70n);
  });

  test.each([
    [{ reason: '' }, 'invalid_reason', 'the reason has 0 bytes, not 1 to 256'],
    [{ reason: 'x'.repeat(257) }, 'invalid_reason', 'the reason has 257 bytes, not 1 to 256'],
    [{ quantity: 0n }, 'zero_quantity', 'quantity is 0'],
    [{ lot: 9n }, 'unknown_lot', 'there is no lot 9'],
    [
      { signer: account(2) },
      'not_the_owner',
      `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
    ],
    [{ quantity: 6n }, 'not_so_much', 'lot 1 has a quantity of 5, not 6'],
    [{ ownershipRef: 7n }, 'wrong_ownership', 'lot 1 is owned by fact 1, not by 7'],
  ])('X-6 production refuses to write off with %j', (change, refused, message) => {
    const world = new World();
    const lot = world.stock(5n);
    const said = { lot, quantity: 5n, reason, ownershipRef: 1n, ...change };
    expect(world.no('WriteOff', said)).toEqual([refused, message]);
  });

  test('X-6 production refuses to write off twice', () => {
    const world = new World();
    const lot = world.stock(5n);
    const said = { lot, quantity: 5n, reason, ownershipRef: 1n };
    world.ok('WriteOff', said);
    expect(world.no('WriteOff', said)).toEqual([
      'already_written_off',
      `lot ${lot} is written off`,
    ]);
    expect(world.lots()).toEqual([]);
  });
});

test('the unit of a durability is minutes, uses or none', () => {
  const { view } = new World().scenario;
  expect(Array.from(view.types.range(), ({ value }) => value.durabilityUnit)).toEqual([
    DurabilityUnit.UNSPECIFIED,
    DurabilityUnit.USES,
    DurabilityUnit.MINUTES,
  ]);
});
