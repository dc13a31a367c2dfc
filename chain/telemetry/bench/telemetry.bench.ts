/**
 * What measuring costs: a checked transaction, and a transaction's part of a committed block of
 * 1,000. One JSON line a figure, to be compared with the 80,000 ns and more of a CheckTx. Run: node
 * chain/telemetry/bench/telemetry.bench.ts [--tiny]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { PrometheusTelemetry } from '../prometheus.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const rounds = values.tiny ? 1_000 : 500_000;
const telemetry = new PrometheusTelemetry('bench');
const outcome = { codespace: '', code: 0 };
const block = Array.from({ length: 1_000 }, (_, index) => ({
  codespace: index % 10 === 0 ? 'bank' : '',
  code: index % 10 === 0 ? 2 : 0,
  gasWanted: 80_000n,
  gasUsed: 70_000n,
}));

function perCall(calls: number, work: () => void): number {
  for (let i = 0; i < calls / 10; i += 1) work();
  const began = performance.now();
  for (let i = 0; i < calls; i += 1) work();
  return Math.round(((performance.now() - began) * 1e6) / calls);
}

const check = perCall(rounds, () => {
  const began = telemetry.nowSeconds();
  telemetry.transactionChecked('new', telemetry.nowSeconds() - began, outcome);
});
const commit = perCall(rounds / 500, () => telemetry.blockCommitted(0.01, block));
const figure = (what: string, value: number): void => {
  process.stdout.write(`${JSON.stringify({ case: what, value, unit: 'ns' })}\n`);
};
figure('telemetry of a CheckTx', check);
figure('telemetry of a transaction in a block of 1,000', Math.round(commit / 1_000));
