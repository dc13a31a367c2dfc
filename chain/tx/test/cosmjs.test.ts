/** What CosmJS makes, unmodified, is taken; and what it signs verifies. */
import {
  type AminoMsg,
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  pubkeyToAddress,
  Secp256k1HdWallet,
} from '@cosmjs/amino';
import { fromBase64, toUtf8 } from '@cosmjs/encoding';
import {
  coins,
  DirectSecp256k1HdWallet,
  type EncodeObject,
  encodePubkey,
  makeAuthInfoBytes,
  makeSignDoc,
  type OfflineDirectSigner,
  Registry,
} from '@cosmjs/proto-signing';
import {
  AminoTypes,
  createBankAminoConverters,
  createFeegrantAminoConverters,
  defaultRegistryTypes,
  makeMultisignedTxBytes,
  type SignerData,
  SigningStargateClient,
} from '@cosmjs/stargate';
import { ed25519 } from '@noble/curves/ed25519.js';
import {
  type CompactBitArray,
  MultiSignature,
} from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing';
import { AuthInfo, Fee, SignDoc, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { Address } from '../../../modules/_kernel/address.ts';
import type { Refusal } from '../../../modules/_kernel/refusals.ts';
import { multiSend, send } from '../../../modules/bank/codec.ts';
import { messages as trustMessages } from '../../../modules/trust/codec.ts';
import { MsgUpdateCollective } from '../../../proto/generated/artel/trust/v1/tx.ts';
import { fields } from '../../../proto/generated/fields.ts';
import { type ParsedTx, TxDecoder, type TxLimits } from '../decode.ts';
import { nativeEcdsa, nobleEcdsa } from '../ecdsa.ts';
import { publicKeyAddress, publicKeyFromBytes, publicKeyToBytes } from '../public-key.ts';
import { aminoSignDoc } from '../sign-bytes.ts';
import { SignatureVerifier, signingKeys } from '../signatures.ts';

const mnemonic = 'test test test test test test test test test test test junk';
const limits: TxLimits = {
  maxTxBytes: 100_000,
  maxMessages: 100,
  maxMemoBytes: 256,
  maxSignatures: 7,
};
const decoder = new TxDecoder([send, multiSend, ...trustMessages], fields);
const verifiers = [nativeEcdsa() ?? nobleEcdsa, nobleEcdsa].flatMap((verifyEcdsa) =>
  [0, 100].map((remembered) => new SignatureVerifier({ verifyEcdsa, remembered })),
);
const signerData: SignerData = { accountNumber: 7n, sequence: 3, chainId: 'artel-dev-1' };
const account = { chainId: 'artel-dev-1', accountNumber: 7n, sequence: 3n };
const fee = { amount: coins(500, 'uhub'), gas: '100000' };

const options = { prefix: 'artel' };
const direct = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, options);
const amino = await Secp256k1HdWallet.fromMnemonic(mnemonic, options);
const [me = undefined as never] = await direct.getAccounts();
const registry = new Registry([
  ...defaultRegistryTypes,
  ['/artel.trust.v1.MsgUpdateCollective', MsgUpdateCollective],
]);
const aminoTypes = new AminoTypes({
  ...createBankAminoConverters(),
  ...createFeegrantAminoConverters(),
  '/artel.trust.v1.MsgUpdateCollective': {
    aminoType: 'artel/trust/MsgUpdateCollective',
    toAmino: (message: MsgUpdateCollective) =>
      trustMessages
        .find(({ aminoType }) => aminoType.endsWith('UpdateCollective'))
        ?.toAmino(message),
    fromAmino: ({ collective, ...rest }: { collective: string }) =>
      MsgUpdateCollective.fromPartial({ ...rest, collective: BigInt(collective) }),
  },
});

