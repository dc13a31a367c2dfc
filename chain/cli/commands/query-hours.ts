/** `artel query production registered-hours`: who worked when, for the collective's own eyes. */
import { Command } from 'commander';
import {
  QueryRegisteredHoursRequest,
  QueryRegisteredHoursResponse,
} from '../../../proto/generated/artel/production/v1/query.ts';
import type { Workload } from '../../../proto/generated/artel/production/v1/state.ts';
import { ArtelNode } from '../../client/node.ts';
import { ArtelQueries } from '../../client/queries.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { HoursFile, type Names } from '../hours-file.ts';
import { formatCsv, formatTable } from '../output.ts';
import { openKeyring, print, type Settings, settingsOf } from '../settings.ts';
import { formatTime, formatWork, parseAnyAddress, parseHeight, parseUint64 } from '../values.ts';

export const hoursPath = '/artel.production.v1.Query/RegisteredHours';

/** Columns of the CSV, which a spreadsheet can count on. */
export const hoursColumns = [
  'workload',
  'production',
  'name',
  'wallet',
  'from',
  'to',
  'amount_ms',
  'stage',
] as const;

interface Options {
  readonly from?: string;
  readonly name?: readonly string[];
  readonly csv?: true;
  readonly height?: string;
}

export function hoursCommand(context: CliContext): Command {
  return new Command('registered-hours')
    .argument('<collective>', 'id of the collective')
    .argument('<segment>', 'number of the segment')
    .description('hours that a collective registered in a segment, with the names that it gave')
    .requiredOption('--from <key>', "the collective's key, which opens the list of names")
    .option('--name <wallet=name>', 'remember a name (may be repeated)', collected, [])
    .option('--csv', `as CSV: ${hoursColumns.join(', ')}`)
    .option('--height <height>', 'read the state after this block')
    .action(async (collective: string, segment: string, _options: unknown, command: Command) => {
      const settings = settingsOf(context, command);
      const options = command.opts<Options>();
      if (options.csv === true && settings.output === 'json') {
        throw new CliError('--csv and -o json are two formats', exitCodes.usage, 'Give one.');
      }
      const asked = {
        collective: parseUint64('collective', collective),
        segment: parseUint64('segment', segment),
      };
      await registeredHours(context, settings, options, asked);
    })
    .addHelpText(
      'after',
      `
On chain are wallets and hours. Names stay here, in a file of your home that the key of the
collective seals: no other key opens it.

Examples:
  artel query production registered-hours 1 672 --from bakery --name artel1...=Mira
  artel query production registered-hours 1 672 --from bakery --csv > hours.csv`,
    );
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function registeredHours(
  context: CliContext,
  settings: Settings,
  options: Options,
  asked: { readonly collective: bigint; readonly segment: bigint },
): Promise<void> {
  const height = options.height === undefined ? undefined : parseHeight(options.height);
  const node = new ArtelNode(settings.node, { signal: context.signal });
  const names = await namesOf(context, settings, node, options, asked.collective);
  const rows = (await allWorkloads(node, asked, height)).map((workload) => rowOf(workload, names));
  if (options.csv === true) {
    context.stdout.write(formatCsv(hoursColumns, rows));
    return;
  }
  const json = rows.map((row) =>
    Object.fromEntries(hoursColumns.map((name, index) => [name, row[index]])),
  );
  const table = formatTable(
    ['workload', 'production', 'name', 'wallet', 'from', 'to', 'time', 'stage'],
    rows.map((row) => row.map((cell, at) => (at === 6 ? formatWork(BigInt(cell)) : cell))),
  );
  const empty = 'no hours are registered in this segment';
  const answer = { collective: asked.collective, segment: asked.segment, workloads: json };
  print(context, settings, answer, rows.length === 0 ? empty : table);
}

/** The names that the collective's key opens, with those that are new. */
async function namesOf(
  context: CliContext,
  settings: Settings,
  node: ArtelNode,
  { from = '', name: given = [] }: Options,
  collective: bigint,
): Promise<Names> {
  const keyring = openKeyring(context, settings);
  const key = await keyring.find(from);
  const owner = (await new ArtelQueries(node).collective(collective))?.collective?.owner;
  if (owner !== key.address) {
    throw new CliError(
      owner === undefined
        ? `there is no collective ${collective}`
        : `collective ${collective} is signed for by ${owner}, not by ${key.address}`,
      exitCodes.failed,
      'Give the key of the collective with --from.',
    );
  }
  const file = new HoursFile(settings.home, collective, await keyring.privateKey(key.name));
  const known = await file.read();
  if (given.length === 0) return known;
  const names = { ...known, ...Object.fromEntries(given.map(parseName)) };
  await file.write(names);
  return names;
}

function parseName(text: string): readonly [wallet: string, name: string] {
  const at = text.indexOf('=');
  const wallet = at > 0 ? parseAnyAddress(text.slice(0, at)) : undefined;
  if (wallet !== undefined && at < text.length - 1) return [wallet, text.slice(at + 1)];
  throw new CliError(`"${text}" is not wallet=name`, exitCodes.usage, 'Such as artel1...=Mira.');
}

function rowOf(workload: Workload, names: Names): readonly string[] {
  const { workload: id, production, wallet, fromMs, toMs, stage } = workload;
  return [
    `${id}`,
    `${production}`,
    names[wallet] ?? '',
    wallet,
    formatTime(fromMs),
    formatTime(toMs),
    `${toMs - fromMs}`,
    stage,
  ];
}

/** All pages of one height, so that no page misses what another has. */
async function allWorkloads(
  node: ArtelNode,
  asked: { readonly collective: bigint; readonly segment: bigint },
  given: number | undefined,
): Promise<readonly Workload[]> {
  const workloads: Workload[] = [];
  let height = given;
  let key: Uint8Array | undefined = new Uint8Array();
  while (key !== undefined) {
    const request: QueryRegisteredHoursRequest = { ...asked, pagination: { key, limit: 1000n } };
    const answer: { readonly response: QueryRegisteredHoursResponse; readonly height: number } =
      await node.query(
        hoursPath,
        QueryRegisteredHoursRequest,
        QueryRegisteredHoursResponse,
        request,
        height,
      );
    height = answer.height;
    workloads.push(...answer.response.workloads);
    const next = answer.response.pagination?.nextKey;
    key = next === undefined || next.length === 0 ? undefined : next;
  }
  return workloads;
}
