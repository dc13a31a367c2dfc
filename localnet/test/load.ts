/** A steady load of ordinary CosmJS transfers on a localnet whose nodes come and go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stringToPath } from '@cosmjs/crypto';
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing';
import { SigningStargateClient } from '@cosmjs/stargate';
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { hdPathOf, localMnemonic } from '../../chain/client/keys.ts';
import { callRpc, RpcError } from '../../chain/node/rpc.ts';
import { testAddresses } from '../../chain/node/test-accounts.ts';
import { readAccount } from '../lab/load.ts';

/** How many transactions nodes have taken. */
export interface Load {
  readonly taken: () => number;
  stop(): Promise<void>;
}

/** Test account i sends one transfer after the other to node i, for every URL given. */
export async function startLoad(urls: readonly string[], chainId: string): Promise<Load> {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, {
    prefix: 'artel',
    hdPaths: urls.map((_, index) => stringToPath(hdPathOf('secp256k1', index))),
  });
  const client = await SigningStargateClient.offline(wallet);
  let [stopped, taken] = [false, 0];
  const send = async (url: string, from: string, to: string): Promise<void> => {
    let next: { accountNumber: bigint; sequence: number } | undefined;
    while (!stopped) {
      try {
        next ??= await nextOf(url, from);
        const value = {
          fromAddress: from,
          toAddress: to,
          amount: [{ denom: 'uhub', amount: '1' }],
        };
        const messages = [{ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value }];
        const fee = { amount: [{ denom: 'uhub', amount: '1000' }], gas: '200000' };
        const signed = await client.sign(from, messages, fee, '', { ...next, chainId });
        const tx = Buffer.from(TxRaw.encode(signed).finish()).toString('base64');
        const answer = (await callRpc(url, 'broadcast_tx_sync', { tx })) as { code: number };
        if (answer.code !== 0) throw new RpcError(`refused with code ${answer.code}`);
        taken += 1;
        next = { ...next, sequence: next.sequence + 1 };
        await sleep(10);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        // The node is down, or has lost its mempool with our earlier transactions.
        next = undefined;
        await sleep(150);
      }
    }
  };
  const senders = urls.map((url, index) =>
    send(url, testAddresses[index] ?? '', testAddresses[(index + 1) % testAddresses.length] ?? ''),
  );
  return {
    taken: () => taken,
    stop: async () => {
      stopped = true;
      await Promise.all(senders);
    },
  };
}

/** As CosmJS takes it. */
async function nextOf(
  url: string,
  address: string,
): Promise<{ accountNumber: bigint; sequence: number }> {
  const { accountNumber, sequence } = await readAccount(url, address);
  return { accountNumber, sequence: Number(sequence) };
}