const sendMessage = (over: object = {}): EncodeObject => ({
  typeUrl: '/cosmos.bank.v1beta1.MsgSend',
  value: { fromAddress: me.address, toAddress: me.address, amount: coins(12, 'uhub'), ...over },
});
const shapes: [string, EncodeObject[], string][] = [
  ['one transfer', [sendMessage()], ''],
  [
    'no coins, a memo that JSON escapes',
    [sendMessage({ amount: [] })],
    '<a href="x">&amp;</a> ü 💶 \u2028 \\ \b',
  ],
  [
    'three transfers',
    [sendMessage(), sendMessage({ amount: coins(1, 'a') }), sendMessage()],
    'three',
  ],
  [
    'a multi-send',
    [
      {
        typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
        value: {
          inputs: [{ address: me.address, coins: coins(2, 'uhub') }],
          outputs: [{ address: me.address, coins: coins(2, 'uhub') }],
        },
      },
    ],
    '',
  ],
  [
    'a message of our own, with fields left out and empty ones given',
    [
      {
        typeUrl: '/artel.trust.v1.MsgUpdateCollective',
        value: MsgUpdateCollective.fromPartial({ signer: me.address, collective: 9n, name: '' }),
      },
    ],
    '',
  ],
];

function accepted(result: ParsedTx | Refusal): ParsedTx {
  if (!result.ok) throw new Error(`refused: ${result.code} ${result.message}`);
  return result;
}

function decode(bytes: Uint8Array): ParsedTx {
  return accepted(decoder.decode(bytes, limits));
}

async function sign(
  wallet: OfflineDirectSigner | Secp256k1HdWallet,
  messages: EncodeObject[],
  memo: string,
  over = {},
): Promise<Uint8Array> {
  const client = await SigningStargateClient.offline(wallet, { registry, aminoTypes });
  const raw = await client.sign(me.address, messages, { ...fee, ...over }, memo, signerData);
  return TxRaw.encode(raw).finish();
}

