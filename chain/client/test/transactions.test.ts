/** Transactions byte for byte as CosmJS makes them, in both sign modes and for multisig keys. */
import {
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  makeCosmoshubPath,
  pubkeyToAddress,
  Secp256k1HdWallet,
} from '@cosmjs/amino';
import { DirectSecp256k1HdWallet, type OfflineSigner } from '@cosmjs/proto-signing';
import { makeMultisignedTxBytes, SigningStargateClient } from '@cosmjs/stargate';
import { MultiSignature } from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import { Tx, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import {
  derivePrivateKey,
  hdPathOf,
  localMnemonic,
  pubkeyOf,
  publicKeyOf,
  signBytes,
} from '../keys.ts';
import { aminoTypes, registry } from '../registry.ts';
import {
  aminoSignBytes,
  directSignBytes,
  multisigInfo,
  type SignModeName,
  signerInfo,
  signersOf,
  txBytes,
  txFromJson,
  txToJson,
  unsignedTx,
  withSigner,
} from '../transactions.ts';

const account = { chainId: 'artel-test-1', accountNumber: 7n, sequence: 3n };
const options = { prefix: 'artel', hdPaths: [0, 1, 2].map((index) => makeCosmoshubPath(index)) };
const fee = { amount: [{ denom: 'uhub', amount: '250' }], gas: '120000' };
const memo = 'bread & <butter> für alle';

async function keyOf(
  index: number,
): Promise<{ secret: Uint8Array; pubkey: ReturnType<typeof pubkeyOf> }> {
  const secret = await derivePrivateKey('secp256k1', localMnemonic, hdPathOf('secp256k1', index));
  return { secret, pubkey: pubkeyOf('secp256k1', publicKeyOf('secp256k1', secret)) };
}

async function addresses(): Promise<readonly [string, string, string]> {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, options);
  const [a, b, c] = await wallet.getAccounts();
  return [a?.address ?? '', b?.address ?? '', c?.address ?? ''];
}

async function messages() {
  const [alice, bob] = await addresses();
  return [
    {
      typeUrl: '/cosmos.bank.v1beta1.MsgSend',
      value: { fromAddress: alice, toAddress: bob, amount: [{ denom: 'uhub', amount: '5' }] },
    },
    { typeUrl: '/artel.trust.v1.MsgSignTrust', value: { signer: alice, from: 1n, to: 2n } },
  ];
}

async function ours(mode: SignModeName): Promise<Tx> {
  const { secret, pubkey } = await keyOf(0);
  const tx = unsignedTx({
    messages: await messages(),
    memo,
    timeoutHeight: 99n,
    feeUhub: 250n,
    gasLimit: 120_000n,
  });
  const info = signerInfo(pubkey, mode, account.sequence);
  const bytes =
    mode === 'direct' ? directSignBytes(tx, info, account) : aminoSignBytes(tx, account);
  return withSigner(tx, info, signBytes('secp256k1', secret, bytes));
}

const wallets: Readonly<Record<SignModeName, () => Promise<OfflineSigner>>> = {
  direct: () => DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, options),
  amino: () => Secp256k1HdWallet.fromMnemonic(localMnemonic, options),
};

test.each(['direct', 'amino'] as const)('signed %s: the bytes that CosmJS makes', async (mode) => {
  const client = await SigningStargateClient.offline(await wallets[mode](), {
    registry,
    aminoTypes,
  });
  const [alice] = await addresses();
  const signer = { ...account, sequence: Number(account.sequence) };
  const theirs = await client.sign(alice, await messages(), fee, memo, signer, 99n);
  expect(Buffer.from(txBytes(await ours(mode)))).toEqual(
    Buffer.from(TxRaw.encode(theirs).finish()),
  );
});

test('a multisig key joined: the bytes that CosmJS makes', async () => {
  const keys = await Promise.all([0, 1, 2].map(keyOf));
  const pubkey = createMultisigThresholdPubkey(
    keys.map((key) => encodeSecp256k1Pubkey(Buffer.from(key.pubkey.value as string, 'base64'))),
    2,
  );
  const tx = unsignedTx({ messages: await messages(), memo, feeUhub: 250n, gasLimit: 120_000n });
  const bytes = aminoSignBytes(tx, account);
  const signed = keys.slice(0, 2).map((key) => ({
    address: pubkeyToAddress(key.pubkey, 'artel'),
    signature: signBytes('secp256k1', key.secret, bytes),
  }));
  const members = pubkey.value.pubkeys.map((member) => {
    const address = pubkeyToAddress(member, 'artel');
    return signed.find((one) => one.address === address);
  });
  const joined = withSigner(
    tx,
    multisigInfo(
      pubkey,
      members.map((member) => member !== undefined),
      account.sequence,
    ),
    MultiSignature.encode({
      signatures: members.flatMap((member) => (member === undefined ? [] : [member.signature])),
    }).finish(),
  );
  const theirs = makeMultisignedTxBytes(
    pubkey,
    Number(account.sequence),
    fee,
    TxRaw.decode(txBytes(tx)).bodyBytes,
    new Map(signed.map(({ address, signature }) => [address, signature])),
  );
  expect(Buffer.from(txBytes(joined))).toEqual(Buffer.from(theirs));
});

test('the JSON document gives the same bytes again', async () => {
  const tx = await ours('amino');
  const text = JSON.stringify(txToJson(tx));
  expect(JSON.parse(text)).toMatchObject({
    body: {
      messages: [{ '@type': '/cosmos.bank.v1beta1.MsgSend', from_address: expect.any(String) }, {}],
      memo,
      timeout_height: '99',
    },
    auth_info: { fee: { gas_limit: '120000' } },
  });
  expect(Buffer.from(txBytes(txFromJson(JSON.parse(text))))).toEqual(Buffer.from(txBytes(tx)));
  expect(Tx.decode(txBytes(tx))).toEqual(tx);
});

test.each([
  [{}, 'body is not a JSON object'],
  [{ body: {}, auth_info: {} }, 'body.messages is not a JSON list'],
  [{ body: { messages: [{ '@type': '/x.Y' }] }, auth_info: {} }, 'message type /x.Y is not known'],
])('a document that is none is refused: %j', (json, problem) => {
  expect(() => txFromJson(json)).toThrow(problem);
});

test('each signer once, in the order of the messages, then the fee payer', async () => {
  const [alice, bob, carol] = await addresses();
  const trust = (signer: string) => ({
    typeUrl: '/artel.trust.v1.MsgSignTrust',
    value: { signer, from: 1n, to: 2n },
  });
  const parts = { feeUhub: 0n, gasLimit: 0n, feePayer: carol };
  const tx = unsignedTx({ messages: [trust(bob), trust(alice), trust(bob)], ...parts });
  expect(signersOf(tx)).toEqual([bob, alice, carol]);
});
