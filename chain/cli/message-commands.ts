/**
 * `artel tx <module> <command>` for every message that a module takes: arguments and options follow
 * from the message's fields, names and order from one table, so that a new message has a command at
 * once.
 */
import { randomBytes } from 'node:crypto';
import type { EncodeObject } from '@cosmjs/proto-signing';
import { Argument, Command, Option } from 'commander';
import { type Field, fieldsOf, fromProtoNames } from '../client/generated.ts';
import { strictly } from '../client/proto-json.ts';
import type { ClientMessage } from '../client/registry.ts';
import { type CliContext, CliError, exitCodes } from './context.ts';
import { productionMessages } from './production-words.ts';
import { TxSession } from './transact.ts';
import { txOptions } from './tx-options.ts';
import {
  parseAmount,
  parseBytes,
  parseDuration,
  parseInt64,
  parseJson,
  parseTime,
  parseUint64,
} from './values.ts';

/** Where a command should differ from what its message says by itself. */
interface Naming {
  readonly name: string;
  readonly description: string;
  readonly example?: string;
}

const namings: Readonly<Record<string, Naming>> = {
  ...productionMessages,
  MsgBond: {
    name: 'bond',
    description: "add to a validator's bond",
    example: 'artel tx validators bond 100hub --from alice',
  },
  MsgUnbond: {
    name: 'unbond',
    description: 'take from the bond; it comes back after the unbonding time',
    example: 'artel tx validators unbond 100hub --from alice',
  },
  MsgUnjail: {
    name: 'unjail',
    description: 'return after the jail time',
    example: 'artel tx validators unjail --from alice',
  },
  MsgRevokeAllowance: {
    name: 'revoke',
    description: 'end an allowance for fees',
    example: 'artel tx feegrant revoke artel1... --from alice',
  },
  MsgFoundCollective: {
    name: 'found',
    description: 'found a collective',
    example: "artel tx trust found 'Bakery' --kind steady --consumption c2i --from alice",
  },
  MsgUpdateCollective: {
    name: 'update',
    description: 'change what is said of a collective',
    example: "artel tx trust update 7 --name 'Mill' --from alice",
  },
  MsgSignTrust: {
    name: 'sign',
    description: 'sign trust of one collective in another; trust begins when both have signed',
    example: 'artel tx trust sign 1 2 --from alice',
  },
  MsgWithdrawSignature: {
    name: 'withdraw',
    description: 'take back a signature that the other side has not answered',
    example: 'artel tx trust withdraw 1 2 --from alice',
  },
  MsgClaim: {
    name: 'claim',
    description: 'turn a workload into coupons, by the revision of its segment',
    example: 'artel tx coupons claim 12 3 --from bob',
  },
  MsgAppropriate: {
    name: 'appropriate',
    description: 'delete coupons for goods of a store',
    example: 'artel tx coupons appropriate bob 7 1h30m --from bob',
  },
  MsgSetGuardians: {
    name: 'set-guardians',
    description: 'name who may give a wallet a new key, and how many must agree',
    example: `artel tx coupons set-guardians bob 2 --guardians '["artel1...","artel1..."]' --from bob`,
  },
  MsgApproveRecovery: {
    name: 'approve-recovery',
    description: 'say as a guardian that a wallet has a new key',
    example: 'artel tx coupons approve-recovery artel1... artel1... --from judge',
  },
  MsgCancelTrust: {
    name: 'cancel',
    description: 'end trust between two collectives, with notice',
    example: 'artel tx trust cancel 1 2 --from alice',
  },
};

