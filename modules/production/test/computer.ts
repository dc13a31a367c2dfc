/** The paper's computer (002, 4.2): seven parts and five assemblies, values in minutes. */
import { type Rational, rational } from '../../_kernel/rational.ts';
import { type Composition, compose, type NewElement } from '../composition.ts';

/** The paper's year: 356 days (erratum E1). */
export const year = 356n * 24n * 60n;

/** Elements in the order in which the paper makes them; ids count from 1. */
export const names = [
  ...(['c', 'm', 'p', 'r', 'h', 'x', 'y'] as const),
  ...(['m_p', 'm_r', 'c_h', 'm_r^p', 'c*'] as const),
] as const;
export type Name = (typeof names)[number];

export const idOf = (name: Name): bigint => BigInt(names.indexOf(name) + 1);

/** Value and durability in years; an assembly has value and parts. */
const simple: readonly (readonly [Name, bigint, bigint])[] = [
  ['c', 200n, 12n],
  ['m', 600n, 12n],
  ['p', 2500n, 9n],
  ['r', 700n, 8n],
  ['h', 400n, 5n],
  ['x', 30n, 5n],
  ['y', 10n, 10n],
];
const assembled: readonly (readonly [Name, bigint, readonly Name[]])[] = [
  ['m_p', 10n, ['x', 'p', 'm']],
  ['m_r', 1n, ['m', 'r']],
  ['c_h', 2n, ['c', 'h']],
  ['m_r^p', 0n, ['m_p', 'm_r']],
  ['c*', 15n, ['m_r^p', 'c_h', 'y']],
];

export function elements(unitsPerMinute = 1n): readonly NewElement[] {
  return [
    ...simple.map(([name, value, years]) => ({
      id: idOf(name),
      value: rational(value * unitsPerMinute),
      durability: years * year,
      parts: [],
    })),
    ...assembled.map(([name, value, parts]) => ({
      id: idOf(name),
      value: rational(value * unitsPerMinute),
      parts: parts.map(idOf),
    })),
  ];
}

/** The computer, its values in minutes or in smaller units. */
export function computer(unitsPerMinute = 1n): Composition {
  return made(compose([], elements(unitsPerMinute)));
}

export function made(result: ReturnType<typeof compose>): Composition {
  if ('kind' in result) throw new Error(`${result.kind} at ${result.id}`);
  return result;
}

/** A fraction as people write it. */
export const spell = ({ num, den }: Rational): string => (den === 1n ? `${num}` : `${num}/${den}`);
