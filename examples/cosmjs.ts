/**
 * What an ordinary CosmJS program does with an Artel node: no Artel code is used here. Sends
 * tokens, finds the transaction by hash and by sender, simulates, signs in amino, signs as 2 of 3.
 *
 *     make dev            # or: make localnet
 *     node examples/cosmjs.ts http://127.0.0.1:26657
 */
import {
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  makeCosmoshubPath,
  pubkeyToAddress,
  Secp256k1HdWallet,
} from '@cosmjs/amino';
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing';
import {
  assertIsDeliverTxSuccess,
  calculateFee,
  coins,
  GasPrice,
  makeMultisignedTxBytes,
  SigningStargateClient,
  StargateClient,
} from '@cosmjs/stargate';
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing';
import { AuthInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';

/** Funded on local chains, and worth nothing anywhere else. */
const mnemonic = 'test test test test test test test test test test test junk';
const wallet = { prefix: 'artel', hdPaths: [0, 1, 2, 3].map((index) => makeCosmoshubPath(index)) };

/** Blocks of a local chain come every second or sooner. */
const quick = { broadcastPollIntervalMs: 100, gasPrice: GasPrice.fromString('0.001uhub') };

/** Does all of it against the node at `rpc`, telling `say` what happens. */
export async function demonstrate(rpc: string, say: (line: string) => void): Promise<void> {
  const signer = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, wallet);
  const [alice, bob] = await signer.getAccounts();
  if (alice === undefined || bob === undefined) throw new Error('the wallet is empty');
  const client = await SigningStargateClient.connectWithSigner(rpc, signer, quick);
  try {
    say(`${await client.getChainId()} is at height ${await client.getHeight()}`);
    await sendAndFind(client, alice.address, bob.address, say);
    await signInAmino(rpc, alice.address, bob.address, say);
    await signTwoOfThree(client, rpc, alice.address, say);
  } finally {
    client.disconnect();
  }
}

async function sendAndFind(
  client: SigningStargateClient,
  from: string,
  to: string,
  say: (line: string) => void,
): Promise<void> {
  const message = {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: { fromAddress: from, toAddress: to, amount: coins(1_500_000, 'uhub') },
  };
  const gas = await client.simulate(from, [message], 'hello');
  say(`a transfer takes about ${gas} gas`);

  const before = await client.getBalance(to, 'uhub');
  const sent = await client.sendTokens(from, to, coins(1_500_000, 'uhub'), 'auto', 'hello');
  assertIsDeliverTxSuccess(sent);
  const after = await client.getBalance(to, 'uhub');
  say(`sent ${BigInt(after.amount) - BigInt(before.amount)} uhub in block ${sent.height}`);

  const byHash = await client.getTx(sent.transactionHash);
  if (byHash?.hash !== sent.transactionHash) throw new Error('not found by its hash');
  const bySender = await client.searchTx([
    { key: 'message.sender', value: from },
    { key: 'tx.height', value: sent.height },
  ]);
  if (!bySender.some(({ hash }) => hash === sent.transactionHash)) {
    throw new Error('not found by its sender');
  }
  say(`found ${sent.transactionHash} by its hash and by message.sender`);
}

async function signInAmino(
  rpc: string,
  from: string,
  to: string,
  say: (line: string) => void,
): Promise<void> {
  const signer = await Secp256k1HdWallet.fromMnemonic(mnemonic, wallet);
  const client = await SigningStargateClient.connectWithSigner(rpc, signer, quick);
  try {
    // Amino writes &, < and > as \u escapes.
    const sent = await client.sendTokens(from, to, coins(7, 'uhub'), 'auto', 'bread & <butter>');
    assertIsDeliverTxSuccess(sent);
    const [info] = await signerModes(client, sent.transactionHash);
    if (info !== SignMode.SIGN_MODE_LEGACY_AMINO_JSON) throw new Error('not signed in amino');
    say(`signed in amino: ${sent.transactionHash}`);
  } finally {
    client.disconnect();
  }
}

async function signerModes(
  client: StargateClient,
  hash: string,
): Promise<(SignMode | undefined)[]> {
  const found = await client.getTx(hash);
  if (found === null) throw new Error(`${hash} is gone`);
  const { signerInfos } = AuthInfo.decode(TxRaw.decode(found.tx).authInfoBytes);
  return signerInfos.map(({ modeInfo }) => modeInfo?.single?.mode);
}

async function signTwoOfThree(
  client: SigningStargateClient,
  rpc: string,
  funder: string,
  say: (line: string) => void,
): Promise<void> {
  const members = await Secp256k1HdWallet.fromMnemonic(mnemonic, wallet);
  const accounts = (await members.getAccounts()).slice(1, 4);
  const pubkey = createMultisigThresholdPubkey(
    accounts.map((account) => encodeSecp256k1Pubkey(account.pubkey)),
    2,
  );
  const board = pubkeyToAddress(pubkey, 'artel');
  assertIsDeliverTxSuccess(
    await client.sendTokens(funder, board, coins(5_000_000, 'uhub'), 'auto', 'for the board'),
  );

  const { accountNumber, sequence } = await client.getSequence(board);
  const chainId = await client.getChainId();
  const fee = calculateFee(200_000, quick.gasPrice);
  const message = {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: { fromAddress: board, toAddress: funder, amount: coins(1_000_000, 'uhub') },
  };
  // Each member signs on a machine of its own, which needs no node.
  const offline = await SigningStargateClient.offline(members);
  const signatures = new Map<string, Uint8Array>();
  let bodyBytes = new Uint8Array();
  for (const member of accounts.slice(0, 2)) {
    const signed = await offline.sign(member.address, [message], fee, 'as agreed', {
      accountNumber,
      sequence,
      chainId,
    });
    const [signature] = signed.signatures;
    if (signature === undefined) throw new Error('a member did not sign');
    signatures.set(member.address, signature);
    bodyBytes = Uint8Array.from(signed.bodyBytes);
  }
  if (TxBody.decode(bodyBytes).memo !== 'as agreed') throw new Error('the body is another one');
  const bytes = makeMultisignedTxBytes(pubkey, sequence, fee, bodyBytes, signatures);
  const reader = await StargateClient.connect(rpc);
  try {
    const sent = await reader.broadcastTx(bytes, 60_000, 100);
    assertIsDeliverTxSuccess(sent);
    say(`${board} paid back, signed by 2 of 3: ${sent.transactionHash}`);
  } finally {
    reader.disconnect();
  }
}

if (import.meta.main) {
  const rpc = process.argv[2] ?? 'http://127.0.0.1:26657';
  await demonstrate(rpc, (line) => console.log(line));
}
