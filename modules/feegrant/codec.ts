/**
 * The standard messages of cosmos.feegrant: bytes -> commands, once, and allowances back into their
 * standard form. Amounts are of uhub; times and spans are kept to the millisecond.
 */
import type { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance, MsgRevokeAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import type { Duration } from 'cosmjs-types/google/protobuf/duration';
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { type MessageWire, type Parsed, parsed } from '../_kernel/module.ts';
import { isRefusal, type Refusal, sdk } from '../_kernel/refusals.ts';
import { isUint64 } from '../_kernel/units.ts';
import { allowanceFromAmino, aminoAllowance } from './amino.ts';
import { refusals } from './refusals.ts';
import type { Allowance, GrantAllowance, Parties, Period, RevokeAllowance } from './types.ts';

const denom = 'uhub';
/** Messages that one allowance may name. */
const mostMessages = 64;

const basicUrl = '/cosmos.feegrant.v1beta1.BasicAllowance';
const periodicUrl = '/cosmos.feegrant.v1beta1.PeriodicAllowance';
const allowedUrl = '/cosmos.feegrant.v1beta1.AllowedMsgAllowance';

const grant: MessageWire<MsgGrantAllowance, GrantAllowance> = {
  typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance',
  codec: MsgGrantAllowance,
  aminoType: 'cosmos-sdk/MsgGrantAllowance',
  toAmino: ({ granter, grantee, allowance }) => ({
    ...(granter === '' ? {} : { granter }),
    ...(grantee === '' ? {} : { grantee }),
    ...(allowance === undefined ? {} : { allowance: aminoAllowance(allowance) }),
  }),
  fromAmino: grantFromAmino,
  signers: ({ granter }) => [granter],
  parse(message): Parsed<GrantAllowance> {
    const parties = partiesIn(message);
    if (isRefusal(parties)) return parties;
    if (parties.granter === parties.grantee) {
      return sdk.invalid_address({
        what: `${parties.granter} grants to itself: cannot self-grant fee authorization`,
      });
    }
    const allowance = allowanceIn(message.allowance);
    if (isRefusal(allowance)) return allowance;
    return parsed({ type: 'GrantAllowance', ...parties, allowance });
  },
  weight: 5_000n,
  responseUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowanceResponse',
};

function grantFromAmino(value: unknown): MsgGrantAllowance {
  const { allowance, ...parties } = value as { readonly allowance?: unknown };
  const message = MsgGrantAllowance.fromJSON(parties);
  if (allowance === undefined) return message;
  return { ...message, allowance: allowanceFromAmino(allowance) };
}

const revoke: MessageWire<MsgRevokeAllowance, RevokeAllowance> = {
  typeUrl: '/cosmos.feegrant.v1beta1.MsgRevokeAllowance',
  codec: MsgRevokeAllowance,
  aminoType: 'cosmos-sdk/MsgRevokeAllowance',
  toAmino: ({ granter, grantee }) => ({
    ...(granter === '' ? {} : { granter }),
    ...(grantee === '' ? {} : { grantee }),
  }),
  signers: ({ granter }) => [granter],
  parse(message): Parsed<RevokeAllowance> {
    const parties = partiesIn(message);
    if (isRefusal(parties)) return parties;
    return parsed({ type: 'RevokeAllowance', ...parties });
  },
  weight: 2_000n,
  responseUrl: '/cosmos.feegrant.v1beta1.MsgRevokeAllowanceResponse',
};

export const messages = [grant, revoke];

/** As a standard client reads it: basic or periodic, within a list of messages where it has one. */
export function standardAllowance({ messages: allowed, ...allowance }: Allowance): Any {
  const inner = allowance.period === undefined ? basicAny(allowance) : periodicAny(allowance);
  if (allowed.length === 0) return inner;
  const value = AllowedMsgAllowance.fromPartial({
    allowance: inner,
    allowedMessages: [...allowed],
  });
  return { typeUrl: allowedUrl, value: AllowedMsgAllowance.encode(value).finish() };
}

type Limits = Omit<Allowance, 'messages'>;

function basicAny(limits: Limits): Any {
  return { typeUrl: basicUrl, value: BasicAllowance.encode(basicForm(limits)).finish() };
}

function periodicAny(limits: Limits): Any {
  const { lengthMs = 0n, limitUhub = 0n, canSpendUhub = 0n, resetsAtMs = 0n } = limits.period ?? {};
  const value = PeriodicAllowance.fromPartial({
    basic: basicForm(limits),
    period: timeForm(lengthMs),
    periodSpendLimit: coinsForm(limitUhub),
    periodCanSpend: canSpendUhub === 0n ? [] : coinsForm(canSpendUhub),
    periodReset: timeForm(resetsAtMs),
  });
  return { typeUrl: periodicUrl, value: PeriodicAllowance.encode(value).finish() };
}

function basicForm({ spendLimitUhub, expiresAtMs }: Limits): BasicAllowance {
  return BasicAllowance.fromPartial({
    spendLimit: spendLimitUhub === undefined ? [] : coinsForm(spendLimitUhub),
    ...(expiresAtMs === undefined ? {} : { expiration: timeForm(expiresAtMs) }),
  });
}

function coinsForm(amountUhub: bigint): Coin[] {
  return [{ denom, amount: amountUhub.toString() }];
}

function timeForm(ms: bigint): Timestamp {
  return { seconds: ms / 1000n, nanos: Number(ms % 1000n) * 1_000_000 };
}

function partiesIn(message: {
  readonly granter: string;
  readonly grantee: string;
}): Parties | Refusal {
  const granter = addressIn('granter', message.granter);
  if (isRefusal(granter)) return granter;
  const grantee = addressIn('grantee', message.grantee);
  if (isRefusal(grantee)) return grantee;
  return { granter, grantee };
}

function addressIn(role: string, text: string): Address | Refusal {
  const address = parseAddress(text);
  if (isAddress(address)) return address;
  return sdk.invalid_address({
    what: `${role} address "${text}" ${address.problem}: invalid address`,
  });
}

/** The decoder has read the bytes strictly, at any depth, before this decodes them. */
function allowanceIn(any: Any | undefined): Allowance | Refusal {
  if (any?.typeUrl !== allowedUrl) return plainAllowanceIn(any);
  const { allowance: inner, allowedMessages } = AllowedMsgAllowance.decode(any.value);
  if (allowedMessages.length === 0) return refusals.no_messages();
  if (
    allowedMessages.length > mostMessages ||
    new Set(allowedMessages).size < allowedMessages.length
  ) {
    return sdk.invalid_request({
      what: `${allowedMessages.length} allowed messages, where at most ${mostMessages} may stand, each once: invalid request`,
    });
  }
  const allowance = plainAllowanceIn(inner);
  return isRefusal(allowance) ? allowance : { ...allowance, messages: allowedMessages };
}

function plainAllowanceIn(any: Any | undefined): Allowance | Refusal {
  if (any?.typeUrl === basicUrl) return basicIn(BasicAllowance.decode(any.value));
  if (any?.typeUrl === periodicUrl) return periodicIn(PeriodicAllowance.decode(any.value));
  return sdk.invalid_request({
    what: `an allowance is basic or periodic, not "${any?.typeUrl ?? ''}": invalid request`,
  });
}

function basicIn({ spendLimit, expiration }: BasicAllowance): Allowance | Refusal {
  const spendLimitUhub = spendLimit.length === 0 ? undefined : amountIn('spend limit', spendLimit);
  if (isRefusal(spendLimitUhub)) return spendLimitUhub;
  const expiresAtMs = expiration && millisecondsIn('the expiration', expiration);
  if (isRefusal(expiresAtMs)) return expiresAtMs;
  return { spendLimitUhub, expiresAtMs, period: undefined, messages: [] };
}

function periodicIn(message: PeriodicAllowance): Allowance | Refusal {
  const basic = basicIn(message.basic);
  if (isRefusal(basic)) return basic;
  const period = periodIn(message);
  return isRefusal(period) ? period : { ...basic, period };
}

/** What it can spend may be left out, as may its reset: then the first use begins a period. */
function periodIn(message: PeriodicAllowance): Period | Refusal {
  const lengthMs = millisecondsIn('the period', message.period);
  if (isRefusal(lengthMs)) return lengthMs;
  if (lengthMs === 0n) return refusals.invalid_duration({ what: 'the period has no length' });
  const limitUhub = amountIn('period spend limit', message.periodSpendLimit);
  if (isRefusal(limitUhub)) return limitUhub;
  const given = message.periodCanSpend.length > 0;
  const canSpendUhub = given ? amountIn('period can spend', message.periodCanSpend) : 0n;
  if (isRefusal(canSpendUhub)) return canSpendUhub;
  if (canSpendUhub > limitUhub) {
    return invalidCoins(`period can spend ${canSpendUhub}uhub is above its limit ${limitUhub}uhub`);
  }
  const resetsAtMs = millisecondsIn('the reset', message.periodReset);
  if (isRefusal(resetsAtMs)) return resetsAtMs;
  return { lengthMs, limitUhub, canSpendUhub, resetsAtMs };
}

/** The amount of exactly one positive coin of uhub. */
function amountIn(what: string, coins: readonly Coin[]): bigint | Refusal {
  const [coin] = coins;
  if (coin === undefined || coins.length > 1) {
    return invalidCoins(`${what}: ${coins.length} coins, exactly 1 is due`);
  }
  if (coin.denom !== denom) return invalidCoins(`${what}: denom "${coin.denom}" is not ${denom}`);
  const amount = /^[1-9]\d{0,19}$/.test(coin.amount) ? BigInt(coin.amount) : -1n;
  if (isUint64(amount)) return amount;
  return invalidCoins(`${what}: "${coin.amount}" is no whole number from 1 to 2^64 - 1`);
}

function invalidCoins(problem: string): Refusal {
  return sdk.invalid_coins({ what: `${problem}: invalid coins` });
}

/** Whole milliseconds, rounded down, of a time since 1970 or of a span. */
function millisecondsIn(what: string, { seconds, nanos }: Timestamp | Duration): bigint | Refusal {
  const ms = seconds * 1000n + BigInt(nanos) / 1_000_000n;
  if (nanos >= 0 && nanos < 1_000_000_000 && seconds >= 0n && seconds <= lastSecond) return ms;
  return refusals.invalid_duration({
    what: `${what} of ${seconds} s and ${nanos} ns lies outside the years 1970 to 9999`,
  });
}

/** 9999-12-31T23:59:59Z, the last second of a google.protobuf.Timestamp. */
const lastSecond = 253_402_300_799n;
