/** `artel lab`: test networks that are made to fail, and checked by machine. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { RunResult } from '../../../localnet/lab/run.ts';
import type { Scenario } from '../../../localnet/lab/scenario.ts';
import { toProtoNames } from '../../client/generated.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatJson, formatTable } from '../output.ts';
import { parseCount } from '../values.ts';
import { labNetworkCommands } from './lab-network.ts';
import { compileCache } from './localnet.ts';
import { requireCometbft } from './start.ts';

interface PlayOptions {
  readonly output?: string;
  readonly seed?: string;
  readonly basePort?: string;
  readonly quiet?: true;
  readonly report?: string;
}

interface RepeatOptions extends PlayOptions {
  readonly times: string;
}

export function labCommand(context: CliContext): Command {
  const lab = new Command('lab').description('test networks that fail on purpose, and must hold');
  for (const command of labNetworkCommands(context)) lab.addCommand(command);
  lab.addCommand(
    playCommand('run')
      .description('play scenarios, each on a network of its own; exit code 1 on a violation')
      .action((files: readonly string[], _options: unknown, command: Command) =>
        run(context, files, command.optsWithGlobals()),
      )
      .addHelpText(
        'after',
        `
Every run checks: one block a height (A), growth after healing (B), one app hash (C), no transaction
lost or doubled (D), one penalty a guilty key (E), growth where and only where there is a quorum (F),
the modules' invariants (G). How to write a scenario: docs/lab.md.

Examples:
  artel lab run localnet/lab/scenarios/halves.yaml
  artel lab run localnet/lab/scenarios -q --report reports`,
      ),
  );
  lab.addCommand(
    playCommand('repeat')
      .description('play scenarios again and again, and tell how often each held')
      .option('--times <count>', 'how often each', '20')
      .action((files: readonly string[], _options: unknown, command: Command) =>
        repeat(context, files, command.optsWithGlobals()),
      ),
  );
  lab
    .command('check')
    .argument('<scenario...>', 'files, or folders of them')
    .description('read scenarios without playing them')
    .action((files: readonly string[]) => check(context, files));
  lab
    .command('verbs')
    .description('list the steps that scenarios are made of')
    .action((_options: unknown, command: Command) => listVerbs(context, command.optsWithGlobals()));
  return lab;
}

function playCommand(name: string): Command {
  return new Command(name)
    .argument('<scenario...>', 'files, or folders of them')
    .option('--seed <number>', "instead of each scenario's own")
    .option('--base-port <port>', 'the first port of a network (default: where there is room)')
    .option('--report <folder>', 'write a page (HTML) and the data (JSON) of each run there')
    .option('-q, --quiet', 'only the table at the end');
}

async function run(
  context: CliContext,
  files: readonly string[],
  options: PlayOptions,
): Promise<void> {
  const results: RunResult[] = [];
  for await (const result of play(context, await readScenarios(files), options)) {
    results.push(result);
  }
  context.stdout.write(`${options.output === 'json' ? json(results) : table(results)}\n`);
  failOnViolation(results);
}

async function repeat(
  context: CliContext,
  files: readonly string[],
  options: RepeatOptions,
): Promise<void> {
  const times = parseCount('--times', options.times, 1);
  const scenarios = await readScenarios(files);
  const results: RunResult[] = [];
  const all = Array.from({ length: times }, () => scenarios).flat();
  for await (const result of play(context, all, options)) {
    results.push(result);
    const held = results.filter(({ violations }) => violations.length === 0).length;
    context.stderr.write(`${held} of ${results.length} held (of ${all.length})\n`);
  }
  const rows = [...Map.groupBy(results, ({ scenario }) => scenario)].map(([name, runs]) => {
    const held = runs.filter(({ violations }) => violations.length === 0).length;
    const totals = runs.map(({ totalMs }) => totalMs).sort((left, right) => left - right);
    return {
      scenario: name,
      held,
      of: runs.length,
      medianMs: totals[Math.floor(totals.length / 2)] ?? 0,
      slowestMs: totals.at(-1) ?? 0,
    };
  });
  const text =
    options.output === 'json'
      ? formatJson(toProtoNames(rows))
      : formatTable(
          ['scenario', 'held', 'median', 'slowest'],
          rows.map(({ scenario, held, of, medianMs, slowestMs }) => [
            scenario,
            `${held}/${of}`,
            seconds(medianMs),
            seconds(slowestMs),
          ]),
        );
  context.stdout.write(`${text}\n`);
  failOnViolation(results);
}

/** One after the other; what this machine can't play is told in a line, and left out. */
async function* play(
  context: CliContext,
  scenarios: readonly Scenario[],
  options: PlayOptions,
): AsyncGenerator<RunResult> {
  const { CannotPlay } = await import('../../../localnet/lab/disk.ts');
  const { writeReport } = await import('../../../localnet/lab/report.ts');
  const { runScenario } = await import('../../../localnet/lab/run.ts');
  const { makeGenesis } = await import('../../app/local-genesis.ts');
  const cometbft = await requireCometbft(context);
  const { seed, basePort } = options;
  for (const scenario of scenarios) {
    context.signal.throwIfAborted();
    if (!options.quiet) context.stderr.write(`\n${scenario.name}: ${scenario.about}\n`);
    try {
      const result = await runScenario(scenario, {
        cometbft,
        makeGenesis,
        audit: auditStore,
        env: { ...context.env, ...compileCache() },
        signal: context.signal,
        seed: seed === undefined ? undefined : parseCount('--seed', seed),
        basePort: basePort === undefined ? undefined : parseCount('--base-port', basePort, 1),
        tell: ({ ms, kind, text }) => {
          if (options.quiet && kind !== 'violation') return;
          context.stderr.write(`${(ms / 1000).toFixed(2).padStart(8)} ${kind.padEnd(9)} ${text}\n`);
        },
      });
      if (options.report !== undefined) {
        const page = await writeReport(options.report, result);
        if (!options.quiet) context.stderr.write(`report: ${page}\n`);
      }
      yield result;
    } catch (error) {
      if (!(error instanceof CannotPlay)) throw error;
      context.stderr.write(`${scenario.name} is left out: ${error.message}\n`);
    }
  }
}

