/**
 * `make bench`: runs every `*.bench.ts`, prints a table and keeps the figures in
 * docs/bench/<name>.json. A bench is a program of its own (so each has a fresh heap) that prints
 * one JSON object a line, a `Figure`; with `--tiny` it does just enough to prove that it still
 * works, as the test run asks. Each is run several times (N=runs), the medians count.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { median } from './quantiles.ts';
import { listSources } from './tidy/repository.ts';

export interface Figure {
  /** What was measured, in words: `1,000 writes a block, 1 M keys`. */
  readonly case: string;
  readonly value: number;
  /** `writes/s`, `ms`, `MiB`: the unit comes last in the table too. */
  readonly unit: string;
  /** Hash of the result: equal seeds must give equal work. */
  readonly hash?: string;
  readonly goal?: Goal;
}

/** What a figure has to reach: so many times the peer's or, without a peer, the value itself. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly peer?: Peer;
}

/** Somebody else's figure for the same case, in the same unit. */
export interface Peer {
  readonly name: string;
  readonly value: number;
  /** True: in this very run. False: a figure kept from a machine of the same class. */
  readonly measured: boolean;
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

/** The runs of one bench as one: of each figure the median, and of its peer's. */
export function medians(runs: readonly (readonly Figure[])[]): readonly Figure[] {
  const [first = [], ...others] = runs;
  return first.map((figure) => {
    const same = [
      figure,
      ...others.flatMap((run) => run.find((f) => f.case === figure.case) ?? []),
    ];
    if (same.some(({ hash }) => hash !== figure.hash)) {
      throw new Error(`${figure.case}: two runs with one seed gave different results`);
    }
    const value = median(same.map((each) => each.value));
    const { goal } = figure;
    if (goal?.peer === undefined) return { ...figure, value };
    const peers = same.flatMap((each) => each.goal?.peer?.value ?? []);
    return { ...figure, value, goal: { ...goal, peer: { ...goal.peer, value: median(peers) } } };
  });
}

/** The measure of a goal: the ratio to the peer or, without one, the value itself. */
function measureOf({ value, goal }: Figure): number {
  return goal?.peer === undefined ? value : value / goal.peer.value;
}

/** Whether a figure reaches its goal; undefined where it has none. */
export function isMet(figure: Figure): boolean | undefined {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } =
    figure.goal ?? {};
  const measure = measureOf(figure);
  return figure.goal && measure >= atLeast && measure <= atMost;
}

/** Three digits that count, thousands apart: 12,300 and 0.741. */
function spell(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** One line of the table: figure, peer, ratio, goal, whether it is met. */
function spellFigure(figure: Figure): string {
  const { case: what, value, unit, goal } = figure;
  const own = `  ${what.padEnd(64)} ${spell(value).padStart(9)} ${unit.padEnd(10)}`;
  if (goal === undefined) return own.trimEnd();
  const { atLeast, atMost, peer } = goal;
  const wanted =
    atLeast === undefined ? `at most ${spell(atMost ?? 0)}` : `at least ${spell(atLeast)}`;
  const times = peer === undefined ? '' : ' x';
  const beside =
    peer === undefined
      ? ''
      : `${spell(measureOf(figure))} x ${peer.name} (${spell(peer.value)}${peer.measured ? '' : ', stored'}), `;
  return `${own} ${beside}goal ${wanted}${times}: ${isMet(figure) ? 'met' : 'NOT MET'}`;
}

/** Takes many minutes: measured only where it is named, as `make bench B=store-10m`. */
function isLong(path: string): boolean {
  return /-10m\.bench\.ts$|\/lab-[a-z-]+\.bench\.ts$/.test(path);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' } },
  });
  const [name] = positionals;
  const count = Number(values.runs);
  const benches = listBenches(name).filter((path) => !isLong(path) || /10m$|lab/.test(name ?? ''));
  if (benches.length === 0) throw new Error(`There is no bench${name ? ` named ${name}` : ''}.`);
  mkdirSync(join(root, 'docs', 'bench'), { recursive: true });
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, medians of ${count}`);
  for (const path of benches) {
    console.log(`\n${path}`);
    const load = loadavg()[0] ?? 0;
    const runs: (readonly Figure[])[] = [];
    while (runs.length < count) runs.push(await runBench(path, false));
    const figures = medians(runs);
    for (const figure of figures) console.log(spellFigure(figure));
    const file = join(root, 'docs', 'bench', `${basename(path, '.bench.ts')}.json`);
    const kept = figures.map((figure) => ({ ...figure, ...metIn(figure) }));
    const about = { bench: path, machine: { ...machine, loadBefore: load }, runs: count };
    writeFileSync(file, `${JSON.stringify({ ...about, figures: kept }, null, 2)}\n`);
  }
}

function metIn(figure: Figure): { readonly met?: boolean } {
  const met = isMet(figure);
  return met === undefined ? {} : { met };
}

if (import.meta.main) await main();
