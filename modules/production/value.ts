/**
 * Labour time in products and its transfer: exact as fractions (002, eq 4 to 7), booked as whole
 * units (D2.1). The unit is the caller's: the ledger counts milliseconds, the paper minutes.
 */
import { assert, present } from '../_kernel/assert.ts';
import { multiply, type Rational, rational, subtract } from '../_kernel/rational.ts';
import {
  type Composition,
  type Element,
  elementsWithin,
  remaining,
  type Separation,
  separate,
} from './composition.ts';

/** v*(t) of eq 4: the value of an element and of all that is in it, when new. */
export function aggregateValue(composition: Composition, id: bigint): Rational {
  return sumOf(elementsWithin(composition, [id]).map(({ value }) => value));
}

/** R(k): what is left of an element after `used` more. */
export function elementResidual(element: Element, used: bigint): Rational {
  const { value, durability } = element;
  return multiply(value, rational(remaining(element, used), durability));
}

/** R(k) of the whole product. */
export function residual(composition: Composition, used: bigint): Rational {
  return sumOf(composition.map((element) => fractionLeft(element, used)));
}

/** theta(P, k1, k2) of eq 7: what goes over to the products between two points of use. */
export function transfer(composition: Composition, k1: bigint, k2: bigint): Rational {
  assert(k1 <= k2, `use goes on from ${k1} to ${k2}`);
  return subtract(residual(composition, k1), residual(composition, k2));
}

/**
 * What the books say after `used`: min(booked, ceil R(k)) (D2.1). What they said before less this
 * is the transfer, a whole number; slices of any size sum to the same, and in the end to all of
 * it. Of a new product it is v* less the floor of T(k).
 */
export function bookedResidual(composition: Composition, used: bigint, booked: bigint): bigint {
  const left = roundedUp(sum(composition.map((element) => fractionLeft(element, used))));
  return left < booked ? left : booked;
}

/** The pieces of a product and what the books give each. */
export interface BookedSeparation extends Separation {
  /** Beside `pieces`, in their order. */
  readonly kept: readonly bigint[];
  readonly writtenOff: bigint;
}

/**
 * Takes elements out of a product that has been used (D2.8): each piece in turn gets what the
 * rounded-up sum of residuals grows by with it, never more than was booked; what is written off
 * takes the rest.
 */
export function bookedSeparation(
  composition: Composition,
  lost: readonly bigint[],
  used: bigint,
  booked: bigint,
): BookedSeparation {
  const { pieces, lost: gone } = separate(composition, lost);
  const kept: bigint[] = [];
  let given = 0n;
  const exact: Rational[] = [];
  for (const piece of pieces) {
    exact.push(sum(piece.map((element) => fractionLeft(element, used))));
    const up = roundedUp(sum(exact));
    const total = up < booked ? up : booked;
    kept.push(total - given);
    given = total;
  }
  return { pieces, lost: gone, kept, writtenOff: booked - given };
}

/**
 * The element with another durability, counted from new, and the same residual at its age (D2.9):
 * what is already transferred stays so, the rest is spread over the new remaining life.
 */
export function revalued(element: Element, durability: bigint): Element {
  const { age } = element;
  assert(durability > age, `a durability of ${durability} is not above the age of ${age}`);
  const value = multiply(elementResidual(element, 0n), rational(durability, durability - age));
  return { ...element, value, durability };
}

/**
 * The product with another durability of one element without parts. What it is in lasts as long as
 * its parts do (eq 3), so its durability changes too, and with it its value: R of each stays.
 */
export function withDurability(
  composition: Composition,
  id: bigint,
  durability: bigint,
): Composition {
  const made = new Map<bigint, Element>();
  for (const element of composition) {
    const { parts, age } = element;
    const least = leastRemaining(parts.map((part) => present(made.get(part), `part ${part}`)));
    const lasts = element.id === id ? durability : age + least;
    // What has no parts lasts no longer than its age by them, and stays as it is.
    made.set(element.id, lasts <= age ? element : revalued(element, lasts));
  }
  return [...made.values()];
}

function leastRemaining(elements: Composition): bigint {
  let least = remaining(elements[0] ?? none, 0n);
  for (const element of elements) {
    const left = remaining(element, 0n);
    if (left < least) least = left;
  }
  return least;
}

const none: Element = { id: 0n, value: rational(0n), durability: 0n, age: 0n, parts: [] };

/** A product that enters where its kind of goods counts nothing (D2.23): all its values are 0. */
export function atNoValue(composition: Composition): Composition {
  const none = rational(0n);
  return composition.map((element) => ({ ...element, value: none }));
}

/**
 * What a quantity takes out of a lot or pool: floor(value * quantity / total). The remainder of
 * the division stays with what is left, so that all charges sum to the value (D2.24).
 */
export function shareOf(value: bigint, quantity: bigint, total: bigint): bigint {
  assert(quantity >= 0n && quantity <= total && total > 0n, `${quantity} of ${total}`);
  return (value * quantity) / total;
}

function fractionLeft(element: Element, used: bigint): Rational {
  const { value, durability } = element;
  return { num: value.num * remaining(element, used), den: value.den * durability };
}

/** The sum in lowest terms. */
function sumOf(fractions: readonly Rational[]): Rational {
  const { num, den } = sum(fractions);
  return rational(num, den);
}

/**
 * The sum, not in lowest terms. PERF: equal denominators are added first, the others in pairs of
 * like size: ten thousand different ones would cost a greatest divisor each the other way.
 */
function sum(fractions: readonly Rational[]): Rational {
  const byDenominator = new Map<bigint, bigint>();
  for (const { num, den } of fractions) {
    byDenominator.set(den, (byDenominator.get(den) ?? 0n) + num);
  }
  let terms = Array.from(byDenominator, ([den, num]): Rational => ({ num, den }));
  while (terms.length > 1) {
    const halved: Rational[] = [];
    for (let index = 0; index < terms.length; index += 2) {
      const a = terms[index] as Rational;
      const b = terms[index + 1];
      halved.push(b === undefined ? a : { num: a.num * b.den + b.num * a.den, den: a.den * b.den });
    }
    terms = halved;
  }
  return terms[0] ?? rational(0n);
}

/** Least integer not below a fraction that is not negative. */
function roundedUp({ num, den }: Rational): bigint {
  return (num + den - 1n) / den;
}
