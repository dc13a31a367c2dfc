/**
 * An open-loop load of 400 transactions a second, 1 kB each, for 90 s on four validators, as in
 * CometBFT's own quality assurance; latencies are of block data. They are compared with those in
 * load-baseline.json beside this file, which `--keep` writes anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseScenario } from '../scenario.ts';
import { needsCometbft, printFigure } from './figures.ts';
import { playOne } from './play.ts';

const { values } = parseArgs({
  options: { tiny: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const cometbft = await needsCometbft('the load of the lab');
/** What a transfer has besides its memo. */
const envelopeBytes = 250;
const memoBytes = 1_024 - envelopeBytes;
const [rate, seconds, validators] = values.tiny ? [10, 1, 1] : [400, 90, 4];
const scenario = parseScenario(
  `
network: { validators: ${validators}, timeoutCommit: 1s, snapshotInterval: 0 }
load: { rate: ${rate}, memoBytes: ${memoBytes} }
steps:
  - wait: ${seconds}s
`,
  'load.yaml',
);
// Each account waits for its block before it sends again: enough of them for 15 s.
const settings = { ...scenario.settings, accounts: 15 * rate };
const { load, violations } = await playOne({ ...scenario, settings }, cometbft);
if (load === undefined) throw new Error('the run had no load');
for (const text of violations) process.stderr.write(`${text}\n`);

const baselineFile = join(import.meta.dirname, 'load-baseline.json');
const baseline = JSON.parse(readFileSync(baselineFile, 'utf8')) as Record<string, number>;
const shares = { median: 0.5, p95: 0.95, p99: 0.99 };
const latencies = Object.entries(shares).map(([name, share]) => {
  const at = Math.min(load.latenciesMs.length - 1, Math.floor(load.latenciesMs.length * share));
  return [name, load.latenciesMs[at] ?? 0] as const;
});
const what = `${rate} tx/s of 1 kB, ${seconds} s, ${validators} validators`;
for (const [name, ms] of latencies) {
  const value = baseline[name];
  const peer = value === undefined ? undefined : { name: 'baseline', value, measured: false };
  const goal = peer === undefined || values.tiny ? undefined : { atMost: 1.5, peer };
  printFigure(`latency ${name}, ${what}`, ms, 'ms', goal);
}
printFigure(`acknowledged, ${what}`, load.acknowledged, 'transactions');
printFigure(`not sent in time, ${what}`, load.skipped, 'transactions', { atMost: 0 });
printFigure(`lost or twice, ${what}`, load.lost + load.twice, 'transactions', { atMost: 0 });
if (values.keep) {
  writeFileSync(baselineFile, `${JSON.stringify(Object.fromEntries(latencies), undefined, 2)}\n`);
}
