import { floor } from '../../_kernel/rational.ts';
import { fromStored } from '../keys.ts';
import { Label } from '../types.ts';
import { residual } from '../value.ts';
import { account, drive, flour, hour, minute, oven, World } from './world.ts';

const year = 356n * 24n * 60n;

/** The paper's computer on the chain, made of lots, with the ids of its elements by name. */
function computer(): { world: World; lot: bigint; id: (name: string) => bigint } {
  const world = new World();
  const ids = new Map<string, bigint>();
  const lots = new Map<string, bigint>();
  const make = (name: string, minutes: bigint, years: bigint, from: readonly string[] = []) => {
    const production = world.begin({ type: drive }, 4468n * minute);
    const used = [...new Set(from.map((part) => lots.get(part) ?? 0n))];
    const carried = used.reduce((sum, lot) => sum + world.lot(lot).valueMs, 0n);
    for (const lot of used) {
      world.ok('AllocateConsumptive', { production, lot, quantity: 1n, as: 2 });
    }
    const valueMs = minutes * minute;
    if (minutes > 0n) world.work(production, valueMs);
    const parts = from.map((part) => ids.get(part) ?? 0n);
    const element = { valueMs, durability: years * year, parts };
    const line = { type: drive, quantity: 1n, valueMs: valueMs + carried, elements: [element] };
    const { lot, composition } = World.fact(
      world.ok('Output', { production, lines: [line] }),
      'LotProduced',
    );
    ids.set(name, composition?.elements.at(-1)?.id ?? 0n);
    for (const name_ of [name, ...from]) lots.set(name_, lot);
    for (const [other, at] of lots) if (used.includes(at)) lots.set(other, lot);
  };
  make('c', 200n, 12n);
  make('m', 600n, 12n);
  make('p', 2500n, 9n);
  make('r', 700n, 8n);
  make('h', 400n, 5n);
  make('x', 30n, 5n);
  make('y', 10n, 10n);
  make('m_p', 10n, 0n, ['x', 'p', 'm']);
  make('m_r', 1n, 0n, ['m', 'r']);
  make('c_h', 2n, 0n, ['c', 'h']);
  make('m_r^p', 0n, 0n, ['m_p', 'm_r']);
  make('c*', 15n, 0n, ['m_r^p', 'c_h', 'y']);
  return { world, lot: lots.get('c*') ?? 0n, id: (name) => ids.get(name) ?? 0n };
}

/** Used for two years, as a means of production. */
function atTwoYears() {
  const made = computer();
  const { world, lot } = made;
  const production = world.begin({}, 2000n * minute);
  const { allocation } = World.fact(
    world.ok('AllocateMeans', { production, lot }),
    'MeansAllocated',
  );
  world.later(2n * year * minute);
  world.ok('DeallocateMeans', { allocation, used: 2n * year });
  return { ...made, production };
}

const broken = 'hard drive broken';

describe('2-P6 the hard drive breaks after two years', () => {
  test('booked 205 143 667 ms = kept 190 131 667 + written off 15 012 000 (exact 250.2 min)', () => {
    const { world, lot, id } = atTwoYears();
    const before = world.lot(lot);
    expect(before.valueMs).toBe(205_143_667n);
    const parts = [id('c'), id('m'), id('y')];
    const outcome = world.ok('Separate', {
      ...{ lot, lost: [id('h')], reason: broken, ownershipRef: before.ownership },
      types: parts.map(() => drive),
    });
    const { writtenOffMs } = World.fact(outcome, 'LotSeparated');
    expect(writtenOffMs).toBe(15_012_000n);
    const pieces = outcome.events.filter((event) => event.type === 'PieceKept');
    const kept = pieces.reduce((sum, { valueMs }) => sum + valueMs, 0n);
    expect(kept).toBe(190_131_667n);
    expect(kept + writtenOffMs).toBe(before.valueMs);
    expect(world.sums().w).toBe(15_012_000n);
    expect(world.lot(lot)).toMatchObject({ stage: 'separated', valueMs: 0n });
    for (const { piece, valueMs } of pieces) {
      expect(world.lot(piece)).toMatchObject({ valueMs, stage: 'free', used: 0n });
    }
    expect(world.no('Shelve', { lot, quantity: 1n })[0]).toBe('lot_separated');
  });
});

