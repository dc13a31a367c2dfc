/**
 * `make sim SEED=n`: plays a chain until 100,000 transactions are accepted (ARGS="--accepted N"),
 * and prints what was accepted and refused beside what row 2-N1 asks of a whole play. Fails where
 * something went wrong, or where a play of that size (or `--counts`) misses a count. The books of
 * every component are computed again after every block; all invariants and figures every 50th
 * (`--every N`).
 */
import { parseArgs } from 'node:util';
import { shortOf, tableOf } from './counts.ts';
import { simulate } from './simulation.ts';

const wholePlay = 100_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    accepted: { type: 'string', default: `${wholePlay}` },
    txs: { type: 'string', default: '250' },
    every: { type: 'string', default: '50' },
    counts: { type: 'boolean', default: false },
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
  auditEvery: Number(values.every),
  signal: stop.signal,
  onBlock(height, count) {
    if (process.stderr.isTTY || height % 20 === 0)
      process.stderr.write(`\r${count}/${accepted} in block ${height} `);
  },
});
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
if (process.stderr.isTTY) process.stderr.write('\r');
for (const line of tableOf(result)) process.stdout.write(`${line}\n`);
const { seed, appHash, blocks, restarts, transactions, problems } = result;
process.stdout.write(
  `seed ${seed}: ${transactions} accepted in ${blocks} blocks, ${seconds.toFixed(0)} s and ` +
    `${cpuSeconds.toFixed(0)} s of CPU (${(transactions / cpuSeconds).toFixed(0)} a second of it); ` +
    `${restarts} restarts; app hash ${appHash}\n`,
);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
const short = values.counts || accepted >= wholePlay ? shortOf(result) : [];
for (const line of short) process.stdout.write(`TOO FEW ${line}\n`);
process.exitCode = problems.length + short.length === 0 ? 0 : 1;
