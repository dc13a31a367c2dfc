/** `artel tx feegrant`: allowances as people write them, without the JSON of the message. */
import { Command } from 'commander';
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import { messageOf } from '../../client/registry.ts';
import { coinsOf } from '../../client/transactions.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { TxSession } from '../transact.ts';
import { txOptions } from '../tx-options.ts';
import { parseDuration, parsePositive, parseTime } from '../values.ts';

/** Messages that the commands here send, so that no generic command stands beside them. */
export const feegrantMessages = ['MsgGrantAllowance'];

interface GrantOptions {
  readonly limit?: string;
  readonly expires?: string;
  readonly period?: string;
  readonly periodLimit?: string;
  readonly messages?: string;
}

export function feegrantCommands(context: CliContext): readonly Command[] {
  return [grantCommand(context)];
}

function grantCommand(context: CliContext): Command {
  const command = new Command('grant')
    .description('pay the fees of another account, which then needs no token of its own')
    .argument('<grantee>', 'address, or the name of a key')
    .option('--limit <amount>', 'most that is paid in all, such as 5hub (default: no limit)')
    .option('--expires <time>', 'in UTC, such as 2026-11-21T02:00:00Z (default: never)')
    .option('--period <duration>', 'span of a limit that begins anew, such as 7d')
    .option('--period-limit <amount>', 'most that is paid in one such span')
    .option('--messages <urls>', 'pay for these messages only, apart by commas')
    .addHelpText('after', grantHelp);
  return txOptions(command).action(async (grantee: string) => {
    const session = new TxSession(context, command);
    const value = {
      granter: await session.from(),
      grantee: await session.address(grantee),
      allowance: allowanceOf(command.opts<GrantOptions>()),
    };
    await session.submit([{ typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance', value }]);
  });
}

const grantHelp = `
The grantee names the account that pays with --fee-granter.

Examples:
  artel tx feegrant grant bob --limit 5hub --expires 2027-01-01T00:00:00Z --from bakery
  artel tx feegrant grant bob --period 7d --period-limit 0.5hub --from bakery
  artel tx trust sign 1 2 --from bob --fees 0.002hub --fee-granter bakery`;

function allowanceOf(options: GrantOptions): Any {
  const { limit, expires, period, periodLimit, messages } = options;
  if ((period === undefined) !== (periodLimit === undefined)) {
    throw new CliError('--period and --period-limit go together', exitCodes.usage);
  }
  const basic = {
    spendLimit: limit === undefined ? [] : coinsOf(parsePositive(limit)),
    ...(expires === undefined ? {} : { expiration: timestamp(parseTime(expires)) }),
  };
  const allowance =
    period === undefined || periodLimit === undefined
      ? packed('BasicAllowance', BasicAllowance, basic)
      : packed('PeriodicAllowance', PeriodicAllowance, {
          basic,
          period: timestamp(parseDuration(period)),
          periodSpendLimit: coinsOf(parsePositive(periodLimit)),
        });
  if (messages === undefined) return allowance;
  const allowedMessages = messages.split(',').map((text) => text.trim());
  const unknown = allowedMessages.find((url) => messageOf(url) === undefined);
  if (unknown !== undefined) {
    throw new CliError(
      `"${unknown}" is no message`,
      exitCodes.usage,
      'The documents of the modules list theirs, such as /artel.coupons.v1.MsgClaim.',
    );
  }
  return packed('AllowedMsgAllowance', AllowedMsgAllowance, { allowance, allowedMessages });
}

interface Codec {
  fromPartial(fields: never): unknown;
  encode(message: never): { finish(): Uint8Array };
}

function packed(name: string, codec: Codec, fields: object): Any {
  const value = codec.encode(codec.fromPartial(fields as never) as never).finish();
  return { typeUrl: `/cosmos.feegrant.v1beta1.${name}`, value };
}

/** A time or a span. */
function timestamp(ms: bigint): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: ms / 1000n, nanos: Number(ms % 1000n) * 1_000_000 };
}
