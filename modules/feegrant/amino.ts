/** Allowances in amino JSON, as the Cosmos SDK writes them for Ledger and Keplr. */

import type { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import { civilFromDays, daysFromCivil } from '../_kernel/civil.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';

const url = (name: string): string => `/cosmos.feegrant.v1beta1.${name}`;

const [basicType, periodicType, allowedType] = [
  'cosmos-sdk/BasicAllowance',
  'cosmos-sdk/PeriodicAllowance',
  'cosmos-sdk/AllowedMsgAllowance',
] as const;

/** The JSON of an allowance; of an unknown type its name alone, which no rule accepts. */
export function aminoAllowance({ typeUrl, value }: Any): unknown {
  switch (typeUrl) {
    case url('BasicAllowance'):
      return { type: basicType, value: basic(BasicAllowance.decode(value)) };
    case url('PeriodicAllowance'):
      return {
        type: periodicType,
        value: periodic(PeriodicAllowance.decode(value)),
      };
    case url('AllowedMsgAllowance'): {
      const { allowance, allowedMessages } = AllowedMsgAllowance.decode(value);
      return {
        type: allowedType,
        value: {
          ...(allowance === undefined ? {} : { allowance: aminoAllowance(allowance) }),
          allowed_messages: allowedMessages,
        },
      };
    }
    default:
      return { type: typeUrl, value: {} };
  }
}

function basic({ spendLimit, expiration }: BasicAllowance): unknown {
  return {
    spend_limit: spendLimit,
    ...(expiration === undefined ? {} : { expiration: timeText(expiration) }),
  };
}

function periodic(allowance: PeriodicAllowance): unknown {
  const { seconds, nanos } = allowance.period;
  return {
    basic: basic(allowance.basic),
    // Amino writes a span as nanoseconds.
    period: `${seconds * 1_000_000_000n + BigInt(nanos)}`,
    period_spend_limit: allowance.periodSpendLimit,
    period_can_spend: allowance.periodCanSpend,
    period_reset: timeText(allowance.periodReset),
  };
}

/** RFC 3339 in UTC, without zeros at the end of a fraction. */
function timeText({ seconds, nanos }: Timestamp): string {
  // A time before 1970 is refused by every rule; its text only has to be one.
  if (seconds < 0n) return `${seconds}s`;
  const { year, month, day } = civilFromDays(seconds / 86_400n);
  const rest = seconds % 86_400n;
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  const clock = [rest / 3600n, (rest / 60n) % 60n, rest % 60n].map((part) => digits(part, 2));
  const fraction = nanos === 0 ? '' : `.${digits(BigInt(nanos), 9).replace(/0+$/, '')}`;
  return `${date}T${clock.join(':')}${fraction}Z`;
}

function digits(value: bigint, length: number): string {
  return value.toString().padStart(length, '0');
}

interface Packed {
  readonly type: string;
  readonly value: unknown;
}

/**
 * The reverse. What it does not know it leaves out; whoever calls compares what comes of it.
 *
 * @example allowanceFromAmino({ type: 'cosmos-sdk/BasicAllowance', value: { spend_limit: [] } })
 */
export function allowanceFromAmino(json: unknown): Any {
  const { type, value } = json as Packed;
  switch (type) {
    case basicType:
      return { typeUrl: url('BasicAllowance'), value: encoded(BasicAllowance, basicFrom(value)) };
    case periodicType:
      return {
        typeUrl: url('PeriodicAllowance'),
        value: encoded(PeriodicAllowance, periodicFrom(value)),
      };
    case allowedType: {
      const { allowance, allowed_messages: allowedMessages } = value as AllowedJson;
      const inner = allowance === undefined ? {} : { allowance: allowanceFromAmino(allowance) };
      const message = AllowedMsgAllowance.fromPartial({ ...inner, allowedMessages });
      return { typeUrl: url('AllowedMsgAllowance'), value: encoded(AllowedMsgAllowance, message) };
    }
    default:
      return { typeUrl: type, value: new Uint8Array() };
  }
}

interface AllowedJson {
  readonly allowance?: unknown;
  readonly allowed_messages: string[];
}

interface BasicJson {
  readonly spend_limit: Coin[];
  readonly expiration?: string;
}

interface PeriodicJson {
  readonly basic: BasicJson;
  readonly period: string;
  readonly period_spend_limit: Coin[];
  readonly period_can_spend: Coin[];
  readonly period_reset: string;
}

function encoded<T>(codec: ProtoCodec<T>, message: T): Uint8Array {
  return codec.encode(message).finish();
}

function basicFrom(value: unknown): BasicAllowance {
  const { spend_limit: spendLimit, expiration } = value as BasicJson;
  return BasicAllowance.fromPartial({
    spendLimit,
    ...(expiration === undefined ? {} : { expiration: timeFrom(expiration) }),
  });
}

function periodicFrom(value: unknown): PeriodicAllowance {
  const json = value as PeriodicJson;
  const nanoseconds = BigInt(json.period);
  return PeriodicAllowance.fromPartial({
    basic: basicFrom(json.basic),
    period: {
      seconds: nanoseconds / 1_000_000_000n,
      nanos: Number(nanoseconds % 1_000_000_000n),
    },
    periodSpendLimit: json.period_spend_limit,
    periodCanSpend: json.period_can_spend,
    periodReset: timeFrom(json.period_reset),
  });
}

function timeFrom(text: string): Timestamp {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const part = (index: number): bigint => BigInt(match?.[index] ?? 0);
  if (match === null) return { seconds: 0n, nanos: 0 };
  const days = daysFromCivil({ year: part(1), month: part(2), day: part(3) });
  return {
    seconds: days * 86_400n + part(4) * 3600n + part(5) * 60n + part(6),
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  };
}
