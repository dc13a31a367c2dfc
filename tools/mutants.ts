/**
 * `make mutants`: is every rule of a module held by a test? Each comparison, arithmetic term, guard
 * and write of its rules is made wrong, one at a time, and the module's own tests are to notice.
 * Results are kept under .cache, so a run goes on where it was cut off: a kill counts while its
 * source and the tests that killed stay the same, a survival while all sources and tests do.
 * Survivors stand with their reasons in docs/mutants.json.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Message, PlayerData, Result } from './mutants/player.ts';
import { type Mutant, switched } from './mutants/sites.ts';

const root = join(import.meta.dirname, '..');

/** The rules of each module: what decides and evolves, and the arithmetic that it does so by. */
export const rules: Readonly<Record<string, readonly string[]>> = {
  production: [
    'decide.ts',
    'decide',
    'evolve.ts',
    'evolve',
    'composition.ts',
    'value.ts',
    'pool.ts',
  ],
  coupons: [
    ...['decide.ts', 'decide', 'evolve.ts', 'evolve', 'revise.ts', 'revision.ts', 'claims.ts'],
    ...['debts.ts', 'balance.ts', 'segments.ts', 'changes.ts', 'pool.ts'],
  ],
  feegrant: ['decide.ts', 'evolve.ts'],
};

interface Plan extends PlayerData {
  readonly all: readonly Mutant[];
  /** Changes with every source and test. */
  readonly digest: string;
  /** By path of a source as mutants name it, and by URL of a test file with what it stands on. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Reads a module's rules and tests. @throws Error for a module without rules here. */
export function planOf(module: string): Plan {
  const folder = join(root, 'modules', module);
  const named = rules[module];
  if (named === undefined) {
    throw new Error(`M=${module} is none of ${Object.keys(rules).join(', ')}`);
  }
  const paths = named.flatMap((name) => sourcesIn(join(folder, name)));
  const sources = new Map<string, string>();
  const digests = new Map<string, string>();
  const all: Mutant[] = [];
  for (const path of paths) {
    const name = relative(folder, path);
    const found = switched(name, readFileSync(path, 'utf8'), all.length);
    sources.set(pathToFileURL(path).href, found.text);
    digests.set(name, digestOf([path]));
    all.push(...found.mutants);
  }
  const inTest = sourcesIn(join(folder, 'test'));
  const tests = inTest.filter((path) => path.endsWith('.test.ts'));
  const shared = inTest.filter((path) => !tests.includes(path));
  for (const path of tests) digests.set(pathToFileURL(path).href, digestOf([path, ...shared]));
  return {
    sources,
    all,
    mutants: all.length,
    tests: tests.map((path) => pathToFileURL(path).href),
    digest: digestOf([...paths, ...inTest]),
    digests,
  };
}

function digestOf(paths: readonly string[]): string {
  const digest = createHash('sha256');
  for (const path of paths) digest.update(readFileSync(path));
  return digest.digest('hex');
}

function sourcesIn(path: string): readonly string[] {
  if (existsSync(path) && path.endsWith('.ts')) return [path];
  if (path.endsWith('.ts') || !existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(path, name));
}

/**
 * A mutant that has not ended by then is given up and counts as killed: one that turns in circles
 * without passing a site, which the player itself would notice. On a loaded machine all tests
 * together may take minutes.
 */
const patienceMs = 900_000;

/** One thread with all tests loaded, that plays one mutant after the other. */
class Player {
  readonly #worker: Worker;
  readonly ready: Promise<{ readonly tests: number; readonly problem?: string }>;
  #waiting: ((result: Result) => void) | undefined;

  constructor(plan: PlayerData) {
    this.#worker = new Worker(join(import.meta.dirname, 'mutants', 'player.ts'), {
      workerData: { sources: plan.sources, tests: plan.tests, mutants: plan.mutants },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('error', reject);
      this.#worker.on('message', (message: Message) => {
        if (message.type === 'ready') resolve(message);
        else this.#waiting?.(message.result);
      });
    });
  }

  /** Undefined where it did not end in time. */
  async play(mutant: number): Promise<Result | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), patienceMs);
      this.#waiting = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#worker.postMessage(mutant);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

export interface Options {
  /** Only so many mutants, spread evenly. */
  readonly sample?: number;
  readonly onResult?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Results from before, by the mutant's name; new ones are added. */
  readonly known?: Map<string, Result>;
}

