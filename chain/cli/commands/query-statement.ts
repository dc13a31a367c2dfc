/** `artel query coupons statement`: what a wallet claimed and spent, as a table, CSV or JSON. */
import { Command } from 'commander';
import {
  QueryStatementRequest,
  QueryStatementResponse,
} from '../../../proto/generated/artel/coupons/v1/query.ts';
import { type Entry, EntryKind } from '../../../proto/generated/artel/coupons/v1/state.ts';
import { ArtelNode } from '../../client/node.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatCsv, formatTable } from '../output.ts';
import { openKeyring, print, settingsOf } from '../settings.ts';
import { formatTime, formatWork, parseAnyAddress, parseHeight } from '../values.ts';

export const statementPath = '/artel.coupons.v1.Query/Statement';

/** Columns of the CSV, which a spreadsheet can count on. */
export const statementColumns = [
  'time',
  'kind',
  'number',
  'collective',
  'segment',
  'amount_ms',
  'balance_ms',
] as const;

export function statementCommand(context: CliContext): Command {
  return new Command('statement')
    .argument('<wallet>', 'address, or the name of a key')
    .description('what a wallet claimed and spent, in the order of time')
    .option('--csv', `as CSV: ${statementColumns.join(', ')}`)
    .option('--height <height>', 'read the state after this block')
    .action(async (text: string, _options: unknown, command: Command) => {
      await statement(context, command, text);
    })
    .addHelpText(
      'after',
      `
The number of a claim is its workload; appropriations of a wallet are numbered from 1 on, and their
collective is the store. Which goods were taken is written nowhere.

Examples:
  artel query coupons statement bob
  artel query coupons statement artel1... --csv > bob.csv`,
    );
}

async function statement(context: CliContext, command: Command, text: string): Promise<void> {
  const settings = settingsOf(context, command);
  const options = command.opts<{ readonly csv?: true; readonly height?: string }>();
  if (options.csv === true && settings.output === 'json') {
    throw new CliError('--csv and -o json are two formats', exitCodes.usage, 'Give one of them.');
  }
  const wallet = parseAnyAddress(text) ?? (await openKeyring(context, settings).find(text)).address;
  const node = new ArtelNode(settings.node, { signal: context.signal });
  const entries = await allEntries(node, wallet, options.height);
  const lines = withBalances(entries);
  if (options.csv === true) {
    context.stdout.write(formatCsv(statementColumns, lines.map(csvRow)));
    return;
  }
  const json = lines.map((line) =>
    Object.fromEntries(statementColumns.map((name, index) => [name, csvRow(line)[index]])),
  );
  print(context, settings, { wallet, entries: json }, table(lines));
}

interface Line extends Entry {
  readonly balanceMs: bigint;
}

function table(lines: readonly Line[]): string {
  if (lines.length === 0) return 'nothing was claimed or spent';
  return formatTable(
    ['time', 'kind', 'number', 'collective', 'amount', 'balance'],
    lines.map((line) => [
      formatTime(line.atMs),
      kindOf(line),
      `${line.number}`,
      `${line.collective}`,
      formatWork(signed(line)),
      formatWork(line.balanceMs),
    ]),
  );
}

function csvRow(line: Line): readonly string[] {
  const { atMs, number, collective, segment, balanceMs } = line;
  const claimed = line.kind === EntryKind.CLAIM;
  return [
    formatTime(atMs),
    kindOf(line),
    `${number}`,
    `${collective}`,
    claimed ? `${segment}` : '',
    `${signed(line)}`,
    `${balanceMs}`,
  ];
}

function kindOf({ kind }: Entry): string {
  return kind === EntryKind.CLAIM ? 'claim' : 'appropriation';
}

function signed({ kind, amountMs }: Entry): bigint {
  return kind === EntryKind.CLAIM ? amountMs : -amountMs;
}

function withBalances(entries: readonly Entry[]): readonly Line[] {
  let balanceMs = 0n;
  return entries.map((entry) => {
    balanceMs += signed(entry);
    return { ...entry, balanceMs };
  });
}

/** All pages of one height, so that no page misses what another has. */
async function allEntries(
  node: ArtelNode,
  wallet: string,
  given: string | undefined,
): Promise<readonly Entry[]> {
  let height = given === undefined ? undefined : parseHeight(given);
  const entries: Entry[] = [];
  let key: Uint8Array | undefined = new Uint8Array();
  while (key !== undefined) {
    const request: QueryStatementRequest = { wallet, pagination: { key, limit: 1000n } };
    const answer: { readonly response: QueryStatementResponse; readonly height: number } =
      await node.query(
        statementPath,
        QueryStatementRequest,
        QueryStatementResponse,
        request,
        height,
      );
    height = answer.height;
    entries.push(...answer.response.entries);
    const next = answer.response.pagination?.nextKey;
    key = next === undefined || next.length === 0 ? undefined : next;
  }
  return entries;
}
