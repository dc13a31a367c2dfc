import fc from 'fast-check';
import { add, compare, multiply, rational, zero } from '../../_kernel/rational.ts';
import { type Composition, compose, type Element, type NewElement } from '../composition.ts';
import {
  atNoValue,
  bookedResidual,
  bookedSeparation,
  elementResidual,
  residual,
  revalued,
  shareOf,
  transfer,
} from '../value.ts';
import { computer, idOf, made, spell, year } from './computer.ts';

const minuteMs = 60_000n;

/** What is booked as transferred, cut at the given points of use. */
function slices(
  composition: Composition,
  booked: bigint,
  points: readonly bigint[],
): readonly bigint[] {
  let left = booked;
  return points.map((point) => {
    const before = left;
    left = bookedResidual(composition, point, booked);
    return before - left;
  });
}

const years = (count: number): readonly bigint[] =>
  Array.from({ length: count }, (_, index) => BigInt(index + 1) * year);

describe('2-P2 value transfer', () => {
  test('the second year of the computer is 188809/360 minutes', () => {
    expect(spell(transfer(computer(), year, 2n * year))).toBe('188809/360');
  });

  test.each([
    ['c', '1/12', '50/3'],
    ['m', '1/12', '50'],
    ['p', '1/9', '2500/9'],
    ['r', '1/8', '175/2'],
    ['h', '1/5', '80'],
    ['x', '1/5', '6'],
    ['y', '1/10', '1'],
    ['m_p', '1/5', '2'],
    ['m_r', '1/8', '1/8'],
    ['c_h', '1/5', '2/5'],
    ['m_r^p', '1/5', '0'],
    ['c*', '1/5', '3'],
  ] as const)('%s gives %s of itself: %s', (name, share, value) => {
    const element = computer().find(({ id }) => id === idOf(name)) as Element;
    const unit = [{ ...element, value: rational(1n) }];
    expect(spell(transfer(unit, year, 2n * year))).toBe(share);
    expect(spell(transfer([element], year, 2n * year))).toBe(value);
  });

  test('year by year until nothing is left', () => {
    const exact = [0n, ...years(13)].map((k1) => transfer(computer(), k1, k1 + year));
    const thousandths = exact.map(({ num, den }) => (num * 1000n + den / 2n) / den);
    expect(thousandths.slice(0, 13)).toEqual([
      ...[524_469n, 524_469n, 524_469n, 524_469n, 524_469n, 433_069n, 433_069n, 433_069n],
      ...[345_444n, 67_667n, 66_667n, 66_667n, 0n],
    ]);
    expect(spell(transfer(computer(), 0n, 12n * year))).toBe('4468');
    expect(spell(transfer(computer(), 12n * year, 13n * year))).toBe('0');
  });

  test.each([
    [0n, 4_468_000n],
    [2n, 3_419_061n],
    [5n, 1_845_653n],
    [8n, 546_444n],
    [9n, 201_000n],
    [12n, 0n],
  ])('after %i years so much is left, in thousandths', (age, thousandths) => {
    const { num, den } = residual(computer(), age * year);
    expect((num * 1000n + den / 2n) / den).toBe(thousandths);
  });
});

describe('2-P3 integer transfer', () => {
  const yearly = [...[524n, 524n, 525n, 524n, 525n, 433n, 433n, 433n], ...[346n, 67n, 67n, 67n]];

  test('year totals in minutes sum to the whole', () => {
    expect(slices(computer(), 4468n, years(12))).toEqual(yearly);
    expect(yearly.reduce((sum, minutes) => sum + minutes)).toBe(4468n);
  });

  test('year 2 is the same in 1, 2 and 356 slices; element by element and day by day it is not', () => {
    const cut = (parts: bigint): bigint => {
      const points = Array.from(
        { length: Number(parts) },
        (_, index) => year + ((BigInt(index) + 1n) * year) / parts,
      );
      const [, ...second] = slices(computer(), 4468n, [year, ...points]);
      return second.reduce((sum, minutes) => sum + minutes, 0n);
    };
    expect([1n, 2n, 356n].map(cut)).toEqual([524n, 524n, 524n]);
    const day = 24n * 60n;
    const naive = computer().reduce((sum, element) => {
      const { num, den } = transfer([element], year, year + day);
      return sum + (2n * num + den) / (2n * den);
    }, 0n);
    expect(naive * 356n).toBe(356n);
  });

  test('in milliseconds a year is at most one off its exact length, and the whole is exact', () => {
    const yearlyMs = slices(computer(minuteMs), 4468n * minuteMs, years(12));
    expect(yearlyMs.reduce((sum, ms) => sum + ms)).toBe(4468n * minuteMs);
    expect(yearlyMs[1]).toBe(31_468_167n);
    expect(spell(transfer(computer(minuteMs), year, 2n * year))).toBe('94404500/3');
  });

  test('the floor of each element apart would make year 2 a minute longer', () => {
    const apart = computer().reduce((sum, { value, durability }) => {
      const floored = (k: bigint): bigint => (value.num * k) / durability;
      return sum + floored(2n * year) - floored(year);
    }, 0n);
    expect(apart).toBe(525n);
  });
});

