/** `artel demo`: plays a part of the economy on a running local chain. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { ArtelNode } from '../../client/node.ts';
import { builtInNetwork } from '../../demo/built-in.ts';
import { type EdgeList, readEdgeFile } from '../../demo/edge-list.ts';
import { bothWays, mutualNetwork, type Network, shapeOf } from '../../demo/network.ts';
import { type Progress, progressOn } from '../../demo/progress.ts';
import { DemoStuck, playTrust } from '../../demo/trust.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { print, settingsOf } from '../settings.ts';
import { parseCount } from '../values.ts';
import { labourDemos, localFunder } from './demo-labour.ts';

interface TrustOptions {
  readonly edges?: string;
  readonly limit?: string;
  readonly minWeight?: string;
  readonly seed?: string;
  readonly gasPrice: string;
}

export function demoCommand(context: CliContext): Command {
  const demo = new Command('demo').description('play a part of the economy on a local chain');
  demo.addCommand(trustCommand(context));
  for (const command of labourDemos(context)) demo.addCommand(command);
  return demo;
}

function trustCommand(context: CliContext): Command {
  const command = new Command('trust')
    .description('found collectives and let them sign trust, as a real or a made-up network has it')
    .option('--edges <file>', 'edge list: from, to, weight if any; plain or gzip')
    .option('--limit <count>', 'only the first so many mutual edges')
    .option('--min-weight <weight>', 'only edges of at least this weight on both sides')
    .option('--seed <text>', 'accounts of the members come of it (default: name of the file)')
    .option('--gas-price <uhub>', 'fee for a unit of gas', '0')
    .addHelpText('after', trustHelp);
  return command.action(async (options: TrustOptions) => {
    const settings = settingsOf(context, command);
    const progress = progressOn(context.stderr, () => performance.now());
    const gasPrice = numberIn('--gas-price', options.gasPrice, 0);
    const { name, list, network } = await networkOf(context, options);
    if (list !== undefined) sayRefused(progress, list);
    const node = new ArtelNode(settings.node, { signal: context.signal });
    const begin = performance.now();
    const { shape, transactions } = await playTrust({
      node,
      network,
      seed: options.seed ?? name,
      funder: await localFunder(),
      gasPrice,
      progress,
      signal: context.signal,
    }).catch((error: unknown) => {
      if (!(error instanceof DemoStuck)) throw error;
      throw new CliError(error.message, exitCodes.failed, 'Run it again: it goes on from here.');
    });
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const said = list && {
      rows: list.rows,
      loops: list.loops.length,
      malformed: list.malformed.length,
    };
    print(context, settings, { network: name, ...said, ...shape, transactions, seconds });
    const due = shapeOf(network);
    if (JSON.stringify(due) !== JSON.stringify(shape)) {
      throw new CliError(
        `the chain holds other figures than the list: ${JSON.stringify(due)} are due`,
        exitCodes.failed,
        'Were trust or collectives of these accounts changed by hand? Use another --seed.',
      );
    }
  });
}

const trustHelp = `
The chain must be a local one: its well-known funded accounts pay. Stopped by Ctrl-C, the same
command goes on where it stopped. Without --edges it plays 60 collectives in five quarters of a town.
Lines of the file are from, to, weight, apart by spaces, tabs or commas. docs/demo.md.

Examples:
  artel demo trust
  artel demo trust --edges out.advogato.gz --limit 2000
  artel demo trust --edges ratings.csv --min-weight 1 -o json`;

async function networkOf(
  context: CliContext,
  { edges, limit, minWeight }: TrustOptions,
): Promise<{ readonly name: string; readonly list?: EdgeList; readonly network: Network }> {
  const bounds = {
    ...(limit === undefined ? {} : { limit: parseCount('--limit', limit, 1) }),
    ...(minWeight === undefined ? {} : { minWeight: numberIn('--min-weight', minWeight) }),
  };
  if (edges === undefined) {
    return { name: 'town', network: mutualNetwork(bothWays(builtInNetwork()), bounds) };
  }
  const list = await readEdgeFile(edges, context.signal);
  const network = mutualNetwork(list.edges, bounds);
  if (network.edges.length === 0) {
    throw new CliError(
      `${edges} has no mutual edge in ${list.rows} lines`,
      exitCodes.usage,
      'A line is: from, to, weight if any; a mutual edge needs both directions.',
    );
  }
  return { name: basename(edges), list, network };
}

function numberIn(option: string, text: string, least = Number.NEGATIVE_INFINITY): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new CliError(`${option} ${text} is not a number`, exitCodes.usage, 'Write it as 0.5 or 2.');
}

const linesShown = 8;

function sayRefused(progress: Progress, { loops, malformed }: EdgeList): void {
  for (const [what, lines] of [
    ['loop', loops],
    ['malformed line', malformed],
  ] as const) {
    if (lines.length === 0) continue;
    const more = lines.length - linesShown;
    const shown = `${lines.slice(0, linesShown).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
    progress.say(`refused ${lines.length} ${what}${lines.length === 1 ? '' : 's'}: line ${shown}`);
  }
}
