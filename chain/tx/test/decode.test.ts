/** Refusals of the decoder: each with its code, in the order in which they are looked for. */

import { hash } from 'node:crypto';
import { encodeSecp256k1Pubkey, pubkeyToAddress } from '@cosmjs/amino';
import { encodePubkey } from '@cosmjs/proto-signing';
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { LegacyAminoPubKey } from 'cosmjs-types/cosmos/crypto/multisig/keys';
import { AuthInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { Any } from 'cosmjs-types/google/protobuf/any';
import fc from 'fast-check';
import { send } from '../../../modules/bank/codec.ts';
import { TxDecoder, type TxLimits, type TxMessageType } from '../decode.ts';
import { publicKeyFromBytes, publicKeyToBytes } from '../public-key.ts';

const limits: TxLimits = { maxTxBytes: 2_000, maxMessages: 2, maxMemoBytes: 16, maxSignatures: 3 };
const free: TxMessageType = {
  typeUrl: '/test.Free',
  codec: { encode: () => ({ finish: () => new Uint8Array() }), decode: () => ({}) },
  aminoType: 'test/Free',
  toAmino: () => ({}),
  signers: () => [],
};
const decoder = new TxDecoder([send, free], { 'test.Free': [] });

const keyOf = (fill: number): Uint8Array => Uint8Array.of(2, ...new Uint8Array(32).fill(fill));
const any = (fill: number): Any => encodePubkey(encodeSecp256k1Pubkey(keyOf(fill)));
const addressOf = (fill: number): string =>
  pubkeyToAddress(encodeSecp256k1Pubkey(keyOf(fill)), 'artel');
const me = addressOf(1);

const sendFrom = (from: string): Any => ({
  typeUrl: '/cosmos.bank.v1beta1.MsgSend',
  value: MsgSend.encode({ fromAddress: from, toAddress: me, amount: [] }).finish(),
});
const info = (fill: number): object => ({
  publicKey: any(fill),
  modeInfo: { single: { mode: 1 } },
  sequence: 5n,
});

interface Parts {
  readonly body?: object;
  readonly auth?: object;
  readonly signatures?: Uint8Array[];
}

function transaction({ body, auth, signatures }: Parts): Uint8Array {
  return TxRaw.encode({
    bodyBytes: TxBody.encode(TxBody.fromPartial({ messages: [sendFrom(me)], ...body })).finish(),
    authInfoBytes: AuthInfo.encode(
      AuthInfo.fromPartial({ signerInfos: [info(1)], fee: { gasLimit: 9n }, ...auth }),
    ).finish(),
    signatures: signatures ?? [new Uint8Array(64)],
  }).finish();
}

function coded(parts: Parts): [number, string] | 'taken' {
  const result = decoder.decode(transaction(parts), limits);
  return result.ok ? 'taken' : [result.code, result.message];
}

const fee = (over: object): Parts => ({ auth: { fee: { gasLimit: 9n, ...over } } });
const coin = (amount: string, denom = 'uhub'): object => ({ denom, amount });
const multisig = (threshold: number, publicKeys: Any[]): Any => ({
  typeUrl: '/cosmos.crypto.multisig.LegacyAminoPubKey',
  value: LegacyAminoPubKey.encode({ threshold, publicKeys }).finish(),
});
const signer = (over: object): Parts => ({ auth: { signerInfos: [{ ...info(1), ...over }] } });
const secp = (key: Uint8Array): Parts =>
  signer({
    publicKey: {
      typeUrl: '/cosmos.crypto.secp256k1.PubKey',
      value: Uint8Array.of(0x0a, key.length, ...key),
    },
  });
const bits = (size: number, elems: number[]): object => ({
  extraBitsStored: size % 8,
  elems: Uint8Array.from(elems),
});
const multi = (bitarray: object, modeInfos: object[]): Parts =>
  signer({ modeInfo: { multi: { bitarray, modeInfos } } });
const single = { single: { mode: 127 } };

test('a plain transaction is taken whole', () => {
  const bytes = transaction({
    ...fee({ amount: [coin('7')] }),
    body: { memo: 'Grüße', timeoutHeight: 8n },
  });
  const tx = decoder.decode(bytes, limits);
  if (!tx.ok) throw new Error(tx.message);
  expect(tx).toMatchObject({
    size: bytes.length,
    memo: 'Grüße',
    timeoutHeight: 8n,
    fee: { coins: [{ denom: 'uhub', amount: 7n }], gasLimit: 9n },
    signers: [{ address: me, sequence: 5n, mode: { type: 'single', mode: 1 } }],
  });
  expect(Buffer.from(tx.id, 'latin1').toString('hex')).toBe(hash('sha256', bytes));
  expect(tx.messages[0]?.content).toEqual({ fromAddress: me, toAddress: me, amount: [] });
});

test.each<[string, Parts, [number, string | RegExp]]>([
  ['no messages', { body: { messages: [] } }, [18, /at least one message/]],
  [
    'three messages',
    { body: { messages: [1, 2, 3].map(() => sendFrom(me)) } },
    [18, /3 messages are more than 2/],
  ],
  [
    'an unknown message',
    { body: { messages: [{ typeUrl: '/a.B', value: new Uint8Array() }] } },
    [2, /unable to resolve type URL "\/a.B"/],
  ],
  ['a key for a message', { body: { messages: [any(1)] } }, [2, /PubKey is not a message/]],
  [
    'a message for a key',
    signer({ publicKey: sendFrom(me) }),
    [8, /MsgSend, which is no public key/],
  ],
  [
    'a memo of 17 bytes',
    { body: { memo: `${'ü'.repeat(8)}!` } },
    [12, /has 17 bytes, more than 16/],
  ],
  [
    'an extension option',
    { body: { extensionOptions: [any(1)] } },
    [37, /extension_options is not supported/],
  ],
  [
    'a harmless extension option',
    { body: { nonCriticalExtensionOptions: [any(1)] } },
    [37, /non_critical/],
  ],
  ['unordered', { body: { unordered: true } }, [37, /unordered is not supported/]],
  [
    'a timeout time',
    { body: { timeoutTimestamp: { seconds: 1n } } },
    [37, /timeout_timestamp is not/],
  ],
  ['a tip', { auth: { tip: { tipper: me } } }, [37, /tip is not supported/]],
  ['a fee with a point', fee({ amount: [coin('1.5')] }), [10, /"1.5" is not a number below/]],
  ['a negative fee', fee({ amount: [coin('-1')] }), [10, /"-1"/]],
  ['a padded fee', fee({ amount: [coin('01')] }), [10, /"01"/]],
  ['a fee of 2^64', fee({ amount: [coin('18446744073709551616')] }), [10, /below 2\^64/]],
  ['a fee of a thousand digits', fee({ amount: [coin('9'.repeat(1000))] }), [10, /"9{90}"/]],
  ['a fee twice', fee({ amount: [coin('1'), coin('1')] }), [10, /ascending, each once/]],
  ['a fee without denom', fee({ amount: [coin('1', '')] }), [10, /denoms must be given/]],
  [
    'a payer that is no address',
    fee({ payer: 'artel1x' }),
    [7, /fee payer "artel1x" is not bech32/],
  ],
  [
    'a granter of another chain',
    fee({ granter: 'cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta' }),
    [7, /fee granter .* has the prefix cosmos/],
  ],
  [
    'a sender that is no address',
    { body: { messages: [sendFrom('me')] } },
    [7, /signer of .*MsgSend "me"/],
  ],
  ['no signatures', { signatures: [] }, [15, /no signatures supplied/]],
  [
    'two signatures of one signer',
    { signatures: [keyOf(1), keyOf(2)] },
    [4, /expected 1, got 1 signer infos and 2 signatures/],
  ],
  ['no signer infos', { auth: { signerInfos: [] } }, [4, /got 0 signer infos/]],
  [
    'two signers, one signature',
    { body: { messages: [sendFrom(me), sendFrom(addressOf(2))] } },
    [4, /expected 2, got 1/],
  ],
  ['a payer that does not sign', fee({ payer: addressOf(2) }), [4, /expected 2, got 1/]],
  ["somebody else's key", signer({ publicKey: any(2) }), [8, /belongs to .*, not to artel1/]],
  ['a key of 32 bytes', secp(new Uint8Array(32)), [8, /has 32 bytes, a secp256k1 key has 33/]],
  ['an uncompressed key', secp(new Uint8Array(65).fill(4)), [8, /has 65 bytes/]],
  ['a key with prefix 4', secp(Uint8Array.of(4, ...new Uint8Array(32))), [8, /begins with byte 4/]],
  ['a threshold of 0', signer({ publicKey: multisig(0, [any(1)]) }), [8, /the threshold 0 with 1/]],
  [
    'a threshold of 2 with 1 member',
    signer({ publicKey: multisig(2, [any(1)]) }),
    [8, /threshold 2 with 1/],
  ],
  [
    'a multisig in a multisig',
    signer({ publicKey: multisig(1, [multisig(1, [any(1)])]) }),
    [8, /has a multisig as a member/],
  ],
  ['no mode info', signer({ modeInfo: undefined }), [2, /mode_info names neither/]],
  ['an empty mode info', signer({ modeInfo: {} }), [2, /mode_info names neither/]],
  [
    'a nested mode info',
    multi(bits(1, [0x80]), [{ multi: { bitarray: bits(1, [0x80]), modeInfos: [single] } }]),
    [2, /has a multisig as a member/],
  ],
  ['a bit and no mode', multi(bits(2, [0x80]), []), [2, /marks 1 signers and has 0 modes/]],
  [
    '8 extra bits',
    multi({ extraBitsStored: 8, elems: Uint8Array.of(0x80) }, [single]),
    [2, /stores 8 extra bits/],
  ],
  ['a bit after the end', multi(bits(2, [0x90]), [single]), [2, /bits set after/]],
  ['no bits', multi(bits(0, []), []), [2, /has no bit array/]],
  ['too many bits', multi(bits(0, new Array<number>(129).fill(0)), []), [2, /more than 128/]],
  [
    'four modes of three signatures',
    multi(bits(4, [0xf0]), [single, single, single, single]),
    [14, /more than 3 public keys/],
  ],
])('%s is refused', (_, parts, [code, message]) => {
  const result = coded(parts);
  expect(result[0]).toBe(code);
  expect(result[1]).toMatch(message);
});

test('too large a transaction is refused before it is looked at', () => {
  const result = decoder.decode(new Uint8Array(2_001), limits);
  expect(result).toMatchObject({ ok: false, codespace: 'sdk', code: 21 });
});

test('bytes that are no transaction, and a transaction with one byte more', () => {
  const good = transaction({});
  expect(decoder.decode(Buffer.concat([good, Uint8Array.of(0)]), limits)).toMatchObject({
    code: 2,
  });
  expect(decoder.decode(good.slice(0, -1), limits)).toMatchObject({ code: 2 });
  expect(decoder.decode(new Uint8Array(), limits)).toMatchObject({ code: 18 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = decoder.decode(bytes, limits);
      expect(result.ok).toBe(false);
    }),
  );
});

