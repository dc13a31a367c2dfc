/**
 * Transfers from sending to the block, through CometBFT: `artel abci` beside CometBFT's own kvstore
 * over the same socket, with the same settings, load and number of bytes. The networks and the load
 * are those of the Go programs that ANCHORS names (see tools/peers.ts); without them nothing is
 * measured, and the figures kept for the kvstore are printed. One JSON line a figure. Run:
 * ANCHORS=FOLDER node localnet/bench/e2e.bench.ts [--validators N] [--txs N] [--base-port P]
 * [--profile FOLDER, which gets CPU profiles of the applications]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { BenchChain } from '../../chain/app/bench/bench-chain.ts';
import { type SigningKey, sendMessage, signedTx } from '../../chain/dev/sender.ts';
import { publicKeyAddress } from '../../chain/tx/public-key.ts';
import type { Goal } from '../../tools/bench.ts';
import { peerProgram, runPeer } from '../../tools/peers.ts';
import { findCometbft } from '../cometbft.ts';

const { values } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    validators: { type: 'string' },
    txs: { type: 'string' },
    'base-port': { type: 'string', default: '24656' },
    profile: { type: 'string' },
  },
});
const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  publicKeyCreate(privateKey: Uint8Array): Uint8Array;
};

/** The chain id that the Go program writes. */
const chainId = 'localnet-1';

const abciCli = 'github.com/cometbft/cometbft/abci/cmd/abci-cli';

/** The load generator's own line. */
interface Load {
  readonly committed_per_s: number;
  readonly latency_ms: { readonly p99: number };
}

interface Case {
  readonly name: string;
  readonly validators: number;
  readonly network: readonly string[];
  readonly load: readonly string[];
  readonly txs: number;
  /** What is read of the load generator's line. */
  readonly read: (line: Load) => number;
  readonly unit: string;
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
  /** The kvstore's figure on a machine of the same class. */
  readonly kept: number;
}

const asFastAsPossible = ['-timeout-commit', '0s', '-skip-timeout-commit', '-empty-blocks=false'];
const cases: readonly Case[] = [
  {
    name: 'transfers, 1 validator',
    validators: 1,
    network: asFastAsPossible,
    load: ['-method', 'async', '-pending', '10000'],
    txs: 30_000,
    read: (line) => line.committed_per_s,
    unit: 'tx/s',
    goal: { atLeast: 0.45 },
    kept: 8_800,
  },
  {
    name: 'transfers, 4 validators',
    validators: 4,
    network: asFastAsPossible,
    load: ['-method', 'async', '-pending', '5000'],
    txs: 12_000,
    read: (line) => line.committed_per_s,
    unit: 'tx/s',
    goal: { atLeast: 0.35 },
    kept: 3_020,
  },
  {
    name: 'latency p99 at 500 tx/s, 4 validators',
    validators: 4,
    network: ['-timeout-commit', '1s'],
    load: ['-rate', '500'],
    txs: 10_000,
    read: (line) => line.latency_ms.p99,
    unit: 'ms',
    goal: { atMost: 1.3 },
    kept: 1_700,
  },
];
const chosen = cases.filter(
  ({ validators }) => values.validators === undefined || validators === Number(values.validators),
);