describe('2-P4 oven', () => {
  const oven = made(
    compose([], [{ id: 1n, value: rational(1800n), durability: 3000n, parts: [] }]),
  );

  test('one use of 3000 is 3/5 of a minute, a hundredth of an hour', () => {
    expect(spell(transfer(oven, 0n, 1n))).toBe('3/5');
    expect(spell(multiply(transfer(oven, 2999n, 3000n), rational(1n, 60n)))).toBe('1/100');
  });

  test('3000 uses are 1800 minutes, one by one and together', () => {
    const uses = Array.from({ length: 3000 }, (_, index) => BigInt(index + 1));
    expect(slices(oven, 1800n, uses).reduce((sum, minutes) => sum + minutes)).toBe(1800n);
    expect(slices(oven, 1800n, [3000n])).toEqual([1800n]);
    expect(slices(oven, 1800n, [1n, 2n, 3n, 4n, 5n])).toEqual([0n, 1n, 0n, 1n, 1n]);
  });
});

describe('2-P6, 2-N3 component replacement', () => {
  const after = 2n * year;

  test.each([
    ['minutes', 1n, 3420n, 3169n, 251n],
    ['milliseconds', minuteMs, 205_143_667n, 190_131_667n, 15_012_000n],
  ])('the hard drive breaks at two years, in %s', (_, unit, booked, kept, writtenOff) => {
    const whole = computer(unit);
    expect(bookedResidual(whole, after, 4468n * unit)).toBe(booked);
    const broken = bookedSeparation(whole, [idOf('h')], after, booked);
    expect(broken.kept.reduce((sum, value) => sum + value)).toBe(kept);
    expect(broken.writtenOff).toBe(writtenOff);
    expect(spell(residual(broken.lost, after))).toBe(spell(rational(1251n * unit, 5n)));
  });

  test('pieces in order of their smallest id get rounded-up sums', () => {
    const { kept, pieces } = bookedSeparation(computer(), [idOf('h')], after, 3420n);
    const exact = pieces.map((piece) => spell(residual(piece, after)));
    expect(exact).toEqual(['500/3', '107791/36', '8']);
    expect(kept).toEqual([167n, 2994n, 8n]);
  });

  test('what was booked is never exceeded, and the write-off never negative', () => {
    const { kept, writtenOff } = bookedSeparation(computer(), [idOf('h')], after, 200n);
    expect(kept).toEqual([167n, 33n, 0n]);
    expect(writtenOff).toBe(0n);
  });

  test('siblings keep their age, the new drive starts at 0, the new case lasts what is left', () => {
    const { pieces } = bookedSeparation(computer(), [idOf('h')], after, 3420n);
    const old = pieces.flat().map((element) => ({ ...element, age: element.age + after }));
    const repaired = made(
      compose(old, [
        { id: 13n, value: rational(400n), durability: 5n * year, parts: [] },
        { id: 14n, value: rational(2n), parts: [idOf('c'), 13n] },
        { id: 15n, value: rational(15n), parts: [idOf('m_r^p'), 14n, idOf('y')] },
      ]),
    );
    const drive = repaired.find(({ id }) => id === 13n) as Element;
    const whole = repaired.find(({ id }) => id === 15n) as Element;
    expect(drive.age).toBe(0n);
    expect(whole.durability).toBe(3n * year);
    const exact = add(residual(pieces.flat(), after), rational(417n));
    expect(spell(residual(repaired, 0n))).toBe(spell(exact));
    expect(compare(residual(repaired, 10n * year), zero)).toBe(0n);
  });
});

