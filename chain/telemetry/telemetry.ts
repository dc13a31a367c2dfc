/**
 * What the application tells of its work, to whoever measures. Results never depend on it: nothing
 * here is read back.
 */

/** How a transaction ended; code 0 is success. */
export interface Outcome {
  readonly codespace: string;
  readonly code: number;
}

/** A transaction in a committed block, in gas units. */
export interface TransactionResult extends Outcome {
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
}

/** What is read only when somebody asks for the metrics. */
export interface TelemetrySources {
  /** Heights that the store keeps; undefined before genesis. */
  heights(): { readonly head: bigint; readonly oldest: bigint } | undefined;
  /** Queries that wait for a thread. */
  queriesWaiting(): number;
  /** Signatures taken from memory, and those computed, since the start. */
  signatures(): { readonly remembered: number; readonly computed: number };
  /** Of the store, since the start. */
  store(): StoreFigures;
  /** Bytes of the store on the disk. */
  storeBytes(): Promise<number>;
}

export interface StoreFigures {
  /** Reads that memory answered, and those that it did not. */
  readonly caches: Readonly<
    Record<'rows' | 'buckets', { readonly hits: number; readonly misses: number }>
  >;
  /** Pruned heights whose rows are on the disk still. */
  readonly pruningBacklog: number;
  /** Time of all commits: making the batch, then waiting for the disk. */
  readonly commits: { readonly batchSeconds: number; readonly diskSeconds: number };
}

export interface Telemetry {
  /** A clock for differences, in seconds. */
  nowSeconds(): number;
  /** A block was executed: a proposal, or a decided one that was not proposed here. */
  blockExecuted(seconds: number): void;
  blockCommitted(seconds: number, results: readonly TransactionResult[]): void;
  proposalRejected(): void;
  /** An event of a module that an operator has to know of, by its type. */
  criticalEvent(type: string): void;
  /** CheckTx has answered; `recheck`: of a transaction that was in the mempool already. */
  transactionChecked(kind: 'new' | 'recheck', seconds: number, outcome: Outcome): void;
  queryAnswered(seconds: number): void;
  watch(sources: TelemetrySources): void;
}

const nothing = (): void => undefined;

/** Measures nothing: for tests, tools, and nodes that nobody watches. */
export const silentTelemetry: Telemetry = {
  nowSeconds: () => 0,
  blockExecuted: nothing,
  blockCommitted: nothing,
  proposalRejected: nothing,
  criticalEvent: nothing,
  transactionChecked: nothing,
  queryAnswered: nothing,
  watch: nothing,
};
