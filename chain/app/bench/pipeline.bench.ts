/**
 * Bank transfers through the whole application in process: CheckTx, FinalizeBlock, Commit, with a
 * durable store. The same case as `sdkbank`: blocks of 1,000 transfers between random accounts.
 * One JSON line a figure. Run: node chain/app/bench/pipeline.bench.ts [--accounts N] [--blocks N]
 * [--txs N] [--tiny]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  CheckTxType,
  RequestFinalizeBlock,
  RequestInitChain,
} from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { type SigningKey, sendMessage, signedTx } from '../../dev/sender.ts';
import { Random } from '../../sim/random.ts';
import { publicKeyAddress } from '../../tx/public-key.ts';
import { createApp } from '../app.ts';
import { makeGenesis } from '../local-genesis.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    blocks: { type: 'string' },
    txs: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 20 : 10_000));
const blocks = Number(values.blocks ?? (values.tiny ? 2 : 10));
const txs = Number(values.txs ?? (values.tiny ? 5 : 1_000));
const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
};

/** The same transfers in every run. */
const random = new Random(1);

const keys = Array.from({ length: accounts }, (_, index): SigningKey => {
  const privateKey = sha256(new TextEncoder().encode(`bench/${index}`));
  const publicKey = native.publicKeyCreate(privateKey);
  return {
    privateKey,
    publicKey,
    address: publicKeyAddress({ type: 'secp256k1', bytes: publicKey }),
  };
});
const chainId = 'artel-dev-bench';
const folder = await mkdtemp(join(tmpdir(), 'artel-bench-'));
const app = await createApp({ path: folder, logger: pino({ level: 'warn' }), version: 'bench' });
try {
  const genesis = makeGenesis({
    chainId,
    genesisTimeMs: 1_767_225_600_000,
    validators: [{ name: 'bench', publicKey: new Uint8Array(32).fill(1) }],
    accounts: keys.map(({ address }) => address),
  });
  await app.application.initChain(
    RequestInitChain.fromPartial({
      chainId,
      time: { seconds: 1_767_225_600n, nanos: 0 },
      appStateBytes: new TextEncoder().encode(JSON.stringify(genesis.app_state)),
      initialHeight: 1n,
      consensusParams: { block: { maxBytes: 22_020_096n, maxGas: -1n } },
    }),
  );
  const sequences = new Uint32Array(accounts);
  const spent = { check: 0, finalize: 0, commit: 0 };
  let ok = 0;
  for (let height = 1; height <= blocks; height += 1) {
    const batch = Array.from({ length: txs }, () => {
      const from = random.below(accounts);
      const [sender, recipient] = [keys[from], keys[random.below(accounts)]] as [
        SigningKey,
        SigningKey,
      ];
      const sequence = BigInt(sequences[from] ?? 0);
      sequences[from] = Number(sequence) + 1;
      return signedTx(sender, {
        messages: [sendMessage(sender.address, recipient.address, '1')],
        chainId,
        accountNumber: BigInt(from),
        sequence,
      });
    });
    const start = performance.now();
    for (const tx of batch) {
      const { code, log } = await app.application.checkTx({ tx, type: CheckTxType.NEW });
      if (code !== 0) throw new Error(`CheckTx ${code}: ${log}`);
    }
    const checked = performance.now();
    const result = await app.application.finalizeBlock(
      RequestFinalizeBlock.fromPartial({
        txs: batch,
        height: BigInt(height),
        time: { seconds: 1_767_225_600n + BigInt(height), nanos: 0 },
        hash: sha256(Uint8Array.of(height)),
        decidedLastCommit: { round: 0, votes: [] },
      }),
    );
    const finalized = performance.now();
    await app.application.commit();
    const committed = performance.now();
    ok += result.txResults.filter(({ code }) => code === 0).length;
    // The first block warms up the compiler.
    if (height === 1 && blocks > 1) continue;
    spent.check += checked - start;
    spent.finalize += finalized - checked;
    spent.commit += committed - finalized;
  }
  if (ok !== blocks * txs) throw new Error(`${ok} of ${blocks * txs} transfers succeeded`);
  const measured = (blocks > 1 ? blocks - 1 : blocks) * txs;
  const perSecond = (ms: number): number => Math.round((measured / ms) * 1000);
  const info = await app.application.info();
  const hash = Buffer.from(info.lastBlockAppHash).toString('hex').slice(0, 16);
  const figure = (what: string, value: number, unit: string): void => {
    const of = `${accounts} accounts, ${txs} transfers a block`;
    process.stdout.write(`${JSON.stringify({ case: `${what}, ${of}`, value, unit, hash })}\n`);
  };
  figure('CheckTx', perSecond(spent.check), 'tx/s');
  figure('FinalizeBlock + Commit', perSecond(spent.finalize + spent.commit), 'tx/s');
  figure('all three', perSecond(spent.check + spent.finalize + spent.commit), 'tx/s');
  figure('Commit of a block', Math.round((spent.commit / measured) * txs * 10) / 10, 'ms');
  figure('memory', Math.round(process.memoryUsage().rss / 1_048_576), 'MiB');
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}
