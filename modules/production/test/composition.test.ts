import { add, rational } from '../../_kernel/rational.ts';
import {
  aged,
  type Composition,
  compose,
  type Element,
  elementsWithin,
  isWornOut,
  type NewElement,
  separate,
} from '../composition.ts';
import { aggregateValue, bookedResidual } from '../value.ts';
import { computer, elements, idOf, made, type Name, names, spell, year } from './computer.ts';

const part = (id: bigint, durability = 1n): NewElement => ({
  id,
  value: rational(1n),
  durability,
  parts: [],
});
const assembly = (id: bigint, ...parts: readonly bigint[]): NewElement => ({
  id,
  value: rational(1n),
  parts,
});

function namesOf(composition: Composition): readonly Name[] {
  return composition.map(({ id }) => names[Number(id) - 1] as Name);
}

function element(name: Name): Element {
  return computer().find(({ id }) => id === idOf(name)) as Element;
}

describe('2-P1 composition tables', () => {
  test.each([
    ['c', 12n, '200'],
    ['m', 12n, '600'],
    ['p', 9n, '2500'],
    ['r', 8n, '700'],
    ['h', 5n, '400'],
    ['x', 5n, '30'],
    ['y', 10n, '10'],
    ['m_p', 5n, '3140'],
    ['m_r', 8n, '1301'],
    ['c_h', 5n, '602'],
    ['m_r^p', 5n, '3841'],
    ['c*', 5n, '4468'],
  ] as const)('%s lasts %i years and is worth %s minutes', (name, years, value) => {
    expect(element(name).durability).toBe(years * year);
    expect(spell(aggregateValue(computer(), idOf(name)))).toBe(value);
  });

  test('all values of all instances sum to the value of the whole', () => {
    const sum = computer().reduce((total, { value }) => add(total, value), rational(0n));
    expect(spell(sum)).toBe('4468');
  });

  test('a shared instance counts once: a recursion without sets counts the mainboard twice', () => {
    const naive = (name: bigint): bigint => {
      const { value, parts } = computer().find(({ id }) => id === name) as Element;
      return value.num + parts.reduce((sum, id) => sum + naive(id), 0n);
    };
    expect(naive(idOf('m_r^p'))).toBe(4441n);
    expect(naive(idOf('c*'))).toBe(5068n);
  });

  test('a cycle is found wherever it hides, also of one element', () => {
    expect(compose([], [part(1n), assembly(2n, 3n), assembly(3n, 1n, 2n)])).toEqual({
      kind: 'cycle',
      id: 2n,
    });
    expect(compose([], [assembly(1n, 1n)])).toEqual({ kind: 'cycle', id: 1n });
  });

  test('the order in which elements are named makes no difference', () => {
    const values = (composition: Composition): readonly string[] =>
      names.map((name) => spell(aggregateValue(composition, idOf(name))));
    expect(values(made(compose([], elements().toReversed())))).toEqual(values(computer()));
  });
});

describe('a composition is refused', () => {
  test.each([
    ['that names an element twice', [part(1n), part(1n)], { kind: 'repeated_element', id: 1n }],
    ['of a part that nobody knows', [assembly(1n, 7n)], { kind: 'unknown_part', id: 1n, part: 7n }],
    [
      'that builds a part in twice',
      [part(1n), assembly(2n, 1n, 1n)],
      { kind: 'repeated_part', id: 2n, part: 1n },
    ],
    ['of a part that lasts 0', [part(1n, 0n)], { kind: 'no_durability', id: 1n }],
    [
      'whose assembly is said to last longer than its parts',
      [part(1n), { ...assembly(2n, 1n), durability: 2n }],
      { kind: 'derived_durability', id: 2n },
    ],
    ['of a part that lasts less', [part(1n, -1n)], { kind: 'no_durability', id: 1n }],
  ])('%s', (_, added, problem) => {
    expect(compose([], added)).toEqual(problem);
  });

  test('whose part is worn out', () => {
    const worn = aged(made(compose([], [part(1n, 5n)])), 5n);
    expect(compose(worn, [assembly(2n, 1n)])).toEqual({ kind: 'worn_out', id: 2n, part: 1n });
    expect(compose(worn, [part(1n)])).toEqual({ kind: 'repeated_element', id: 1n });
  });
});

test('an assembly of used parts lasts as long as the shortest of what remains', () => {
  const used = aged(made(compose([], [part(1n, 10n), part(2n, 7n)])), 4n);
  const whole = made(compose(used, [assembly(3n, 1n, 2n)]));
  expect(whole.map(({ durability, age }) => [durability, age])).toEqual([
    [10n, 4n],
    [7n, 4n],
    [3n, 0n],
  ]);
  expect([2n, 5n, 6n].map((used) => isWornOut(whole, used))).toEqual([false, false, true]);
});

describe('taking out', () => {
  test('the hard drive takes with it the assemblies that it was in, and leaves three pieces', () => {
    const { pieces, lost } = separate(computer(), [idOf('h')]);
    expect(namesOf(lost)).toEqual(['h', 'c_h', 'c*']);
    expect(pieces.map(namesOf)).toEqual([
      ['c'],
      ['m', 'p', 'r', 'x', 'm_r', 'm_p', 'm_r^p'],
      ['y'],
    ]);
  });

  test('a work that joined roots with a common part leaves them one piece', () => {
    const { pieces, lost } = separate(computer(), [idOf('m_r^p')]);
    expect(namesOf(lost)).toEqual(['m_r^p', 'c*']);
    expect(pieces.map(namesOf)).toEqual([
      ['c', 'h', 'c_h'],
      ['m', 'p', 'r', 'x', 'm_r', 'm_p'],
      ['y'],
    ]);
  });

  test('the part in the middle lets its neighbours go', () => {
    const { pieces } = separate(computer(), [idOf('m')]);
    expect(pieces.map(namesOf)).toEqual([['c', 'h', 'c_h'], ['p'], ['r'], ['x'], ['y']]);
  });

  test('of an element that is not there is a defect of the caller', () => {
    expect(() => separate(computer(), [99n])).toThrow('only elements of the product are lost');
  });
});

test('elements within an assembly are its own and no others', () => {
  expect(namesOf(elementsWithin(computer(), [idOf('m_r')]))).toEqual(['m', 'r', 'm_r']);
  expect(namesOf(elementsWithin(computer(), [idOf('y'), idOf('c_h')]))).toEqual([
    'c',
    'h',
    'y',
    'c_h',
  ]);
});

test('twenty shared levels and ten thousand elements are looked at once each', () => {
  const shared = [part(1n), part(2n)];
  for (let id = 3n; id <= 40n; id += 2n) {
    shared.push(assembly(id, id - 1n, id - 2n), assembly(id + 1n, id - 1n, id - 2n));
  }
  const doubled = made(compose([], shared));
  expect(spell(aggregateValue(doubled, 40n))).toBe('39');
  const chain = [part(1n, 5n)];
  for (let id = 2n; id <= 10_000n; id += 1n) chain.push(assembly(id, id - 1n));
  const deep = made(compose([], chain.toReversed()));
  expect(spell(aggregateValue(deep, 10_000n))).toBe('10000');
  expect(bookedResidual(deep, 1n, 10_000n)).toBe(8000n);
});
