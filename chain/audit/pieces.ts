/** Durable goods: what is left of them after use, and in pieces (eq 1 to 7; D2.1, D2.6, D2.8). */
import { ceiling, type Fraction, fraction, plus, times } from './fraction.ts';

export interface Element {
  readonly id: bigint;
  readonly value: Fraction;
  readonly durability: bigint;
  readonly age: bigint;
  readonly parts: readonly bigint[];
}

/** What a lot is as far as its value goes. */
export interface Piece {
  value: bigint;
  used: bigint;
  elements: readonly Element[];
  /** Of what ages by the calendar: since when; undefined of all else. */
  readonly agesSince: bigint | undefined;
}

const minuteMs = 60_000n;

/** How much of it is used up: of perishables at least the whole minutes that have passed. */
export function usedOf({ used, agesSince }: Piece, nowMs: bigint): bigint {
  if (agesSince === undefined) return used;
  const passed = (nowMs - agesSince) / minuteMs;
  return passed > used ? passed : used;
}

/** What the books say of a piece after more use: min(booked, ceil R(k)) (D2.1). */
export function booksOf({ value, used, elements }: Piece, more: bigint): bigint {
  const left = ceiling(residualOf(elements, used + more));
  return left < value ? left : value;
}

/** R(k) = sum of v * max(d - age - k, 0) / d (eq 5 to 7). */
export function residualOf(elements: readonly Element[], used: bigint): Fraction {
  return elements.reduce((sum, { value, durability, age }) => {
    const left = durability - age - used;
    return left <= 0n ? sum : plus(sum, times(value, fraction(left, durability)));
  }, fraction(0n));
}

export function elementsOf(composition: unknown): readonly Element[] {
  const { elements = [] } = (composition ?? {}) as {
    readonly elements?: readonly {
      readonly id: string;
      readonly parts?: readonly string[];
      readonly valueMs: string;
      readonly valueDen?: string;
      readonly durability: string;
      readonly age: string;
    }[];
  };
  return elements.map(({ id, valueMs, valueDen, durability, age, parts = [] }) => {
    const below = valueDen === undefined || valueDen === '0' ? 1n : BigInt(valueDen);
    return {
      id: BigInt(id),
      value: fraction(BigInt(valueMs), below),
      durability: BigInt(durability),
      age: BigInt(age),
      parts: parts.map(BigInt),
    };
  });
}

/**
 * What each piece keeps when elements are lost (D2.8): in order of smallest ids, the growth of the
 * rounded-up sum of residuals, never more than is booked.
 */
export function keptOf(
  { value, elements }: Piece,
  used: bigint,
  lost: readonly bigint[],
): bigint[] {
  const gone = new Set(lost);
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const { id, parts } of elements) if (parts.some((part) => gone.has(part))) gone.add(id);
  }
  const left = elements.filter(({ id }) => !gone.has(id));
  const pieces = left.map((element) => new Set([element.id]));
  const joined = (id: bigint): Set<bigint> | undefined => pieces.find((piece) => piece.has(id));
  for (const { id, parts } of left) {
    for (const part of parts) {
      const [one, other] = [joined(id), joined(part)];
      if (one === undefined || other === undefined || one === other) continue;
      for (const member of other) one.add(member);
      pieces.splice(pieces.indexOf(other), 1);
    }
  }
  const smallest = (piece: ReadonlySet<bigint>): bigint =>
    [...piece].sort((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
  pieces.sort((a, b) => (smallest(a) < smallest(b) ? -1 : 1));
  let [sum, given] = [fraction(0n), 0n];
  return pieces.map((piece) => {
    const inside = left.filter(({ id }) => piece.has(id));
    sum = plus(sum, residualOf(inside, used));
    const most = ceiling(sum);
    const total = most < value ? most : value;
    const kept = total - given;
    given = total;
    return kept;
  });
}