/** Plays the mutants of a module. @throws Error where a test fails without any. */
export async function playMutants(
  plan: Plan,
  { sample, onResult, signal, known = new Map() }: Options = {},
): Promise<ReadonlyMap<string, Result>> {
  const count = Math.min(sample ?? plan.mutants, plan.mutants);
  const chosen = Array.from({ length: count }, (_, index) =>
    Math.floor((index * plan.mutants) / count),
  );
  const results = new Map<string, Result>();
  let player: Player | undefined;
  try {
    for (const [done, index] of chosen.entries()) {
      signal?.throwIfAborted();
      const name = plan.all[index]?.name ?? '';
      let result = known.get(name);
      if (result === undefined) {
        player ??= await begun(plan);
        result = await player.play(index);
        if (result === undefined) {
          await player.end();
          player = undefined;
          result = { outcome: 'killed', by: 'does not end' };
        }
        known.set(name, result);
      }
      results.set(name, result);
      onResult?.(done + 1, count);
    }
  } finally {
    await player?.end();
  }
  return results;
}

async function begun(plan: PlayerData): Promise<Player> {
  const player = new Player(plan);
  const { problem } = await player.ready;
  if (problem === undefined) return player;
  await player.end();
  throw new Error(problem);
}

/** By module and the mutant's name, why it may live. */
type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const reasonsFile = join(root, 'docs', 'mutants.json');

if (import.meta.main) {
  const { values } = parseArgs({
    options: { module: { type: 'string' }, sample: { type: 'string' } },
  });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const names = values.module === undefined ? Object.keys(rules) : [values.module];
  const reasons = JSON.parse(readFileSync(reasonsFile, 'utf8')) as Reasons;
  for (const module of names)
    await report(module, reasons[module] ?? {}, values.sample, stop.signal);
}

async function report(
  module: string,
  reasons: Readonly<Record<string, string>>,
  sample: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const plan = planOf(module);
  const folder = join(root, '.cache', 'mutant-results');
  const file = join(folder, `${module}.json`);
  const known = knownResults(file, plan);
  const save = (): void => {
    mkdirSync(folder, { recursive: true });
    const kept = [...known].map(([name, result]) => [name, result, stampOf(plan, name, result)]);
    writeFileSync(file, JSON.stringify(kept));
  };
  const results = await playMutants(plan, {
    known,
    signal,
    ...(sample === undefined ? {} : { sample: Number(sample) }),
    onResult(done, total) {
      if (done % 25 === 0) save();
      if (process.stderr.isTTY) process.stderr.write(`\r${module} ${done}/${total} `);
    },
  }).finally(save);
  if (process.stderr.isTTY) process.stderr.write('\r');
  const survivors = [...results].filter(([, { outcome }]) => outcome !== 'killed');
  const killed = results.size - survivors.length;
  const percent = ((100 * killed) / results.size).toFixed(1);
  const open = survivors.filter(([name]) => reasons[name] === undefined);
  for (const [name, { outcome }] of survivors) {
    const why = reasons[name] ?? (outcome === 'none' ? 'NO TEST passes here' : 'NO REASON given');
    process.stdout.write(`  ${name}\n    ${why}\n`);
  }
  process.stdout.write(
    `${module}: ${killed} of ${results.size} mutants killed, ${percent} %` +
      ` (${plan.mutants} in all); ${survivors.length - open.length} survivors with a reason,` +
      ` ${open.length} without\n`,
  );
  if (killed * 100 < results.size * 95) process.exitCode = 1;
}

function knownResults(file: string, plan: Plan): Map<string, Result> {
  if (!existsSync(file)) return new Map();
  const kept = JSON.parse(readFileSync(file, 'utf8')) as (readonly [string, Result, string])[];
  return new Map(
    kept.flatMap(([name, result, stamp]) =>
      stampOf(plan, name, result) === stamp ? [[name, result]] : [],
    ),
  );
}

/** Is another one as soon as the result may be another. */
function stampOf({ digest, digests }: Plan, name: string, result: Result): string {
  const killer = result.outcome === 'killed' ? result.file : undefined;
  if (killer === undefined) return digest;
  const [source = ''] = name.split(' | ');
  return `${digests.get(source)}/${digests.get(killer)}`;
}
