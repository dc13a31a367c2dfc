/**
 * What queries cost the blocks: the time of FinalizeBlock and Commit while 50 clients ask for a
 * thousand accounts each, and to count all of them, again and again. One JSON line a figure.
 *
 *   node chain/app/bench/queries.bench.ts [--accounts N] [--rounds N] [--tiny]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { QueryAccountsRequest } from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { RequestQuery } from 'cosmjs-types/tendermint/abci/types';
import type { Figure } from '../../../tools/bench.ts';
import { median } from '../../../tools/quantiles.ts';
import { BenchChain } from './bench-chain.ts';
import { type Beside, besideFigures, blocksBeside } from './beside.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    rounds: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 20 : 10_000));
const plan = {
  accounts,
  txs: values.tiny ? 2 : 100,
  rounds: Number(values.rounds ?? (values.tiny ? 1 : 2)),
  turns: values.tiny ? 1 : 4,
  blocksInTurn: values.tiny ? 2 : 25,
};
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
  for (const pauseMs of [50, 0]) {
    const answersMs: number[] = [];
    let [refused, askedMs] = [0, 0];
    const ask = async (): Promise<void> => {
      const began = performance.now();
      const { code, log } = await chain.application.query(request);
      if (code === 0) answersMs.push(performance.now() - began);
      // Where blocks leave no time, askers are sent away before blocks are late.
      else if (log.includes('ask for fewer rows')) refused += 1;
      else throw new Error(log);
    };
    const asking: Beside = () => {
      const began = performance.now();
      let stopped = false;
      const client = async (): Promise<void> => {
        while (!stopped) await ask();
      };
      const all = Array.from({ length: clients }, client);
      return async () => {
        stopped = true;
        await Promise.all(all);
        askedMs += performance.now() - began;
      };
    };
    const times = await blocksBeside(chain, { ...plan, pauseMs }, asking);
    const what = `${clients} clients ask for ranges`;
    for (const figure of besideFigures(times, { ...plan, pauseMs }, what, 1.3)) tell(figure);
    const of = `1,000 rows and a count, rests of ${pauseMs} ms`;
    const rate = (answersMs.length * 1_000) / askedMs;
    tell({ case: `answers, ${of}`, value: Math.round(rate * 10) / 10, unit: 'answers/s' });
    tell({ case: `refused, ${of}`, value: refused, unit: 'answers' });
    if (answersMs.length === 0) continue;
    tell({ case: `median answer, ${of}`, value: Math.round(median(answersMs)), unit: 'ms' });
  }
} finally {
  await chain.close();
}

function tell(figure: Figure): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
