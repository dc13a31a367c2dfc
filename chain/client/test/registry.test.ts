/**
 * Every message and refusal of every module reaches clients whole: codecs, amino JSON, signers,
 * names.
 */
import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import fc from 'fast-check';
import type { ProtoCodec } from '../../../modules/_kernel/proto-codec.ts';
import { type Field, fieldsOf } from '../generated.ts';
import { anyFromJson, anyToJson } from '../proto-json.ts';
import { allRefusals, Refused, refusalRule } from '../refusals.ts';
import { aminoTypes, type ClientMessage, messages, queries, registry } from '../registry.ts';

const coin = fc.record({
  denom: fc.constant('uhub'),
  amount: fc.bigInt({ min: 1n, max: 1n << 62n }).map(String),
});
const party = fc.record({ address: fc.string(), coins: fc.array(coin, { maxLength: 3 }) });

/** Any allowance, in the range of times that amino JSON can write. */
const seconds = fc.bigInt({ min: 0n, max: 253_402_300_799n });
/** Generated JSON keeps milliseconds. */
const time = fc.record({ seconds, nanos: fc.nat({ max: 999 }).map((ms) => ms * 1_000_000) });
const coins = fc.array(coin, { maxLength: 2 });
const basic = fc
  .record({
    spendLimit: coins,
    expiration: fc.option(time, { nil: undefined }),
  })
  .map((value) => BasicAllowance.fromPartial(value as Partial<BasicAllowance>));
const limits = fc.oneof(
  basic.map((value) => packed('BasicAllowance', BasicAllowance, value)),
  fc
    .record({
      basic,
      period: time,
      periodSpendLimit: coins,
      periodCanSpend: coins,
      periodReset: time,
    })
    .map((value) => packed('PeriodicAllowance', PeriodicAllowance, value)),
);
const allowance = fc.oneof(
  limits,
  fc
    .record({ allowance: limits, allowedMessages: fc.array(fc.string(), { maxLength: 3 }) })
    .map((value) => packed('AllowedMsgAllowance', AllowedMsgAllowance, value)),
);

function packed<T>(name: string, codec: ProtoCodec<T>, value: T) {
  return { typeUrl: `/cosmos.feegrant.v1beta1.${name}`, value: codec.encode(value).finish() };
}
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const outputLine = fc.record({
  type: uint64,
  quantity: uint64,
  valueMs: uint64,
  elements: fc.array(
    fc.record({
      valueMs: uint64,
      durability: uint64,
      parts: fc.array(uint64, { maxLength: 2 }),
      ownParts: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});

/** Fields with a structure, which can't be guessed from their defaults. */
const ids = fc.array(fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }), { maxLength: 3 });

const structured: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  allowance,
  amount: fc.array(coin, { maxLength: 3 }),
  guardians: fc.array(fc.string(), { maxLength: 3 }),
  refs: ids,
  lots: ids,
  lost: ids,
  types: ids,
  missing: ids,
  lines: fc.array(outputLine, { maxLength: 2 }),
  inputs: fc.array(party, { maxLength: 2 }),
  outputs: fc.array(party, { maxLength: 2 }),
  parameters: fc.record({ module: fc.string(), json: fc.string() }),
  upgrade: fc.record({
    height: fc.bigInt({ min: 0n, max: 1n << 62n }),
    appVersion: fc.bigInt({ min: 0n, max: 1n << 62n }),
  }),
};

function arbitraryOf(field: Field): fc.Arbitrary<unknown> {
  const value = ((): fc.Arbitrary<unknown> => {
    switch (field.kind) {
      case 'text':
        return fc.string();
      case 'uint64':
        return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
      case 'int64':
        return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
      case 'number':
        return fc.nat();
      case 'boolean':
        return fc.boolean();
      case 'bytes':
        return fc.uint8Array({ maxLength: 40 });
      case 'enum':
        return fc.nat({ max: field.values.length });
      case 'json': {
        const found = structured[field.name];
        if (found === undefined) throw new Error(`say in this test what ${field.name} looks like`);
        return found;
      }
    }
  })();
  return field.optional ? fc.option(value, { nil: undefined }) : value;
}