test('signers stand in the order of the messages, each once, the fee payer last', () => {
  const [a, b, c] = [addressOf(3), addressOf(4), addressOf(5)];
  const tx = decoder.decode(
    transaction({
      body: { messages: [sendFrom(b), sendFrom(a)] },
      auth: { signerInfos: [info(4), info(3), info(5)], fee: { payer: c } },
      signatures: [keyOf(1), keyOf(2), keyOf(3)],
    }),
    limits,
  );
  if (!tx.ok) throw new Error(tx.message);
  expect(tx.signers.map(({ address }) => address)).toEqual([b, a, c]);
  expect(tx.signers.map(({ signature }) => signature)).toEqual([keyOf(1), keyOf(2), keyOf(3)]);
  const again = transaction({
    body: { messages: [sendFrom(me), sendFrom(me)] },
    auth: { signerInfos: [info(1)], fee: { payer: me } },
  });
  expect(decoder.decode(again, limits)).toMatchObject({ ok: true, signers: [{ address: me }] });
});

test('a signer may leave the key to the account', () => {
  const tx = decoder.decode(transaction(signer({ publicKey: undefined })), limits);
  expect(tx).toMatchObject({ ok: true, signers: [{ address: me, publicKey: undefined }] });
});

test('a transaction that nobody has to sign has no signers, and no room for any', () => {
  const body = { messages: [{ typeUrl: '/test.Free', value: new Uint8Array() }] };
  const none = { signerInfos: [], fee: undefined };
  expect(decoder.decode(transaction({ body, auth: none, signatures: [] }), limits)).toMatchObject({
    ok: true,
    signers: [],
    fee: { coins: [], gasLimit: 0n },
  });
  expect(coded({ body, auth: none })).toEqual([4, expect.stringMatching(/expected 0/)]);
  expect(coded({ body, auth: { ...none, signerInfos: [info(1)] }, signatures: [] })[0]).toBe(4);
});

test('the same bytes give the same answer, wherever they lie in memory', () => {
  const bytes = transaction({});
  expect(decoder.decode(bytes, limits)).toEqual(decoder.decode(Uint8Array.from(bytes), limits));
  const padded = Buffer.concat([Buffer.alloc(7), bytes, Buffer.alloc(7)]).subarray(7, -7);
  expect(decoder.decode(padded, limits)).toEqual(decoder.decode(bytes, limits));
});

test('keys that a genesis gives are read as strictly', () => {
  const stored = publicKeyToBytes({ type: 'secp256k1', bytes: keyOf(1) });
  expect(publicKeyFromBytes(stored)).toEqual({ type: 'secp256k1', bytes: keyOf(1) });
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /names no type/],
    [stored.slice(0, -1), /value does not fill the Any/],
    [keyOf(1), /begins without a type URL/],
    [Any.encode(sendFrom(me)).finish(), /unable to resolve type URL/],
  ];
  for (const [bytes, problem] of cases) {
    expect(publicKeyFromBytes(bytes)).toEqual({
      type: 'problem',
      problem: expect.stringMatching(problem),
    });
  }
});
