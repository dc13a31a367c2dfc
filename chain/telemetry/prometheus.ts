/**
 * The application's metrics as Prometheus reads them. Names end in their unit; docs/operate.md has
 * the alerts on them, docs/grafana/artel.json a dashboard.
 */
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Outcome, Telemetry, TelemetrySources, TransactionResult } from './telemetry.ts';

/** From a transfer to a block that is far too slow. */
const blockSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const shortSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.025, 0.1, 1];

export class PrometheusTelemetry implements Telemetry {
  readonly #registry = new Registry();
  readonly #transactions: Counter<'codespace' | 'code'>;
  readonly #checkRefusals: Counter<'codespace' | 'code'>;
  readonly #criticalEvents: Counter<'event'>;
  readonly #checks: Readonly<Record<'new' | 'recheck', Histogram>>;
  readonly #blocks: Counter;
  readonly #gasWanted: Counter;
  readonly #gasUsed: Counter;
  readonly #rejections: Counter;
  readonly #execution: Histogram;
  readonly #commits: Histogram;
  readonly #sizes: Histogram;
  readonly #queries: Histogram;
  #sources: TelemetrySources | undefined;

  /** @param version of the software, shown as a label of `artel_build_info`. */
  constructor(version: string) {
    const registers = [this.#registry];
    const counter = <T extends string = never>(name: string, help: string, labels: T[] = []) =>
      new Counter<T>({ name, help, labelNames: labels, registers });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    collectDefaultMetrics({ register: this.#registry });
    const build = new Gauge({
      name: 'artel_build_info',
      help: 'always 1; the version of the software is a label',
      labelNames: ['version'],
      registers,
    });
    build.set({ version }, 1);
    this.#blocks = counter('artel_blocks_total', 'blocks committed since the start');
    this.#execution = histogram(
      'artel_block_execution_seconds',
      'executing a block, once for each proposal that is not yet known',
      blockSeconds,
    );
    this.#commits = histogram(
      'artel_block_commit_seconds',
      'writing a block to disk, synced',
      blockSeconds,
    );
    this.#sizes = histogram(
      'artel_block_transactions',
      'transactions in a block',
      [0, 1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000],
    );
    this.#transactions = counter(
      'artel_transactions_total',
      'transactions in blocks, by how they ended; code 0 is success',
      ['codespace', 'code'],
    );
    this.#gasWanted = counter('artel_gas_wanted_total', 'gas limits of transactions in blocks');
    this.#gasUsed = counter('artel_gas_used_total', 'gas used by transactions in blocks');
    this.#rejections = counter('artel_proposals_rejected_total', 'proposals voted against');
    this.#criticalEvents = counter(
      'artel_critical_events_total',
      'events of modules that an operator has to know of',
      ['event'],
    );
    // PERF: two without labels, since a label costs as much as the rest of an observation.
    this.#checks = {
      new: histogram('artel_check_seconds', 'CheckTx of a new transaction', shortSeconds),
      recheck: histogram(
        'artel_recheck_seconds',
        'CheckTx of a transaction that is in the mempool still after a block',
        shortSeconds,
      ),
    };
    this.#checkRefusals = counter(
      'artel_check_refusals_total',
      'transactions refused by CheckTx, by reason',
      ['codespace', 'code'],
    );
    this.#queries = histogram('artel_query_seconds', 'answering a query', shortSeconds);
    this.#addWatched(registers);
  }

  /** Metrics whose value stands elsewhere already. */
  #addWatched(registers: Registry[]): void {
    const heights = (): ReturnType<TelemetrySources['heights']> => this.#sources?.heights();
    const signatures = () => this.#sources?.signatures() ?? { remembered: 0, computed: 0 };
    const watched = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    watched('artel_store_head_height', 'height of the last committed block', () =>
      Number(heights()?.head ?? 0n),
    );
    watched('artel_store_oldest_height', 'lowest height that can be read', () =>
      Number(heights()?.oldest ?? 0n),
    );
    watched(
      'artel_queries_waiting',
      'queries that wait for a thread',
      () => this.#sources?.queriesWaiting() ?? 0,
    );
    this.#addStore(registers);
    const verified = new Counter({
      name: 'artel_signatures_total',
      help: 'signatures found right before (remembered), and those computed',
      labelNames: ['source'],
      registers,
      collect() {
        const { remembered, computed } = signatures();
        this.reset();
        this.inc({ source: 'remembered' }, remembered);
        this.inc({ source: 'computed' }, computed);
      },
    });
    verified.inc({ source: 'computed' }, 0);
  }

  #addStore(registers: Registry[]): void {
    const sources = () => this.#sources;
    const caches = new Counter({
      name: 'artel_store_cache_reads_total',
      help: 'reads of values (rows) and tree buckets that memory answered (hit) or not (miss)',
      labelNames: ['cache', 'result'],
      registers,
      collect() {
        this.reset();
        for (const [cache, { hits, misses }] of Object.entries(sources()?.store().caches ?? {})) {
          this.inc({ cache, result: 'hit' }, hits);
          this.inc({ cache, result: 'miss' }, misses);
        }
      },
    });
    caches.inc({ cache: 'rows', result: 'hit' }, 0);
    const parts = new Counter({
      name: 'artel_store_commit_seconds_total',
      help: 'time of commits: making the batch, and waiting for the disk',
      labelNames: ['part'],
      registers,
      collect() {
        const { batchSeconds = 0, diskSeconds = 0 } = sources()?.store().commits ?? {};
        this.reset();
        this.inc({ part: 'batch' }, batchSeconds);
        this.inc({ part: 'disk' }, diskSeconds);
      },
    });
    parts.inc({ part: 'batch' }, 0);
    new Gauge({
      name: 'artel_store_pruning_backlog_heights',
      help: 'pruned heights whose rows are on the disk still',
      registers,
      collect() {
        this.set(sources()?.store().pruningBacklog ?? 0);
      },
    });
    new Gauge({
      name: 'artel_store_disk_bytes',
      help: 'size of the store on the disk',
      registers,
      async collect() {
        this.set((await sources()?.storeBytes()) ?? 0);
      },
    });
  }

  nowSeconds(): number {
    return performance.now() / 1000;
  }

  blockExecuted(seconds: number): void {
    this.#execution.observe(seconds);
  }

  /** Sums by reason first: a block has thousands of results and a handful of reasons. */
  blockCommitted(seconds: number, results: readonly TransactionResult[]): void {
    this.#commits.observe(seconds);
    this.#blocks.inc();
    this.#sizes.observe(results.length);
    const reasons = new Map<string, { readonly outcome: Outcome; count: number }>();
    let [wanted, used] = [0n, 0n];
    for (const result of results) {
      wanted += result.gasWanted;
      used += result.gasUsed;
      const reason = `${result.codespace}/${result.code}`;
      const sum = reasons.get(reason);
      if (sum === undefined) reasons.set(reason, { outcome: result, count: 1 });
      else sum.count += 1;
    }
    this.#gasWanted.inc(Number(wanted));
    this.#gasUsed.inc(Number(used));
    for (const { outcome, count } of reasons.values()) {
      this.#transactions.inc(labelsOf(outcome), count);
    }
  }

  proposalRejected(): void {
    this.#rejections.inc();
  }

  criticalEvent(type: string): void {
    this.#criticalEvents.inc({ event: type });
  }

  transactionChecked(kind: 'new' | 'recheck', seconds: number, outcome: Outcome): void {
    this.#checks[kind].observe(seconds);
    if (outcome.code !== 0) this.#checkRefusals.inc(labelsOf(outcome));
  }

  queryAnswered(seconds: number): void {
    this.#queries.observe(seconds);
  }

  watch(sources: TelemetrySources): void {
    this.#sources = sources;
  }

  /** Prometheus' text format, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

function labelsOf({ codespace, code }: Outcome): { codespace: string; code: string } {
  return { codespace, code: String(code) };
}