function failOnViolation(results: readonly RunResult[]): void {
  const failed = results.filter(({ violations }) => violations.length > 0).length;
  if (failed === 0) return;
  throw new CliError(`${failed} of ${results.length} runs violated an invariant`);
}

/** The modules' invariants, and what an auditor with books of its own finds different. */
export async function auditStore(storeDir: string): Promise<readonly string[]> {
  const { pino } = await import('pino');
  const { openOffline } = await import('../../app/offline.ts');
  const chain = await openOffline(storeDir, pino({ level: 'silent' }));
  try {
    return [...(await chain.audit()), ...(await chain.auditNaively()).differences];
  } finally {
    await chain.close();
  }
}

function table(results: readonly RunResult[]): string {
  const rows = results.map(({ scenario, violations, blocks, load, upMs, downMs, totalMs }) => [
    scenario,
    violations.length === 0 ? 'ok' : `${violations.length} violations`,
    String(blocks.length),
    load === undefined ? '' : `${load.committed}/${load.acknowledged}`,
    seconds(upMs),
    seconds(downMs),
    seconds(totalMs),
  ]);
  const head = ['scenario', 'result', 'blocks', 'transactions', 'up', 'down', 'total'];
  return formatTable(head, rows);
}

function json(results: readonly RunResult[]): string {
  return formatJson(
    toProtoNames(
      results.map(({ heights: _heights, metrics: _metrics, blocks, ...rest }) => ({
        ...rest,
        blocks: blocks.length,
      })),
    ),
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function check(context: CliContext, files: readonly string[]): Promise<void> {
  const scenarios = await readScenarios(files);
  const rows = scenarios.map(({ name, about }) => [name, about]);
  context.stdout.write(`${formatTable(['scenario', 'about'], rows)}\n`);
}

async function listVerbs(context: CliContext, { output }: PlayOptions): Promise<void> {
  const { verbs } = await import('../../../localnet/lab/verbs.ts');
  const rows = Object.entries(verbs).map(([name, { about, example }]) => ({
    name,
    about,
    example,
  }));
  const text =
    output === 'json'
      ? formatJson(rows)
      : formatTable(['step', 'does', 'example'], rows.map(Object.values));
  context.stdout.write(`${text}\n`);
}

/** @throws CliError (usage) for a file that is no scenario, before anything is played. */
async function readScenarios(paths: readonly string[]): Promise<readonly Scenario[]> {
  const { parseScenario } = await import('../../../localnet/lab/scenario.ts');
  const files = (await Promise.all(paths.map(filesIn))).flat();
  if (files.length === 0) {
    throw new CliError(`${paths.join(', ')}: no scenario (*.yaml) there`, exitCodes.usage);
  }
  return Promise.all(files.map(async (file) => parseScenario(await readFile(file, 'utf8'), file)));
}

async function filesIn(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch {
    throw new CliError(`${path}: there is no such file`, exitCodes.usage);
  }
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return names.map((name) => join(path, name));
}
