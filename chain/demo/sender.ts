/**
 * Sends many transactions of many accounts: each account's in order, the accounts side by side,
 * never more on the way than a mempool holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EncodeObject } from '@cosmjs/proto-signing';
import { pubkeyOf } from '../client/keys.ts';
import type { ArtelNode } from '../client/node.ts';
import { Refused } from '../client/refusals.ts';
import {
  directSignBytes,
  signerInfo,
  txBytes,
  unsignedTx,
  withSigner,
} from '../client/transactions.ts';
import { type DemoAccount, signatureOf } from './accounts.ts';
import type { SigningState } from './observed.ts';
import type { Progress } from './progress.ts';
import { steadily } from './steady.ts';

export interface Transaction {
  readonly messages: readonly EncodeObject[];
  readonly gas: number;
  /** Steps of the work that it does, for the progress. */
  readonly steps: number;
}

/** What one account is to send, in order. */
export interface Job {
  readonly account: DemoAccount;
  readonly state: SigningState;
  readonly transactions: readonly Transaction[];
}

export interface SendOptions {
  readonly node: ArtelNode;
  /** uhub for a unit of gas. */
  readonly gasPrice: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What became of the sending; whether blocks took it in is read from the state. */
export interface Sent {
  readonly count: number;
  readonly refused: Refused | undefined;
  /** Hash of a transaction that was sent. */
  readonly sample: string | undefined;
}

const sideBySide = 24;
/** More than this many waiting transactions only cost rechecks. */
const mostWaiting = 1_500;
const pollMs = 100;

/** Ends when the node has no transaction waiting any more. Aborts with the signal's reason. */
export async function sendAll(jobs: readonly Job[], options: SendOptions): Promise<Sent> {
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const { node, progress } = options;
  const chainId = await node.chainId();
  const queue = jobs[Symbol.iterator]();
  let count = 0;
  let refused: Refused | undefined;
  let sample: string | undefined;
  const worker = async (): Promise<void> => {
    for (const { account, state, transactions } of { [Symbol.iterator]: () => queue }) {
      for (const [index, transaction] of transactions.entries()) {
        signal.throwIfAborted();
        const sequence = state.sequence + BigInt(index);
        const bytes = signed(account, { ...state, sequence }, chainId, transaction, options);
        try {
          sample = await broadcast(node, bytes, signal);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refused = error;
          break;
        }
        count += 1;
        progress.step(transaction.steps);
        if (count % 250 === 0) await waiting(node, signal, mostWaiting);
      }
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, worker)).catch((error: unknown) => {
    failure.abort(error);
    throw error;
  });
  await waiting(node, signal, 0);
  return { count, refused, sample };
}

function signed(
  account: DemoAccount,
  { accountNumber, sequence }: SigningState,
  chainId: string,
  { messages, gas }: Transaction,
  { gasPrice }: SendOptions,
): Uint8Array {
  const feeUhub = BigInt(Math.ceil(gas * gasPrice));
  const tx = unsignedTx({ messages, feeUhub, gasLimit: BigInt(gas) });
  const info = signerInfo(pubkeyOf('secp256k1', account.publicKey), 'direct', sequence);
  const bytes = directSignBytes(tx, info, { chainId, accountNumber, sequence });
  return txBytes(withSigner(tx, info, signatureOf(account, bytes)));
}

/** Waits for room where the mempool is full; a transaction that the node has already is sent. */
async function broadcast(
  node: ArtelNode,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    try {
      return await steadily(() => node.broadcast(bytes), signal);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof Refused) throw error;
      if (/already exists in cache/.test(error.message)) return undefined;
      if (!/mempool is full/.test(error.message)) throw error;
      await sleep(pollMs, undefined, { signal });
    }
  }
}

/** Until at most `most` transactions wait for a block. */
export async function waiting(node: ArtelNode, signal: AbortSignal, most: number): Promise<void> {
  for (;;) {
    const { total } = await steadily(() => node.comet.numUnconfirmedTxs(), signal);
    if (total <= most) return;
    await sleep(pollMs, undefined, { signal });
  }
}
