import {
  createMultisigThresholdPubkey,
  encodeSecp256k1Pubkey,
  pubkeyToAddress,
  Secp256k1HdWallet,
  type StdFee,
} from '@cosmjs/amino';
import { stringToPath } from '@cosmjs/crypto';
import { DirectSecp256k1HdWallet, type EncodeObject } from '@cosmjs/proto-signing';
import {
  coins,
  makeMultisignedTxBytes,
  SigningStargateClient,
  StargateClient,
} from '@cosmjs/stargate';
import { Comet38Client, HttpBatchClient, WebsocketClient } from '@cosmjs/tendermint-rpc';
import { verifyHeader } from '../../client/header.ts';
import { localMnemonic } from '../../client/keys.ts';
import { devSigner } from '../signer.ts';
import { startTestChain, type TestChain } from '../test-chain.ts';
import { findValidator } from '../validator-set.ts';

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
});
afterAll(() => chain.close());

/** CosmJS looks for a sent transaction every three seconds unless told otherwise. */
const quick = { broadcastPollIntervalMs: 50 };
const hdPaths = [0, 1, 2, 3].map((index) => stringToPath(`m/44'/118'/0'/0/${index}`));
const fee: StdFee = { amount: coins(2_000, 'uhub'), gas: '200000' };
const address = (index: number): string => chain.accounts[index]?.address ?? '';

async function directClient(): Promise<SigningStargateClient> {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, {
    prefix: 'artel',
    hdPaths,
  });
  return SigningStargateClient.connectWithSigner(chain.rpcUrl, wallet, quick);
}

