import { simulate } from '../simulation.ts';

describe('the simulator', () => {
  test('X-2 2-N1 every invariant holds after each block of a random play, through restarts and replay, and the auditor agrees on every figure', async () => {
    const options = { seed: 3, blocks: 10, txsPerBlock: 60, collectives: 12 };
    const first = await simulate(options);
    expect(first.problems).toEqual([]);
    expect(first.restarts).toBeGreaterThan(0);
    expect(first.transactions).toBeGreaterThan(100);
    const second = await simulate(options);
    expect(second.appHash).toBe(first.appHash);
  });

  test('another seed is another play', async () => {
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => simulate({ seed, blocks: 2, txsPerBlock: 5, collectives: 3 })),
    );
    expect(a?.appHash).not.toBe(b?.appHash);
  });
});
