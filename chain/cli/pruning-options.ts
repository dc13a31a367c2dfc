/** The options of commands that run nodes for the store: heights it keeps, memory it takes. */
import { Option } from 'commander';
import type { CacheSizes } from '../store/head.ts';
import { type Policy, type Pruning, policies, pruningOf } from '../store/pruning.ts';
import { CliError, exitCodes } from './context.ts';
import { parseCount } from './values.ts';

export interface PruningOptions {
  readonly pruning: Policy;
  readonly pruningKeepRecent?: string;
  readonly pruningKeepEvery?: string;
  readonly storeCache?: string;
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
    new Option('--store-cache <MiB>', 'memory for values and tree buckets (default: 96)'),
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

/** Two thirds for values, the rest for buckets; undefined leaves it to the store. */
export function cachesFrom({ storeCache }: PruningOptions): CacheSizes | undefined {
  if (storeCache === undefined) return undefined;
  const bytes = parseCount('--store-cache', storeCache, 1) * 2 ** 20;
  return { rowBytes: (bytes * 2) / 3, bucketBytes: bytes / 3 };
}

/** The same options again, for a node that another process starts. */
export function pruningArguments(options: PruningOptions): readonly string[] {
  pruningFrom(options);
  const { pruning, pruningKeepRecent: recent, pruningKeepEvery: every, storeCache } = options;
  return [
    ...(pruning === 'default' ? [] : ['--pruning', pruning]),
    ...(recent === undefined ? [] : ['--pruning-keep-recent', recent]),
    ...(every === undefined ? [] : ['--pruning-keep-every', every]),
    ...(storeCache === undefined ? [] : ['--store-cache', storeCache]),
  ];
}
