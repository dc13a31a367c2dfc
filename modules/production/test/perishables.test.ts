import { DurabilityUnit } from '../types.ts';
import { hour, minute, World } from './world.ts';

/** Goods that last ten hours by the calendar, used or not, worth 600 ms. */
function perishable() {
  const world = new World();
  const defined = world.ok('DefineType', {
    ...{ collective: 1n, name: 'yeast', unit: 'piece' },
    durabilityUnit: DurabilityUnit.CALENDAR,
  });
  const type = World.fact(defined, 'TypeDefined').productType;
  return { world, type, lot: world.machine(type, 600n, 600n) };
}

test('perishables age by the calendar: who uses them takes on what was lost since', () => {
  const { world, lot } = perishable();
  const production = world.begin();
  world.later(3n * hour);
  world.ok('AllocateMeans', { production, lot });
  world.later(hour);
  expect(world.no('DeallocateMeans', { allocation: 1n, used: 60n })).toEqual([
    'used_by_calendar',
    `lot ${lot} ages by the calendar`,
  ]);
  const freed = world.ok('DeallocateMeans', { allocation: 1n });
  expect(World.fact(freed, 'MeansDeallocated')).toMatchObject({ used: 240n, transferMs: 240n });
  expect(world.lot(lot)).toMatchObject({ used: 240n, valueMs: 360n });
});

test('what has perished is no part, and minutes of use do not count', () => {
  const { world, type, lot } = perishable();
  const production = world.begin({ type });
  world.later(600n * minute - 1n);
  world.ok('AllocateMeans', { production, lot });
  world.later(1n);
  world.ok('DeallocateMeans', { allocation: 1n });
  expect(world.lot(lot)).toMatchObject({ used: 600n, valueMs: 0n });
  const part = { production, lot, quantity: 1n, as: 2 };
  expect(world.no('AllocateConsumptive', part)[0]).toBe('worn_out');
});

test('built in, they keep their age, and go on ageing in the product', () => {
  const { world, type, lot } = perishable();
  const production = world.begin({ type });
  world.later(2n * hour);
  const element = world.scenario.view.compositions.get(lot as never)?.elements[0]?.id ?? 0n;
  world.ok('AllocateConsumptive', { production, lot, quantity: 1n, as: 2 });
  world.work(production, hour);
  const line = {
    ...{ type, quantity: 1n, valueMs: hour + 600n },
    elements: [{ valueMs: hour, parts: [element] }],
  };
  const made = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
  expect(made.composition?.elements).toMatchObject([
    { age: 180n, durability: 600n },
    { age: 0n, durability: 420n },
  ]);
  const next = world.begin();
  world.later(420n * minute);
  world.ok('AllocateMeans', { production: next, lot: made.lot });
  const freed = world.ok('DeallocateMeans', { allocation: 1n });
  expect(World.fact(freed, 'MeansDeallocated').transferMs).toBe(hour + 600n);
});
