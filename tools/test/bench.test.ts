import { listBenches, runBench } from '../bench.ts';

test.each(listBenches())('%s still works', async (path) => {
  const figures = await runBench(path, true);
  for (const { value } of figures) expect(value).toBeGreaterThanOrEqual(0);
});

test('benches are found by a part of their path', () => {
  expect(listBenches('no such bench')).toEqual([]);
});
