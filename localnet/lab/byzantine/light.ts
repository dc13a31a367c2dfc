/** CometBFT's light client against a liar: what it believes, and whom it tells. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCommit } from '../../../chain/client/header.ts';
import { callRpc, RpcError } from '../../../chain/node/rpc.ts';
import type { LabNode } from '../node.ts';
import { sceneAt, signerOf } from './evidence.ts';
import { Liar, type Lie, tell } from './liar.ts';

export interface LightDrill {
  readonly cometbft: string;
  readonly chainId: string;
  /** The liar stands before it. */
  readonly primary: LabNode;
  readonly witness: LabNode;
  /** Whose key signs the lie. */
  readonly guilty: LabNode;
  readonly lie: Lie;
  /** What the light client trusts from the beginning, and the height that is lied about. */
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

export interface LightOutcome {
  /** The app hash that it gave for the height, in upper-case hex; undefined: it refused. */
  readonly believed: string | undefined;
  readonly truth: string;
  /** What it wrote of an attack and of whom it told, a line each. */
  readonly reports: readonly string[];
}

interface CommitAnswer {
  readonly signed_header: {
    readonly header: { readonly app_hash: string };
    readonly commit: { readonly block_id: { readonly hash: string } };
  };
}

const answerWithinMs = 60_000;

export async function runLightDrill(drill: LightDrill): Promise<LightOutcome> {
  const { primary, witness, chainId, from, to } = drill;
  const scene = await sceneAt(witness.plan.rpcUrl, to);
  const trusted = await commitAt(witness.plan.rpcUrl, from);
  const honest = await commitAt(witness.plan.rpcUrl, to);
  const commit = parseCommit(honest.signed_header.commit);
  const told = tell(scene, commit, await signerOf(drill.guilty.plan), drill.lie);
  await using liar = await Liar.open(primary.plan.rpcUrl, told);
  const folder = await mkdtemp(join(tmpdir(), 'artel-light-'));
  const port = witness.plan.lightPort;
  const client = spawn(
    drill.cometbft,
    [
      'light',
      chainId,
      ...['--primary', liar.url, '--witnesses', witness.plan.rpcUrl],
      ...['--height', String(from), '--hash', trusted.signed_header.commit.block_id.hash],
      ...['--home-dir', folder, '--laddr', `tcp://127.0.0.1:${port}`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { HOME: folder } },
  );
  let log = '';
  for (const output of [client.stdout, client.stderr]) {
    output.on('data', (part) => {
      log += String(part);
    });
  }
  const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
  try {
    const believed = await ask(`http://127.0.0.1:${port}`, to, drill.signal);
    return { believed, truth: honest.signed_header.header.app_hash, reports: reportsIn(log) };
  } finally {
    client.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

/** The app hash that it gives for a height; undefined where it refuses to. */
async function ask(url: string, height: number, signal: AbortSignal): Promise<string | undefined> {
  const until = performance.now() + answerWithinMs;
  for (;;) {
    try {
      return (await commitAt(url, height)).signed_header.header.app_hash;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      // Of another reason it may have changed its primary meanwhile.
      if (error.message.includes('attack')) return undefined;
      if (performance.now() > until) return undefined;
    }
    await sleep(100, undefined, { signal });
  }
}

/** Without the evidence itself, which it prints whole. */
function reportsIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => /attack detected|[Ee]vidence|amnesia|witness/.test(line))
    .map((line) =>
      line
        .replace(/^.\[[^\]]*\] /, '')
        .replace(/ev="(?:[^"\\]|\\.)*"/, '')
        .replace(/\s+/g, ' ')
        .slice(0, 400),
    );
}

async function commitAt(url: string, height: number): Promise<CommitAnswer> {
  return (await callRpc(url, 'commit', { height: String(height) }, 20_000)) as CommitAnswer;
}
