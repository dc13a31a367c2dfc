/** The native batch hasher and the pure JavaScript one agree; the bench runs. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { hashPairs, hashPairsNative, hashPairsPlain, hashText, innerHash } from '../hash.ts';

test('pairs hash alike natively, in plain JavaScript and by the platform', () => {
  for (const count of [1, 2, 3, 7, 64, 1000]) {
    const pairs = randomBytes(64 * count);
    const expected = Buffer.concat(
      Array.from({ length: count }, (_, i) =>
        createHash('sha256')
          .update(pairs.subarray(64 * i, 64 * i + 64))
          .digest(),
      ),
    );
    for (const hasher of [
      hashPairs,
      hashPairsPlain,
      ...(hashPairsNative ? [hashPairsNative] : []),
    ]) {
      const hashes = new Uint8Array(32 * count);
      hasher(pairs, hashes);
      expect(Buffer.from(hashes)).toEqual(expected);
    }
  }
});

test('this machine hashes natively, or says that it does not', () => {
  if (hashPairsNative === undefined) {
    process.stdout.write('no native hashtree here: trees are hashed in plain JavaScript\n');
  }
  expect(hashPairs).toBe(hashPairsNative ?? hashPairsPlain);
});

test('a hash as text has the bytes of the hash', () => {
  const data = randomBytes(80);
  const digest = createHash('sha256').update(data).digest();
  expect(Buffer.from(hashText(data), 'latin1')).toEqual(digest);
  const [left, right] = [randomBytes(32), randomBytes(32)];
  const inner = createHash('sha256').update(left).update(right).digest();
  expect(Buffer.from(innerHash(left, right))).toEqual(inner);
});

test('the bench runs, and comes to the same state every time', () => {
  const program = join(import.meta.dirname, '../bench/store.bench.ts');
  const [first, second] = [1, 2].map(() => {
    const run = spawnSync(process.execPath, ['--no-warnings', program, '--tiny']);
    expect(run.stderr.toString()).toBe('');
    const lines = run.stdout.toString().trim().split('\n');
    const figures = lines.map((line) => JSON.parse(line) as { case: string; hash?: string });
    return figures.find(({ hash }) => hash !== undefined)?.hash;
  });
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
});
