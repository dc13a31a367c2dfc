import { median, quantile } from '../quantiles.ts';

test.each([
  [[7], 0.5, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.5, 2],
  [[3, 1, 2], 1, 3],
  [Array.from({ length: 200 }, (_, n) => 200 - n), 0.99, 198],
])('of %j the quantile %d is %d', (values, share, wanted) => {
  const before = [...values];
  expect(quantile(values, share)).toBe(wanted);
  expect(values).toEqual(before);
});

test('no values, no figure', () => {
  expect(() => median([])).toThrow('no 0.5 of 0 values');
});
