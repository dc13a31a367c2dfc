/** The options of commands that run nodes: which snapshots they make, which blocks they keep. */
import { Option } from 'commander';
import type { Pruning } from '../store/pruning.ts';
import { CliError, exitCodes } from './context.ts';
import { parseCount } from './values.ts';

export interface SnapshotOptions {
  readonly snapshotInterval: string;
  readonly snapshotKeepRecent: string;
  readonly minRetainBlocks: string;
}

const defaults = { interval: '1000', keepRecent: '2', minBlocks: '0' } as const;

export function snapshotOptions(): readonly Option[] {
  return [
    new Option(
      '--snapshot-interval <blocks>',
      'a snapshot for nodes that join, at each multiple; 0: none',
    ).default(defaults.interval),
    new Option('--snapshot-keep-recent <count>', 'of the newest, so many stay').default(
      defaults.keepRecent,
    ),
    new Option(
      '--min-retain-blocks <count>',
      'CometBFT keeps so many beyond what others need; all with --pruning nothing',
    ).default(defaults.minBlocks),
  ];
}

/** @throws CliError (usage) for what is no count. */
export function snapshotsFrom(options: SnapshotOptions): {
  readonly interval: number;
  readonly keepRecent: number;
} {
  const interval = parseCount('--snapshot-interval', options.snapshotInterval);
  const keepRecent = parseCount('--snapshot-keep-recent', options.snapshotKeepRecent);
  if (interval > 0 && keepRecent === 0) {
    throw new CliError(
      '--snapshot-keep-recent 0 would remove each snapshot when it is made',
      exitCodes.usage,
      'For none, give --snapshot-interval 0.',
    );
  }
  return { interval, keepRecent };
}

/** Which blocks CometBFT keeps; undefined, all, where the node keeps all states, too. */
export function retentionFrom(
  options: SnapshotOptions,
  pruning: Pruning,
): { readonly minBlocks: bigint } | undefined {
  const minBlocks = parseCount('--min-retain-blocks', options.minRetainBlocks);
  return pruning.keepRecent === Number.POSITIVE_INFINITY
    ? undefined
    : { minBlocks: BigInt(minBlocks) };
}

/** The same options again, for a node that another process starts. */
export function snapshotArguments(options: SnapshotOptions): readonly string[] {
  snapshotsFrom(options);
  const { snapshotInterval: interval, snapshotKeepRecent: keepRecent } = options;
  const { minRetainBlocks: minBlocks } = options;
  return [
    ...(interval === defaults.interval ? [] : ['--snapshot-interval', interval]),
    ...(keepRecent === defaults.keepRecent ? [] : ['--snapshot-keep-recent', keepRecent]),
    ...(minBlocks === defaults.minBlocks ? [] : ['--min-retain-blocks', minBlocks]),
  ];
}