describe.each([
  ['SIGN_MODE_DIRECT', direct, 1],
  ['SIGN_MODE_LEGACY_AMINO_JSON', amino, 127],
] as const)('%s', (_, wallet, mode) => {
  test.each(shapes)('%s: is read and verifies', async (__, messages, memo) => {
    const bytes = await sign(wallet, messages, memo);
    const tx = decode(bytes);
    expect(tx.memo).toBe(memo);
    expect(tx.fee).toEqual({
      coins: [{ denom: 'uhub', amount: 500n }],
      gasLimit: 100_000n,
      payer: undefined,
      granter: undefined,
    });
    expect(tx.messages.map(({ type }) => type.typeUrl)).toEqual(
      messages.map(({ typeUrl }) => typeUrl),
    );
    expect(tx.size).toBe(bytes.length);
    const [signer] = tx.signers;
    expect(signer?.address).toBe(me.address);
    expect(signer?.mode).toEqual({ type: 'single', mode });
    expect(signer?.sequence).toBe(3n);
    const publicKey = signer?.publicKey;
    if (publicKey === undefined) throw new Error('no key came along');
    expect(publicKey).toMatchObject({ type: 'secp256k1', bytes: me.pubkey });
    for (const verifier of verifiers) {
      for (let again = 0; again < 2; again++) {
        expect(verifier.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
      }
      const others = [
        { ...account, publicKey, chainId: 'artel-dev-2' },
        { ...account, publicKey, accountNumber: 8n },
        ...(mode === 127 ? [{ ...account, publicKey, sequence: 4n }] : []),
      ];
      for (const other of others) expect(verifier.verify(tx, 0, other)?.code).toBe(4);
    }
  });

  test('a fee payer signs too, and a granter is named', async () => {
    const tx = decode(
      await sign(wallet, [sendMessage()], '', { payer: me.address, granter: me.address }),
    );
    expect([tx.fee.payer, tx.fee.granter]).toEqual([me.address, me.address]);
    expect(tx.signers).toHaveLength(1);
    const publicKey = tx.signers[0]?.publicKey;
    if (publicKey === undefined) throw new Error('no key came along');
    expect(verifiers[0]?.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
  });

  test('every bit of body and auth info that is changed breaks the signature', async () => {
    const bytes = await sign(wallet, [sendMessage()], 'memo');
    const tx = decode(bytes);
    const publicKey = tx.signers[0]?.publicKey;
    if (publicKey === undefined) throw new Error('no key came along');
    let read = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const other = decoder.decode(changed, limits);
      if (!other.ok) continue;
      read += 1;
      const verdict = verifiers[0]?.verify(other, 0, {
        ...account,
        sequence: other.signers[0]?.sequence ?? 0n,
        publicKey,
      });
      // A sign mode that nobody knows is told as such; amino JSON does not sign the mode itself.
      expect([4, 37]).toContain(verdict?.code);
    }
    expect(read).toBeGreaterThan(64 * 8);
  });
});

test("amino sign bytes are CosmJS's, with a timeout height too", async () => {
  const body = TxBody.fromPartial({
    messages: [registry.encodeAsAny(sendMessage())],
    memo: 'a&b<c>d',
    timeoutHeight: 99n,
  });
  const bodyBytes = TxBody.encode(body).finish();
  const key = encodePubkey(encodeSecp256k1Pubkey(me.pubkey));
  const authInfoBytes = makeAuthInfoBytes(
    [{ pubkey: key, sequence: 3 }],
    fee.amount,
    100_000,
    undefined,
    undefined,
    SignMode.SIGN_MODE_LEGACY_AMINO_JSON,
  );
  const signatures = [new Uint8Array(64)];
  const tx = decode(TxRaw.encode({ bodyBytes, authInfoBytes, signatures }).finish());
  expect(tx.timeoutHeight).toBe(99n);
  expect(aminoSignDoc(tx, account)).toBe(
    [
      '{"account_number":"7","chain_id":"artel-dev-1",',
      '"fee":{"amount":[{"amount":"500","denom":"uhub"}],"gas":"100000"},',
      '"memo":"a\\u0026b\\u003cc\\u003ed",',
      '"msgs":[{"type":"cosmos-sdk/MsgSend","value":{"amount":[{"amount":"12","denom":"uhub"}],',
      `"from_address":"${me.address}","to_address":"${me.address}"}}],`,
      '"sequence":"3","timeout_height":"99"}',
    ].join(''),
  );
});

test('direct sign bytes reuse the raw parts', async () => {
  const bytes = await sign(direct, [sendMessage()], '');
  const raw = TxRaw.decode(bytes);
  const doc = makeSignDoc(raw.bodyBytes, raw.authInfoBytes, 'artel-dev-1', 7);
  const tx = decode(bytes);
  expect(SignDoc.encode(doc).finish()).toEqual(
    SignDoc.encode({ ...doc, bodyBytes: tx.bodyBytes, authInfoBytes: tx.authInfoBytes }).finish(),
  );
});

test('what CosmJS simulates with is read: no mode, one empty signature', () => {
  const pubkey = encodePubkey(encodeSecp256k1Pubkey(me.pubkey));
  const bytes = TxRaw.encode({
    bodyBytes: TxBody.encode(
      TxBody.fromPartial({ messages: [registry.encodeAsAny(sendMessage())] }),
    ).finish(),
    authInfoBytes: AuthInfo.encode(
      AuthInfo.fromPartial({
        fee: Fee.fromPartial({}),
        signerInfos: [{ publicKey: pubkey, sequence: 3n, modeInfo: { single: { mode: 0 } } }],
      }),
    ).finish(),
    signatures: [new Uint8Array()],
  });
  const tx = decode(bytes.finish());
  expect(tx.signers[0]?.mode).toEqual({ type: 'single', mode: 0 });
  const publicKey = tx.signers[0]?.publicKey;
  if (publicKey === undefined) throw new Error('no key came along');
  expect(verifiers[0]?.verify(tx, 0, { ...account, publicKey })?.code).toBe(37);
});

/** As CosmJS makes it for its own multisigs; it does not export that. */
function makeCompactBitArray(bits: boolean[]): CompactBitArray {
  const elems = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    if (bit) elems[i >> 3] = (elems[i >> 3] ?? 0) | (0x80 >> (i % 8));
  });
  return { extraBitsStored: bits.length % 8, elems };
}

