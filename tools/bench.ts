/**
 * `make bench`: runs every `*.bench.ts`, prints a table and keeps the figures in
 * docs/bench/<name>.json. A bench is a program of its own (so each has a fresh heap) that prints
 * one JSON object a line, a `Figure`; with `--tiny` it does just enough to prove that it still
 * works, as the test run asks.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { listSources } from './tidy/repository.ts';

export interface Figure {
  /** What was measured, in words: `1,000 writes a block, 1 M keys`. */
  readonly case: string;
  readonly value: number;
  /** `writes/s`, `ms`, `MiB`: the unit comes last in the table too. */
  readonly unit: string;
  /** Hash of the result: equal seeds must give equal work. */
  readonly hash?: string;
}

const root = join(import.meta.dirname, '..');

/** All benches of the repository, or those whose path contains `name`. */
export function listBenches(name = ''): readonly string[] {
  return listSources(root).filter((path) => path.endsWith('.bench.ts') && path.includes(name));
}

/**
 * Runs one bench to its end.
 *
 * @throws Error when it fails, prints something else than figures, or prints none.
 */
export async function runBench(path: string, tiny: boolean): Promise<readonly Figure[]> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--expose-gc', join(root, path), ...(tiny ? ['--tiny'] : [])],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`${path} ended with code ${code}`);
  const figures = output
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => parseFigure(path, line));
  if (figures.length === 0) throw new Error(`${path} printed no figure`);
  return figures;
}

function parseFigure(path: string, line: string): Figure {
  try {
    const figure = JSON.parse(line) as Figure;
    if (
      typeof figure.case === 'string' &&
      Number.isFinite(figure.value) &&
      typeof figure.unit === 'string'
    ) {
      return figure;
    }
  } catch {
    // Told below, like a figure that lacks a field.
  }
  throw new Error(`${path} printed no figure but: ${line}`);
}

/** Three digits that count, thousands apart: 12,300 and 0.741. */
function spell(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

async function main(name: string | undefined): Promise<void> {
  const benches = listBenches(name);
  if (benches.length === 0) throw new Error(`There is no bench${name ? ` named ${name}` : ''}.`);
  mkdirSync(join(root, 'docs', 'bench'), { recursive: true });
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
  for (const path of benches) {
    console.log(`\n${path}`);
    const figures = await runBench(path, false);
    for (const { case: what, value, unit } of figures) {
      console.log(`  ${what.padEnd(60)} ${spell(value).padStart(12)} ${unit}`);
    }
    const file = join(root, 'docs', 'bench', `${basename(path, '.bench.ts')}.json`);
    writeFileSync(file, `${JSON.stringify({ bench: path, machine, figures }, null, 2)}\n`);
  }
}

if (import.meta.main) await main(process.argv[2]);
