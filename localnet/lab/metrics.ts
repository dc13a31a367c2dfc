/** Fifteen figures of every node, asked once a second of its two Prometheus endpoints. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import type { LabNode } from './node.ts';

/** What is asked for: CometBFT's names, then the application's. */
export const shownMetrics: readonly string[] = [
  'cometbft_consensus_height',
  'cometbft_consensus_rounds',
  'cometbft_consensus_round_duration_seconds_sum',
  'cometbft_consensus_validators_power',
  'cometbft_consensus_missing_validators',
  'cometbft_consensus_byzantine_validators',
  'cometbft_consensus_late_votes',
  'cometbft_consensus_block_size_bytes',
  'cometbft_consensus_total_txs',
  'cometbft_mempool_size',
  'cometbft_mempool_failed_txs',
  'cometbft_p2p_peers',
  'artel_store_head_height',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_max_seconds',
];

export interface MetricSample {
  readonly ms: number;
  readonly node: string;
  readonly values: Readonly<Record<string, number>>;
}

const everyMs = 1_000;

export class Metrics {
  readonly samples: MetricSample[] = [];
  readonly #nodes: readonly LabNode[];
  readonly #journal: Journal;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(nodes: readonly LabNode[], journal: Journal) {
    this.#nodes = nodes;
    this.#journal = journal;
  }

  start(): void {
    this.#done = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      await Promise.all(this.#nodes.map((node) => this.#scrape(node)));
      await sleep(everyMs);
    }
  }

  async #scrape(node: LabNode): Promise<void> {
    if (!node.running || node.frozen) {
      this.samples.push({ ms: this.#journal.ms, node: node.name, values: {} });
      return;
    }
    const { prometheusPort, metricsPort } = node.plan;
    const texts = await Promise.all([prometheusPort, metricsPort].map(read));
    const values = Object.assign({}, ...texts.map(parseMetrics)) as Record<string, number>;
    this.samples.push({ ms: this.#journal.ms, node: node.name, values });
  }
}

/** The text of an endpoint; empty where it does not answer. */
async function read(port: number): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(5_000),
    });
    return await answer.text();
  } catch {
    return '';
  }
}

/** The shown metrics of Prometheus' text form; of several label sets the sum. */
export function parseMetrics(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^([a-z0-9_]+)(?:\{[^}]*\})? ([-+0-9.eE]+)$/.exec(line);
    const [, name = '', value = ''] = match ?? [];
    if (shownMetrics.includes(name)) values[name] = (values[name] ?? 0) + Number(value);
  }
  return values;
}
