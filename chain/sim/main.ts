/**
 * `make sim SEED=n`: plays a chain until 100,000 transactions are accepted (ARGS="--accepted N"),
 * and prints what was accepted, what was refused, and the app hash. The books of every component
 * are looked at in every block, all invariants and the auditor's figures every 25th
 * (`--every N`).
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    accepted: { type: 'string', default: '100000' },
    txs: { type: 'string', default: '200' },
    every: { type: 'string', default: '25' },
  },
});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const accepted = Number(values.accepted);
const begin = performance.now();
const result = await simulate({
  seed: Number(values.seed),
  blocks: Number.POSITIVE_INFINITY,
  accepted,
  txsPerBlock: Number(values.txs),
  invariantsEvery: Number(values.every),
  signal: stop.signal,
  onBlock(height, count) {
    if (process.stderr.isTTY || height % 10 === 0)
      process.stderr.write(`\r${count}/${accepted} in block ${height} `);
  },
});
const seconds = Math.round((performance.now() - begin) / 1000);
if (process.stderr.isTTY) process.stderr.write('\r');
const singles = [...result.tallies].filter(([name]) => !name.includes('+'));
for (const [name, { accepted, refused }] of singles.sort(([a], [b]) => (a < b ? -1 : 1))) {
  const why = [...refused].sort().map(([code, count]) => `${code} ${count}x`);
  process.stdout.write(
    `${name.padEnd(20)} ${`${accepted}`.padStart(6)} accepted  ${why.join(', ')}\n`,
  );
}
const { seed, appHash, blocks, restarts, splits, joins, problems } = result;
const total = [...result.tallies.values()].reduce((sum, tally) => sum + tally.accepted, 0);
process.stdout.write(
  `seed ${seed}: ${total} accepted in ${blocks} blocks and ${seconds} s; ${splits} splits, ` +
    `${joins} joins, ${restarts} restarts; app hash ${appHash}\n`,
);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
