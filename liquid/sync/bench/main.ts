/**
 * `make bench-liquid`: runs the benches of the companion, tells of each goal whether it is met as
 * soon as it is known, and keeps the figures in docs/bench/liquid.json. Arguments are handed on. A
 * bench that fails is named, and the others are run all the same.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Figure, isMet } from '../../../tools/bench.ts';

const root = join(import.meta.dirname, '../../..');
const benches = [
  'liquid/sync/bench/sync.bench.ts',
  'liquid/relay/bench/relay.bench.ts',
  'liquid/qr/bench/pictures.bench.ts',
  'liquid/peer/bench/privacy.bench.ts',
];

function spell(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

function goalOf({ goal }: Figure): string {
  const { atLeast, atMost, peer } = goal ?? {};
  const bound = atLeast ?? atMost;
  if (bound === undefined) return '';
  const times = peer === undefined ? '' : ` x ${spell(peer.value)} of ${peer.name}`;
  return `at ${atLeast === undefined ? 'most' : 'least'} ${spell(bound)}${times}`;
}

const figures: Figure[] = [];

async function run(bench: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', join(root, bench), ...process.argv.slice(2)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  for await (const line of createInterface(child.stdout)) {
    const figure = JSON.parse(line) as Figure;
    figures.push(figure);
    const verdict = { true: 'met', false: 'NOT MET', undefined: '' }[`${isMet(figure)}`];
    const cells = [
      figure.case.padEnd(56),
      spell(figure.value).padStart(12),
      figure.unit.padEnd(20),
    ];
    console.log([...cells, goalOf(figure).padEnd(20), verdict].join(' '));
  }
  const [code] = (await ended) as [number | null];
  if (code === 0) return;
  console.error(`${bench} FAILED: it ended with code ${code}`);
  process.exitCode = 1;
}

const [cpu] = cpus();
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  node: process.version,
};
const file = join(root, 'docs', 'bench', 'liquid.json');
const began = performance.now();
for (const bench of benches) {
  await run(bench);
  const minutes = Math.round((performance.now() - began) / 6_000) / 10;
  console.log(`-- ${minutes} min: ${bench} is done`);
  if (process.argv.includes('--tiny')) continue;
  writeFileSync(file, `${JSON.stringify({ benches, machine, figures }, null, 2)}\n`);
}
const missed = figures.filter((figure) => isMet(figure) === false);
console.log(`${figures.filter((figure) => isMet(figure)).length} goals met, ${missed.length} not`);
