import { simulate } from '../simulation.ts';

describe('the simulator', () => {
  test('X-2 2-N1 every invariant holds after each block of a random play, through restarts and replay, and the auditor agrees on every figure', async () => {
    const options = { seed: 3, blocks: 6, txsPerBlock: 40, collectives: 8 };
    const play = await simulate(options);
    expect(play.problems).toEqual([]);
    expect(play.restarts).toBeGreaterThan(0);
    expect(play.transactions).toBeGreaterThan(50);
  });

  test('the same seed is the same play, another seed another', async () => {
    const hashes: string[] = [];
    for (const seed of [1, 1, 2]) {
      const { appHash } = await simulate({ seed, blocks: 2, txsPerBlock: 5, collectives: 3 });
      hashes.push(appHash);
    }
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});
