/**
 * `make bench-liquid`: runs the bench of the sync, tells of each goal whether it is met as soon as it
 * is known, and keeps the figures in docs/bench/liquid.json. Its arguments are handed on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figure } from '../../../tools/bench.ts';

const root = join(import.meta.dirname, '../../..');
const bench = 'liquid/sync/bench/sync.bench.ts';

function spell(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

const child = spawn(
  process.execPath,
  ['--no-warnings', join(root, bench), ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const ended = once(child, 'close');
const figures: Figure[] = [];
for await (const line of createInterface(child.stdout)) {
  const figure = JSON.parse(line) as Figure;
  figures.push(figure);
  const { value, unit, goal: { atMost } = {} } = figure;
  const goal = atMost === undefined ? '' : `at most ${spell(atMost)}`;
  const verdict = atMost === undefined ? '' : value <= atMost ? 'met' : 'NOT MET';
  const cells = [figure.case.padEnd(56), spell(value).padStart(12), unit.padEnd(20)];
  console.log([...cells, goal.padEnd(20), verdict].join(' '));
}
const [code] = (await ended) as [number | null];
if (code !== 0) throw new Error(`${bench} ended with code ${code}`);
const [cpu] = cpus();
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  node: process.version,
};
const file = join(root, 'docs', 'bench', 'liquid.json');
writeFileSync(file, `${JSON.stringify({ bench, machine, figures }, null, 2)}\n`);
