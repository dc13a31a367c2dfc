/** Which blocks CometBFT may forget: each limit by itself, and what keeps all of them. */
import { RetainHeight, type RetainInput } from '../retain-height.ts';
import { TestNode } from './test-node.ts';

/** Block h at h seconds; evidence is too old after 10 blocks and 20 seconds. */
const chain: RetainInput = {
  height: 100n,
  timeMs: 100_000n,
  firstHeight: 1n,
  timeOf: (height) => height * 1000n,
  evidenceAgeBlocks: 10n,
  evidenceAgeMs: 5_000n,
  oldestSnapshot: undefined,
  minBlocks: 0n,
};

const after = (change: Partial<RetainInput>): bigint =>
  new RetainHeight().after({ ...chain, ...change });

test.each<[string, Partial<RetainInput>, bigint]>([
  ['the age of evidence in blocks', {}, 90n],
  ['the age of evidence in time', { evidenceAgeMs: 20_000n }, 80n],
  ['the oldest snapshot offered', { oldestSnapshot: 70n }, 70n],
  ['the blocks that the operator wants', { minBlocks: 60n }, 41n],
  ['the lowest of all', { evidenceAgeMs: 55_000n, oldestSnapshot: 60n, minBlocks: 41n }, 45n],
  [
    'the last block, whose state is on the disk',
    { evidenceAgeBlocks: -5n, evidenceAgeMs: -9n },
    100n,
  ],
  ['nothing where all blocks are needed', { evidenceAgeBlocks: 1000n }, 0n],
  ['nothing at the first blocks', { height: 3n, timeMs: 3_000n }, 0n],
  ['the first block whose time is known', { evidenceAgeMs: 90_000n, timeOf: late(40n) }, 40n],
])('the limit is %s', (_, change, expected) => {
  expect(after(change)).toBe(expected);
});

/** A node that joined by a snapshot knows no earlier time. */
function late(from: bigint): RetainInput['timeOf'] {
  return (height) => (height < from ? 0n : height * 1000n);
}

test('block by block it grows with the time, and goes back after a rollback', () => {
  const retain = new RetainHeight();
  const found = [50n, 51n, 52n, 200n, 60n, 61n].map((height) =>
    retain.after({ ...chain, height, timeMs: height * 1000n, evidenceAgeMs: 30_000n }),
  );
  expect(found).toEqual([20n, 21n, 22n, 170n, 30n, 31n]);
});

test('a node that is told so answers it at each commit; others keep all blocks', async () => {
  for (const [retention, last] of [
    [{ minBlocks: 3n }, 6n],
    [undefined, 0n],
  ] as const) {
    const node = await TestNode.begun(retention && { retention });
    let answered = -1n;
    for (let n = 0; n < 8; n += 1) {
      await node.finalize();
      answered = (await node.app.application.commit()).retainHeight;
      node.height += 1n;
      node.timeS += 1n;
    }
    expect(answered).toBe(last);
    await node.app.close();
  }
});