describe('2-N3 a component is replaced in a machine that has run', () => {
  test('pieces keep their ages, the new drive begins at 0, the new assembly lasts as its parts', () => {
    const { world, lot, id } = atTwoYears();
    const { ownership: ownershipRef } = world.lot(lot);
    const outcome = world.ok('Separate', {
      ...{ lot, lost: [id('h')], reason: broken, ownershipRef },
      types: [drive, drive, drive],
    });
    const pieces = outcome.events.flatMap((event) =>
      event.type === 'PieceKept' ? [event.piece] : [],
    );
    const [chassis = 0n] = pieces;
    const aged = fromStored(
      world.scenario.view.compositions.get(chassis as never) ?? { elements: [] },
    );
    expect(aged).toMatchObject([{ id: id('c'), durability: 12n * year, age: 2n * year }]);

    const fresh = world.machine(drive, 5n * year, 400n * minute);
    const production = world.begin({ type: drive }, 500n * minute);
    for (const part of [chassis, fresh]) {
      world.ok('AllocateConsumptive', { production, lot: part, quantity: 1n, as: 2 });
    }
    world.work(production, 2n * minute);
    const parts = [id('c'), id('c*') + 1n];
    const carried = world.lot(chassis).valueMs + 400n * minute;
    const line = {
      ...{ type: drive, quantity: 1n, valueMs: 2n * minute + carried },
      elements: [{ valueMs: 2n * minute, parts }],
    };
    const made = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
    const [old, young, assembly] = made.composition?.elements ?? [];
    expect(old).toMatchObject({ age: 2n * year });
    expect(young).toMatchObject({ age: 0n, durability: 5n * year });
    // The chassis has 10 years left, the drive 5: the least of both.
    expect(assembly).toMatchObject({ age: 0n, durability: 5n * year });
  });
});

test('a piece of a type that is common here becomes common, and is owed', () => {
  const { world, lot, id } = atTwoYears();
  world.makeCommon(oven);
  const defined = world.ok('DefineType', {
    ...{ collective: 1n, name: 'chassis', unit: 'piece', durabilityUnit: 1 },
  });
  const chassis = World.fact(defined, 'TypeDefined').productType;
  world.makeCommon(chassis);
  const { ownership: ownershipRef } = world.lot(lot);
  const apart = { lot, lost: [id('h')], reason: broken, ownershipRef };
  const outcome = world.ok('Separate', { ...apart, types: [chassis, drive, drive] });
  const [piece] = outcome.events.filter((event) => event.type === 'PieceKept');
  expect(world.lot(piece?.piece ?? 0n).label).toBe(Label.COMMONS);
  expect(World.fact(outcome, 'DebtMoved').byMs).toBe(piece?.valueMs);
});

describe('X-6 production refuses to take apart', () => {
  const { world, lot, id } = atTwoYears();
  const said = {
    ...{ lot, lost: [id('h')], reason: broken, ownershipRef: world.lot(lot).ownership },
    types: [drive, drive, drive],
  };

  test.each<[string, object, string, string]>([
    ['without a loss', { lost: [] }, 'nothing_lost', 'nothing is lost'],
    ['without a reason', { reason: '' }, 'invalid_reason', 'the reason has 0 bytes, not 1 to 256'],
    [
      'by elements out of order',
      { lost: [id('h'), id('c')] },
      'not_ascending',
      `${id('c')} of lost is not above the one before`,
    ],
    ['by elements of others', { lost: [99n] }, 'unknown_element', `lot ${lot} has no element 99`],
    [
      'by another ownership',
      { ownershipRef: 1n },
      'wrong_ownership',
      `lot ${lot} is owned by fact ${world.lot(lot).ownership}, not by 1`,
    ],
    [
      'into pieces of no type',
      { types: [drive] },
      'wrong_pieces',
      '1 pieces are named where there are 3',
    ],
    [
      'into pieces of types that count otherwise',
      { types: [drive, drive, oven] },
      'mixed_durability_units',
      `type ${oven} and the part ${lot} count durability in different units`,
    ],
    [
      'into pieces of unknown types',
      { types: [drive, drive, 9n] },
      'unknown_type',
      'there is no product type 9',
    ],
    ['what is not there', { lot: 99n }, 'unknown_lot', 'there is no lot 99'],
  ])('%s', (_, change, refused, message) => {
    expect(world.no('Separate', { ...said, ...change })).toEqual([refused, message]);
  });

  test('what has no parts', () => {
    const other = new World();
    const grain = other.goods(5n, hour);
    const { ownership: ownershipRef } = other.lot(grain);
    const apart = { lot: grain, lost: [1n], reason: broken, ownershipRef, types: [] };
    expect(other.no('Separate', apart)[0]).toBe('not_durable');
  });
});

