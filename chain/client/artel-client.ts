/**
 * The client for applications: CosmJS's SigningStargateClient with every message of the chain,
 * typed queries, refusals as errors with names, and reads that are proved.
 */
import { getAminoPubkey } from '@cosmjs/amino';
import type { EncodeObject, OfflineSigner } from '@cosmjs/proto-signing';
import { calculateFee, GasPrice, SigningStargateClient } from '@cosmjs/stargate';
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { ArtelNode, type Executed, type NodeOptions } from './node.ts';
import { getProved, type ProvedRecord } from './proved.ts';
import { ArtelQueries } from './queries.ts';
import { Refused } from './refusals.ts';
import { aminoTypes, registry } from './registry.ts';
import { coinsOf, signerInfo, unsignedTx, withSigner } from './transactions.ts';

export interface ArtelClientOptions extends NodeOptions {
  /** RPC of a node, such as `http://127.0.0.1:26657`. */
  readonly node: string;
  /** Who signs: a wallet of CosmJS, Keplr, a Ledger. Default: nobody, reads only. */
  readonly signer?: OfflineSigner;
  /** Fee for one unit of gas where a fee is to be found. Default `0uhub`. */
  readonly gasPrice?: string;
}

export interface SendOptions {
  /** Default: simulated gas times 1.3, at the client's gas price. */
  readonly fee?: { readonly amountUhub: bigint; readonly gas: bigint };
  readonly memo?: string;
  readonly timeoutHeight?: bigint;
  /** How long to wait for the block, in ms. Default one minute. */
  readonly timeoutMs?: number;
}

const gasFactor = 1.3;

export class ArtelClient {
  /** For whatever CosmJS can do beside. */
  readonly stargate: SigningStargateClient;
  readonly node: ArtelNode;
  /** One method a query. */
  readonly query: ArtelQueries;
  readonly #signer: OfflineSigner;
  readonly #gasPrice: GasPrice;

  /** Asks nothing of the node yet. */
  constructor(options: ArtelClientOptions) {
    const { node, signer = nobody, gasPrice = '0uhub' } = options;
    this.node = new ArtelNode(node, options);
    this.#signer = signer;
    this.#gasPrice = GasPrice.fromString(gasPrice);
    this.stargate = SigningStargateClient.createWithSigner(this.node.comet, signer, {
      registry,
      aminoTypes,
      gasPrice: this.#gasPrice,
    });
    this.query = new ArtelQueries(this.node);
  }

  /** Gas that the messages would use now. Throws `Refused` where the chain would refuse them. */
  async simulate(sender: string, messages: readonly EncodeObject[], memo = ''): Promise<bigint> {
    const signer = (await this.#signer.getAccounts()).find(({ address }) => address === sender);
    if (signer === undefined) throw new Error(`the signer has no account ${sender}`);
    const { sequence } = await this.node.account(sender);
    const info = signerInfo(getAminoPubkey(signer), 'direct', sequence);
    const draft = unsignedTx({ messages, memo, feeUhub: 0n, gasLimit: 0n });
    return this.node.simulate(withSigner(draft, info, new Uint8Array(64)));
  }

  /**
   * Signs, sends and waits until a block holds the transaction.
   *
   * @throws Refused by the check (nothing was paid) or in a block (the fee was paid, `height` is
   * set).
   * @throws NotYet where no block holds it in time.
   */
  async sendAndWait(
    sender: string,
    messages: readonly EncodeObject[],
    options: SendOptions = {},
  ): Promise<Executed> {
    const { memo = '', timeoutHeight, timeoutMs } = options;
    const fee = options.fee ?? (await this.#estimate(sender, messages, memo));
    const signed = await this.stargate.sign(
      sender,
      messages,
      { amount: coinsOf(fee.amountUhub), gas: fee.gas.toString() },
      memo,
      undefined,
      timeoutHeight,
    );
    const hash = await this.node.broadcast(TxRaw.encode(signed).finish());
    const done = await this.node.wait(hash, timeoutMs);
    if (done.code !== 0) throw new Refused(done, { hash, height: done.height });
    return done;
  }

  async #estimate(
    sender: string,
    messages: readonly EncodeObject[],
    memo: string,
  ): Promise<NonNullable<SendOptions['fee']>> {
    const used = await this.simulate(sender, messages, memo);
    const gas = Math.ceil(Number(used) * gasFactor);
    const [coin] = calculateFee(gas, this.#gasPrice).amount;
    return { amountUhub: BigInt(coin?.amount ?? '0'), gas: BigInt(gas) };
  }

  /** A raw record of a module with its proof verified, down to the signatures of the header. */
  getProved(store: string, key: Uint8Array, height?: number): Promise<ProvedRecord> {
    return getProved(this.node, { store, key }, height);
  }

  disconnect(): void {
    this.stargate.disconnect();
  }
}

const nobody: OfflineSigner = {
  getAccounts: async () => [],
  signDirect: () => Promise.reject(new Error('this client has no signer')),
};
