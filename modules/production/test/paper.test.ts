/** What the paper printed, what is right, and why: errata E1 to E12 of docs/spec/002-stachanov. */
import { add, ceil, floor, type Rational, rational, zero } from '../../_kernel/rational.ts';
import { compose, type Element, remaining } from '../composition.ts';
import { aggregateValue, bookedResidual, residual, transfer } from '../value.ts';
import { computer, elements, idOf, made, type Name, names, spell, year } from './computer.ts';

function element(name: Name): Element {
  return computer().find(({ id }) => id === idOf(name)) as Element;
}

/** What each element gives in the second year. */
const secondYear = (name: Name): Rational => transfer([element(name)], year, 2n * year);
const halfUp = (fraction: Rational): bigint => floor(add(fraction, rational(1n, 2n)));

/** The last column of the paper's table, in its order. */
const printed: Readonly<Record<Name, bigint>> = {
  c: 17n,
  m: 50n,
  p: 278n,
  r: 88n,
  h: 80n,
  x: 6n,
  y: 1n,
  m_p: 2n,
  m_r: 1n,
  c_h: 1n,
  'm_r^p': 0n,
  'c*': 3n,
};

test('X-4 002-E1 the year has 356 days in print: harmless to shares, not to durations', () => {
  const inDays = (days: bigint): Rational => {
    const minutes = days * 24n * 60n;
    const same = computer().map((e) => ({ ...e, durability: (e.durability / year) * minutes }));
    return transfer(same, minutes, 2n * minutes);
  };
  expect(year).toBe(512_640n);
  expect(365n * 24n * 60n).toBe(525_600n);
  expect(spell(inDays(356n))).toBe(spell(inDays(365n)));
  expect(365n * 24n * 60n - year).toBe(12_960n);
});

test('X-4 002-E2 the mainboard with CPU has 4 and 3 years left, not 5 and 4', () => {
  const [at1, at2] = [year, 2n * year].map((k) => remaining(element('m_p'), k) / year);
  expect([at1, at2]).toEqual([4n, 3n]);
  expect([at1, at2]).not.toEqual([5n, 4n]);
});

test('X-4 002-E3 the virtual element has value 0 in one table and 2 in the other', () => {
  const { value } = element('m_r^p');
  expect(spell(value)).toBe('0');
  const two = elements().map((e) => (e.id === idOf('m_r^p') ? { ...e, value: rational(2n) } : e));
  const other = made(compose([], two));
  // With 2, the value of the computer would contradict the paper's own 4468.
  expect(spell(aggregateValue(other, idOf('c*')))).toBe('4470');
  expect(halfUp(rational(1000n * 188_809n, 360n))).toBe(524_469n);
  const { num, den } = transfer(other, year, 2n * year);
  expect(halfUp(rational(1000n * num, den))).toBe(524_869n);
});

test('X-4 002-E4 the rows as printed sum to 527, "roughly 530"; exactly it is 524.469', () => {
  const rows = names.map((name) => printed[name]);
  expect(rows.reduce((sum, row) => sum + row)).toBe(527n);
  const exact = names.reduce((sum, name) => add(sum, secondYear(name)), zero);
  expect(spell(exact)).toBe('188809/360');
  const total = (round: (f: Rational) => bigint): bigint =>
    names.reduce((sum, name) => sum + round(secondYear(name)), 0n);
  expect([total(ceil), total(halfUp), total(floor)]).toEqual([527n, 525n, 522n]);
  expect(floor(exact)).toBe(524n);
});

test('X-4 002-E5 530 minutes over 500 000 cars are 0.00106 minutes each, not 0.0016', () => {
  expect(spell(rational(530n, 500_000n))).toBe(spell(rational(106n, 100_000n)));
  expect(spell(rational(530n, 500_000n))).not.toBe(spell(rational(16n, 10_000n)));
  // From the exact sum: 0.0010489 minutes, 0.063 seconds.
  expect(halfUp(rational(188_809n * 10n ** 7n, 360n * 500_000n))).toBe(10_489n);
  expect(halfUp(rational(188_809n * 60_000n, 360n * 500_000n))).toBe(63n);
});

test('X-4 002-E6 two rows are rounded up and the others to the nearest', () => {
  const notNearest = names.filter((name) => printed[name] !== halfUp(secondYear(name)));
  expect(notNearest).toEqual(['m_r', 'c_h']);
  expect(['m_r', 'c_h'].map((name) => spell(secondYear(name as Name)))).toEqual(['1/8', '2/5']);
  expect(notNearest.every((name) => printed[name] === ceil(secondYear(name)))).toBe(true);
});

test('X-4 002-E7 the share is a fraction from 0 to 1, no natural number', () => {
  for (const { durability, ...rest } of computer()) {
    const unit = [{ ...rest, durability, value: rational(1n) }];
    const share = transfer(unit, year, 2n * year);
    expect(share.num > 0n && share.num < share.den).toBe(true);
    // Only over a whole life it is 1.
    expect(spell(transfer(unit, 0n, durability))).toBe('1');
  }
});

test('X-4 002-E8 durability counts minutes in eq 3, and the oven counts uses', () => {
  const oven = (durability: bigint): Rational =>
    transfer(
      made(compose([], [{ id: 1n, value: rational(1800n), durability, parts: [] }])),
      0n,
      1n,
    );
  // Taken for minutes, 3000 would say that the oven is worn out after 50 hours.
  expect(spell(oven(3000n))).toBe('3/5');
  expect(3000n / 60n).toBe(50n);
});

test('X-4 002-E9 full strong trust needs |V|(|V|-1)/2 edges, which is far from |V|!', () => {
  const edges = (size: number): number => {
    let count = 0;
    for (let a = 0; a < size; a += 1) for (let b = a + 1; b < size; b += 1) count += 1;
    return count;
  };
  expect([2, 5, 10, 100].map(edges)).toEqual([1, 10, 45, 4950]);
  expect(edges(10)).toBeLessThan(3_628_800);
});

test('X-4 002-E10 a longer life than estimated lowers no tax: after it nothing more goes over', () => {
  const beyond = 13n * year;
  expect(spell(residual(computer(), beyond))).toBe('0');
  expect(spell(transfer(computer(), 12n * year, beyond))).toBe('0');
  expect(bookedResidual(computer(), beyond, 4468n)).toBe(0n);
});

test('X-4 002-E11 commons alone can take more than all hours, not only write-offs', () => {
  // The paper's 1 - (c + w) / a, with repurposed means in c beside the hours themselves.
  const net = (a: bigint, c: bigint, w: bigint): bigint => a - c - w;
  expect(net(100n, 0n, 110n)).toBeLessThan(0n);
  const [hours, repurposed] = [100n, 1n];
  expect(net(hours, hours + repurposed, 0n)).toBe(-1n);
  expect(net(hours, 95n, 6n)).toBe(-1n);
});

test('X-4 002-E12 an input carries its own value, a store the average one', () => {
  // One loaf of 30 minutes and one of 60: both cost 45 in the store, as inputs 30 and 60.
  const [quick, slow] = [30n, 60n];
  expect(spell(rational(quick + slow, 2n))).toBe('45');
  const used = [quick, slow].map((value) =>
    aggregateValue(
      made(compose([], [{ id: 1n, value: rational(value), durability: 1n, parts: [] }])),
      1n,
    ),
  );
  expect(used.map(spell)).toEqual(['30', '60']);
});