describe('a durability that was wrong (D2.9)', () => {
  test('leaves what is left of the value, spread over the new life', () => {
    const world = new World();
    const lot = world.machine(oven, 10n, 1000n);
    const production = world.begin();
    world.ok('AllocateMeans', { production, lot });
    world.ok('DeallocateMeans', { allocation: 1n, used: 3n });
    world.ok('Revalue', { lot, durability: 17n });
    expect(world.lot(lot)).toMatchObject({ valueMs: 700n, used: 0n, revaluations: 1n });
    const stored = world.scenario.view.compositions.get(lot as never) ?? { elements: [] };
    // R = 700 at age 3; 700 * 17 / 14 when new.
    expect(stored.elements).toMatchObject([{ valueMs: 850n, durability: 17n, age: 3n }]);
    expect(floor(residual(fromStored(stored), 0n))).toBe(700n);
    world.ok('AllocateMeans', { production, lot });
    const used = World.fact(
      world.ok('DeallocateMeans', { allocation: 2n, used: 7n }),
      'MeansDeallocated',
    );
    expect(used.transferMs).toBe(350n);
  });

  test('of a part makes the assembly last as long as its parts, each with the rest it had', () => {
    const { world, lot, id } = atTwoYears();
    const before = fromStored(
      world.scenario.view.compositions.get(lot as never) ?? { elements: [] },
    );
    world.ok('Revalue', { lot, durability: 6n * year, element: id('h') });
    const after = fromStored(
      world.scenario.view.compositions.get(lot as never) ?? { elements: [] },
    );
    expect(residual(after, 0n)).toEqual(residual(before, 2n * year));
    const named = (name: string) => after.find((element) => element.id === id(name));
    expect(named('c_h')?.durability).toBe(6n * year);
    // The mainboard's fan still lasts five years, and with it the computer.
    expect(named('c*')?.durability).toBe(5n * year);
    expect(world.lot(lot).valueMs).toBe(205_143_667n);
  });

  test('X-6 production refuses one that is used up, of an assembly, of nothing', () => {
    const { world, lot, id } = atTwoYears();
    const no = (element: bigint, durability: bigint) =>
      world.no('Revalue', { lot, element, durability });
    expect(no(id('h'), 2n * year)).toEqual([
      'not_above_age',
      `a durability of ${2n * year} is not above the age ${2n * year} of element ${id('h')}`,
    ]);
    expect(no(id('c_h'), 9n * year)).toEqual([
      'has_parts',
      `element ${id('c_h')} lasts as long as its parts`,
    ]);
    expect(no(0n, 9n * year)[0]).toBe('unknown_element');
    expect(no(id('h'), 0n)[0]).toBe('zero_quantity');
    expect(world.no('Revalue', { lot: world.stock(3n), durability: 9n })[0]).toBe('not_durable');
  });

  test('X-6 production refuses one whose fraction would not fit', () => {
    const world = new World();
    const lot = world.machine(oven, (1n << 62n) + 1n, hour + 3n);
    const production = world.begin();
    world.ok('AllocateMeans', { production, lot });
    world.ok('DeallocateMeans', { allocation: 1n, used: 7n });
    expect(world.no('Revalue', { lot, durability: (1n << 61n) + 3n })[0]).toBe('too_much');
  });
});

describe('lots that become one', () => {
  test('lose no millisecond and can be split again', () => {
    const world = new World();
    const lots = [world.goods(3n, 100n), world.goods(4n, 11n)];
    const { into, ownership } = World.fact(world.ok('MergeLots', { lots }), 'LotsMerged');
    expect(world.lot(into)).toMatchObject({ quantity: 7n, valueMs: 111n, ownership });
    expect(world.no('MergeLots', { lots })).toEqual([
      'lot_merged',
      `lot ${lots[0]} went up in lot ${into}`,
    ]);
    world.ok('WriteOff', { lot: into, quantity: 2n, reason: 'rain', ownershipRef: ownership });
    expect(world.lot(into)).toMatchObject({ quantity: 5n, valueMs: 80n });
  });

  test('X-6 production refuses others', () => {
    const world = new World();
    const lot = world.goods(3n, 100n);
    const [a, b] = [world.piece(oven, 5n), world.piece(oven, 5n)];
    const no = (...lots: readonly bigint[]) => world.no('MergeLots', { lots });
    expect(no(lot)).toEqual(['too_few_lots', "1 lots can't become one"]);
    expect(no(lot, lot)[0]).toBe('not_ascending');
    expect(no(lot, a)).toEqual([
      'unlike_lots',
      `lots ${lot} and ${a} differ in owner, type or label`,
    ]);
    expect(no(a, b)[0]).toBe('not_one_by_one');
    expect(no(lot, 99n)[0]).toBe('unknown_lot');
    world.makeCommon(flour);
    const common = world.goods(3n, 100n, Label.COMMONS);
    expect(no(lot, common)[0]).toBe('unlike_lots');
    world.ok('Transfer', { lot, quantity: 3n, to: 2n });
    expect(no(lot, common)[0]).toBe('lot_offered');
  });

  test('X-6 production refuses a sum above 64 bits', () => {
    const world = new World();
    const lots = [world.stock((1n << 64n) - 1n), world.stock(1n)];
    expect(world.no('MergeLots', { lots })[0]).toBe('too_much');
    expect(world.no('MergeLots', { lots, signer: account(2) })[0]).toBe('not_the_owner');
  });
});
