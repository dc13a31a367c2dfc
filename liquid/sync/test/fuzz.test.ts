import { fuzz } from './fuzz.ts';

test('20,000 damaged messages and frames are read or refused, without a crash or a hang', () => {
  expect(fuzz(1, 20_000)).toEqual([]);
});
