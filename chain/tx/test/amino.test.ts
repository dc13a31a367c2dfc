/** SIGN_MODE_LEGACY_AMINO_JSON signs the JSON, not the bytes: different bytes must differ in it. */
import fc from 'fast-check';
import { accounts } from '../../../modules/accounts/module.ts';
import { bank } from '../../../modules/bank/module.ts';
import { trust } from '../../../modules/trust/module.ts';
import { validators } from '../../../modules/validators/module.ts';
import { fields } from '../../../proto/generated/fields.ts';
import type { TxMessageType } from '../decode.ts';
import { standardAnyTypes, standardFields } from '../standard-fields.ts';
import { StrictProto } from '../strict.ts';
import { arbitrary, edit, mutate } from './arbitrary.ts';

const wires: readonly TxMessageType[] = [
  ...accounts.messages,
  ...bank.messages,
  ...validators.messages,
  ...trust.messages,
];
const strict = new StrictProto(
  [standardFields, fields],
  [...standardAnyTypes, ...wires.map(({ typeUrl }) => typeUrl)],
);

test.each(wires.map((wire) => [wire.typeUrl, wire] as const))(
  '%s: no two messages have the same amino JSON',
  (typeUrl, { codec, toAmino }) => {
    const name = typeUrl.slice(1);
    const json = (bytes: Uint8Array): string => JSON.stringify(toAmino(codec.decode(bytes)));
    let compared = 0;
    const edits = fc.array(edit, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(arbitrary(name), arbitrary(name), edits, (bytes, another, damage) => {
        const candidates = [another, damage.reduce(mutate, bytes)].filter(
          (other) => Buffer.compare(bytes, other) !== 0 && strict.check(name, other) === undefined,
        );
        compared += candidates.length;
        for (const other of candidates) expect(json(other)).not.toBe(json(bytes));
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(500);
  },
);
