import { Label } from '../types.ts';
import { names, year } from './computer.ts';
import { drive, flour, minute, oven, World } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Lots of collective 1 built into a production. */
function buildIn(world: World, production: bigint, ...lots: readonly bigint[]): void {
  for (const lot of lots) {
    world.ok('AllocateConsumptive', { production, lot, quantity: 1n, as: 2 });
  }
}

const elementsOf = (world: World, lot: bigint) =>
  world.scenario.view.compositions.get(lot as never)?.elements ?? [];

/** A new element upon old ones. */
const upon = (valueMs: bigint, ...parts: readonly bigint[]): Fields => ({ valueMs, parts });

function one(type: bigint, valueMs: bigint, ...elements: readonly Fields[]): Fields {
  return { type, quantity: 1n, valueMs, elements };
}

/** Two ovens of 5 and 7 uses, worth 500 and 700 ms, as parts of a production. */
function kitchen(): { world: World; id: bigint; ovens: readonly [bigint, bigint] } {
  const world = new World();
  const ovens = [world.machine(oven, 5n, 500n), world.machine(oven, 7n, 700n)] as const;
  const id = world.begin({ type: oven });
  buildIn(world, id, ...ovens);
  return { world, id, ovens };
}

describe('2-P1 the computer, made on the chain', () => {
  /** Ids of the elements by the paper's names, and the lot that holds the last one made. */
  function assemble(): { world: World; lot: bigint; id: (name: string) => bigint } {
    const world = new World();
    const ids = new Map<string, bigint>();
    const lots = new Map<string, bigint>();
    const make = (name: string, minutes: bigint, durability: bigint, from: readonly string[]) => {
      const production = world.begin({ type: drive }, 4468n * minute);
      const used = [...new Set(from.map((part) => lots.get(part) ?? 0n))];
      const carried = used.reduce((sum, lot) => sum + world.lot(lot).valueMs, 0n);
      buildIn(world, production, ...used);
      if (minutes > 0n) world.work(production, minutes * minute);
      const parts = from.map((part) => ids.get(part) ?? 0n);
      const valueMs = minutes * minute;
      const line = one(drive, valueMs + carried, { valueMs, durability, parts });
      const done = world.ok('Output', { production, lines: [line] });
      const { lot, composition } = World.fact(done, 'LotProduced');
      ids.set(name, composition?.elements.at(-1)?.id ?? 0n);
      for (const [known, id] of ids) {
        if (composition?.elements.some((element) => element.id === id)) lots.set(known, lot);
      }
      return lot;
    };
    make('c', 200n, 12n * year, []);
    make('m', 600n, 12n * year, []);
    make('p', 2500n, 9n * year, []);
    make('r', 700n, 8n * year, []);
    make('h', 400n, 5n * year, []);
    make('x', 30n, 5n * year, []);
    make('y', 10n, 10n * year, []);
    make('m_p', 10n, 0n, ['x', 'p', 'm']);
    // The mainboard is inside m_p by now: the lot gets a second root.
    make('m_r', 1n, 0n, ['m', 'r']);
    make('c_h', 2n, 0n, ['c', 'h']);
    make('m_r^p', 0n, 0n, ['m_p', 'm_r']);
    const lot = make('c*', 15n, 0n, ['m_r^p', 'c_h', 'y']);
    return { world, lot, id: (name) => ids.get(name) ?? 0n };
  }

  test('carries 4468 minutes in twelve elements and lasts five years', () => {
    const { world, lot, id } = assemble();
    expect(world.lot(lot)).toMatchObject({ valueMs: 4468n * minute, quantity: 1n });
    const elements = elementsOf(world, lot);
    expect(elements.length).toBe(names.length);
    const years = (name: string): bigint | undefined => {
      const found = elements.find((element) => element.id === id(name));
      return found && found.durability / year;
    };
    expect(['m_p', 'm_r', 'c_h', 'm_r^p', 'c*'].map(years)).toEqual([5n, 8n, 5n, 5n, 5n]);
    expect(world.lots().length).toBe(1);
  });

  test('2-P2, 2-P3 and gives its second year in milliseconds, in one piece or in two', () => {
    const used = (...parts: readonly bigint[]): readonly bigint[] => {
      const { world, lot } = assemble();
      const id = world.begin();
      return parts.map((minutes) => {
        const given = world.ok('AllocateMeans', { production: id, lot });
        const { allocation } = World.fact(given, 'MeansAllocated');
        world.later(minutes * minute);
        const done = world.ok('DeallocateMeans', { allocation, used: minutes });
        return World.fact(done, 'MeansDeallocated').transferMs;
      });
    };
    const [first, second] = used(year, year);
    // 188809/360 minutes are 31468166.67 ms.
    expect([first, second]).toEqual([31_468_166n, 31_468_167n]);
    const [, ...halves] = used(year, year / 2n, year / 2n);
    expect(halves.reduce((sum, ms) => sum + ms)).toBe(31_468_167n);
  });
});

