import { MsgMultiSend, MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { MultiSignature } from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import { PeriodicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import { AuthInfo, ModeInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { Any } from 'cosmjs-types/google/protobuf/any';
import fc from 'fast-check';
import {
  MsgFoundCollective,
  MsgUpdateCollective,
} from '../../../proto/generated/artel/trust/v1/tx.ts';
import { fields } from '../../../proto/generated/fields.ts';
import { standardAnyTypes, standardFields } from '../standard-fields.ts';
import { StrictProto } from '../strict.ts';
import { arbitrary, edit, mutate, varint } from './arbitrary.ts';

const strict = new StrictProto(
  [standardFields, fields, { 'test.Packed': [[1, 'numbers', 'uint32', 'repeated']] }],
  [...standardAnyTypes, '/cosmos.bank.v1beta1.MsgSend', '/artel.trust.v1.MsgUpdateCollective'],
);

interface Codec {
  decode(bytes: Uint8Array): unknown;
  encode(message: never): { finish(): Uint8Array };
}

const codecs: Readonly<Record<string, Codec>> = {
  'cosmos.tx.v1beta1.TxRaw': TxRaw,
  'cosmos.tx.v1beta1.TxBody': TxBody,
  'cosmos.tx.v1beta1.AuthInfo': AuthInfo,
  'cosmos.tx.v1beta1.ModeInfo': ModeInfo,
  'cosmos.bank.v1beta1.MsgSend': MsgSend,
  'cosmos.bank.v1beta1.MsgMultiSend': MsgMultiSend,
  'cosmos.feegrant.v1beta1.MsgGrantAllowance': MsgGrantAllowance,
  'cosmos.crypto.multisig.v1beta1.MultiSignature': MultiSignature,
  'artel.trust.v1.MsgFoundCollective': MsgFoundCollective,
  'artel.trust.v1.MsgUpdateCollective': MsgUpdateCollective,
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (...parts: (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : Buffer.from(part))),
  );

const anyMessage = fc
  .constantFrom(...Object.keys(codecs))
  .chain((name) => arbitrary(name).map((body) => [name, body] as const));

test('what encoders write is accepted, and the decoders give it back', () => {
  fc.assert(
    fc.property(anyMessage, ([name, body]) => {
      expect(strict.check(name, body)).toBeUndefined();
      expect(hex(reencode(name, body))).toBe(hex(body));
    }),
    { numRuns: 500 },
  );
});

function reencode(name: string, body: Uint8Array): Uint8Array {
  const codec = codecs[name];
  if (codec === undefined) throw new Error(`no codec for ${name}`);
  return codec.encode(codec.decode(body) as never).finish();
}

test('accepted bytes are the one encoding of their content, whatever was done to them', () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      anyMessage,
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      ([name, body], edits) => {
        const changed = edits.reduce(mutate, body);
        if (strict.check(name, changed) !== undefined) return;
        accepted += 1;
        expect(hex(reencode(name, changed))).toBe(hex(changed));
      },
    ),
    { numRuns: 4_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test('garbage is refused or canonical, and never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(codecs)),
      fc.uint8Array({ maxLength: 60 }),
      (name, body) => {
        const found = strict.check(name, body);
        if (found === undefined) expect(hex(reencode(name, body))).toBe(hex(body));
        else expect(found.problem).toMatch(/^[\x20-\x7e]+$/);
      },
    ),
    { numRuns: 3_000 },
  );
});

const coin = bytes(0x0a, 4, 'uhub', 0x12, 1, '1');
const body = 'cosmos.tx.v1beta1.TxBody';
const fee = 'cosmos.tx.v1beta1.Fee';
const send = bytes(0x0a, 1, 'a', 0x12, 1, 'b', 0x1a, coin.length, coin);
const sendAny = Any.encode({ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value: send }).finish();

test.each<[string, string, Uint8Array, string]>([
  ['an unknown field', fee, bytes(0x28, 1), 'cosmos.tx.v1beta1.Fee has no field 5'],
  ['field 0', fee, bytes(0x00, 1), 'cosmos.tx.v1beta1.Fee has no field 0'],
  ['fields out of order', fee, bytes(0x1a, 1, 'p', 0x10, 5), 'gas_limit is out of order'],
  ['a singular field twice', fee, bytes(0x10, 5, 0x10, 6), 'gas_limit is given twice'],
  [
    'repeated fields apart',
    fee,
    bytes(0x0a, 9, coin, 0x10, 5, 0x0a, 9, coin),
    'amount[0] is out of order',
  ],
  ['a padded varint', fee, bytes(0x10, 0x85, 0), 'gas_limit holds a number padded with zero bits'],
  ['a padded tag', fee, bytes(0x90, 0, 5), 'holds a number padded with zero bits'],
  ['a padded length', fee, bytes(0x1a, 0x81, 0, 'p'), 'payer holds a number padded with zero bits'],
  [
    '65 bits',
    fee,
    bytes(0x10, ...new Array<number>(9).fill(0xff), 2),
    'gas_limit holds a number of more than 64 bits',
  ],
  [
    'eleven bytes',
    fee,
    bytes(0x10, ...new Array<number>(10).fill(0xff), 1),
    'gas_limit holds a number of more than 64 bits',
  ],
  ['a cut varint', fee, bytes(0x10, 0x80), 'gas_limit holds a number that is cut'],
  ['a written zero', fee, bytes(0x10, 0), 'gas_limit is zero but written'],
  ['a written empty string', fee, bytes(0x1a, 0), 'payer is empty but written'],
  ['a wrong wire type', fee, bytes(0x12, 1, 5), 'gas_limit has wire type 2, not 0'],
  [
    'a fixed64',
    fee,
    bytes(0x11, ...new Array<number>(8).fill(1)),
    'gas_limit has wire type 1, not 0',
  ],
  ['a group', fee, bytes(0x1b, 0x1c), 'payer has wire type 3, not 2'],
  ['a cut string', fee, bytes(0x1a, 5, 'p'), 'payer is cut: 5 bytes announced, 1 left'],
  [
    'an inner overrun',
    fee,
    bytes(0x0a, 3, 0x0a, 4, 'u', 'hub'),
    'amount[0].denom is cut: 4 bytes announced, 1 left',
  ],
  [
    'the second of a list',
    fee,
    bytes(0x0a, 9, coin, 0x0a, 2, 0x12, 0),
    'amount[1].amount is empty but written',
  ],
  ['overlong UTF-8', body, bytes(0x12, 2, 0xc0, 0x80), 'memo is not UTF-8'],
  ['a surrogate', body, bytes(0x12, 3, 0xed, 0xa0, 0x80), 'memo is not UTF-8'],
  ['beyond Unicode', body, bytes(0x12, 4, 0xf4, 0x90, 0x80, 0x80), 'memo is not UTF-8'],
  ['a cut character', body, bytes(0x12, 1, 0xc3), 'memo is not UTF-8'],
  [
    'both of a oneof',
    'cosmos.tx.v1beta1.ModeInfo',
    bytes(0x0a, 0, 0x12, 0),
    'multi oneof sum is given twice',
  ],
  [
    'an enum beyond 31 bits',
    'cosmos.tx.v1beta1.ModeInfo.Single',
    bytes(0x08, 0x80, 0x80, 0x80, 0x80, 8),
    'mode is out of range for enum',
  ],
  [
    'a negative enum',
    'cosmos.tx.v1beta1.ModeInfo.Single',
    bytes(0x08, ...new Array<number>(9).fill(0xff), 1),
    'mode is out of range for enum',
  ],
  [
    'a uint32 beyond 32 bits',
    'cosmos.crypto.multisig.LegacyAminoPubKey',
    bytes(0x08, 0x80, 0x80, 0x80, 0x80, 0x10),
    'threshold is out of range for uint32',
  ],
  ['unpacked numbers', 'test.Packed', bytes(0x08, 1, 0x08, 2), 'numbers[0] has wire type 0, not 2'],
  ['two packed lists', 'test.Packed', bytes(0x0a, 1, 1, 0x0a, 1, 2), 'numbers[0] is given twice'],
  ['an empty packed list', 'test.Packed', bytes(0x0a, 0), 'numbers[0] is empty but written'],
  [
    'a cut packed list',
    'test.Packed',
    bytes(0x0a, 1, 0x81),
    'numbers[0] holds a number that is cut',
  ],
  [
    'an unknown type',
    body,
    bytes(0x0a, 4, 0x0a, 2, '/x'),
    'messages[0] unable to resolve type URL "/x"',
  ],
  [
    'a web address for a type',
    body,
    bytes(
      0x0a,
      sendAny.length - 1,
      0x0a,
      27,
      'cosmos.bank.v1beta1.MsgSend',
      0x12,
      send.length,
      send,
    ),
    'messages[0] unable to resolve type URL "cosmos.bank.v1beta1.MsgSend"',
  ],
  ['an Any without type', body, bytes(0x0a, 0), 'messages[0] names no type'],
  [
    'an Any without URL',
    body,
    bytes(0x0a, 3, 0x12, 1, 'x'),
    'messages[0] begins without a type URL',
  ],
  [
    'an Any with more',
    body,
    bytes(0x0a, sendAny.length + 2, sendAny, 0x18, 1),
    'messages[0].value does not fill the Any',
  ],
  [
    'an Any with two values',
    body,
    bytes(0x0a, sendAny.length + 3, sendAny, 0x12, 1, 'x'),
    'messages[0].value does not fill the Any',
  ],
  [
    'a fault in a message',
    body,
    bytes(0x0a, sendAny.length, sendAny.subarray(0, -1), 0xff),
    'messages[0].value.amount[0].amount is not UTF-8',
  ],
])('%s is refused', (_, name, given, problem) => {
  expect(strict.check(name, given)).toEqual({ problem, unsupported: false });
});

test('features that the chain does without are told as such', () => {
  const cases: [string, Uint8Array, string][] = [
    [body, bytes(0x20, 1), 'unordered is not supported by this chain'],
    [body, bytes(0x2a, 0), 'timeout_timestamp is not supported by this chain'],
    [body, bytes(0xfa, 0x3f, 0), 'extension_options is not supported by this chain'],
    [body, bytes(0xfa, 0x7f, 0), 'non_critical_extension_options is not supported by this chain'],
    ['cosmos.tx.v1beta1.AuthInfo', bytes(0x1a, 0), 'tip is not supported by this chain'],
  ];
  for (const [name, given, problem] of cases) {
    expect(strict.check(name, given)).toEqual({ problem, unsupported: true });
  }
});

test('nesting ends at 16 messages, and a megabyte of nesting costs no stack', () => {
  const nested = (levels: number): Uint8Array => {
    let inner = bytes(0x0a, 0);
    for (let i = 0; i < levels; i++) {
      const multi = bytes(0x12, varint(BigInt(inner.length)), inner);
      inner = bytes(0x12, varint(BigInt(multi.length)), multi);
    }
    return inner;
  };
  expect(strict.check('cosmos.tx.v1beta1.ModeInfo', nested(7))).toBeUndefined();
  const deep = strict.check('cosmos.tx.v1beta1.ModeInfo', nested(8));
  expect(deep?.problem).toMatch(/^multi\.mode_infos\[0\].* messages nest deeper than 16$/);
  expect(strict.check('cosmos.tx.v1beta1.ModeInfo', nested(2_000))?.problem).toMatch(/deeper/);
});

test('an allowance in a grant is checked like everything else', () => {
  const value = PeriodicAllowance.encode(
    PeriodicAllowance.fromPartial({ basic: { spendLimit: [{ denom: 'uhub', amount: '5' }] } }),
  ).finish();
  const grant = (inner: Uint8Array): Uint8Array =>
    MsgGrantAllowance.encode({
      granter: 'a',
      grantee: 'b',
      allowance: { typeUrl: '/cosmos.feegrant.v1beta1.PeriodicAllowance', value: inner },
    }).finish();
  const name = 'cosmos.feegrant.v1beta1.MsgGrantAllowance';
  expect(strict.check(name, grant(value))).toBeUndefined();
  expect(strict.check(name, grant(bytes(value, 0x30, 1)))?.problem).toBe(
    'allowance.value cosmos.feegrant.v1beta1.PeriodicAllowance has no field 6',
  );
});

test('a table that names what is not there is a defect', () => {
  const table = (type: string): unknown => new StrictProto([{ 'a.B': [[1, 'x', type]] }], []);
  expect(() => table('float')).toThrow('a.B.x has the unknown type float');
  expect(() => table('message a.C')).toThrow('no field table describes a.C');
  expect(() => new StrictProto([{}], ['/a.B'])).toThrow('no field table describes a.B');
});
