/**
 * `artel query <module> <name>` for every query that a module answers: arguments and options follow
 * from the fields of its request, as with messages.
 */

import { Command, Option } from 'commander';
import { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination';
import { type Field, fieldsOf } from '../client/generated.ts';
import { ArtelNode } from '../client/node.ts';
import { toProtoJson, withDefaults } from '../client/proto-json.ts';
import { isProvable } from '../client/proved.ts';
import { type ClientQuery, queries } from '../client/registry.ts';
import { type CliContext, CliError, exitCodes } from './context.ts';
import { forPeople, listOf } from './for-people.ts';
import { formatAnswer, formatCsv } from './output.ts';
import { productionAnswers } from './production-words.ts';
import { proveAnswer } from './prove-answer.ts';
import { openKeyring, print, settingsOf } from './settings.ts';
import { type TrustOptions, trustFrom, trustOption } from './trust-option.ts';
import { parseAnyAddress, parseBytes, parseHeight, parseUint64 } from './values.ts';

/** Scalars of list queries are filters, unless a query makes no sense without them. */
const needed: Readonly<Record<string, readonly string[]>> = {
  AllBalances: ['address'],
  SpendableBalances: ['address'],
  Component: ['component'],
  Commons: ['component'],
  Prices: ['component'],
  Store: ['collective'],
  Statistics: ['type'],
  Unbondings: ['owner'],
  Statement: ['wallet'],
};

/** What a query answers, for the list of commands. */
const answers: Readonly<Record<string, string>> = {
  ...productionAnswers,
  'accounts Account': 'an account: number, sequence, public key',
  'accounts Accounts': 'all accounts',
  'accounts Params': 'limits and prices of transactions',
  'bank Balance': 'how much an account has',
  'bank AllBalances': 'how much an account has, of every denom',
  'bank SpendableBalances': 'how much an account can spend',
  'bank TotalSupply': 'how much there is, of every denom',
  'bank SupplyOf': 'how much there is of a denom',
  'bank DenomMetadata': 'name, symbol and units of a denom',
  'bank DenomsMetadata': 'name, symbol and units of every denom',
  'bank Params': 'whether tokens can be sent',
  'validators Validators': 'the validators: bond, power, stage',
  'validators Validator': 'a validator by its owner or consensus address',
  'validators Unbondings': 'bonds of an owner that are on their way back',
  'validators SigningInfo': 'blocks that a validator missed, and how many it may',
  'validators Changes': 'proposed changes and their votes',
  'validators Change': 'a proposed change and its votes',
  'validators PlannedUpgrade': 'the height at which another version takes over',
  'validators Params': 'parameters of the module',
  'trust Collective': 'a collective by its id',
  'trust Collectives': 'all collectives',
  'trust Edge': 'trust between two collectives: none, signed, strong, cancelled',
  'trust Edges': 'strong trust, of one collective or of all',
  'trust PendingSignatures': 'signatures that wait for the other side',
  'trust Component': 'a component and its members',
  'trust Components': 'all components and their sizes',
  'trust SameComponent': 'whether weak trust joins two collectives',
  'trust Params': 'parameters of the module',
  'coupons Balances': 'coupons of a wallet, by the collective they come from',
  'coupons Statement': 'what a wallet claimed and spent, in the order of time',
  'coupons Revision': 'a final revision by its id',
  'coupons Revisions': 'final revisions, of one component or of all',
  'coupons DueRevisions': 'final revisions that can be sent now',
  'coupons Claimable': 'what a workload is worth, and the revision to claim it with',
  'coupons Ledger': 'the accounts of a component: debt, goods, coupons, difference of its stores',
  'coupons Segment': 'when a segment begins and ends; the running one where none is named',
  'coupons Wallet': 'who signs for a wallet, its guardians and what they approved',
  'coupons Supply':
    'all coupons of a component, by the collective they come from, each under a root',
  'coupons SupplyProof':
    'that the coupons of a wallet are under the root of the collective they come from',
  'coupons Params': 'parameters of the module, now and from the next segment on',
  'feegrant Allowance': 'what one account pays for another',
  'feegrant Allowances': 'who pays for an account',
  'feegrant AllowancesByGranter': 'whose fees an account pays',
  'chain Timers': 'what is due later, in order',
};

/** Filled in where nothing is given. */
const defaults: Readonly<Record<string, string>> = {
  denom: 'uhub',
  store: '0',
  segment: '0',
  'Params component': '0',
};

interface QueryOptions extends TrustOptions {
  readonly height?: string;
  readonly prove?: boolean;
  readonly limit?: string;
  readonly pageKey?: string;
  readonly reverse?: boolean;
  readonly countTotal?: boolean;
  readonly csv?: boolean;
}

export function queryCommand(context: CliContext, query: ClientQuery): Command {
  const fields = fieldsOf(query.request);
  const paged = fields.some(({ name }) => name === 'pagination');
  const scalars = fields.filter(({ name }) => name !== 'pagination');
  const positional = scalars.filter(
    ({ name, kind }) =>
      kind !== 'boolean' &&
      name !== 'limit' &&
      (!paged || (needed[query.name] ?? []).includes(name)),
  );
  const filters = scalars.filter((field) => !positional.includes(field));
  const command = new Command(kebab(query.name)).description(
    answers[`${query.module} ${query.name}`] ?? query.path,
  );
  for (const field of positional) {
    const name = kebab(field.name);
    const preset = defaults[`${query.name} ${field.name}`] ?? defaults[field.name];
    if (preset === undefined) command.argument(`<${name}>`, describe(field));
    else command.argument(`[${name}]`, describe(field), preset);
  }
  for (const field of filters) {
    const name = kebab(field.name);
    const flag = field.kind === 'boolean' ? `--${name}` : `--${name} <${field.kind}>`;
    command.option(flag, describe(field));
  }
  command.option('--height <height>', 'read the state after this block');
  const provable = isProvable(query.path);
  // Known everywhere, to say where it works.
  const prove = new Option('--prove', 'ask for a proof, and verify it and the header here');
  command.addOption(prove.hideHelp(!provable));
  command.addOption(trustOption().hideHelp(!provable));
  if (paged) pageOptions(command);
  return command.action(async (...parameters: readonly unknown[]) => {
    const settings = settingsOf(context, command);
    const options = command.opts<QueryOptions & Record<string, unknown>>();
    if (options.prove === true && !provable) throw noProof(query);
    const trust = trustFrom(options);
    if (trust !== undefined && options.prove !== true) {
      throw new CliError('--trusted-hash goes with --prove', exitCodes.usage);
    }
    const values: Record<string, unknown> = {};
    const given = (field: Field, text: unknown): void => {
      if (text !== undefined) values[field.name] = textOf(field, text);
    };
    positional.forEach((field, index) => {
      given(field, parameters[index]);
    });
    for (const field of filters) given(field, options[field.name]);
    for (const { name } of scalars.filter(isAccount)) {
      const text = values[name];
      if (typeof text !== 'string') continue;
      values[name] =
        parseAnyAddress(text) ?? (await openKeyring(context, settings).find(text)).address;
    }
    if (paged) values.pagination = pageOf(options);
    const request = query.request.fromJSON(values);
    const node = new ArtelNode(settings.node, { signal: context.signal, trust });
    const height = options.height === undefined ? undefined : parseHeight(options.height);
    if (options.prove === true) {
      await proveAnswer(context, settings, node, { path: query.path, request }, height);
      return;
    }
    const answer = await node.query(query.path, query.request, query.response, request, height);
    const json = withDefaults(query.response.toJSON(answer.response), answer.response);
    const shown = toProtoJson(json);
    if (options.csv === true) {
      const { columns, rows } = listOf(shown);
      context.stdout.write(formatCsv(columns, rows));
      return;
    }
    const isLabour = ['production', 'coupons'].includes(query.module);
    print(context, settings, shown, formatAnswer(isLabour ? forPeople(shown) : shown));
  });
}

function noProof({ module, name }: ClientQuery): CliError {
  const provable = queries
    .filter(({ path }) => isProvable(path))
    .map((one) => `${one.module} ${kebab(one.name)}`);
  return new CliError(
    `${module} ${kebab(name)} does not answer with one record, so there is no proof of it`,
    exitCodes.usage,
    `These can be proved: ${provable.join(', ')}; and any record by \`artel query store\`.`,
  );
}

function pageOptions(command: Command): void {
  command
    .option('--limit <n>', 'at most so many')
    .option('--page-key <key>', 'go on from the next_key of the page before, in base64')
    .option('--reverse', 'last ones first')
    .option('--count-total', 'count all of them')
    .option('--csv', 'as CSV, amounts in milliseconds');
}

function pageOf({ limit, pageKey, reverse, countTotal }: QueryOptions): unknown {
  return PageRequest.toJSON(
    PageRequest.fromPartial({
      ...(limit === undefined ? {} : { limit: parseUint64('limit', limit) }),
      ...(pageKey === undefined ? {} : { key: parseBytes('page key', pageKey) }),
      reverse: reverse === true,
      countTotal: countTotal === true,
    }),
  );
}

function textOf(field: Field, given: unknown): unknown {
  if (field.kind === 'boolean') return given === true;
  const text = String(given);
  if (field.kind === 'uint64') return parseUint64(kebab(field.name), text).toString();
  if (field.kind === 'number') return Number(parseUint64(kebab(field.name), text));
  if (field.kind === 'bytes') {
    return Buffer.from(parseBytes(kebab(field.name), text)).toString('base64');
  }
  return text;
}

/** An owner may also be a collective, by its number. */
function isAccount({ name, kind }: Field): boolean {
  return kind === 'text' && ['address', 'owner', 'wallet'].includes(name);
}

function describe(field: Field): string {
  if (isAccount(field)) return `${field.name}, or the name of a key`;
  return kebab(field.name).replaceAll('-', ' ');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`);
}
