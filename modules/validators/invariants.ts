/** What is always true of the validators. */
import type { Invariant } from '../_kernel/module.ts';
import type { tables } from './keys.ts';
import { consensusBytes, powerOf } from './power.ts';
import { bondPool, largestTotalBond, type ValidatorsPorts } from './types.ts';

export const invariants: readonly Invariant<typeof tables, ValidatorsPorts>[] = [
  {
    name: 'the bond pool holds the bonds and the unbondings',
    check(view, { balanceUhub }) {
      let due = 0n;
      for (const { value } of view.validators.range()) due += value.bondUhub;
      for (const { value } of view.unbondings.range()) due += value.amountUhub;
      const held = balanceUhub(bondPool);
      if (held === undefined) return undefined;
      return held === due ? undefined : `it holds ${held}uhub, ${due}uhub are owed`;
    },
  },
  {
    name: 'the sum of the bonds is kept and within bounds',
    check(view) {
      let total = 0n;
      for (const { value } of view.validators.range()) total += value.bondUhub;
      const kept = view.bonded.get() ?? 0n;
      if (kept !== total) return `${kept}uhub are kept, the bonds are ${total}uhub`;
      return total <= largestTotalBond
        ? undefined
        : `${total}uhub is above ${largestTotalBond}uhub`;
    },
  },
  {
    name: 'the ranking lists exactly those with power',
    check(view) {
      const listed = Array.from(
        view.ranking.range(),
        ({ key, value }) => `${key[0]} ${value.join()}`,
      );
      const due = Array.from(view.validators.range(), ({ value }) => value)
        .filter((validator) => powerOf(validator) > 0n)
        .map((validator) => `${powerOf(validator)} ${validator.pubKey.join()}`);
      const same = listed.length === due.length && due.every((row) => listed.includes(row));
      return same ? undefined : `${listed.length} listed, ${due.length} have power`;
    },
  },
  {
    name: 'consensus was never told an empty set',
    check(view) {
      const [first] = view.told.range({ limit: 1 });
      return first === undefined ? 'it was' : undefined;
    },
  },
  {
    name: 'missed blocks on record are counted',
    check(view) {
      for (const { key, value } of view.validators.range()) {
        const rows = view.misses.range({ prefix: [consensusBytes(value.pubKey)] });
        const recorded = BigInt(Array.from(rows).length);
        if (recorded !== value.missed) {
          return `${key[0]} has ${recorded} on record, ${value.missed} are counted`;
        }
      }
      return undefined;
    },
  },
];
