import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtelNode } from '../../client/node.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { leontiefValues, readTable } from '../input-output.ts';
import { type Approach, playLabourValues } from '../labour-values.ts';
import { silent } from '../progress.ts';

/** Two sectors that use each other's products. */
const small = [
  'prod_na,numeric_label,iotables_row,corn,iron,final',
  'CPA_A,1,corn,40,10,50',
  '"CPA_B",2,iron,10,20,20',
  'P1,3,output,100,50,',
  'EMP,4,persons,40,50,',
].join('\n');

test('a table gives its Leontief values, and one that is none says why', () => {
  const table = readTable(small);
  expect(table.sectors).toEqual(['corn', 'iron']);
  const [corn = 0, iron = 0] = leontiefValues(table);
  // corn: (40 + 40 corn + 10 iron) / 100; iron: (50 + 10 corn + 20 iron) / 50.
  expect(100 * corn).toBeCloseTo(40 + 40 * corn + 10 * iron, 9);
  expect(50 * iron).toBeCloseTo(50 + 10 * corn + 20 * iron, 9);
  expect(() => readTable('a,b')).toThrow('the first column is "a", not prod_na');
  expect(() => readTable(small.replace('EMP', 'X'))).toThrow('no row EMP');
  expect(() => readTable(small.replace(',40,50', ',-4,50'))).toThrow('row EMP has "-4"');
});

/** So many years on a chain of its own, at the precision that the play takes by itself. */
async function played(text: string, years: number, msOfPerson?: bigint): Promise<Approach> {
  await using chain = await startTestChain();
  const [, funder] = chain.accounts;
  if (funder === undefined) throw new Error('the chain has no second account');
  const { signal } = new AbortController();
  return await playLabourValues({
    node: new ArtelNode(chain.rpcUrl, { signal }),
    seed: 'test',
    funder,
    gasPrice: 0,
    progress: silent,
    signal,
    table: readTable(text),
    years,
    msOfPerson,
  });
}

test('values approach the Leontief values from year to year on a chain', async () => {
  const { gaps, sectors } = await played(small, 3, 4_000n);
  expect(sectors.map(({ sector }) => sector)).toEqual(['corn', 'iron']);
  // What the years should give, on fractions of one table: v' = l + vA, from v = 0 on.
  let [corn, iron] = [0, 0];
  const [dueCorn = 0, dueIron = 0] = leontiefValues(readTable(small));
  for (const gap of gaps) {
    [corn, iron] = [(40 + 40 * corn + 10 * iron) / 100, (50 + 10 * corn + 20 * iron) / 50];
    expect(gap).toBeCloseTo(100 * Math.max(1 - corn / dueCorn, 1 - iron / dueIron), 2);
  }
  expect(gaps).toHaveLength(3);
});

const germany = join(
  import.meta.dirname,
  '../../../../shared/data/io-employment/Beutel_15_4_esa2010.csv',
);
if (!existsSync(germany)) {
  test('the table of Germany 1995 is not here', () => {
    expect(existsSync(germany)).toBe(false);
  });
} else {
  test('Germany 1995 has the labour values that are known of it', () => {
    const values = leontiefValues(readTable(readFileSync(germany, 'utf8')));
    expect(values.map((value) => (1000 * value).toFixed(4))).toEqual([
      ...['32.6265', '16.1671', '20.6815', '23.7327', '11.1791', '24.2215'],
    ]);
  });

  test('Germany 1995 approaches its labour values year by year, as documented', async () => {
    const { gaps, sectors } = await played(readFileSync(germany, 'utf8'), 11);
    const [one, two, three, , , six, , , , , eleven] = gaps;
    expect([one, two, three].map((gap) => gap?.toFixed(2))).toEqual(['51.98', '21.98', '8.96']);
    expect([six?.toFixed(3), eleven?.toFixed(4)]).toEqual(['0.589', '0.0063']);
    for (const { value, leontief } of sectors) expect(value / leontief).toBeCloseTo(1, 3);
  });
}