const folder = await mkdtemp(join(tmpdir(), 'artel-e2e-'));
try {
  const network = values.tiny ? undefined : await peerProgram('localnet');
  const loadgen = values.tiny ? undefined : await peerProgram('loadgen');
  const kvstore = values.tiny ? undefined : await peerProgram('abci-cli', { from: abciCli });
  for (const each of chosen) {
    const peer = { name: 'kvstore', value: each.kept, measured: false };
    if (network === undefined || loadgen === undefined || kvstore === undefined) {
      figure(
        `${each.name}: not measured, ANCHORS names no programs; the kvstore's`,
        each.kept,
        each.unit,
      );
      continue;
    }
    const txs = Number(values.txs ?? each.txs);
    const { file, funded, bytes } = await transactions(txs);
    const theirs = await measure({ network, loadgen }, each, {
      application: `${kvstore} kvstore --address unix://{socket} --log_level error`,
      load: ['-kvstore', '-size', String(bytes), '-txs', String(txs)],
    });
    const ours = await measure({ network, loadgen }, each, {
      application: artel(funded, each.validators),
      load: ['-file', file, '-encoding', 'base64', '-txs', '0'],
    });
    const goal = { ...each.goal, peer: { ...peer, value: theirs, measured: true } };
    figure(each.name, ours, each.unit, goal);
    figure(`${each.name}, bytes of one`, bytes, 'B');
    figure(`${each.name}, indexed attributes of one`, await indexedAttributes(), 'attributes');
  }
  if (values.tiny) {
    const { bytes } = await transactions(3);
    if (bytes < 250 || bytes > 300)
      throw new Error(`a transfer has ${bytes} bytes, not 250 to 300`);
    if ((await indexedAttributes()) === 0) throw new Error('a transfer has no indexed attribute');
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One signed transfer of each of many accounts: files of them, and of the accounts to fund. */
async function transactions(
  count: number,
): Promise<{ readonly file: string; readonly funded: string; readonly bytes: number }> {
  const keys = Array.from({ length: count }, (_, index): SigningKey => {
    const privateKey = sha256(new TextEncoder().encode(`bench/${index}`));
    const publicKey = native.publicKeyCreate(privateKey);
    const address = publicKeyAddress({ type: 'secp256k1', bytes: publicKey });
    return { privateKey, publicKey, address };
  });
  const signed = keys.map((key, index) =>
    signedTx(key, {
      messages: [sendMessage(key.address, keys[(index + 1) % count]?.address ?? '', '1')],
      chainId,
      accountNumber: BigInt(index),
      sequence: 0n,
      gasLimit: 100_000n,
      // With the key that a first transaction brings and a coin of a fee it would have 308 bytes.
      feeUhub: '',
    }),
  );
  const file = join(folder, 'transactions.txt');
  const funded = join(folder, 'accounts.txt');
  await writeFile(file, `${signed.map((tx) => Buffer.from(tx).toString('base64')).join('\n')}\n`);
  await writeFile(funded, `${keys.map(({ address }) => address).join('\n')}\n`);
  const bytes = Math.round(signed.reduce((sum, tx) => sum + tx.length, 0) / count);
  return { file, funded, bytes };
}

/** How many attributes of such a transfer CometBFT indexes. */
async function indexedAttributes(): Promise<number> {
  const chain = await BenchChain.begin(2);
  try {
    const { txResults } = await chain.finalize([chain.transfer(0, 1)]);
    const events = txResults.flatMap((result) => result.events);
    return events.flatMap(({ attributes }) => attributes).filter(({ index }) => index).length;
  } finally {
    await chain.close();
  }
}

function artel(funded: string, validators: number): string {
  const main = join(import.meta.dirname, '..', '..', 'chain', 'cli', 'main.ts');
  const profile =
    values.profile === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', values.profile, '--cpu-prof-name', 'app{node}.cpuprofile'];
  const homes = join(folder, 'home{node}');
  return [
    ...[process.execPath, '--no-warnings', ...profile, main, 'abci', '--home', homes],
    ...['--listen', '{socket}', '--default-state', '--fund', funded, '--log-level', 'warn'],
    // Several nodes share the processors of this machine.
    ...(validators > 1 ? ['--signature-threads', '0'] : []),
  ].join(' ');
}

async function measure(
  programs: { readonly network: string; readonly loadgen: string },
  { validators, network, load, read }: Case,
  side: { readonly application: string; readonly load: readonly string[] },
): Promise<number> {
  const { path } = await findCometbft({ env: process.env });
  const nodes = ['-n', String(validators), '-base-port', values['base-port'], '-cometbft', path];
  const app = ['-app', 'socket', '-app-cmd', side.application];
  const sender = [programs.loadgen, '-rpc', '{rpc}', '-results=false', '-drain', '120'];
  const lines = await runPeer(programs.network, [
    ...[...nodes, ...app, ...network, ...sender, ...load, ...side.load],
  ]);
  for (const line of lines) process.stderr.write(`${JSON.stringify(line)}\n`);
  const found = lines.find((line) => 'committed_per_s' in line);
  if (found === undefined) throw new Error('the load generator told no figure');
  for (let node = 0; node < validators; node += 1) {
    await rm(join(folder, `home${node}`), { recursive: true, force: true });
  }
  return read(found as unknown as Load);
}

function figure(name: string, value: number, unit: string, goal?: Goal): void {
  process.stdout.write(`${JSON.stringify({ case: name, value, unit, goal })}\n`);
}
