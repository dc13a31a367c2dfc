/**
 * What queries cost the blocks: the time of FinalizeBlock and Commit while 50 clients ask for a
 * thousand accounts each, and to count all of them, again and again; beside the same blocks while
 * nobody asks. Both in turns, so that what else the machine does meets both. One JSON line a
 * figure. Run: node chain/app/bench/queries.bench.ts [--accounts N] [--rounds N] [--tiny]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { QueryAccountsRequest } from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { RequestQuery } from 'cosmjs-types/tendermint/abci/types';
import type { Goal } from '../../../tools/bench.ts';
import { BenchChain } from './bench-chain.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    rounds: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 20 : 10_000));
const rounds = Number(values.rounds ?? (values.tiny ? 1 : 10));
const blocksInTurn = values.tiny ? 1 : 10;
const txs = values.tiny ? 2 : 300;
const clients = values.tiny ? 2 : 50;

const request = RequestQuery.fromPartial({
  path: '/cosmos.auth.v1beta1.Query/Accounts',
  data: QueryAccountsRequest.encode({
    pagination: {
      key: new Uint8Array(),
      offset: 0n,
      limit: 1_000n,
      countTotal: true,
      reverse: false,
    },
  }).finish(),
});

const chain = await BenchChain.begin(accounts);
try {
  const quiet: number[] = [];
  const asked: number[] = [];
  const answers: number[] = [];
  let sender = 0;
  const turn = async (times: number[]): Promise<void> => {
    for (let count = 0; count < blocksInTurn; count += 1) {
      const batch = Array.from({ length: txs }, () => {
        sender = (sender + 1) % accounts;
        return chain.transfer(sender, (sender + 7) % accounts, 500);
      });
      const began = performance.now();
      await chain.finalize(batch);
      await chain.application.commit();
      times.push(performance.now() - began);
    }
  };
  await turn([]);
  await chain.application.query(request);
  for (let round = 0; round < rounds; round += 1) {
    await turn(quiet);
    let stopped = false;
    const client = async (): Promise<void> => {
      while (!stopped) {
        const began = performance.now();
        const { code, log } = await chain.application.query(request);
        if (code === 0) answers.push(performance.now() - began);
        // On a machine that has other things to do, askers are sent away before blocks are late.
        else if (!log.includes('ask for fewer rows, or later')) throw new Error(log);
      }
    };
    const all = Array.from({ length: clients }, client);
    await turn(asked);
    stopped = true;
    await Promise.all(all);
  }
  const of = `${accounts} accounts, ${txs} transfers a block`;
  const peer = { name: 'nobody asks', value: quantile(quiet, 0.99), measured: true };
  figure(`block p99, ${clients} clients ask for ranges, ${of}`, quantile(asked, 0.99), 'ms', {
    atMost: 1.3,
    peer,
  });
  figure(`block p50, ${clients} clients ask for ranges, ${of}`, quantile(asked, 0.5), 'ms', {
    atMost: 1.3,
    peer: { ...peer, value: quantile(quiet, 0.5) },
  });
  figure('answers', answers.length, 'answers');
  figure(`answer p50 of ${clients} clients, 1,000 rows and a count`, quantile(answers, 0.5), 'ms');
} finally {
  await chain.close();
}

function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return Math.round(value * 10) / 10;
}

function figure(name: string, value: number, unit: string, goal?: Goal): void {
  process.stdout.write(`${JSON.stringify({ case: name, value, unit, goal })}\n`);
}
