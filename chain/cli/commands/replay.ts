/** `artel replay` and `artel rollback`: the past of a stopped node, run again or taken back. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Divergence } from '../../app/replay.ts';
import { initChainRequest, readGenesis } from '../../dev/genesis-doc.ts';
import { withStoppedNode } from '../../node/block-source.ts';
import { nodeHome } from '../../node/home.ts';
import { rollbackNode } from '../../node/rollback.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readable } from '../documents.ts';
import { print, type Settings, settingsOf } from '../settings.ts';
import { quietLogger, withStoppedStore } from '../stopped-node.ts';
import { formatHex, parseHeight, parseJson } from '../values.ts';
import { requireCometbft } from './start.ts';

export function replayCommand(context: CliContext): Command {
  const command = new Command('replay')
    .description('run the past of a stopped node again and compare app hashes at every height')
    .option('--from-events', 'fold the event log into an empty store')
    .option('--blocks', 'execute the blocks again, read through `cometbft inspect`')
    .addHelpText(
      'after',
      `
A difference is named by height and module, with exit code 1. Nothing in the home is changed.

Example:
  artel replay --from-events --home .localnet/node0`,
    );
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { fromEvents, blocks } = command.opts<{ fromEvents?: boolean; blocks?: boolean }>();
    if ((fromEvents === true) === (blocks === true)) {
      throw new CliError('give either --from-events or --blocks', exitCodes.usage);
    }
    if (fromEvents === true) await replayEvents(context, settings);
    else await replayBlocks(context, settings);
  });
}

async function replayEvents(context: CliContext, settings: Settings): Promise<void> {
  const { openOffline } = await import('../../app/offline.ts');
  const { divergence, from, to, facts, seconds } = await withStoppedStore(
    context,
    settings.home,
    openOffline,
    (chain) =>
      chain.replayEvents({
        signal: context.signal,
        onProgress: (height, last) => progress(context, height, last),
      }),
  );
  if (divergence !== undefined) throw differs(divergence);
  print(
    context,
    settings,
    { from, to, events: facts, seconds, equal: true },
    `${facts} events of heights ${from} to ${to} give the same app hash at every height (${seconds.toFixed(1)} s)`,
  );
}

async function replayBlocks(context: CliContext, settings: Settings): Promise<void> {
  const cometbft = await requireCometbft(context);
  const { openOffline, replayBlocks: replay } = await import('../../app/offline.ts');
  const { home } = settings;
  const path = nodeHome(home).genesisFile;
  const document = parseJson(path, await readFile(path, 'utf8'));
  const genesis = readable(path, () => readGenesis(document as never));
  const first = Number(genesis.initialHeight);
  const began = performance.now();
  const result = await withStoppedNode({ home, cometbft, env: context.env }, async (source) => {
    if (source.base > first) {
      throw new CliError(
        `this node has blocks from ${source.base} on only, not from ${first}`,
        exitCodes.failed,
        'Replay a node that has kept all blocks, or use --from-events.',
      );
    }
    const logger = quietLogger(context);
    const recorded = await openOffline(nodeHome(home).storeDir, logger);
    try {
      return await replay({
        genesis: initChainRequest(genesis),
        blocks: source.blocks(first, source.height),
        recorded: recorded.store,
        logger,
        signal: context.signal,
        onProgress: (height) => progress(context, height, BigInt(source.height)),
      });
    } finally {
      await recorded.close();
    }
  });
  if (result.divergence !== undefined) throw differs(result.divergence);
  const seconds = (performance.now() - began) / 1000;
  print(
    context,
    settings,
    { blocks: result.blocks, seconds, equal: true },
    `${result.blocks} blocks give the same app hash at every height (${seconds.toFixed(1)} s)`,
  );
}

function differs({ height, module, expected, found }: Divergence): CliError {
  const where = module === undefined ? '' : `, first in module ${module}`;
  return new CliError(
    `height ${height} differs${where}: app hash ${formatHex(found)}, recorded ${formatHex(expected)}`,
    exitCodes.failed,
    'Compare the records of the module with `artel debug diff` between this node and another.',
  );
}

function progress({ stderr }: CliContext, height: bigint, last: bigint): void {
  if (stderr.isTTY) stderr.write(`\r${height} of ${last}${height === last ? '\n' : ''}`);
}

export function rollbackCommand(context: CliContext): Command {
  const command = new Command('rollback')
    .description('take a stopped node back to an earlier height, CometBFT and application together')
    .requiredOption('--to <height>', 'the last height that stays')
    .addHelpText('after', '\nExample:\n  artel rollback --to 1200 --home .localnet/node0');
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const toHeight = parseHeight(command.opts<{ to: string }>().to);
    const cometbft = await requireCometbft(context);
    const { Store } = await import('../../store/store.ts');
    const reached = await rollbackNode({
      home: settings.home,
      cometbft,
      env: context.env,
      toHeight,
      openTarget: async (path) => {
        const store = await Store.open({ path, logger: quietLogger(context) });
        return {
          height: Number(store.head?.height ?? 0n),
          rollback: (to) => store.rollback(BigInt(to)),
          close: () => store.close(),
        };
      },
      onProgress: (height) => context.stderr.write(`CometBFT is at ${height}\n`),
    });
    print(context, settings, { height: reached }, `the node is at height ${reached}`);
  });
}
