/**
 * T2 and T4: every scenario of the repository once: how many held, how long they took, and what
 * became of the transactions that nodes acknowledged meanwhile.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotPlay } from '../disk.ts';
import type { RunResult } from '../run.ts';
import { parseScenario } from '../scenario.ts';
import { needsCometbft, printFigure } from './figures.ts';
import { playOne } from './play.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const cometbft = await needsCometbft('the scenarios of the lab');
const folder = join(import.meta.dirname, '..', 'scenarios');
const all = readdirSync(folder).sort();
const files = values.tiny ? all.filter((file) => file === 'frozen.yaml') : all;

const results: RunResult[] = [];
for (const file of files) {
  const scenario = parseScenario(readFileSync(join(folder, file), 'utf8'), file);
  try {
    const result = await playOne(scenario, cometbft);
    results.push(result);
    const took = `${(result.totalMs / 1_000).toFixed(1)} s`;
    const { load } = result;
    const transactions = `${load?.committed ?? 0}/${load?.acknowledged ?? 0}`;
    process.stderr.write(`${result.scenario.padEnd(24)} ${took.padStart(8)} ${transactions}\n`);
    for (const text of result.violations) process.stderr.write(`  ${text}\n`);
  } catch (error) {
    if (!(error instanceof CannotPlay)) throw error;
    process.stderr.write(`${scenario.name} is left out: ${error.message}\n`);
  }
}

const sum = (of: (result: RunResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);
const held = results.filter(({ violations }) => violations.length === 0).length;
const slowest = Math.max(...results.map(({ totalMs }) => totalMs)) / 1_000;
printFigure('T2 scenarios that held', held, 'scenarios', { atLeast: 28 });
printFigure('T2 scenarios that did not', results.length - held, 'scenarios', { atMost: 0 });
printFigure('T2 the slowest scenario', slowest, 's', { atMost: 60 });
printFigure('T2 all scenarios', sum(({ totalMs }) => totalMs) / 60_000, 'min', { atMost: 25 });
const acknowledged = sum(({ load }) => load?.acknowledged ?? 0);
printFigure('T4 acknowledged under faults', acknowledged, 'transactions', { atLeast: 20_000 });
// Where the chain is to halt nothing more can be in a block.
const judged = ({ scenario }: RunResult): boolean => !halting.has(scenario);
const halting = new Set(
  files
    .map((file) => parseScenario(readFileSync(join(folder, file), 'utf8'), file))
    .filter(({ expect }) => expect.halts)
    .map(({ name }) => name),
);
const lost = sum((result) => (judged(result) ? (result.load?.lost ?? 0) : 0));
printFigure('T4 of them lost', lost, 'transactions', { atMost: 0 });
printFigure(
  'T4 in two blocks',
  sum(({ load }) => load?.twice ?? 0),
  'transactions',
  { atMost: 0 },
);
