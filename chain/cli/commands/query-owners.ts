/** `artel query trust owners`: who has signed for a collective, and since when. */
import { Command } from 'commander';
import { ArtelNode, type Executed } from '../../client/node.ts';
import { ArtelQueries } from '../../client/queries.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatCsv, formatTable } from '../output.ts';
import { print, settingsOf } from '../settings.ts';
import { formatTime, parseUint64 } from '../values.ts';

/** Columns of the CSV, which a spreadsheet can count on. */
export const ownersColumns = ['since', 'height', 'owner', 'transaction'] as const;

const updated = 'artel.trust.v1.CollectiveUpdated';
const perPage = 100;

export function ownersCommand(context: CliContext): Command {
  return new Command('owners')
    .argument('<collective>', 'id of the collective')
    .description('who has signed for a collective since its founding, from the transactions')
    .option('--csv', `as CSV: ${ownersColumns.join(', ')}`)
    .action(async (text: string, _options: unknown, command: Command) => {
      const settings = settingsOf(context, command);
      const isCsv = command.opts<{ readonly csv?: true }>().csv === true;
      if (isCsv && settings.output === 'json') {
        throw new CliError('--csv and -o json are two formats', exitCodes.usage, 'Give one.');
      }
      const node = new ArtelNode(settings.node, { signal: context.signal });
      const collective = parseUint64('collective', text);
      const rows = await ownersOf(node, collective);
      if (isCsv) {
        context.stdout.write(formatCsv(ownersColumns, rows));
        return;
      }
      const owners = rows.map((row) =>
        Object.fromEntries(ownersColumns.map((name, index) => [name, row[index]])),
      );
      print(context, settings, { collective, owners }, formatTable(ownersColumns, rows));
    })
    .addHelpText(
      'after',
      `
Needs a node that indexes transactions from the founding on.

Example:
  artel query trust owners 7`,
    );
}

async function ownersOf(node: ArtelNode, id: bigint): Promise<readonly (readonly string[])[]> {
  const found = (await new ArtelQueries(node).collective(id))?.collective;
  if (found === undefined) throw new CliError(`there is no collective ${id}`, exitCodes.failed);
  const changes = (await allUpdates(node, id)).flatMap((one) => changesIn(one, id));
  const founded = [formatTime(found.foundedAtMs), '', changes[0]?.previous ?? found.owner, ''];
  const rows = [founded];
  for (const { owner, height, hash } of changes) {
    const { block } = await node.comet.block(height);
    rows.push([formatTime(BigInt(block.header.time.getTime())), `${height}`, owner, hash]);
  }
  if (rows.at(-1)?.[2] === found.owner) return rows;
  throw new CliError(
    `the node's index does not lead to the present owner of collective ${id}`,
    exitCodes.failed,
    'Ask a node that indexes transactions from the founding on.',
  );
}

async function allUpdates(node: ArtelNode, id: bigint): Promise<readonly Executed[]> {
  const found: Executed[] = [];
  for (let page = 1; ; page += 1) {
    const { total, transactions } = await node.search(`${updated}.collective='${id}'`, {
      ...{ page, perPage, newestFirst: false },
    });
    found.push(...transactions);
    if (found.length >= total || transactions.length === 0) return found;
  }
}

interface Change {
  readonly owner: string;
  readonly previous: string;
  readonly height: number;
  readonly hash: string;
}

function changesIn({ events, height, hash }: Executed, id: bigint): readonly Change[] {
  return events
    .filter(({ type }) => type === updated)
    .map(({ attributes }) => new Map(attributes.map(({ key, value }) => [key, value])))
    .filter((said) => said.get('collective') === `${id}`)
    .map((said) => ({
      ...{ owner: said.get('owner') ?? '', previous: said.get('previous_owner') ?? '' },
      ...{ height, hash },
    }))
    .filter(({ owner, previous }) => owner !== previous);
}