describe('multisig', () => {
  async function members(count: number): Promise<Secp256k1HdWallet[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const words = (await Secp256k1HdWallet.generate(12, options)).mnemonic;
        return Secp256k1HdWallet.fromMnemonic(i === 0 ? mnemonic : words, options);
      }),
    );
  }

  async function signTogether(
    wallets: Secp256k1HdWallet[],
    threshold: number,
    by: number[],
  ): Promise<{ bytes: Uint8Array; address: string }> {
    const pubkeys = await Promise.all(
      wallets.map(async (wallet) => {
        const [first] = await wallet.getAccounts();
        if (first === undefined) throw new Error('an empty wallet');
        return encodeSecp256k1Pubkey(first.pubkey);
      }),
    );
    const together = createMultisigThresholdPubkey(pubkeys, threshold);
    const address = pubkeyToAddress(together, 'artel');
    const message = sendMessage({ fromAddress: address });
    const signatures = new Map<string, Uint8Array>();
    let bodyBytes = new Uint8Array();
    for (const i of by) {
      const wallet = wallets[i];
      const [first] = (await wallet?.getAccounts()) ?? [];
      if (wallet === undefined || first === undefined) throw new Error('no such member');
      const client = await SigningStargateClient.offline(wallet, { registry, aminoTypes });
      const raw = await client.sign(first.address, [message], fee, 'together', signerData);
      bodyBytes = Uint8Array.from(raw.bodyBytes);
      signatures.set(first.address, raw.signatures[0] ?? new Uint8Array());
    }
    return { bytes: makeMultisignedTxBytes(together, 3, fee, bodyBytes, signatures), address };
  }

  test.each([
    [1, 1, [0]],
    [2, 3, [0, 2]],
    [2, 3, [0, 1, 2]],
    [7, 7, [0, 1, 2, 3, 4, 5, 6]],
  ])('%i of %i, signed by %j', async (threshold, count, by) => {
    const { bytes, address } = await signTogether(await members(count), threshold, by);
    const tx = decode(bytes);
    const [signer] = tx.signers;
    expect(signer?.address).toBe(address as Address);
    const publicKey = signer?.publicKey;
    if (publicKey?.type !== 'multisig' || signer?.mode.type !== 'multi')
      throw new Error('no multisig');
    expect(signer.mode.signed.filter(Boolean)).toHaveLength(by.length);
    expect(signingKeys(publicKey, signer.mode)).toHaveLength(by.length);
    expect(signingKeys(publicKey, { type: 'single' })).toHaveLength(threshold);
    expect(publicKeyFromBytes(publicKeyToBytes(publicKey))).toEqual(publicKey);
    for (const verifier of verifiers) {
      expect(verifier.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
      expect(verifier.verify(tx, 0, { ...account, publicKey, sequence: 4n })?.code).toBe(4);
    }
  });

  test('eight members are more than seven signatures', async () => {
    const { bytes } = await signTogether(await members(8), 1, [0]);
    expect(decoder.decode(bytes, limits)).toMatchObject({ ok: false, code: 14 });
  });

  test('the rules of the bit array and the signatures', async () => {
    const wallets = await members(3);
    const { bytes } = await signTogether(wallets, 2, [0, 1]);
    const raw = TxRaw.decode(bytes);
    const info = AuthInfo.decode(raw.authInfoBytes);
    const { signatures } = MultiSignature.decode(raw.signatures[0] ?? new Uint8Array());
    const [s0 = undefined as never, s1 = undefined as never] = signatures;
    const marked = info.signerInfos[0]?.modeInfo?.multi?.bitarray;
    const bits = [0, 1, 2].map((i) => (((marked?.elems[0] ?? 0) >> (7 - i)) & 1) === 1);
    const attempt = (
      bitarray: CompactBitArray,
      modes: number[],
      list: Uint8Array[],
      tail = new Uint8Array(),
    ): number => {
      const [signerInfo = undefined as never] = info.signerInfos;
      const modeInfos = modes.map((mode) => ({ single: { mode } }));
      const changed = { ...signerInfo, modeInfo: { multi: { bitarray, modeInfos } } };
      const tx = decoder.decode(
        TxRaw.encode({
          bodyBytes: raw.bodyBytes,
          authInfoBytes: AuthInfo.encode({ ...info, signerInfos: [changed] }).finish(),
          signatures: [Buffer.concat([MultiSignature.encode({ signatures: list }).finish(), tail])],
        }).finish(),
        limits,
      );
      if (!tx.ok) return tx.code;
      const publicKey = tx.signers[0]?.publicKey;
      if (publicKey === undefined) throw new Error('no key came along');
      const codes = verifiers.map(
        (verifier) => verifier.verify(tx, 0, { ...account, publicKey })?.code ?? 0,
      );
      expect(new Set(codes).size).toBe(1);
      return codes[0] ?? 0;
    };
    const right = makeCompactBitArray(bits);
    const all = makeCompactBitArray([true, true, true]);
    expect(attempt(right, [127, 127], [s0, s1])).toBe(0);
    expect(attempt(right, [127, 127], [s1, s0])).toBe(4);
    expect(attempt(right, [127, 127], [s0, s0])).toBe(4);
    expect(attempt(right, [127, 127], [s0])).toBe(4);
    expect(attempt(right, [127, 127], [s0, s1, s1])).toBe(4);
    expect(attempt(right, [127], [s0, s1])).toBe(2);
    expect(attempt(right, [127, 1], [s0, s1])).toBe(4);
    expect(attempt(right, [127, 2], [s0, s1])).toBe(37);
    expect(attempt(all, [127, 127, 127], [s0, s1, s1])).toBe(4);
    expect(attempt(makeCompactBitArray([...bits, false]), [127, 127], [s0, s1])).toBe(4);
    expect(attempt(makeCompactBitArray(bits.slice(0, 2)), [127, 127], [s0, s1])).not.toBe(0);
    expect(
      attempt({ ...right, elems: Uint8Array.of((right.elems[0] ?? 0) | 1) }, [127, 127], [s0, s1]),
    ).toBe(2);
    expect(attempt({ ...right, extraBitsStored: 8 }, [127, 127], [s0, s1])).toBe(2);
    expect(attempt({ extraBitsStored: 0, elems: new Uint8Array() }, [], [])).toBe(2);
    expect(attempt(right, [127, 127], [s0, s1], Uint8Array.of(0x10, 1))).toBe(4);
    const one = makeCompactBitArray(bits.map((bit, i) => bit && i === bits.indexOf(true)));
    expect(attempt(one, [127], [s0])).toBe(4);
  });
});