/** The command of one message. */
export function messageCommand(context: CliContext, message: ClientMessage): Command {
  const naming = namings[message.name];
  const fields = fieldsOf(message.codec);
  const signers = signerFields(message, fields);
  const rest = fields.filter(({ name }) => !signers.includes(name));
  const positional = rest.filter(isPositional);
  const optional = rest.filter((field) => !isPositional(field));
  const command = new Command(naming?.name ?? commandName(message.name)).description(
    naming?.description ?? `send ${message.typeUrl}`,
  );
  for (const field of positional) {
    if (isVote(field)) command.addArgument(new Argument('<vote>', 'which way').choices(votes));
    else if (mayBeLeftOut.has(`${message.name} ${field.name}`)) {
      command.argument(`[${flagName(field)}]`, describe(field), '0');
    } else command.argument(`<${flagName(field)}>`, describe(field));
  }
  for (const field of optional) command.addOption(fieldOption(field));
  if (naming?.example !== undefined)
    command.addHelpText('after', `\nExample:\n  ${naming.example}`);
  return txOptions(command).action(async (...parameters: readonly unknown[]) => {
    const session = new TxSession(context, command);
    const values: Record<string, unknown> = {};
    for (const name of signers) values[name] = await session.from();
    const addressed = async (field: Field, value: unknown): Promise<unknown> =>
      accountFields.includes(field.name) ? session.address(String(value)) : value;
    for (const [index, field] of positional.entries()) {
      values[field.name] = await addressed(field, parseField(field, String(parameters[index])));
    }
    const options = command.opts<Record<string, string | boolean | undefined>>();
    for (const field of optional) {
      const given = options[optionKey(field)];
      if (given !== undefined) {
        values[field.name] = await addressed(field, parseField(field, String(given)));
      } else if (field.name === 'nonce') {
        values[field.name] = randomBytes(nonceBytes).toString('base64');
      }
    }
    await session.submit([messageFrom(message, values)]);
  });
}

/** Fields that hold an account, for which the name of a key will do. */
const accountFields = ['owner', 'wallet', 'newKey'];

/** A nonce that nobody gives is drawn. */
const nonceBytes = 32;

/** A message from values as JSON has them. */
function messageFrom(
  message: ClientMessage,
  values: Readonly<Record<string, unknown>>,
): EncodeObject {
  try {
    const value = strictly(message.codec, fromProtoNames(values), message.name);
    return { typeUrl: message.typeUrl, value };
  } catch (error) {
    throw new CliError((error as Error).message, exitCodes.usage);
  }
}

/** Fields that hold the address of a signer: found by filling each in and asking who must sign. */
function signerFields(message: ClientMessage, fields: readonly Field[]): readonly string[] {
  return fields
    .filter(({ kind, optional }) => kind === 'text' && !optional)
    .map(({ name }) => name)
    .filter((name) => {
      const marked = message.codec.fromPartial({ [name]: `signer in ${name}` });
      return message.signers(marked).includes(`signer in ${name}`);
    });
}

/** What must be given and is short stands in order; the rest are options by name. */
function isPositional(field: Field): boolean {
  const { kind, optional } = field;
  return (
    isVote(field) || (!optional && (kind === 'text' || kind === 'uint64' || kind === 'number'))
  );
}

/** `yes` in a message is an answer; as an option it would mean "do not ask". */
function isVote({ name, kind }: Field): boolean {
  return name === 'yes' && kind === 'boolean';
}

const votes = ['yes', 'no'];

/** Fields of production that mean something when they are left out. */
const mayBeLeftOut: ReadonlySet<string> = new Set([
  'durabilityUnit',
  'MsgCollectivize durability',
  'MsgDeallocateMeans used',
  'MsgRevalue element',
  'MsgUnshelve lot',
]);

function fieldOption(field: Field): Option {
  if (field.kind === 'boolean') return new Option(`--${flagName(field)}`, describe(field));
  // Commander repeats this where a mandatory one is missing: it names the choices.
  const value = field.kind === 'enum' ? shortValues(field).join('|') : field.kind;
  const option = new Option(`--${flagName(field)} <${value}>`, describe(field));
  if (field.kind === 'enum') {
    const needed = !field.optional && !mayBeLeftOut.has(field.name);
    option.choices(shortValues(field)).makeOptionMandatory(needed);
  }
  return option;
}

