/**
 * One node, asked over its RPC: queries by path, accounts, simulation, broadcast and waiting. What
 * the chain refuses is thrown as `Refused`; every call ends when the signal does.
 */
import { accountFromAny } from '@cosmjs/stargate';
import { Comet38Client, HttpClient, type RpcClient } from '@cosmjs/tendermint-rpc';
import { sha256 } from '@noble/hashes/sha2.js';
import { QueryAccountRequest, QueryAccountResponse } from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service';
import type { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { ProtoCodec } from '../../modules/_kernel/proto-codec.ts';
import type { Trust } from './light.ts';
import { mempoolRefusal, Refused } from './refusals.ts';
import { type SigningAccount, txBytes } from './transactions.ts';

/** A transaction in a block. `code` 0 is success. */
export interface Executed {
  readonly hash: string;
  readonly height: number;
  readonly code: number;
  readonly codespace: string;
  /** The chain's sentence where it was refused. */
  readonly log: string;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
  readonly events: readonly ChainEvent[];
  readonly bytes: Uint8Array;
}

export interface ChainEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

export interface NodeOptions {
  /** Ends every call under way. */
  readonly signal?: AbortSignal;
  /** The header that every verified one must follow from; none where left out. */
  readonly trust?: Trust | undefined;
}

export class ArtelNode {
  readonly url: string;
  readonly comet: Comet38Client;
  readonly trust: Trust | undefined;
  readonly #rpc: RpcClient;
  readonly #signal: AbortSignal | undefined;
  #chainId: string | undefined;

  /** `url` of the RPC, such as `http://127.0.0.1:26657`. Nothing is asked yet. */
  constructor(url: string, options: NodeOptions = {}) {
    this.url = url;
    this.trust = options.trust;
    this.#signal = options.signal;
    const http = new HttpClient(url);
    this.#rpc = {
      execute: (request) => this.#unlessAborted(() => http.execute(request)),
      disconnect: () => http.disconnect(),
    };
    this.comet = Comet38Client.create(this.#rpc);
  }

  /** Any RPC method; the `result` as it came, for callers that need CometBFT's own JSON. */
  async rpc(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#calls += 1;
    const answer = await this.#rpc.execute({
      jsonrpc: '2.0',
      id: this.#calls,
      method,
      params: params as never,
    });
    return answer.result;
  }
  #calls = 0;

  async chainId(): Promise<string> {
    this.#chainId ??= (await this.comet.status()).nodeInfo.network;
    return this.#chainId;
  }

  /** Asks by path; a height below the latest reads older state where the node still has it. */
  async query<Req, Res>(
    path: string,
    request: ProtoCodec<Req>,
    response: ProtoCodec<Res>,
    value: Req,
    height?: number,
  ): Promise<{ readonly response: Res; readonly height: number }> {
    const answer = await this.comet.abciQuery({
      path,
      data: request.encode(value).finish(),
      prove: false,
      ...(height === undefined ? {} : { height }),
    });
    if (answer.code !== 0) {
      throw new Refused({
        codespace: answer.codespace,
        code: answer.code ?? 0,
        log: answer.log ?? '',
      });
    }
    return { response: response.decode(answer.value), height: answer.height ?? 0 };
  }

  /** Number and next sequence of an account. Throws `Refused` where it does not exist. */
  async account(address: string): Promise<SigningAccount> {
    const { response } = await this.query(
      '/cosmos.auth.v1beta1.Query/Account',
      QueryAccountRequest,
      QueryAccountResponse,
      { address },
    );
    if (response.account === undefined) throw new Error(`the node sent no account for ${address}`);
    const { accountNumber, sequence } = accountFromAny(response.account);
    return { chainId: await this.chainId(), accountNumber, sequence: BigInt(sequence) };
  }

  /** Gas that a transaction would use now. Its signatures are not checked. */
  async simulate(tx: Tx): Promise<bigint> {
    const { response } = await this.query(
      '/cosmos.tx.v1beta1.Service/Simulate',
      SimulateRequest,
      SimulateResponse,
      SimulateRequest.fromPartial({ txBytes: txBytes(tx) }),
    );
    return response.gasInfo?.gasUsed ?? 0n;
  }

  /** Hands a transaction to the node; returns its hash. Throws `Refused` where CheckTx said no. */
  async broadcast(bytes: Uint8Array): Promise<string> {
    const answer = await this.comet.broadcastTxSync({ tx: bytes }).catch((error: unknown) => {
      throw mempoolRefusal(error, toHash(sha256(bytes))) ?? error;
    });
    const hash = toHash(answer.hash);
    if (answer.code !== 0) {
      const { code, codespace = '', log = '' } = answer;
      throw new Refused({ codespace, code, log }, { hash });
    }
    return hash;
  }

  /** The transaction with this hash (hex), or undefined while no block holds it. */
  async transaction(hash: string): Promise<Executed | undefined> {
    try {
      return executed(await this.comet.tx({ hash: Uint8Array.from(Buffer.from(hash, 'hex')) }));
    } catch (error) {
      if (error instanceof Error && /not found/.test(error.message)) return undefined;
      throw error;
    }
  }

  /**
   * Waits until a block holds the transaction.
   *
   * @throws NotYet after `timeoutMs` (default one minute): it may still come.
   */
  async wait(hash: string, timeoutMs = 60_000, pollMs = 250): Promise<Executed> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const found = await this.transaction(hash);
      if (found !== undefined) return found;
      if (Date.now() >= until) throw new NotYet(hash, timeoutMs);
      await this.#unlessAborted(() => new Promise((resolve) => setTimeout(resolve, pollMs)));
    }
  }

  /** Newest first or oldest first, by a query such as `message.sender='artel1...'`. */
  async search(
    query: string,
    page: { readonly page: number; readonly perPage: number; readonly newestFirst: boolean },
  ): Promise<{ readonly total: number; readonly transactions: readonly Executed[] }> {
    const answer = await this.comet.txSearch({
      query,
      page: page.page,
      per_page: page.perPage,
      order_by: page.newestFirst ? 'desc' : 'asc',
    });
    return { total: answer.totalCount, transactions: answer.txs.map(executed) };
  }

  async #unlessAborted<T>(work: () => Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return work();
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      work()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

/** A transaction was sent, but no block held it in time. */
export class NotYet extends Error {
  readonly hash: string;

  constructor(hash: string, timeoutMs: number) {
    super(`transaction ${hash} was sent, but no block holds it after ${timeoutMs / 1000} s`);
    this.name = 'NotYet';
    this.hash = hash;
  }
}

/** What CometBFT answers for a transaction, in our words. */
function executed(found: Awaited<ReturnType<Comet38Client['tx']>>): Executed {
  const { result } = found;
  return {
    hash: toHash(found.hash),
    height: found.height,
    code: result.code,
    codespace: result.codespace ?? '',
    log: result.log ?? '',
    gasWanted: result.gasWanted,
    gasUsed: result.gasUsed,
    events: result.events.map(({ type, attributes }) => ({
      type,
      attributes: attributes.map(({ key, value }) => ({ key: textOf(key), value: textOf(value) })),
    })),
    bytes: found.tx,
  };
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

function toHash(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex').toUpperCase();
}
