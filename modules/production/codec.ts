/** Messages of production: bytes on the wire to commands, parsed once; and their amino JSON. */

import * as wire from '../../proto/generated/artel/production/v1/tx.ts';
import { type Address, isAddress, parseAddress } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Tagged } from '../_kernel/decider.ts';
import { toBase64 } from '../_kernel/json.ts';
import { type MessageWire, parsed } from '../_kernel/module.ts';
import { nameProblem } from '../_kernel/names.ts';
import type { ProtoCodec } from '../_kernel/proto-codec.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { refuse } from './refusals.ts';
import { DurabilityUnit, Label, type ProductionCommand, Source, Use } from './types.ts';

const nameBytes = 64;
const unitBytes = 32;
const reasonBytes = 256;
const hashBytes = 32;

/** A message as ts-proto decodes it. */
type Message = Readonly<Record<string, unknown>>;
type Check = (value: never, field: string) => Refusal | undefined;

/** What the fields of a message say for themselves, in the order of the guards. */
type Checks = Readonly<Record<string, Check>>;

interface Spelling<M> {
  readonly codec: ProtoCodec<M>;
  readonly checks?: Checks;
  /** Wire names that commands spell otherwise: `type` is the tag of a command. */
  readonly renamed?: Readonly<Record<string, string>>;
  readonly weight?: bigint;
  /** Other fields that hold an account. */
  readonly accounts?: readonly string[];
  readonly respond?: (events: readonly Tagged[]) => Uint8Array;
}

