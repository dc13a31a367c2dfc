/**
 * Transactions that wait for a block, in the order they came, with CometBFT's limits, its cache of
 * transactions already seen, and its recheck after each block.
 */
import {
  CheckTxType,
  type ExecTxResult,
  type ResponseCheckTx,
} from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../abci/application.ts';
import { txHash } from '../client/hashing.ts';
import type { FullConsensusParams } from './genesis-doc.ts';

export interface MempoolLimits {
  readonly maxTxs: number;
  readonly maxTotalBytes: number;
  readonly maxTxBytes: number;
  readonly cacheSize: number;
}

/** CometBFT's defaults. */
export const defaultMempoolLimits: MempoolLimits = {
  maxTxs: 5_000,
  maxTotalBytes: 1_073_741_824,
  maxTxBytes: 1_048_576,
  cacheSize: 10_000,
};

/** A transaction was refused before the application saw it; the messages are CometBFT's. */
export class MempoolError extends Error {}

interface Waiting {
  readonly tx: Uint8Array;
  readonly gasWanted: bigint;
}

export class Mempool {
  readonly #app: () => Application;
  readonly #limits: MempoolLimits;
  /** By hash, in order of arrival; the cache likewise, oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #seen = new Set<string>();
  #bytes = 0;
  /** One at a time: checks of new transactions, and a block's commit with the recheck after it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(app: () => Application, limits: MempoolLimits) {
    this.#app = app;
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Runs `work` while no check is under way and none begins. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Refuses at once what can't enter; the answer of the application comes with the promise inside.
   *
   * @throws MempoolError for a full mempool, a transaction too large or one already seen.
   */
  submit(tx: Uint8Array, params: FullConsensusParams): Promise<ResponseCheckTx> {
    this.#refuseWhenFull(tx);
    if (tx.length > this.#limits.maxTxBytes) {
      throw new MempoolError(
        `Tx too large. Max size is ${this.#limits.maxTxBytes}, but got ${tx.length}`,
      );
    }
    const hash = key(tx);
    if (this.#seen.has(hash)) throw new MempoolError('tx already exists in cache');
    this.#remember(hash);
    return this.exclusively(() => this.#check(tx, hash, params));
  }

  async #check(
    tx: Uint8Array,
    hash: string,
    params: FullConsensusParams,
  ): Promise<ResponseCheckTx> {
    const answer = await this.#app().checkTx({ tx, type: CheckTxType.NEW });
    const fits =
      this.#waiting.size < this.#limits.maxTxs &&
      this.#bytes + tx.length <= this.#limits.maxTotalBytes;
    if (!admits(answer, params) || !fits) {
      this.#seen.delete(hash);
      return answer;
    }
    if (!this.#waiting.has(hash)) {
      this.#waiting.set(hash, { tx, gasWanted: answer.gasWanted });
      this.#bytes += tx.length;
    }
    return answer;
  }

  #refuseWhenFull(tx: Uint8Array): void {
    const { maxTxs, maxTotalBytes } = this.#limits;
    if (this.#waiting.size < maxTxs && this.#bytes + tx.length <= maxTotalBytes) return;
    throw new MempoolError(
      `mempool is full: number of txs ${this.#waiting.size} (max: ${maxTxs}), ` +
        `total txs bytes ${this.#bytes} (max: ${maxTotalBytes})`,
    );
  }

  #remember(hash: string): void {
    this.#seen.delete(hash);
    this.#seen.add(hash);
    const [oldest] = this.#seen;
    if (this.#seen.size > this.#limits.cacheSize && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** The first transactions up to `limit`. */
  list(limit: number): Uint8Array[] {
    return [...this.#waiting.values()].slice(0, limit).map(({ tx }) => tx);
  }

  /** Transactions for a block, in order, until the next would pass a limit; -1 is no gas limit. */
  reap(maxBytes: bigint, maxGas: bigint): Uint8Array[] {
    const txs: Uint8Array[] = [];
    let bytes = 0n;
    let gas = 0n;
    for (const { tx, gasWanted } of this.#waiting.values()) {
      bytes += encodedSize(tx);
      gas += gasWanted;
      if (bytes > maxBytes || (maxGas >= 0n && gas > maxGas)) break;
      txs.push(tx);
    }
    return txs;
  }

  /**
   * After a block, inside {@link exclusively}: its transactions leave (a failed one may be sent
   * again), then the rest are checked again against the new state.
   */
  async update(
    txs: readonly Uint8Array[],
    results: readonly ExecTxResult[],
    params: FullConsensusParams,
  ): Promise<void> {
    for (const [index, tx] of txs.entries()) {
      const hash = key(tx);
      if (results[index]?.code === 0) this.#remember(hash);
      else this.#seen.delete(hash);
      this.#remove(hash);
    }
    for (const [hash, { tx }] of [...this.#waiting]) {
      const answer = await this.#app().checkTx({ tx, type: CheckTxType.RECHECK });
      if (admits(answer, params)) continue;
      this.#remove(hash);
      this.#seen.delete(hash);
    }
  }

  #remove(hash: string): void {
    this.#bytes -= this.#waiting.get(hash)?.tx.length ?? 0;
    this.#waiting.delete(hash);
  }

  /** Forgets everything, as after a jump to another height. */
  clear(): void {
    this.#waiting.clear();
    this.#seen.clear();
    this.#bytes = 0;
  }
}

/** A transaction that wants more gas than a block has never fits one. */
function admits(answer: ResponseCheckTx, params: FullConsensusParams): boolean {
  const { maxGas } = params.block;
  return (
    answer.code === 0 && (maxGas < 0n || (answer.gasWanted >= 0n && answer.gasWanted <= maxGas))
  );
}

/** Bytes of a transaction inside a block: its own, its length and one for the field. */
function encodedSize(tx: Uint8Array): bigint {
  let size = BigInt(tx.length) + 2n;
  for (let rest = tx.length >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}

function key(tx: Uint8Array): string {
  return Buffer.from(txHash(tx)).toString('hex');
}
