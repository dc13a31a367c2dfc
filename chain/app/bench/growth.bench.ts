/**
 * Whether a long chain slows down: the time of FinalizeBlock and Commit of blocks 1,900 to 2,000
 * against that of blocks 1 to 100, with the same accounts and as many transfers in each. One JSON
 * line a figure. Run: node chain/app/bench/growth.bench.ts [--blocks N] [--tiny]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { median } from '../../../tools/quantiles.ts';
import { BenchChain } from './bench-chain.ts';

const { values } = parseArgs({
  options: { blocks: { type: 'string' }, tiny: { type: 'boolean', default: false } },
});
const blocks = Number(values.blocks ?? (values.tiny ? 4 : 2_000));
const part = Math.max(1, Math.floor(blocks / 20));
const accounts = values.tiny ? 10 : 1_000;
const txs = values.tiny ? 2 : 20;
/** Before what is counted: the compiler warms up, every account has sent its key. */
const warmUp = Math.ceil(accounts / txs) + 1;

const chain = await BenchChain.begin(accounts);
try {
  const times: number[] = [];
  for (let height = 1; height <= warmUp + blocks; height += 1) {
    const batch = Array.from({ length: txs }, (_, index) => {
      const from = (height * txs + index) % accounts;
      return chain.transfer(from, (from + 1) % accounts, 500);
    });
    const began = performance.now();
    await chain.finalize(batch);
    await chain.application.commit();
    if (height > warmUp) times.push(performance.now() - began);
  }
  const [first = 0, last = 0] = [times.slice(0, part), times.slice(-part)].map(
    (some) => Math.round(median(some) * 100) / 100,
  );
  const peer = { name: `blocks 1 to ${part}`, value: first, measured: true };
  const name = `median of blocks ${blocks - part} to ${blocks}, ${accounts} accounts`;
  const line = { case: name, value: last, unit: 'ms', goal: { atMost: 1.15, peer } };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await chain.close();
}
