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
import { requireCometbft } from './start.ts';

interface RunOptions {
  readonly output?: string;
  readonly seed?: string;
  readonly basePort?: string;
  readonly times: string;
  readonly quiet?: true;
  readonly report?: string;
}

export function labCommand(context: CliContext): Command {
  const lab = new Command('lab').description('test networks that fail on purpose, and must hold');
  for (const command of labNetworkCommands(context)) lab.addCommand(command);
  lab
    .command('run')
    .argument('<scenario...>', 'files, or folders of them')
    .description('play scenarios, each on a network of its own; exit code 1 on a violation')
    .option('--seed <number>', "instead of each scenario's own")
    .option('--base-port <port>', 'the first port of a network (default: where there is room)')
    .option('--times <count>', 'play them so often', '1')
    .option('--report <folder>', 'write a page (HTML) and the data (JSON) of each run there')
    .option('-q, --quiet', 'only the table at the end')
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
  artel lab run localnet/lab/scenarios --times 20 -q`,
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

async function run(
  context: CliContext,
  files: readonly string[],
  options: RunOptions,
): Promise<void> {
  const { writeReport } = await import('../../../localnet/lab/report.ts');
  const { runScenario } = await import('../../../localnet/lab/run.ts');
  const { makeGenesis } = await import('../../app/local-genesis.ts');
  const scenarios = await readScenarios(files);
  const cometbft = await requireCometbft(context);
  const times = parseCount('--times', options.times, 1);
  const seed = options.seed === undefined ? undefined : parseCount('--seed', options.seed);
  const basePort =
    options.basePort === undefined ? undefined : parseCount('--base-port', options.basePort, 1);
  const results: RunResult[] = [];
  for (const scenario of Array.from({ length: times }, () => scenarios).flat()) {
    context.signal.throwIfAborted();
    if (!options.quiet) context.stderr.write(`\n${scenario.name}: ${scenario.about}\n`);
    const result = await runScenario(scenario, {
      cometbft,
      makeGenesis,
      audit: auditStore,
      env: context.env,
      signal: context.signal,
      seed,
      basePort,
      tell: ({ ms, kind, text }) => {
        if (options.quiet && kind !== 'violation') return;
        context.stderr.write(`${(ms / 1000).toFixed(2).padStart(8)} ${kind.padEnd(9)} ${text}\n`);
      },
    });
    results.push(result);
    if (options.report !== undefined) {
      const page = await writeReport(options.report, result);
      if (!options.quiet) context.stderr.write(`report: ${page}\n`);
    }
  }
  context.stdout.write(`${options.output === 'json' ? json(results) : table(results)}\n`);
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

async function listVerbs(context: CliContext, { output }: RunOptions): Promise<void> {
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