test('an ed25519 account and a mixed multisig have the addresses that CosmJS gives them', () => {
  const bytes = ed25519.getPublicKey(new Uint8Array(32).fill(5));
  const simple = { type: 'ed25519', bytes } as const;
  const value = Buffer.from(bytes).toString('base64');
  const cosm = { type: 'tendermint/PubKeyEd25519', value };
  expect(publicKeyAddress(simple)).toBe(pubkeyToAddress(cosm, 'artel'));
  const mine = encodeSecp256k1Pubkey(me.pubkey);
  const both = createMultisigThresholdPubkey([mine, cosm], 2, true);
  const members = [{ type: 'secp256k1', bytes: fromBase64(mine.value) } as const, simple];
  const key = { type: 'multisig', threshold: 2, members } as const;
  expect(publicKeyAddress(key)).toBe(pubkeyToAddress(both, 'artel'));
  expect(publicKeyFromBytes(publicKeyToBytes(key))).toEqual(key);
});

test('an ed25519 account signs', () => {
  const secret = new Uint8Array(32).fill(6);
  const publicKey = { type: 'ed25519', bytes: ed25519.getPublicKey(secret) } as const;
  const address = publicKeyAddress(publicKey);
  const bodyBytes = TxBody.encode(
    TxBody.fromPartial({ messages: [registry.encodeAsAny(sendMessage({ fromAddress: address }))] }),
  ).finish();
  const pubkey = encodePubkey({
    type: 'tendermint/PubKeyEd25519',
    value: Buffer.from(publicKey.bytes).toString('base64'),
  });
  const authInfoBytes = makeAuthInfoBytes(
    [{ pubkey, sequence: 3 }],
    fee.amount,
    1,
    undefined,
    undefined,
  );
  const doc = SignDoc.encode(makeSignDoc(bodyBytes, authInfoBytes, 'artel-dev-1', 7)).finish();
  const signature = ed25519.sign(doc, secret);
  const tx = decode(TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] }).finish());
  for (const verifier of verifiers) {
    expect(verifier.verify(tx, 0, { ...account, publicKey })).toBeUndefined();
    expect(verifier.verify(tx, 0, { ...account, publicKey, chainId: 'x' })?.code).toBe(4);
  }
});

test('our amino documents equal those that CosmJS would show for its own messages', async () => {
  const converted = aminoTypes.toAmino(sendMessage()) as AminoMsg;
  expect(send.toAmino(sendMessage().value)).toEqual(converted.value);
  expect(send.aminoType).toBe(converted.type);
  expect(toUtf8('x')).toHaveLength(1);
});
