/** `artel demo stachanov`, `workshop` and `labour-values`: the labour economy on a local chain. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { derivePrivateKey, hdPathOf, localMnemonic } from '../../client/keys.ts';
import { ArtelNode } from '../../client/node.ts';
import { Refused } from '../../client/refusals.ts';
import { accountOf, type DemoAccount } from '../../demo/accounts.ts';
import { type Figure, playComputer } from '../../demo/computer.ts';
import { readTable, TableProblem } from '../../demo/input-output.ts';
import { playLabourValues } from '../../demo/labour-values.ts';
import { progressOn } from '../../demo/progress.ts';
import { builtInShop, readShop, type Shop, ShopProblem } from '../../demo/shop.ts';
import type { StageOptions } from '../../demo/stage.ts';
import { playWorkshop, type Workshop } from '../../demo/workshop.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatAnswer, formatTable } from '../output.ts';
import { print, settingsOf } from '../settings.ts';
import { formatWork, parseCount } from '../values.ts';

/** Of the funded accounts of local chains, the last: people play with the first ones. */
const funderIndex = 9;

export async function localFunder(): Promise<DemoAccount> {
  const path = hdPathOf('secp256k1', funderIndex);
  return accountOf(await derivePrivateKey('secp256k1', localMnemonic, path));
}

export function labourDemos(context: CliContext): readonly Command[] {
  return [computerCommand(context), workshopCommand(context), labourValuesCommand(context)];
}

const localOnly =
  '\nThe chain must be a local one: its well-known funded accounts pay. docs/demo.md.';

function common(command: Command): Command {
  return command
    .option('--seed <text>', 'accounts of the players come of it', 'demo')
    .option('--gas-price <uhub>', 'fee for a unit of gas', '0');
}

/** What every play needs; a refusal of the chain or of a file is told as such. */
async function playing<T>(
  context: CliContext,
  command: Command,
  play: (options: StageOptions) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(context, command);
  const { seed, gasPrice } = command.opts<{ readonly seed: string; readonly gasPrice: string }>();
  const price = Number(gasPrice);
  if (!(price >= 0) || gasPrice.trim() === '') {
    throw new CliError(`--gas-price ${gasPrice} is not a number of 0 or more`, exitCodes.usage);
  }
  try {
    return await play({
      node: new ArtelNode(settings.node, { signal: context.signal }),
      seed,
      funder: await localFunder(),
      gasPrice: price,
      progress: progressOn(context.stderr, () => performance.now()),
      signal: context.signal,
    });
  } catch (error) {
    if (error instanceof ShopProblem || error instanceof TableProblem) {
      throw new CliError(error.message, exitCodes.usage);
    }
    if (error instanceof Refused) throw new CliError(error.message, exitCodes.failed, error.remedy);
    throw error;
  }
}

function computerCommand(context: CliContext): Command {
  const command = new Command('stachanov').description(
    "play the paper's worked example, from the mainboard to the broken hard drive and the oven",
  );
  common(command).addHelpText('after', localOnly);
  return command.action(async () => {
    const { figures, wrong, transactions } = await playing(context, command, playComputer);
    const text = [...Map.groupBy(figures, ({ table }) => table)].map(([table, rows]) =>
      [table, formatTable(['', 'paper', 'chain', 'why'], rows.map(cellsOf))].join('\n'),
    );
    const settings = settingsOf(context, command);
    print(context, settings, { figures, transactions, wrong }, `${text.join('\n\n')}\n`);
    refuseWrong(wrong);
  });
}

function cellsOf({ name, paper, chain, why }: Figure): readonly string[] {
  return [name, paper, chain, why];
}

function workshopCommand(context: CliContext): Command {
  const command = new Command('workshop')
    .description('play a schedule as orders, workloads, means of production and outputs')
    .option('--file <file>', 'an instance: .json.gz or .json, .alb, .sm, .mm, .rcmp, .msrcp')
    .option('--instance <name>', 'which one, where the file holds several', 'ft06');
  common(command).addHelpText('after', `${localOnly}\nWithout --file it plays ft06.`);
  return command.action(async () => {
    const { file, instance } = command.opts<{
      readonly file?: string;
      readonly instance: string;
    }>();
    const played = await playing(context, command, async (options) => {
      const shop: Shop =
        file === undefined ? builtInShop() : readShop(file, await readFile(file), instance);
      return playWorkshop({ ...options, shop });
    });
    print(context, settingsOf(context, command), { ...played }, workshopText(played));
    refuseWrong(played.wrong);
  });
}

function workshopText({ wrong, ...played }: Workshop): string {
  const { workedMs, transferredMs, outputMs, ...counts } = played;
  return formatAnswer({
    ...counts,
    worked: formatWork(workedMs),
    transferred: formatWork(transferredMs),
    output: formatWork(outputMs),
    checked:
      wrong.length > 0
        ? wrong
        : 'output is work and transfers to the millisecond; no machine works twice at once',
  });
}

function labourValuesCommand(context: CliContext): Command {
  const command = new Command('labour-values')
    .description("play an input-output table year after year: values approach Leontief's")
    .requiredOption('--file <file>', 'table as CSV: rows CPA_..., P1 (output), EMP (persons)')
    .option('--years <count>', 'how many years', '11')
    .option(
      '--precision <ms>',
      'milliseconds that stand for one person (default: 1000 on artel dev, else 60)',
    );
  common(command).addHelpText('after', localOnly);
  return command.action(async () => {
    const { file, years, precision } = command.opts<Readonly<Record<string, string | undefined>>>();
    const { sectors, gaps, msOfPerson, transactions } = await playing(
      context,
      command,
      async (options) =>
        playLabourValues({
          ...options,
          table: readTable(await readFile(file ?? '', 'utf8')),
          years: parseCount('--years', years ?? '', 1),
          msOfPerson:
            precision === undefined ? undefined : BigInt(parseCount('--precision', precision, 1)),
        }),
    );
    const values = sectors.map(({ sector, value, leontief }) => [
      sector,
      value.toFixed(4),
      leontief.toFixed(4),
      `${((100 * Math.abs(value - leontief)) / leontief).toFixed(4)} %`,
    ]);
    const worst = gaps.map((gap, index) => [`${index + 1}`, `${gap.toPrecision(4)} %`]);
    const text = [
      'persons per 1,000 of output',
      formatTable(['sector', 'chain', 'leontief', 'gap'], values),
      '',
      formatTable(['year', 'worst gap'], worst),
    ].join('\n');
    print(
      context,
      settingsOf(context, command),
      { sectors, gaps, msOfPerson, transactions },
      `${text}\n`,
    );
  });
}

function refuseWrong(wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  throw new CliError(wrong.join('; '), exitCodes.failed);
}
