/** The options of commands that run nodes: which heights they keep. */
import { Option } from 'commander';
import { type Policy, type Pruning, policies, pruningOf } from '../store/pruning.ts';
import { CliError, exitCodes } from './context.ts';
import { parseCount } from './values.ts';

export interface PruningOptions {
  readonly pruning: Policy;
  readonly pruningKeepRecent?: string;
  readonly pruningKeepEvery?: string;
}

export function pruningOptions(): readonly Option[] {
  return [
    new Option(
      '--pruning <policy>',
      'old heights: default keeps the last 10,000, nothing all, everything the last 2',
    )
      .choices(policies)
      .default('default'),
    new Option('--pruning-keep-recent <count>', 'with --pruning custom: the last so many heights'),
    new Option(
      '--pruning-keep-every <count>',
      'with --pruning custom: of older heights the multiples of this (default: none)',
    ),
  ];
}

/** @throws CliError (usage) where they contradict each other. */
export function pruningFrom(options: PruningOptions): Pruning {
  const { pruning, pruningKeepRecent: recent, pruningKeepEvery: every } = options;
  const custom = {
    ...(recent !== undefined && { keepRecent: parseCount('--pruning-keep-recent', recent) }),
    ...(every !== undefined && { keepEvery: parseCount('--pruning-keep-every', every) }),
  };
  try {
    return pruningOf(pruning, custom);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(error.message, exitCodes.usage, 'See --pruning in the help.');
  }
}

/** The same options again, for a node that another process starts. */
export function pruningArguments(options: PruningOptions): readonly string[] {
  pruningFrom(options);
  const { pruning, pruningKeepRecent: recent, pruningKeepEvery: every } = options;
  return [
    ...(pruning === 'default' ? [] : ['--pruning', pruning]),
    ...(recent === undefined ? [] : ['--pruning-keep-recent', recent]),
    ...(every === undefined ? [] : ['--pruning-keep-every', every]),
  ];
}