describe('CosmJS, unmodified, against the embedded chain', () => {
  test('the chain says who and where it is', async () => {
    const client = await StargateClient.connect(chain.rpcUrl);
    expect(await client.getChainId()).toBe('artel-dev-1');
    expect(await client.getHeight()).toBeGreaterThanOrEqual(1);
    expect(await client.getBalance(address(0), 'uhub')).toEqual({
      denom: 'uhub',
      amount: '1000000000000',
    });
    expect(
      await client.getAccount('artel1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8q3cq').catch(() => null),
    ).toBeNull();
    client.disconnect();
  });

  test('sends, waits, and finds the transaction by hash, sender and height', async () => {
    const client = await directClient();
    const sent = await client.sendTokens(address(0), address(1), coins(5, 'uhub'), fee, 'a memo');
    expect(sent.code).toBe(0);
    expect((await client.getTx(sent.transactionHash))?.height).toBe(sent.height);
    const bySender = await client.searchTx([{ key: 'message.sender', value: address(0) }]);
    expect(bySender.map(({ hash }) => hash)).toContain(sent.transactionHash);
    const byHeight = await client.searchTx(`tx.height=${sent.height}`);
    expect(byHeight.map(({ hash }) => hash)).toEqual([sent.transactionHash]);
    expect((await client.getBlock(sent.height)).txs.length).toBe(1);
    client.disconnect();
  });

  test('simulates, and signs with amino', async () => {
    const wallet = await Secp256k1HdWallet.fromMnemonic(localMnemonic, {
      prefix: 'artel',
      hdPaths,
    });
    const client = await SigningStargateClient.connectWithSigner(chain.rpcUrl, wallet, quick);
    const message = {
      typeUrl: '/cosmos.bank.v1beta1.MsgSend',
      value: { fromAddress: address(1), toAddress: address(2), amount: coins(7, 'uhub') },
    };
    expect(await client.simulate(address(1), [message], 'memo')).toBeGreaterThan(0);
    expect((await client.signAndBroadcast(address(1), [message], fee, 'memo')).code).toBe(0);
    client.disconnect();
  });

  test('a 2-of-3 multisig sends', async () => {
    const key = createMultisigThresholdPubkey(
      chain.accounts.slice(0, 3).map(({ publicKey }) => encodeSecp256k1Pubkey(publicKey)),
      2,
    );
    const account = pubkeyToAddress(key, 'artel');
    const funder = await directClient();
    await funder.sendTokens(address(3), account, coins(1_000_000, 'uhub'), fee);
    const onChain = await funder.getAccount(account);
    const wallet = await Secp256k1HdWallet.fromMnemonic(localMnemonic, {
      prefix: 'artel',
      hdPaths,
    });
    const signer = await SigningStargateClient.offline(wallet);
    const messages = [
      {
        typeUrl: '/cosmos.bank.v1beta1.MsgSend',
        value: { fromAddress: account, toAddress: address(0), amount: coins(3, 'uhub') },
      },
    ];
    const data = {
      accountNumber: BigInt(onChain?.accountNumber ?? 0),
      sequence: 0,
      chainId: 'artel-dev-1',
    };
    const signed = await Promise.all(
      [0, 2].map((index) => signer.sign(address(index), messages, fee, '', data)),
    );
    const [first] = signed;
    if (first === undefined) throw new Error('two signatures expected');
    const signatures = new Map(
      signed.map(({ signatures: [signature] }, index) => [
        address(index * 2),
        signature ?? new Uint8Array(),
      ]),
    );
    const bytes = makeMultisignedTxBytes(key, 0, fee, first.bodyBytes, signatures);
    expect((await funder.broadcastTx(bytes)).code).toBe(0);
    funder.disconnect();
  });

  test('hears of blocks and transactions over WebSocket, and asks in batches', async () => {
    const rpc = new WebsocketClient(chain.rpcUrl.replace('http', 'ws'));
    const socket = await Comet38Client.create(rpc);
    const heights: number[] = [];
    const hashes: number[] = [];
    const blocks = socket
      .subscribeNewBlockHeader()
      .subscribe({ next: ({ height }) => heights.push(height) });
    const txs = socket.subscribeTx().subscribe({ next: ({ height }) => hashes.push(height) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const client = await directClient();
    const sent = await client.sendTokens(address(0), address(1), coins(1, 'uhub'), fee);
    expect(hashes).toEqual([sent.height]);
    expect(heights).toContain(sent.height);
    blocks.unsubscribe();
    txs.unsubscribe();
    disconnect(rpc);
    const batch = await Comet38Client.create(new HttpBatchClient(chain.rpcUrl));
    const statuses = await Promise.all(Array.from({ length: 20 }, () => batch.status()));
    expect(statuses.every(({ syncInfo }) => syncInfo.latestBlockHeight >= sent.height)).toBe(true);
    expect((await batch.validatorsAll()).validators.length).toBe(1);
    expect((await batch.blockResults(sent.height)).results.length).toBe(1);
    batch.disconnect();
    client.disconnect();
  });
});

test('an Artel chain reverts to a snapshot a hundred times, with one app hash', async () => {
  const id = await chain.engine.snapshot();
  const { appHash } = chain.engine.state;
  const client = await directClient();
  for (let round = 0; round < 100; round++) {
    if (round % 10 === 0) {
      const block = chain.engine.waitForBlock(({ after }) => !same(after.appHash, appHash), 5_000);
      await client.signAndBroadcastSync(address(0), [send(round + 1)], fee);
      expect((await block)?.block.data.txs.length).toBe(1);
    } else {
      await chain.engine.mine();
    }
    await chain.engine.revert(id);
    expect(chain.engine.state.appHash).toEqual(appHash);
  }
  client.disconnect();
});

test('a validator that signs twice leaves the set two blocks later; the others go on', async () => {
  await using several = await startTestChain({ validators: 4, production: { kind: 'manual' } });
  const { engine } = several;
  await engine.mine(2);
  const { address } = devSigner(2);
  engine.injectDuplicateVote(2n, address);
  await engine.mine(3);
  const sizes = [3n, 4n, 5n, 6n].map(
    (height) => engine.blocks.at(height)?.before.validators.validators.length,
  );
  expect(sizes).toEqual([4, 4, 4, 3]);
  expect(findValidator(engine.state.validators, address)).toBeUndefined();
  const ask = async (method: string): Promise<unknown> => {
    const response = await fetch(`${several.rpcUrl}/${method}?height=6`);
    return ((await response.json()) as { result: unknown }).result;
  };
  const verified = verifyHeader(await ask('commit'), await ask('validators'), {
    chainId: 'artel-dev-1',
  });
  expect(verified.signedPower).toBe(3_000n);
});

function send(amount: number): EncodeObject {
  return {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: { fromAddress: address(0), toAddress: address(1), amount: coins(amount, 'uhub') },
  };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** CosmJS connects again after a disconnect, for ever; its timer is the only way to stop it. */
function disconnect(rpc: WebsocketClient): void {
  rpc.disconnect();
  const { socket } = rpc as unknown as { socket: { reconnectTimeout: NodeJS.Timeout } };
  clearTimeout(socket.reconnectTimeout);
}
