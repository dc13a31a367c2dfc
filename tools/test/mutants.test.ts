import { switched } from '../mutants/sites.ts';
import { planOf, playMutants } from '../mutants.ts';

const source = `
/** Ä comment. */
const most = 5n;
function fits(a: bigint, b?: bigint): boolean {
  if (b === undefined) return true;
  return a + b <= most && !closed(a);
}
function close(list: Set<bigint>, a: bigint): void {
  if (a > most) list.add(a);
  else list.delete(a);
}
`;

test('every comparison, term, guard and write has its mutants, and nothing outside a function', () => {
  const { mutants } = switched('x.ts', source, 0);
  expect(mutants.map(({ name, line }) => `${line} ${name.split(' | ').at(-1)}`).sort()).toEqual(
    [
      ...['5 === becomes !==', '5 is never so', '5 is always so', '5 not true'],
      ...['6 <= becomes <', '6 <= becomes >', '6 + becomes -', '6 && becomes ||', '6 no !'],
      ...['9 > becomes >=', '9 > becomes <=', '9 is never so', '9 is always so', '9 is not done'],
      '10 is not done',
    ].sort(),
  );
});

test('a mutant has the same name wherever its line stands, and two on a line have two', () => {
  const names = (text: string) => switched('x.ts', text, 7).mutants.map(({ name }) => name);
  expect(names(`\n\n${source}`)).toEqual(names(source));
  const twice = names('const f = (a: bigint) => a < 1 || a < 2;');
  expect(new Set(twice).size).toBe(twice.length);
  expect(twice).toContain('x.ts | const f = (a: bigint) => a < 1 || a < 2; | < becomes >= #2');
});

test('the tests of a module kill its mutants', async () => {
  const plan = planOf('feegrant');
  const results = await playMutants(plan, { sample: 20 });
  expect(results.size).toBe(20);
  const killed = [...results.values()].filter(({ outcome }) => outcome === 'killed');
  expect(killed.length).toBeGreaterThanOrEqual(19);
  await expect(async () => planOf('nonsense')).rejects.toThrow('M=nonsense is none of');
});
