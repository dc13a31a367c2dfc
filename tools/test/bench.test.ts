import { type Figure, isMet, listBenches, medians, runBench } from '../bench.ts';

test.each(listBenches())('%s still works', async (path) => {
  const figures = await runBench(path, true);
  for (const { value } of figures) expect(value).toBeGreaterThanOrEqual(0);
});

test('benches are found by a part of their path', () => {
  expect(listBenches('no such bench')).toEqual([]);
});

const figure = (value: number, peer: number): Figure => ({
  case: 'writes',
  value,
  unit: 'writes/s',
  goal: { atLeast: 2, peer: { name: 'peer', value: peer, measured: true } },
});

test('of several runs the medians count, and the goal is a ratio of medians', () => {
  const [of3] = medians([[figure(5, 1)], [figure(30, 20)], [figure(40, 15)]]);
  expect(of3).toEqual(figure(30, 15));
  expect(isMet(of3 as Figure)).toBe(true);
  expect(isMet(figure(29, 15))).toBe(false);
  expect(isMet({ ...figure(29, 15), goal: { atMost: 29 } })).toBe(true);
});

test('runs with one seed and different results are no bench', () => {
  const run = (hash: string): Figure[] => [{ case: 'x', value: 1, unit: 'ms', hash }];
  expect(() => medians([run('a'), run('b')])).toThrow('x: two runs with one seed');
});
