/** `artel reviser`: sends final revisions when they are due, for whoever wants to be sure of it. */
import { Command } from 'commander';
import type { MsgFinalRevision } from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { ArtelNode } from '../../client/node.ts';
import { keepRevising, reviseDue } from '../../client/reviser.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { formatWork, parseDuration } from '../values.ts';

interface ReviserCommandOptions {
  readonly once?: true;
  readonly every: string;
}

export function reviserCommand(context: CliContext): Command {
  return new Command('reviser')
    .description('send final revisions when they are due, until Ctrl-C')
    .option('--once', 'send what is due now, wait until it stands in blocks, and end')
    .option('--every <time>', 'how often to look', '2s')
    .action(async (_options: unknown, command: Command) => {
      await revise(context, command);
    })
    .addHelpText(
      'after',
      `
A final revision turns the hours that a component has worked in a segment into coupons. It follows
from the state alone, so it needs no key and no fee, and any number of revisers may run at once.
Each one sent is a line; with -o json a JSON document a line. \`artel start --reviser\` and
\`artel dev --reviser\` do the same within a node.

Examples:
  artel reviser
  artel reviser --once --node http://127.0.0.1:26667`,
    );
}

async function revise(context: CliContext, command: Command): Promise<void> {
  const { once, every } = command.opts<ReviserCommandOptions>();
  const everyMs = Number(parseDuration(every));
  if (everyMs < 1) throw new CliError('--every is 0, expected 1ms or more', exitCodes.usage);
  const settings = settingsOf(context, command);
  const { signal, stderr } = context;
  const node = new ArtelNode(settings.node, { signal });
  const onSent = (revision: MsgFinalRevision, hash: string): void => {
    context.stdout.write(`${line(settings, revision, hash)}\n`);
  };
  if (once === true) {
    const sent = await reviseDue(node, { signal, onSent });
    stderr.write(`${sent} revision${sent === 1 ? '' : 's'} sent; nothing is due\n`);
    return;
  }
  let told = '';
  const onProblem = (error: unknown): void => {
    const { message } = explainFailure(error);
    // Once, not every two seconds while a node is away.
    if (message !== told) stderr.write(`${settings.node}: ${message}; trying again\n`);
    told = message;
  };
  await keepRevising(node, { signal, onSent, onProblem, everyMs });
}

function line(settings: Settings, revision: MsgFinalRevision, hash: string): string {
  const { member, segment, a, net, debtAfter } = revision;
  if (settings.output === 'json') {
    const figures = { member, segment, a_ms: a, net_ms: net, debt_after_ms: debtAfter };
    const texts = Object.entries(figures).map(([name, figure]) => [name, `${figure}`]);
    return JSON.stringify({ hash, ...Object.fromEntries(texts) });
  }
  return (
    `revised segment ${segment} of collective ${member}'s component: ${formatWork(a)} worked, ` +
    `${formatWork(net)} become coupons, debt ${formatWork(debtAfter)} (${hash})`
  );
}
