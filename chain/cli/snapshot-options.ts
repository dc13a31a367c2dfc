/** The options of commands that run nodes: which snapshots they make, which blocks they keep. */
import { Option } from 'commander';
import { CliError, exitCodes } from './context.ts';
import { parseCount } from './values.ts';

export interface SnapshotOptions {
  readonly snapshotInterval: string;
  readonly snapshotKeepRecent: string;
}

const defaults = { interval: '1000', keepRecent: '2' } as const;

export function snapshotOptions(): readonly Option[] {
  return [
    new Option(
      '--snapshot-interval <blocks>',
      'a snapshot for nodes that join, at each multiple; 0: none',
    ).default(defaults.interval),
    new Option('--snapshot-keep-recent <count>', 'of the newest, so many stay').default(
      defaults.keepRecent,
    ),
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

/** The same options again, for a node that another process starts. */
export function snapshotArguments(options: SnapshotOptions): readonly string[] {
  snapshotsFrom(options);
  const { snapshotInterval: interval, snapshotKeepRecent: keepRecent } = options;
  return [
    ...(interval === defaults.interval ? [] : ['--snapshot-interval', interval]),
    ...(keepRecent === defaults.keepRecent ? [] : ['--snapshot-keep-recent', keepRecent]),
  ];
}
