/**
 * The carried debt where components change (D2.19, D2.21). In each component goods less coupons
 * less what stores owe, plus the debt, is zero (2-N1), so the debt of a part is what makes it zero
 * there; parts add up to the whole.
 */
import { assert } from '../_kernel/assert.ts';

/** What a collective, or a set of them, has and owes, in labour time: G, K and P of row 2-N1. */
export interface Standing {
  /** G: exclusive lots, means, work in progress, and its part of the pools. */
  readonly goods: bigint;
  /** K: balances, claimable, and the signed rest of unrevised segments. */
  readonly coupons: bigint;
  /** P: burned less handed over since the last closing, signed. */
  readonly difference: bigint;
}

export const noStanding: Standing = { goods: 0n, coupons: 0n, difference: 0n };

export function addStandings(one: Standing, other: Standing): Standing {
  return {
    goods: one.goods + other.goods,
    coupons: one.coupons + other.coupons,
    difference: one.difference + other.difference,
  };
}

/** The debt that balances these accounts: negative where there are more goods than coupons. */
export function debtOf({ goods, coupons, difference }: Standing): bigint {
  return coupons + difference - goods;
}

/** The debt of each side; that they add up to the debt before is asserted. */
export function splitDebt(debt: bigint, sides: readonly Standing[]): readonly bigint[] {
  const debts = sides.map(debtOf);
  const total = mergeDebts(debts);
  assert(total === debt, `a debt of ${debt} is divided into ${debts.join(' + ')} = ${total}`);
  return debts;
}

export function mergeDebts(debts: readonly bigint[]): bigint {
  return debts.reduce((sum, debt) => sum + debt, 0n);
}