function anyMessage({ codec }: ClientMessage): fc.Arbitrary<unknown> {
  const fields = fieldsOf(codec).map((field) => [field.name, arbitraryOf(field)] as const);
  return fc.record(Object.fromEntries(fields)).map((value) => codec.fromPartial(value));
}

test('the messages of the first economies are all here', () => {
  expect(messages.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'MsgSend',
      'MsgMultiSend',
      'MsgGrantAllowance',
      'MsgRevokeAllowance',
      'MsgRegisterValidator',
      'MsgBond',
      'MsgUnbond',
      'MsgUnjail',
      'MsgProposeChange',
      'MsgVoteChange',
      'MsgFoundCollective',
      'MsgUpdateCollective',
      'MsgSignTrust',
      'MsgWithdrawSignature',
      'MsgCancelTrust',
      'MsgOrder',
      'MsgOutput',
      'MsgFinalRevision',
      'MsgClaim',
      'MsgAppropriate',
    ]),
  );
  expect(new Set(messages.map(({ aminoType }) => aminoType)).size).toBe(messages.length);
  expect(new Set(queries.map(({ path }) => path)).size).toBe(queries.length);
});

describe.each(messages.map((message) => [message.name, message] as const))(
  '%s',
  (_name, message) => {
    test('comes back from amino JSON, from protobuf JSON and from bytes', () => {
      fc.assert(
        fc.property(anyMessage(message), (value) => {
          const { typeUrl, codec } = message;
          const bytes = codec.encode(value).finish();
          const amino = aminoTypes.toAmino({ typeUrl, value });
          expect(amino.type).toBe(message.aminoType);
          const fromAmino = aminoTypes.fromAmino(JSON.parse(JSON.stringify(amino)));
          expect(fromAmino.typeUrl).toBe(typeUrl);
          expect(codec.encode(fromAmino.value).finish()).toEqual(bytes);
          const any = registry.encodeAsAny({ typeUrl, value });
          expect(anyFromJson(JSON.parse(JSON.stringify(anyToJson(any)))).value).toEqual(bytes);
        }),
        { numRuns: 50 },
      );
    });

    test('amino JSON with a field too many is no such message', () => {
      const value = message.codec.fromPartial({});
      const amino = aminoTypes.toAmino({ typeUrl: message.typeUrl, value });
      const more = { type: amino.type, value: { ...(amino.value as object), tip: '1' } };
      expect(() => aminoTypes.fromAmino(more)).toThrow('is no /');
    });
  },
);

describe('refusals', () => {
  test('every one has a name of its own in its codespace and a remedy', () => {
    const all = allRefusals();
    const names = all.map(({ codespace, name }) => `${codespace}/${name}`);
    expect(new Set(names).size).toBe(all.length);
    for (const module of [
      'sdk',
      'accounts',
      'bank',
      'feegrant',
      'validators',
      'trust',
      'production',
      'coupons',
    ]) {
      expect(all.some(({ codespace }) => codespace === module)).toBe(true);
    }
    for (const { remedy } of all) expect(remedy).toMatch(/\.$/);
  });

  test('an error names the refusal once and says what to do', () => {
    const error = new Refused({
      codespace: 'sdk',
      code: 5,
      log: 'message 0: 3uhub are fewer than 7uhub (sdk/insufficient_funds)',
    });
    expect(error.message).toBe('sdk/insufficient_funds (5): message 0: 3uhub are fewer than 7uhub');
    expect(error.remedy).toBe(refusalRule('sdk', 5)?.remedy);
  });

  test('a code of a later version keeps its number', () => {
    const error = new Refused({ codespace: 'later', code: 77, log: 'who knows' });
    expect(error).toMatchObject({ refusal: 'code_77', remedy: undefined });
  });
});