/** All messages of this module have one shape: a signer, and fields that are taken as they are. */
function message<M>(type: ProductionCommand['type'], spelling: Spelling<M>): AnyMessage {
  const { codec, checks = {}, renamed = {}, accounts = [], weight = 10_000n } = spelling;
  const { respond } = spelling;
  return {
    typeUrl: `/artel.production.v1.Msg${type}`,
    codec,
    aminoType: `artel/production/Msg${type}`,
    toAmino: (m: Message) => toAmino(m),
    signers: (m: Message) => [m.signer as Address],
    parse(m: Message) {
      for (const field of ['signer', ...accounts]) {
        const account = parseAddress(m[field] as string);
        if (!isAddress(account)) {
          return sdk.invalid_address({ what: `${field} ${account.problem}` });
        }
      }
      for (const [field, check] of Object.entries(checks)) {
        const problem = check(m[field] as never, field);
        if (problem !== undefined) return problem;
      }
      const fields = Object.entries(m).map(([name, value]) => [renamed[name] ?? name, value]);
      return parsed({ ...Object.fromEntries(fields), type } as unknown as ProductionCommand);
    },
    weight,
    responseUrl: `/artel.production.v1.Msg${type}Response`,
    ...(respond === undefined ? {} : { respond }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
type AnyMessage = MessageWire<any, ProductionCommand>;

const spelledType = { type: 'productType' };

export const messages: readonly AnyMessage[] = [
  message('DefineType', {
    codec: wire.MsgDefineType,
    checks: {
      name: nameCheck(nameBytes, refuse.invalid_name),
      unit: nameCheck(unitBytes, refuse.invalid_unit),
      durabilityUnit: oneOf(
        [
          DurabilityUnit.UNSPECIFIED,
          DurabilityUnit.MINUTES,
          DurabilityUnit.USES,
          DurabilityUnit.CALENDAR,
        ],
        (unit) => refuse.invalid_durability_unit({ unit }),
      ),
      descriptionHash: ({ length }: Uint8Array) =>
        length === 0 || length === hashBytes
          ? undefined
          : refuse.invalid_description_hash({ length }),
    },
    weight: 20_000n,
    respond: answer('TypeDefined', wire.MsgDefineTypeResponse, ({ productType }) => ({
      type: productType,
    })),
  }),
  message('Collectivize', {
    codec: wire.MsgCollectivize,
    renamed: spelledType,
    checks: {
      quantity: positive,
      label: labelCheck,
      source: oneOf([Source.APPROPRIATION, Source.EXTERNAL_TRADE], (source) =>
        refuse.invalid_source({ source }),
      ),
    },
    respond: answer('Collectivized', wire.MsgCollectivizeResponse, ({ lot }) => ({ lot })),
  }),
  message('Transfer', {
    codec: wire.MsgTransfer,
    checks: { quantity: positive },
    respond: answer('TransferOffered', wire.MsgTransferResponse, ({ transfer }) => ({ transfer })),
  }),
  message('AcceptTransfer', { codec: wire.MsgAcceptTransfer }),
  message('WithdrawTransfer', { codec: wire.MsgWithdrawTransfer }),
  message('WriteOff', {
    codec: wire.MsgWriteOff,
    checks: { quantity: positive, reason: reasonCheck },
    respond: answer('LotWrittenOff', wire.MsgWriteOffResponse, ({ valueMs }) => ({ valueMs })),
  }),
  message('Order', {
    codec: wire.MsgOrder,
    renamed: spelledType,
    checks: { quantity: positive, label: labelCheck, refs: referencesCheck },
    respond: answer('Ordered', wire.MsgOrderResponse, ({ order }) => ({ order })),
  }),
  message('WithdrawOrder', { codec: wire.MsgWithdrawOrder }),
  message('RejectOrder', { codec: wire.MsgRejectOrder, checks: { reason: reasonCheck } }),
  message('Estimate', {
    codec: wire.MsgEstimate,
    checks: { valueMs: positive },
    respond: answer('Estimated', wire.MsgEstimateResponse, ({ estimate }) => ({ estimate })),
  }),
  message('StartProduction', {
    codec: wire.MsgStartProduction,
    respond: answer('ProductionStarted', wire.MsgStartProductionResponse, ({ production }) => ({
      production,
    })),
  }),
  message('AllocateConsumptive', {
    codec: wire.MsgAllocateConsumptive,
    checks: {
      quantity: positive,
      as: oneOf([Use.CONSUME, Use.PART], (use) => refuse.invalid_use({ use })),
    },
    respond: answer('ConsumptiveAllocated', wire.MsgAllocateConsumptiveResponse, (event) => ({
      valueMs: event.valueMs,
    })),
  }),
  message('AllocateMeans', {
    codec: wire.MsgAllocateMeans,
    respond: answer('MeansAllocated', wire.MsgAllocateMeansResponse, ({ allocation }) => ({
      allocation,
    })),
  }),
  message('DeallocateMeans', {
    codec: wire.MsgDeallocateMeans,
    respond: answer('MeansDeallocated', wire.MsgDeallocateMeansResponse, ({ transferMs }) => ({
      transferMs,
    })),
  }),
  message('RegisterWorkload', {
    codec: wire.MsgRegisterWorkload,
    accounts: ['wallet'],
    respond: answer('WorkloadRegistered', wire.MsgRegisterWorkloadResponse, ({ workload }) => ({
      workload,
    })),
  }),
  message('CountersignWorkload', { codec: wire.MsgCountersignWorkload }),
  message('StornoWorkload', { codec: wire.MsgStornoWorkload }),
  message('Output', {
    codec: wire.MsgOutput,
    checks: { lines: linesCheck },
    weight: 20_000n,
    respond: (events) => {
      const lots = events.flatMap((event) =>
        event.type === 'LotProduced' ? [(event as unknown as { lot: bigint }).lot] : [],
      );
      return wire.MsgOutputResponse.encode({ lots }).finish();
    },
  }),
  message('MergeLots', {
    codec: wire.MsgMergeLots,
    checks: { lots: mergeCheck },
    respond: answer('LotsMerged', wire.MsgMergeLotsResponse, ({ into }) => ({ lot: into })),
  }),
  message('Separate', {
    codec: wire.MsgSeparate,
    checks: {
      lost: (lost: readonly bigint[]) =>
        lost.length === 0 ? refuse.nothing_lost() : ascending(lost, 'lost'),
      reason: reasonCheck,
    },
    weight: 20_000n,
    respond: (events) =>
      wire.MsgSeparateResponse.encode({
        writtenOffMs: all(events, 'LotSeparated').reduce((sum, e) => sum + e.writtenOffMs, 0n),
        lots: all(events, 'PieceKept').map(({ piece }) => piece),
      }).finish(),
  }),
  message('Revalue', { codec: wire.MsgRevalue, checks: { durability: positive } }),
  message('Shelve', { codec: wire.MsgShelve, checks: { quantity: positive } }),
  message('Unshelve', {
    codec: wire.MsgUnshelve,
    renamed: spelledType,
    checks: { quantity: positive },
    respond: answer('Unshelved', wire.MsgUnshelveResponse, ({ lot, valueMs }) => ({
      lot,
      valueMs,
    })),
  }),
  message('HandOver', {
    codec: wire.MsgHandOver,
    renamed: spelledType,
    checks: { quantity: positive, lots: ascending },
    respond: answer('HandedOver', wire.MsgHandOverResponse, ({ chargeMs }) => ({ chargeMs })),
  }),
  message('Inventory', {
    codec: wire.MsgInventory,
    renamed: spelledType,
    checks: { missing: ascending },
    respond: answer('InventoryTaken', wire.MsgInventoryResponse, ({ chargeMs }) => ({ chargeMs })),
  }),
  message('VoteProduction', { codec: wire.MsgVoteProduction }),
  message('ProposeCategory', {
    codec: wire.MsgProposeCategory,
    renamed: spelledType,
    checks: { label: labelCheck },
    respond: answer('BallotOpened', wire.MsgProposeCategoryResponse, ({ ballot }) => ({ ballot })),
  }),
  message('VoteCategory', { codec: wire.MsgVoteCategory }),
  message('ProposeParameters', {
    codec: wire.MsgProposeParameters,
    respond: answer('BallotOpened', wire.MsgProposeParametersResponse, ({ ballot }) => ({
      ballot,
    })),
  }),
  message('VoteParameters', { codec: wire.MsgVoteParameters }),
].map(withInterval);

/** An interval is two fields of one message. */
function withInterval(wired: AnyMessage): AnyMessage {
  if (wired.codec !== wire.MsgRegisterWorkload) return wired;
  return {
    ...wired,
    parse(m: wire.MsgRegisterWorkload) {
      const result = wired.parse(m);
      if (!result.ok || m.fromMs < m.toMs) return result;
      return refuse.reversed_interval({ fromMs: m.fromMs, toMs: m.toMs });
    },
  };
}

function positive(value: bigint, field: string): Refusal | undefined {
  return value === 0n ? refuse.zero_quantity({ field }) : undefined;
}

function oneOf(
  allowed: readonly number[],
  problem: (value: number) => Refusal,
): (value: number) => Refusal | undefined {
  return (value) => (allowed.includes(value) ? undefined : problem(value));
}

function labelCheck(label: number): Refusal | undefined {
  const known = label === Label.COMMONS || label === Label.EXCLUSIVE;
  return known ? undefined : refuse.invalid_label({ label });
}

function reasonCheck(reason: string): Refusal | undefined {
  const { length } = new TextEncoder().encode(reason);
  return length >= 1 && length <= reasonBytes ? undefined : refuse.invalid_reason({ length });
}

function referencesCheck(refs: readonly bigint[]): Refusal | undefined {
  const order = outOfOrder(refs);
  return order === undefined ? undefined : refuse.references_unsorted({ order });
}

function ascending(list: readonly bigint[], field: string): Refusal | undefined {
  const value = outOfOrder(list);
  return value === undefined ? undefined : refuse.not_ascending({ field, value });
}

function outOfOrder(list: readonly bigint[]): bigint | undefined {
  return list.find((value, index) => index > 0 && value <= (list[index - 1] ?? 0n));
}

function mergeCheck(lots: readonly bigint[], field: string): Refusal | undefined {
  return lots.length < 2 ? refuse.too_few_lots({ lots: lots.length }) : ascending(lots, field);
}

function linesCheck(lines: readonly wire.OutputLine[]): Refusal | undefined {
  if (lines.length === 0) return refuse.no_lines();
  const empty = lines.findIndex(({ quantity }) => quantity === 0n);
  return empty === -1
    ? undefined
    : refuse.zero_quantity({ field: `the quantity of line ${empty}` });
}

function nameCheck(
  longest: number,
  problem: (said: { readonly problem: string }) => Refusal,
): (name: string) => Refusal | undefined {
  return (name) => {
    const found = nameProblem(name, longest);
    return found === undefined ? undefined : problem({ problem: found });
  };
}

function answer<R>(
  type: string,
  codec: ProtoCodec<R>,
  // biome-ignore lint/suspicious/noExplicitAny: the event of the name given.
  said: (event: any) => R,
): (events: readonly Tagged[]) => Uint8Array {
  return (events) => {
    const event = present(
      events.find((other) => other.type === type),
      `a decision's ${type}`,
    );
    return codec.encode(said(event)).finish();
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the events of the name given.
function all(events: readonly Tagged[], type: string): readonly any[] {
  return events.filter((event) => event.type === type);
}

/** Amino JSON of a message: names in snake case, 64-bit numbers as text, no default fields. */
function toAmino(m: Message): Readonly<Record<string, unknown>> {
  const fields = Object.entries(m).filter(([, value]) => !isDefault(value));
  return Object.fromEntries(
    fields.map(([name, value]) => [
      name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      aminoValue(value),
    ]),
  );
}

function aminoValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(aminoItem);
  return value;
}

function aminoItem(value: unknown): unknown {
  return typeof value === 'object' ? toAmino(value as Message) : aminoValue(value);
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  return value === 0n || value === 0 || value === '' || value === false;
}
