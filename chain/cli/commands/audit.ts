/** `artel audit`: the books of a chain, kept a second time by a naive auditor, against its own. */
import { Command } from 'commander';
import { height as toHeight, timeMs as toTimeMs } from '../../../modules/_kernel/units.ts';
import { auditNode, BlocksGone } from '../../audit/live.ts';
import { ArtelNode } from '../../client/node.ts';
import { progressOn } from '../../demo/progress.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { print, type Settings, settingsOf } from '../settings.ts';
import { withStoppedStore } from '../stopped-node.ts';

interface AuditAnswer {
  readonly height: bigint;
  /** Figures compared; of a stopped node all of them. */
  readonly figures: number;
  readonly differences: readonly string[];
}

export function auditCommand(context: CliContext): Command {
  const command = new Command('audit')
    .description('keep the books of a chain a second time, from its facts, and compare')
    .option('--stopped', 'the node of --home, which does not run: all invariants, too')
    .addHelpText('after', auditHelp);
  return command.action(async () => {
    const settings = settingsOf(context, command);
    const { stopped } = command.opts<{ readonly stopped?: boolean }>();
    const answer = await (stopped === true ? auditHome : auditRunning)(context, settings);
    const { height, figures, differences } = answer;
    const text =
      differences.length === 0
        ? `clean: ${figures} figures agree at height ${height}`
        : differences.join('\n');
    print(context, settings, answer, text);
    if (differences.length === 0) return;
    throw new CliError(
      `${differences.length} differences at height ${height}`,
      exitCodes.failed,
      'Replay the node (artel replay --from-events); where that agrees, it is a defect.',
    );
  });
}

const auditHelp = `
The auditor follows every block from genesis on with books of its own: tokens and bonds, components,
goods and the labour time in them, pools, coupons and debts. Each value that a fact tells it computes
again, and after each block G - K - P + D is to be 0 in every component. Then it compares figures.
Without --stopped it asks a running node, which must still have all blocks. Exit code 1 on a
difference, each in a line.

Examples:
  artel audit
  artel audit --stopped --home .localnet/node0 -o json`;

async function auditRunning(context: CliContext, settings: Settings): Promise<AuditAnswer> {
  const { genesisEvents } = await import('../../app/audit.ts');
  const { modulesByName } = await import('../../app/app.ts');
  const progress = progressOn(context.stderr, () => performance.now());
  let begun = false;
  let before = 0n;
  const audited = await auditNode({
    node: new ArtelNode(settings.node, { signal: context.signal }),
    signal: context.signal,
    genesis: (appState, chainId, timeMs) =>
      genesisEvents(modulesByName, appState, {
        chainId,
        height: toHeight(0n),
        timeMs: toTimeMs(timeMs),
      }),
    onProgress(height, last) {
      if (!begun) progress.begin('following blocks', Number(last));
      begun = true;
      progress.step(Number(height - before));
      before = height;
    },
  }).catch((error: unknown) => {
    if (!(error instanceof BlocksGone)) throw error;
    throw new CliError(error.message, exitCodes.failed, 'Ask a node that keeps all blocks.');
  });
  progress.end();
  return { ...audited, height: BigInt(audited.height) };
}

async function auditHome(context: CliContext, settings: Settings): Promise<AuditAnswer> {
  const { openOffline } = await import('../../app/offline.ts');
  return withStoppedStore(context, settings.home, openOffline, async (chain) => {
    const broken = await chain.audit();
    const { differences, figures } = await chain.auditNaively({ signal: context.signal });
    const height = chain.store.head?.height ?? 0n;
    return { height, figures, differences: [...broken, ...differences] };
  });
}
