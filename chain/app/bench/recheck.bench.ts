/**
 * The recheck of a full mempool, which CometBFT does after each block under the mempool's lock:
 * 5,000 transfers, each from another account, all at once as they come over the socket. One JSON
 * line a figure. Run: node chain/app/bench/recheck.bench.ts [--txs N] [--tiny]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import { median } from '../../../tools/quantiles.ts';
import { BenchChain } from './bench-chain.ts';

const { values } = parseArgs({
  options: { txs: { type: 'string' }, tiny: { type: 'boolean', default: false } },
});
const txs = Number(values.txs ?? (values.tiny ? 5 : 5_000));
const rounds = values.tiny ? 1 : 5;

const chain = await BenchChain.begin(txs + 1);
try {
  const pool = Array.from({ length: txs }, (_, index) => chain.transfer(index, txs, 500));
  const first = await check(CheckTxType.NEW);
  const times: number[] = [];
  let processorUs = 0;
  for (let round = 0; round < rounds; round += 1) {
    await chain.finalize([chain.transfer(txs, 0, 500)]);
    await chain.application.commit();
    const processor = process.cpuUsage();
    times.push(await check(CheckTxType.RECHECK));
    const { user, system } = process.cpuUsage(processor);
    processorUs += user + system;
  }
  figure(`CheckTx of ${txs} transfers at once`, first);
  figure(`recheck of ${txs} transfers`, median(times), { atMost: 300 });
  figure('processor time of such a recheck, all threads', processorUs / rounds / 1_000);

  async function check(type: CheckTxType): Promise<number> {
    const began = performance.now();
    const answers = await Promise.all(pool.map((tx) => chain.application.checkTx({ tx, type })));
    const refused = answers.find(({ code }) => code !== 0);
    if (refused !== undefined) throw new Error(refused.log);
    return performance.now() - began;
  }
} finally {
  await chain.close();
}

function figure(name: string, value: number, goal?: { readonly atMost: number }): void {
  const rounded = Math.round(value * 10) / 10;
  process.stdout.write(`${JSON.stringify({ case: name, value: rounded, unit: 'ms', goal })}\n`);
}
