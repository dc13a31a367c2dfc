/** The debt of each part of a component that splits. */
import fc from 'fast-check';
import { addStandings, debtOf, mergeDebts, noStanding, splitDebt } from '../debts.ts';

const standing = fc.record({
  goods: fc.bigInt(0n, 1n << 60n),
  coupons: fc.bigInt(-(1n << 60n), 1n << 60n),
  difference: fc.bigInt(-(1n << 60n), 1n << 60n),
});

describe('debts', () => {
  test('a side with more goods than coupons carries a surplus, the other the debt', () => {
    const store = { goods: 900n, coupons: 0n, difference: 0n };
    const workers = { goods: 100n, coupons: 1_050n, difference: 20n };
    expect(splitDebt(70n, [store, workers])).toEqual([-900n, 970n]);
    expect(mergeDebts([-900n, 970n])).toBe(70n);
  });

  test('an empty side carries nothing', () => {
    expect(splitDebt(-5n, [{ ...noStanding, goods: 5n }, noStanding])).toEqual([-5n, 0n]);
  });

  test('a debt that does not balance its goods and coupons is a defect', () => {
    const sides = [{ goods: 10n, coupons: 3n, difference: 0n }, noStanding];
    expect(() => splitDebt(-6n, sides)).toThrow('-7 + 0 = -7');
  });

  test('debts of any sides add up, and merging brings the debt back', () => {
    fc.assert(
      fc.property(fc.array(standing, { minLength: 1, maxLength: 8 }), (sides) => {
        const whole = debtOf(sides.reduce(addStandings, noStanding));
        expect(mergeDebts(splitDebt(whole, sides))).toBe(whole);
      }),
    );
  });
});