function describe(field: Field): string {
  const words = field.name.replace(/([A-Z])/g, ' $1').toLowerCase();
  if (isAmount(field)) return `${words.replace(/ uhub$/, '')}, such as 12hub`;
  if (isTime(field)) return `${words.replace(/ ms$/, '')}, in UTC such as 2026-11-21T02:00:00Z`;
  if (isDuration(field)) return `${words.replace(/ ms$/, '')}, such as 1h30m or 40d`;
  if (field.name === 'nonce') return `${words}, in base64, or hex with 0x; drawn where left out`;
  if (field.kind === 'bytes') return `${words}, in base64, or hex with 0x`;
  if (field.kind === 'json') return `${words}, as JSON`;
  if (field.name === 'json') return 'JSON with the names of `artel query ... params -o json`';
  if (accountFields.includes(field.name)) return `${words}, or the name of a key`;
  return words;
}

/** The value of a field as protobuf JSON has it, from what was typed. */
function parseField(field: Field, text: string): unknown {
  const what = flagName(field);
  if (isAmount(field)) return parseAmount(text).toString();
  if (isTime(field)) return parseTime(text).toString();
  if (isDuration(field)) return parseDuration(text).toString();
  switch (field.kind) {
    case 'uint64':
      return parseUint64(what, text).toString();
    case 'int64':
      return parseInt64(what, text).toString();
    case 'number':
      return Number(parseUint64(what, text));
    case 'boolean':
      return text === 'true' || (isVote(field) && text === 'yes');
    case 'bytes':
      return Buffer.from(parseBytes(what, text)).toString('base64');
    case 'json':
      return withDurations(parseJson(what, text));
    case 'enum': {
      const index = shortValues(field).indexOf(text);
      if (index >= 0) return field.values[index];
      throw new CliError(`${what} "${text}" is none of ${shortValues(field)}`, exitCodes.usage);
    }
    case 'text':
      if (field.name !== 'json') return text;
      return JSON.stringify(fromProtoNames(withDurations(parseJson(what, text))));
  }
}

/** Labour time within JSON may be written as `7h30m`, too. */
function withDurations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDurations);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const isSpelt = /(?:Ms|_ms)$/.test(name) && typeof field === 'string' && /[a-z]/.test(field);
      return [name, isSpelt ? parseDuration(field).toString() : withDurations(field)];
    }),
  );
}

function isAmount({ name, kind }: Field): boolean {
  return kind === 'uint64' && /Uhub$/.test(name);
}

function isTime({ name, kind }: Field): boolean {
  return kind === 'uint64' && /(At|^at|Time|^time|^from|^to)Ms$/.test(name);
}

function isDuration(field: Field): boolean {
  return field.kind === 'uint64' && /Ms$/.test(field.name) && !isTime(field);
}

/** `KIND_LOOSE`, `KIND_STEADY` -> `loose`, `steady`: the common beginning says nothing. */
function shortValues({ values }: Field): readonly string[] {
  const [first = ''] = values;
  const parts = first.split('_');
  let shared = 0;
  while (
    shared < parts.length - 1 &&
    values.every((value) => value.startsWith(`${parts.slice(0, shared + 1).join('_')}_`))
  ) {
    shared += 1;
  }
  return values.map((value) => value.split('_').slice(shared).join('-').toLowerCase());
}

/** Options that every tx command has; a field of the same name gets a prefix. */
const taken = ['from', 'memo', 'sequence', 'gas', 'fees', 'timeout', 'output', 'home', 'node'];

function flagName(field: Field): string {
  const name = field.name
    .replace(/(Uhub|Ms)$/, '')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return !isPositional(field) && taken.includes(name) ? `message-${name}` : name;
}

function optionKey(field: Field): string {
  return flagName(field).replace(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** `MsgSignTrust` -> `sign-trust` */
function commandName(message: string): string {
  return message
    .replace(/^Msg/, '')
    .replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`);
}
