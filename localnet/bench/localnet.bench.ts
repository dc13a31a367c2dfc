/**
 * Transfers a second through real validators, from sending to the block: each of many accounts
 * sends one. With LOADGEN=PROGRAM in the environment, a load generator that takes `-rpc URLS -file
 * FILE -conns N` sends them and its own JSON line gives the figure; else 64 HTTP calls at a time
 * do. Run: node localnet/bench/localnet.bench.ts [--validators N] [--txs N] [--base-port P]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { makeGenesis } from '../../chain/app/local-genesis.ts';
import { type SigningKey, sendMessage, signedTx } from '../../chain/dev/sender.ts';
import { callRpc, fetchStatus, poll } from '../../chain/node/rpc.ts';
import { publicKeyAddress } from '../../chain/tx/public-key.ts';
import { CometbftUnavailable, findCometbft } from '../cometbft.ts';
import { bringDown } from '../down.ts';
import { defaultLocalnet, planNodes } from '../plan.ts';
import { bringUp } from '../up.ts';

const { values } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    validators: { type: 'string' },
    txs: { type: 'string' },
    'base-port': { type: 'string', default: '25656' },
  },
});
const count = Number(values.txs ?? (values.tiny ? 50 : 5_000));
const settings = {
  ...defaultLocalnet,
  chainId: 'artel-local-bench',
  count: Number(values.validators ?? (values.tiny ? 1 : 4)),
  basePort: Number(values['base-port']),
};
const { publicKeyCreate } = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
};

const keys = Array.from({ length: count }, (_, index): SigningKey => {
  const privateKey = sha256(new TextEncoder().encode(`bench/${index}`));
  const publicKey = publicKeyCreate(privateKey);
  const address = publicKeyAddress({ type: 'secp256k1', bytes: publicKey });
  return { privateKey, publicKey, address };
});
const transactions = keys.map((key, index) =>
  Buffer.from(
    signedTx(key, {
      messages: [sendMessage(key.address, keys[(index + 1) % count]?.address ?? '', '1')],
      chainId: settings.chainId,
      accountNumber: BigInt(index),
      sequence: 0n,
      gasLimit: 60_000n,
    }),
  ).toString('base64'),
);

const cometbft = await findCometbft({ env: process.env }).catch((error: unknown) => {
  if (!(error instanceof CometbftUnavailable)) throw error;
  process.stderr.write(`${error.message}. ${error.hint}\n`);
  figure('left out, since CometBFT is missing', 0, 'transactions/s');
  process.exit(0);
});
const root = await mkdtemp(join(tmpdir(), 'artel-bench-'));
try {
  const nodes = planNodes(root, settings);
  await bringUp({
    root,
    wanted: {},
    defaults: settings,
    findCometbft: async () => cometbft.path,
    makeGenesis: (input) => makeGenesis({ ...input, accounts: keys.map(({ address }) => address) }),
    artel: [
      process.execPath,
      '--no-warnings',
      join(import.meta.dirname, '..', '..', 'chain', 'cli', 'main.ts'),
    ],
    env: process.env,
    detach: true,
    signal: new AbortController().signal,
    say: () => {},
    onReady: async () => {},
  });
  const urls = nodes.map(({ rpcUrl }) => rpcUrl);
  const perSecond = process.env.LOADGEN
    ? await sendByGenerator(process.env.LOADGEN, urls)
    : await sendByHttp(urls);
  figure(`transfers, ${settings.count} validators`, Math.round(perSecond), 'transactions/s');
} finally {
  await bringDown(root);
  await rm(root, { recursive: true, force: true });
}

function figure(name: string, value: number, unit: string): void {
  process.stdout.write(`${JSON.stringify({ case: name, value, unit })}\n`);
}

async function sendByGenerator(program: string, urls: readonly string[]): Promise<number> {
  const file = join(root, 'transactions.txt');
  await writeFile(file, `${transactions.join('\n')}\n`);
  const args = ['-rpc', urls.join(','), '-file', file, '-encoding', 'base64', '-txs', '0'];
  const { stdout } = await promisify(execFile)(program, [...args, '-conns', '16', '-drain', '120']);
  process.stderr.write(stdout);
  const { committed_per_s: perSecond } = JSON.parse(stdout) as { committed_per_s: number };
  return perSecond;
}

/** From the first call until the block that holds the last transaction has been seen. */
async function sendByHttp(urls: readonly string[]): Promise<number> {
  const first = (await fetchStatus(urls[0] ?? '')).height + 1;
  const start = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      const tx = transactions[at];
      const url = urls[at % urls.length] ?? '';
      const answer = (await callRpc(url, 'broadcast_tx_sync', { tx })) as {
        code: number;
        log: string;
      };
      if (answer.code !== 0) throw new Error(`transaction ${at} is refused: ${answer.log}`);
    }
  };
  await Promise.all(Array.from({ length: 64 }, sender));
  let [height, done] = [first, 0];
  const seconds = await poll(
    async () => {
      const { block } = (await callRpc(urls[0] ?? '', 'block', { height: String(height) })) as {
        block: { data: { txs: readonly string[] } };
      };
      height += 1;
      done += block.data.txs.length;
      return done >= count ? (performance.now() - start) / 1000 : undefined;
    },
    { timeoutMs: 120_000, everyMs: 20 },
  );
  if (seconds === undefined) throw new Error(`${done} of ${count} were committed within 120 s`);
  return count / seconds;
}
