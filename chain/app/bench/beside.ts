/**
 * Times of blocks while something else goes on beside, and while nothing does: in short turns, so
 * that whatever else the machine does meets both alike.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../../../tools/bench.ts';
import { median, quantile } from '../../../tools/quantiles.ts';
import type { BenchChain } from './bench-chain.ts';

export interface Plan {
  readonly accounts: number;
  /** Transfers in a block. */
  readonly txs: number;
  /** Each gives one p99; their median counts. */
  readonly rounds: number;
  /** Of a round, each with and without. */
  readonly turns: number;
  readonly blocksInTurn: number;
  /** Rest after a block: CometBFT's `timeout_commit`, or 0 for a chain that has none. */
  readonly pauseMs: number;
}

/** What goes on beside: begins it, and gives what ends it. */
export type Beside = () => () => Promise<void>;

/** Milliseconds of FinalizeBlock and Commit, by round. */
interface Times {
  readonly without: number[][];
  readonly beside: number[][];
}

export async function blocksBeside(chain: BenchChain, plan: Plan, begin: Beside): Promise<Times> {
  const times: Times = { without: [], beside: [] };
  let sender = 0;
  const turn = async (): Promise<number[]> => {
    const batches = Array.from({ length: plan.blocksInTurn }, () =>
      Array.from({ length: plan.txs }, () => {
        sender = (sender + 1) % plan.accounts;
        return chain.transfer(sender, (sender + 7) % plan.accounts, 500);
      }),
    );
    const taken: number[] = [];
    for (const batch of batches) {
      const began = performance.now();
      await chain.finalize(batch);
      await chain.application.commit();
      taken.push(performance.now() - began);
      await sleep(plan.pauseMs);
    }
    return taken;
  };
  const besideTurn = async (): Promise<number[]> => {
    const end = begin();
    try {
      return await turn();
    } finally {
      await end();
    }
  };
  // The first of each warm the compiler up, and the threads.
  await turn();
  await besideTurn();
  for (let round = 0; round < plan.rounds; round += 1) {
    const [without, beside]: [number[], number[]] = [[], []];
    for (let count = 0; count < plan.turns; count += 1) {
      without.push(...(await turn()));
      beside.push(...(await besideTurn()));
    }
    times.without.push(without);
    times.beside.push(beside);
  }
  return times;
}

/** The figures of both: the goal is the p99 beside `what`, against that without. */
export function besideFigures(
  { without, beside }: Times,
  { accounts, txs, pauseMs }: Plan,
  what: string,
  atMost: number,
): readonly Figure[] {
  const rest = pauseMs === 0 ? 'no rest' : `rests of ${pauseMs} ms`;
  const of = `${txs} transfers, ${rest}, ${accounts} accounts`;
  return ([0.99, 0.5] as const).map((share) => {
    const at = (rounds: readonly (readonly number[])[]): number =>
      Math.round(median(rounds.map((round) => quantile(round, share))) * 100) / 100;
    const peer = { name: 'without', value: at(without), measured: true };
    const name = `block p${share * 100}, ${what}, ${of}`;
    return { case: name, value: at(beside), unit: 'ms', goal: { atMost, peer } };
  });
}
