/**
 * Exact fractions, as plain as they can be: the auditor shares no arithmetic with what it audits.
 */

/** `above` over `below`, which is positive; not in lowest terms. */
export interface Fraction {
  readonly above: bigint;
  readonly below: bigint;
}

export function fraction(above: bigint, below = 1n): Fraction {
  if (below === 0n) throw new Error('a fraction over 0');
  return below > 0n ? { above, below } : { above: -above, below: -below };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.below === b.below) return { above: a.above + b.above, below: a.below };
  return lowest({ above: a.above * b.below + b.above * a.below, below: a.below * b.below });
}

export function times(a: Fraction, b: Fraction): Fraction {
  return lowest({ above: a.above * b.above, below: a.below * b.below });
}

export function floor({ above, below }: Fraction): bigint {
  const cut = above / below;
  return above % below < 0n ? cut - 1n : cut;
}

export function ceiling({ above, below }: Fraction): bigint {
  return -floor({ above: -above, below });
}

function lowest({ above, below }: Fraction): Fraction {
  let [a, b] = [above < 0n ? -above : above, below];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { above: 0n, below: 1n } : { above: above / a, below: below / a };
}
