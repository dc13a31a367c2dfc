/**
 * `make sim SEED=n`: plays a chain and prints what was accepted, what was refused, and the app
 * hash.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    blocks: { type: 'string', default: '200' },
    txs: { type: 'string', default: '20' },
  },
});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const blocks = Number(values.blocks);
const result = await simulate({
  seed: Number(values.seed),
  blocks,
  txsPerBlock: Number(values.txs),
  signal: stop.signal,
  onBlock(height) {
    if (process.stderr.isTTY && height % 10 === 0) process.stderr.write(`\r${height}/${blocks}`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r');
const singles = [...result.tallies].filter(([name]) => !name.includes('+'));
for (const [name, { accepted, refused }] of singles.sort(([a], [b]) => (a < b ? -1 : 1))) {
  const why = [...refused].sort().map(([code, count]) => `${code} ${count}x`);
  process.stdout.write(
    `${name.padEnd(20)} ${`${accepted}`.padStart(6)} accepted  ${why.join(', ')}\n`,
  );
}
const { seed, appHash, restarts, problems } = result;
process.stdout.write(`seed ${seed}, ${blocks} blocks, ${restarts} restarts, app hash ${appHash}\n`);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