test('used parts keep their ages, and their booked value goes over', () => {
  const world = new World();
  const [old, young] = [world.machine(oven, 3n, 100n), world.machine(oven, 5n, 200n)];
  const id = world.begin({ type: oven });
  const given = world.ok('AllocateMeans', { production: id, lot: old });
  const { allocation } = World.fact(given, 'MeansAllocated');
  world.ok('DeallocateMeans', { allocation, used: 1n });
  // 100 * 2/3 is booked at 67, the transfer at 33.
  expect(world.lot(old).valueMs).toBe(67n);
  buildIn(world, id, old, young);
  const [a, b] = [elementsOf(world, old), elementsOf(world, young)];
  const parts = [...a, ...b].map((element) => element.id);
  const line = one(oven, 300n, { valueMs: 33n, parts });
  const done = world.ok('Output', { production: id, lines: [line] });
  const { lot, composition } = World.fact(done, 'LotProduced');
  expect(composition?.elements.map(({ age, durability }) => [age, durability])).toEqual([
    [1n, 3n],
    [0n, 5n],
    [0n, 2n],
  ]);
  expect(world.lot(lot).valueMs).toBe(300n);
});

test('several new elements of a line name each other by their place', () => {
  const { world, id, ovens } = kitchen();
  const [first, second] = ovens.map((lot) => elementsOf(world, lot)[0]?.id ?? 0n);
  const line = one(
    oven,
    1200n,
    { ...upon(0n, first as bigint), ownParts: [1] },
    upon(0n, second as bigint),
  );
  const done = world.ok('Output', { production: id, lines: [line] });
  const { composition } = World.fact(done, 'LotProduced');
  expect(composition?.elements.map(({ durability }) => durability)).toEqual([5n, 7n, 7n, 5n]);
});

test('2-P8 a common part of an exclusive product enters at 0', () => {
  const world = new World();
  world.makeCommon(oven);
  const making = world.begin({ type: oven, label: Label.COMMONS });
  world.work(making, 1000n);
  const lines = [one(oven, 1000n, { valueMs: 1000n, durability: 10n })];
  const { lot } = World.fact(world.ok('Output', { production: making, lines }), 'LotProduced');
  const id = world.begin({ type: oven });
  buildIn(world, id, lot);
  const [element] = elementsOf(world, lot);
  const line = one(oven, 0n, upon(0n, element?.id ?? 0n));
  const done = World.fact(world.ok('Output', { production: id, lines: [line] }), 'LotProduced');
  expect(done.valueMs).toBe(0n);
  expect(done.composition?.elements.map(({ valueMs }) => valueMs)).toEqual([0n, 0n]);
});

