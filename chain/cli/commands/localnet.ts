/** `artel localnet`: several real validators on this machine. */
import { getCompileCacheDir } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { defaultLocalnet, type LocalnetSettings, planNodes } from '../../../localnet/plan.ts';
import { readSettings } from '../../../localnet/record.ts';
import {
  formatNextSteps,
  formatNodes,
  type NodeReport,
  reportNodes,
} from '../../../localnet/report.ts';
import { toProtoNames } from '../../client/generated.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatJson } from '../output.ts';
import { type PruningOptions, pruningArguments, pruningOptions } from '../pruning-options.ts';
import { type SnapshotOptions, snapshotArguments, snapshotOptions } from '../snapshot-options.ts';
import { parseCount } from '../values.ts';
import { requireCometbft } from './start.ts';

interface Globals {
  readonly home?: string;
  readonly output?: string;
}

interface UpOptions extends Globals, PruningOptions, SnapshotOptions {
  readonly n?: string;
  readonly chainId?: string;
  readonly basePort?: string;
  readonly timeoutCommit?: string;
  readonly emptyBlocksInterval?: string;
  readonly seed?: string;
  readonly detach?: true;
}

interface LogOptions extends Globals {
  readonly lines: string;
  readonly follow?: true;
}

const defaultRoot = '.localnet';

export function localnetCommand(context: CliContext): Command {
  const localnet = new Command('localnet').description('real validators on this machine');
  localnet.addCommand(upCommand(context));
  localnet
    .command('add')
    .description('let one more node, which is no validator, join the localnet that runs')
    .option('--state-sync', 'join by a snapshot, not by all blocks (up with --snapshot-interval)')
    .action((_options: unknown, command: Command) => add(context, command.optsWithGlobals()));
  localnet
    .command('down')
    .description('end the nodes, however they were left')
    .action((_options: unknown, command: Command) => down(context, command.optsWithGlobals()));
  localnet
    .command('status')
    .description('show the nodes; exit code 1 where none runs')
    .action((_options: unknown, command: Command) => status(context, command.optsWithGlobals()));
  localnet
    .command('logs')
    .argument('[node]', 'node0, node1, ... (default: all)')
    .option('--lines <count>', 'how many of the newest lines', '20')
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .description("show the nodes' logs: the application's and CometBFT's")
    .action((node: string | undefined, _options: unknown, command: Command) =>
      logs(context, node, command.optsWithGlobals()),
    );
  localnet
    .command('reset')
    .description('end the nodes and remove the folder: chain, keys and logs')
    .action((_options: unknown, command: Command) => reset(context, command.optsWithGlobals()));
  return localnet.addHelpText(
    'after',
    `
The localnet lives in --home (default: ${defaultRoot} in this folder). Node i takes the ports
base + 10 i (P2P), + 1 (RPC) and + 4 (Prometheus). More in docs/localnet.md.

Examples:
  artel localnet up
  artel localnet up -n 7 --base-port 30000 --home .seven --detach
  artel localnet logs node2 -f`,
  );
}

function upCommand(context: CliContext): Command {
  const { chainId, count, basePort, timeoutCommit, emptyBlocksInterval } = defaultLocalnet;
  const command = new Command('up');
  for (const option of [...pruningOptions(), ...snapshotOptions()]) command.addOption(option);
  return command
    .description('bring it up, making it where there is none, and keep it running until Ctrl-C')
    .option('-n <count>', `how many validators (default: ${count})`)
    .option('--chain-id <id>', `begins with artel-local- (default: ${chainId})`)
    .option('--base-port <port>', `the first port (default: ${basePort})`)
    .option('--timeout-commit <time>', `pause between blocks (default: ${timeoutCommit})`)
    .option(
      '--empty-blocks-interval <time>',
      `an idle chain makes a block this often (default: ${emptyBlocksInterval})`,
    )
    .option('--seed <text>', "make the nodes' keys follow from this text (default: random)")
    .option('--detach', 'return once the nodes are up, and leave them running')
    .action((_options: unknown, command: Command) => up(context, command.optsWithGlobals()));
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const { bringUp } = await import('../../../localnet/up.ts');
  const { makeGenesis } = await import('../../app/local-genesis.ts');
  const root = rootOf(options);
  const say = (line: string): void => void context.stderr.write(`${line}\n`);
  const outcome = await bringUp({
    root,
    wanted: wantedSettings(options),
    defaults: defaultLocalnet,
    findCometbft: () => requireCometbft(context),
    makeGenesis,
    artel: [process.execPath, ...process.execArgv, process.argv[1] ?? 'artel'],
    nodeArguments: [...pruningArguments(options), ...snapshotArguments(options)],
    // The nodes start from the same cache of compiled code as this command did.
    env: { ...context.env, ...compileCache() },
    detach: options.detach === true,
    signal: context.signal,
    say,
    onReady: async () => {
      await show(context, options);
      if (options.detach) say(`Stop it with \`npx artel localnet down --home ${shown(root)}\`.`);
      else say('Running until Ctrl-C, or `npx artel localnet down` elsewhere.');
    },
  });
  if (outcome !== 'already running') return;
  say('The localnet is running already.');
  await show(context, options);
}

