import { selfTimes } from '../profile.ts';

test('the time between two samples is that of the function that was found', () => {
  const frame = (functionName: string) => ({
    functionName,
    url: 'file:///x/a/b/c.ts',
    lineNumber: 6,
  });
  const nodes = [
    { id: 1, callFrame: frame('slow') },
    { id: 2, callFrame: frame('') },
    { id: 3, callFrame: frame('slow') },
  ];
  const profile = { nodes, samples: [1, 2, 3], timeDeltas: [1_000, 500, 2_000] };
  expect(selfTimes(profile)).toEqual([
    ['slow a/b/c.ts:7', 3],
    ['(anonymous) a/b/c.ts:7', 0.5],
  ]);
});
