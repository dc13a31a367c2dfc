/** The simulator knows every message and refusal that there is: a new one without a maker fails. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listSources } from '../../../tools/tidy/repository.ts';
import { acts } from '../acts/all.ts';
import { askedMessages, askedRefusals, shortOf, unprovoked } from '../counts.ts';
import { revisionRefusals } from '../revisions.ts';
import { wrongs } from '../wrongs/all.ts';

const root = join(import.meta.dirname, '../../..');
const host = /^(bank|feegrant)\./;
const noHappenings = {
  splits: 0,
  splitsInDebt: 0,
  merges: 0,
  cuts: 0,
  storno: 0,
  zeroHourSegments: 0,
};

test('2-N1 every message of the economy is played', () => {
  const played = [...Object.keys(acts), 'coupons.FinalRevision'];
  const ofEconomy = askedMessages().filter((name) => !host.test(name));
  expect(played.sort()).toEqual([...ofEconomy].sort());
});

test('X-6 2-N1 every refusal of the economy is provoked, or names the test that brings it', () => {
  const provoked = [...Object.keys(wrongs), ...revisionRefusals];
  expect(provoked.sort()).toEqual([...askedRefusals()].sort());
  const tests = listSources(root)
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'));
  for (const { test: title } of Object.values(unprovoked)) {
    expect(tests.some((text) => text.includes(`'${title}'`))).toBe(true);
  }
});

test('2-N1 a play that misses a count is told so', () => {
  const everything = {
    accepted: new Map(askedMessages().map((name) => [name, 500])),
    refused: new Map(askedRefusals().map((name) => [name, 20])),
    happened: {
      ...noHappenings,
      ...{ splits: 1000, splitsInDebt: 500, merges: 1000, cuts: 1000, storno: 1000 },
      zeroHourSegments: 1000,
    },
  };
  expect(shortOf(everything)).toEqual([]);
  const accepted = new Map([...everything.accepted, ['trust.CancelTrust', 499]] as const);
  const refused = new Map([...everything.refused, ['coupons/in_grace', 19]] as const);
  const happened = { ...everything.happened, splitsInDebt: 499 };
  expect(shortOf({ accepted, refused, happened })).toEqual([
    'trust.CancelTrust: 499 of 500',
    'coupons/in_grace: 19 of 20',
    'splitsInDebt: 499 of 500',
  ]);
});