describe('a line of durable goods', () => {
  const both = (world: World, ovens: readonly bigint[]): readonly bigint[] =>
    ovens.map((lot) => elementsOf(world, lot)[0]?.id ?? 0n);

  test.each([
    ['of an unknown part', () => [upon(0n, 99n)], 'has no part 99 to build in'],
    [
      'of a part named twice',
      ([a = 0n]: readonly bigint[]) => [upon(0n, a, a)],
      'builds part 1 into element 3 twice',
    ],
    [
      'of an element inside itself',
      ([a = 0n]: readonly bigint[]) => [{ ...upon(0n, a), ownParts: [0] }],
      'has element 3 inside itself',
    ],
    [
      'of a place that is none',
      ([a = 0n]: readonly bigint[]) => [{ ...upon(0n, a), ownParts: [1] }],
      'has no part 4 for element 3',
    ],
    [
      'of an element without durability',
      ([a = 0n]: readonly bigint[]) => [{ ...upon(0n, a), ownParts: [1] }, upon(0n)],
      'gives element 4, which has no parts, no durability',
    ],
    [
      'whose assembly is given a durability',
      ([a = 0n]: readonly bigint[]) => [{ ...upon(0n, a), durability: 4n }],
      'gives element 3 a durability; its parts make it',
    ],
    [
      'that nothing joins',
      ([a = 0n, b = 0n]: readonly bigint[]) => [upon(0n, a), upon(0n, b)],
      'is 2 pieces that nothing joins',
    ],
  ])('X-6 production refuses one %s', (_, elements, problem) => {
    const { world, id, ovens } = kitchen();
    const line = one(oven, 1200n, ...elements(both(world, ovens)));
    expect(world.no('Output', { production: id, lines: [line] })).toEqual([
      'malformed_composition',
      `the composition ${problem}`,
    ]);
  });

  test('X-6 production refuses a part that is worn out, though others in its lot are not', () => {
    const world = new World();
    const lots = [world.machine(oven, 2n, 100n), world.machine(oven, 9n, 100n)];
    const [short, long] = both(world, lots) as [bigint, bigint];
    const id = world.begin({ type: oven });
    buildIn(world, id, ...lots);
    const joined = one(oven, 200n, upon(0n, short, long));
    const made = world.ok('Output', { production: id, lines: [joined] });
    const { lot } = World.fact(made, 'LotProduced');
    const next = world.begin({ type: oven });
    const given = world.ok('AllocateMeans', { production: next, lot });
    const { allocation } = World.fact(given, 'MeansAllocated');
    world.ok('DeallocateMeans', { allocation, used: 2n });
    buildIn(world, next, lot);
    const left = 78n;
    expect(world.lot(lot).valueMs).toBe(left);
    const upOn = (part: bigint) => [one(oven, 122n + left, upon(122n, part))];
    const said = ['worn_out', `lot ${lot} is worn out`];
    expect(world.no('Output', { production: next, lines: upOn(short) })).toEqual(said);
    world.ok('Output', { production: next, lines: upOn(long) });
  });

  test('X-6 production refuses a part in two lines, and a part in none', () => {
    const { world, id, ovens } = kitchen();
    const [a, b] = both(world, ovens) as [bigint, bigint];
    const twice = [one(oven, 1200n, upon(0n, a, b)), one(oven, 700n, upon(0n, b))];
    expect(world.no('Output', { production: id, lines: twice })).toEqual([
      'part_twice',
      `lot ${ovens[1]} is in two lines`,
    ]);
    const never = [one(oven, 500n, upon(0n, a)), { type: flour, quantity: 1n, valueMs: 700n }];
    expect(world.no('Output', { production: id, lines: never })).toEqual([
      'part_never',
      `lot ${ovens[1]} is in no line`,
    ]);
    const right = [one(oven, 500n, upon(0n, a)), one(oven, 700n, upon(0n, b))];
    world.ok('Output', { production: id, lines: right });
  });

  test('X-6 production refuses minutes and uses in one product', () => {
    const { world, id, ovens } = kitchen();
    const line = one(drive, 1200n, upon(0n, ...both(world, ovens)));
    expect(world.no('Output', { production: id, lines: [line] })).toEqual([
      'mixed_durability_units',
      `type 3 and the part ${ovens[0]} count durability in different units`,
    ]);
  });

  test.each([1199n, 1201n])('X-6 production refuses one said to be worth %i ms', (valueMs) => {
    const { world, id, ovens } = kitchen();
    const lines = [one(oven, valueMs, upon(0n, ...both(world, ovens)))];
    expect(world.no('Output', { production: id, lines })).toEqual([
      'wrong_line_value',
      `line 0 says ${valueMs} ms, its elements and parts make 1200 ms`,
    ]);
  });
});