describe('a revaluation', () => {
  const drive = (age: bigint): Element => ({
    id: 1n,
    value: rational(400n),
    durability: 5n * year,
    age,
    parts: [],
  });

  test('keeps what is left and spreads it over the new remaining life', () => {
    const longer = revalued(drive(2n * year), 8n * year);
    expect(spell(residual([longer], 0n))).toBe('240');
    expect(spell(transfer([longer], 0n, year))).toBe('40');
    expect(spell(residual([longer], 6n * year))).toBe('0');
    expect(spell(longer.value)).toBe('320');
  });

  test('never ends a life before its age', () => {
    expect(() => revalued(drive(2n * year), 2n * year)).toThrow('not above the age');
  });

  test('keeps the residual to the last fraction, however often', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 12n),
        fc.bigInt(1n, 10n ** 6n),
        fc.array(fc.tuple(fc.bigInt(0n, 1000n), fc.bigInt(1n, 10n ** 6n)), { maxLength: 5 }),
        (value, durability, changes) => {
          let element: Element = { id: 1n, value: rational(value), durability, age: 0n, parts: [] };
          for (const [used, more] of changes) {
            element = { ...element, age: element.age + used };
            const before = residual([element], 0n);
            element = revalued(element, element.age + more);
            expect(compare(residual([element], 0n), before)).toBe(0n);
          }
        },
      ),
    );
  });
});

/** Products of up to twelve elements, each made of some of those before it. */
const products = fc
  .array(
    fc.record({
      value: fc.bigInt(0n, 10_000n),
      durability: fc.bigInt(1n, 50n),
      parts: fc.array(fc.nat(11), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    made(
      compose(
        [],
        list.map(({ value, durability, parts }, index): NewElement => {
          const ids = [...new Set(parts.filter((part) => part < index))];
          return {
            id: BigInt(index),
            value: rational(value),
            ...(ids.length === 0 ? { durability } : {}),
            parts: ids.map(BigInt),
          };
        }),
      ),
    ),
  );
const whole = (product: Composition): bigint =>
  product.reduce((sum, { value }) => sum + value.num, 0n);

test('2-P3 any slicing of any product sums to its value, never falls below 0, and only grows', () => {
  fc.assert(
    fc.property(products, fc.array(fc.bigInt(0n, 60n), { maxLength: 30 }), (product, cuts) => {
      const points = [...cuts, 60n].sort((a, b) => (a < b ? -1 : 1));
      const parts = slices(product, whole(product), points);
      expect(parts.every((part) => part >= 0n)).toBe(true);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole(product));
      const [point] = points as [bigint];
      const exact = transfer(product, 0n, point);
      expect(parts[0]).toBe(exact.num / exact.den);
    }),
  );
});

test('2-N3 pieces and write-off sum to what was booked, whatever is lost', () => {
  fc.assert(
    fc.property(
      products,
      fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
      fc.bigInt(0n, 60n),
      (product, picks, used) => {
        const ids = [...new Set(picks.map((pick) => BigInt(pick % product.length)))];
        const booked = bookedResidual(product, used, whole(product));
        const { kept, pieces, lost, writtenOff } = bookedSeparation(product, ids, used, booked);
        expect([...kept, writtenOff].every((part) => part >= 0n)).toBe(true);
        expect([...kept, writtenOff].reduce((sum, part) => sum + part, 0n)).toBe(booked);
        expect(pieces.flat().length + lost.length).toBe(product.length);
        expect(kept.length).toBe(pieces.length);
      },
    ),
  );
});

test('the fraction of ten thousand elements of ten thousand lives is exact', () => {
  const product: Composition = Array.from({ length: 10_000 }, (_, index) => ({
    id: BigInt(index),
    value: rational(10n ** 9n),
    durability: 1_000_003n + 7n * BigInt(index),
    age: 0n,
    parts: [],
  }));
  const half = bookedResidual(product, 500_000n, 10n ** 13n);
  const floors = product.reduce((sum, element) => {
    const { num, den } = elementResidual(element, 500_000n);
    return sum + num / den;
  }, 0n);
  expect(half - floors).toBeGreaterThan(0n);
  expect(half - floors).toBeLessThanOrEqual(10_000n);
});

test('shares of a lot leave the remainder behind, so that nothing is lost', () => {
  expect(shareOf(100n, 1n, 3n)).toBe(33n);
  expect(shareOf(67n, 1n, 2n)).toBe(33n);
  expect(shareOf(34n, 1n, 1n)).toBe(34n);
  expect(() => shareOf(1n, 2n, 1n)).toThrow('2 of 1');
});

test('goods that enter at 0 transfer 0 and keep their lives', () => {
  const free = atNoValue(computer());
  expect(spell(residual(free, 0n))).toBe('0');
  expect(free.map(({ durability }) => durability)).toEqual(
    computer().map(({ durability }) => durability),
  );
});