async function add(
  context: CliContext,
  options: Globals & { readonly stateSync?: true },
): Promise<void> {
  const { addNode } = await import('../../../localnet/add.ts');
  const root = rootOf(options);
  const node = await addNode({
    root,
    settings: await requireSettings(root),
    stateSync: options.stateSync === true,
    findCometbft: () => requireCometbft(context),
    artel: [process.execPath, ...process.execArgv, process.argv[1] ?? 'artel'],
    env: { ...context.env, ...compileCache() },
    signal: context.signal,
  });
  context.stderr.write(`${node.name} takes part.\n`);
  await show(context, options);
}

/** `getCompileCacheDir` gives the folder of this Node's version inside the one that was named. */
export function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** What the user gave; the rest is left to what is there, or the defaults. */
function wantedSettings(options: UpOptions): Partial<LocalnetSettings> {
  const { n, chainId, basePort, timeoutCommit, emptyBlocksInterval, seed } = options;
  return {
    ...(n === undefined ? {} : { count: parseCount('-n', n, 1) }),
    ...(basePort === undefined ? {} : { basePort: parseCount('--base-port', basePort, 1) }),
    ...(chainId === undefined ? {} : { chainId }),
    ...(timeoutCommit === undefined
      ? {}
      : { timeoutCommit: parseGoDuration(timeoutCommit, '--timeout-commit') }),
    ...(emptyBlocksInterval === undefined
      ? {}
      : {
          emptyBlocksInterval: parseGoDuration(emptyBlocksInterval, '--empty-blocks-interval'),
        }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function parseGoDuration(text: string, option: string): string {
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return text;
  throw new CliError(
    `${option} ${text} is no duration`,
    exitCodes.usage,
    'For example 500ms or 2s.',
  );
}

/** The table, the keys and what to try next. */
async function show(context: CliContext, options: Globals): Promise<void> {
  const root = rootOf(options);
  const nodes = planNodes(root, await requireSettings(root));
  const reports = await reportNodes(nodes);
  const text =
    options.output === 'json'
      ? formatJson(toProtoNames(reports))
      : `${formatNodes(reports.map(shorten))}\n\n${formatNextSteps(shown(root), nodes)}`;
  context.stdout.write(`${text}\n`);
}

async function status(context: CliContext, options: Globals): Promise<void> {
  const root = rootOf(options);
  const reports = await reportNodes(planNodes(root, await requireSettings(root)));
  const json = options.output === 'json';
  const text = json ? formatJson(toProtoNames(reports)) : formatNodes(reports.map(shorten));
  context.stdout.write(`${text}\n`);
  if (reports.some(({ state }) => state !== 'down')) return;
  throw new CliError('no node of the localnet runs', exitCodes.failed, 'artel localnet up');
}

async function down(context: CliContext, options: Globals): Promise<void> {
  const { bringDown } = await import('../../../localnet/down.ts');
  const root = rootOf(options);
  const ended = await bringDown(root);
  const told =
    ended === undefined
      ? `There is no localnet in ${shown(root)}.`
      : ended === 0
        ? 'Nothing was running.'
        : `${ended} ${ended === 1 ? 'node' : 'nodes'} ended.`;
  context.stderr.write(`${told}\n`);
}

async function reset(context: CliContext, options: Globals): Promise<void> {
  const { resetLocalnet } = await import('../../../localnet/down.ts');
  const root = rootOf(options);
  const removed = await resetLocalnet(root);
  context.stderr.write(
    removed ? `${shown(root)} is removed.\n` : `There is no localnet in ${shown(root)}.\n`,
  );
}

async function logs(
  context: CliContext,
  node: string | undefined,
  options: LogOptions,
): Promise<void> {
  const { showLogs } = await import('../../../localnet/logs.ts');
  const root = rootOf(options);
  await showLogs(planNodes(root, await requireSettings(root)), {
    node,
    lines: parseCount('--lines', options.lines, 1),
    follow: options.follow === true,
    signal: context.signal,
    write: (line) => context.stdout.write(`${line}\n`),
  });
}

async function requireSettings(root: string): Promise<LocalnetSettings> {
  const settings = await readSettings(root);
  if (settings !== undefined) return settings;
  throw new CliError(
    `there is no localnet in ${shown(root)}`,
    exitCodes.usage,
    'Make one with `artel localnet up`, or name its folder with --home.',
  );
}

/** Not the home of `~/.artel`: a localnet belongs to the folder that one works in. */
function rootOf({ home }: Globals): string {
  return resolve(home ?? defaultRoot);
}

function shown(root: string): string {
  const short = relative('', root);
  return short === '' || short.startsWith('..') ? root : short;
}

/** Paths from here, so that the table fits a screen. */
function shorten(report: NodeReport): NodeReport {
  return { ...report, home: shown(report.home), log: shown(report.log) };
}
