/**
 * Bank transfers through the whole application in process: CheckTx, FinalizeBlock, Commit, with a
 * durable store. The same case as the Cosmos SDK's in `sdkbank`: blocks of 1,000 transfers that
 * were signed before, each from another account, with a fee on both sides. One JSON line a figure.
 * Run: node chain/app/bench/pipeline.bench.ts [--accounts N] [--blocks N] [--txs N] [--tiny]
 * [--threads N, that verify signatures] [--profile FILE, which gets the CPU profile]
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import type { Goal } from '../../../tools/bench.ts';
import { peerProgram, runPeer } from '../../../tools/peers.ts';
import { Random } from '../../sim/random.ts';
import { BenchChain } from './bench-chain.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    blocks: { type: 'string' },
    txs: { type: 'string' },
    tiny: { type: 'boolean', default: false },
    profile: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 20 : 10_000));
const blocks = Number(values.blocks ?? (values.tiny ? 2 : 10));
const txs = Number(values.txs ?? (values.tiny ? 5 : 1_000));
const feeUhub = 500;

const chain = await BenchChain.begin(accounts, { signatureThreads: Number(values.threads) });
try {
  const batches = signedBatches(chain);
  global.gc?.();
  const session = new Session();
  session.connect();
  if (values.profile !== undefined) {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
  }
  const spent = { check: 0, finalize: 0, commit: 0, processorUs: 0 };
  let attributes = 0;
  for (const [index, batch] of batches.entries()) {
    const processor = process.cpuUsage();
    const start = performance.now();
    // All at once, as CometBFT sends them.
    const answers = await Promise.all(
      batch.map((tx) => chain.application.checkTx({ tx, type: CheckTxType.NEW })),
    );
    const refused = answers.find(({ code }) => code !== 0);
    if (refused !== undefined) throw new Error(`CheckTx ${refused.code}: ${refused.log}`);
    const checked = performance.now();
    const { txResults } = await chain.finalize(batch);
    const finalized = performance.now();
    await chain.application.commit();
    const committed = performance.now();
    const failed = txResults.find(({ code }) => code !== 0);
    if (failed !== undefined) throw new Error(`a transfer failed: ${failed.log}`);
    const events = txResults[0]?.events ?? [];
    attributes = events.flatMap((event) => event.attributes).filter((a) => a.index).length;
    // The first block warms up the compiler.
    if (index === 0 && blocks > 1) continue;
    spent.check += checked - start;
    spent.finalize += finalized - checked;
    spent.commit += committed - finalized;
    const { user, system } = process.cpuUsage(processor);
    spent.processorUs += user + system;
  }
  if (values.profile !== undefined) {
    const { profile } = await session.post('Profiler.stop');
    await writeFile(values.profile, JSON.stringify(profile));
  }
  const measured = (blocks > 1 ? blocks - 1 : blocks) * txs;
  const perSecond = (ms: number): number => Math.round((measured / ms) * 1000);
  const { lastBlockAppHash } = await chain.application.info();
  const hash = Buffer.from(lastBlockAppHash).toString('hex').slice(0, 16);
  const figure = (what: string, value: number, unit: string, goal?: Goal): void => {
    const name = `${what}, ${accounts} accounts`;
    process.stdout.write(`${JSON.stringify({ case: name, value, unit, hash, goal })}\n`);
  };
  const all = perSecond(spent.check + spent.finalize + spent.commit);
  figure('CheckTx', perSecond(spent.check), 'tx/s');
  figure('FinalizeBlock + Commit', perSecond(spent.finalize + spent.commit), 'tx/s');
  figure('all three', all, 'tx/s');
  for (const { name, factor, goal } of await peers()) {
    figure(`all three beside ${name}`, all, 'tx/s', { atLeast: factor, peer: goal });
  }
  figure('Commit of a block', Math.round((spent.commit / measured) * txs * 10) / 10, 'ms');
  figure(
    'processor time of a transfer, all threads',
    Math.round(spent.processorUs / measured),
    'us',
  );
  figure('indexed attributes of a transfer', attributes, 'attributes');
  figure('memory', Math.round(process.memoryUsage().rss / 1_048_576), 'MiB');
} finally {
  await chain.close();
}

/** Each transfer from another account as long as there are some; the same in every run. */
function signedBatches(bench: BenchChain): readonly (readonly Uint8Array[])[] {
  const random = new Random(1);
  const senders = Array.from({ length: accounts }, (_, index) => index);
  for (let last = accounts - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [senders[last], senders[other]] = [senders[other] as number, senders[last] as number];
  }
  return Array.from({ length: blocks }, (_, block) =>
    Array.from({ length: txs }, (_, index) => {
      const from = senders[(block * txs + index) % accounts] as number;
      return bench.transfer(from, random.below(accounts), feeUhub);
    }),
  );
}

async function peers() {
  const stored: Readonly<Record<number, readonly [number, number | undefined]>> = {
    10000: [1_500, 2_156],
    100000: [940, undefined],
  };
  const [plain, native] = stored[accounts] ?? [];
  const found: { name: string; factor: number; goal: NonNullable<Goal['peer']> }[] = [];
  for (const { name, tags, factor, kept } of [
    { name: 'Cosmos SDK', tags: '', factor: accounts >= 100_000 ? 4 : 3, kept: plain },
    { name: 'Cosmos SDK with libsecp256k1', tags: 'libsecp256k1_sdk', factor: 2, kept: native },
  ]) {
    if (kept === undefined) continue;
    const program = values.tiny ? undefined : await peerProgram('sdkbank', { tags });
    const shape = ['-accounts', accounts, '-txs', txs, '-blocks', blocks, '-fee', feeUhub];
    const lines = program === undefined ? [] : await runPeer(program, shape.map(String));
    const line = lines.find(({ figure }) => figure === 'check_finalize_commit_per_s');
    const value = line === undefined ? kept : Number(line.value);
    found.push({ name, factor, goal: { name, value, measured: line !== undefined } });
  }
  return found;
}
