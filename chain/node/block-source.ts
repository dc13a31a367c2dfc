/**
 * The blocks of a stopped node, read through `cometbft inspect` (its databases are never opened by
 * us) and given as the very requests that CometBFT made of the application.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CommitInfo,
  Misbehavior,
  MisbehaviorType,
  RequestFinalizeBlock,
} from 'cosmjs-types/tendermint/abci/types';
import { CliError, exitCodes } from '../cli/context.ts';
import { spawnCometbft } from './cometbft-process.ts';
import { lockHome, nodeHome } from './home.ts';
import { LogWatch } from './log-watch.ts';
import { poll, RpcError } from './rpc.ts';

/** One stored block. */
export interface StoredBlock {
  readonly height: number;
  /** What CometBFT asked, and on a replay after a crash asks again, byte for byte. */
  readonly request: RequestFinalizeBlock;
  /** The app hash that the application answered then; undefined where the results were not kept. */
  readonly appHash: Uint8Array | undefined;
}

/** The blocks that a stopped node has. */
export interface BlockSource {
  /** The lowest and highest stored height. */
  readonly base: number;
  readonly height: number;
  /** @throws RpcError where the height is outside of base..height. */
  block(height: number): Promise<StoredBlock>;
  /** Blocks in order, both ends included. */
  blocks(from: number, to: number): AsyncIterable<StoredBlock>;
}

/**
 * Opens the blocks of a stopped node for the time of `use`, holding the lock of its home.
 *
 * @throws CliError (unavailable) where the node runs, or has no blocks.
 */
export async function withStoppedNode<T>(
  options: {
    readonly home: string;
    readonly cometbft: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
  use: (source: BlockSource) => Promise<T>,
): Promise<T> {
  const home = nodeHome(options.home);
  const opened = new AsyncDisposableStack();
  try {
    const lock = await lockHome(home);
    opened.defer(() => lock.release());
    const dir = await mkdtemp(join(tmpdir(), 'artel-inspect-'));
    opened.defer(() => rm(dir, { recursive: true, force: true }));
    const socket = join(dir, 'rpc.sock');
    const watch = new LogWatch();
    const inspect = await spawnCometbft({
      binary: options.cometbft,
      args: ['inspect', '--home', home.root, '--rpc.laddr', `unix://${socket}`],
      env: options.env,
      onLine: (line) => void watch.read(line),
    });
    opened.defer(async () => {
      await inspect.stop(10_000);
    });
    await lock.update({ cometbft: inspect.ref });
    const range = await Promise.race([
      poll(() => storedRange(socket, home.root), { timeoutMs: 30_000 }),
      inspect.ended.then(({ code, signal }) => Promise.reject(watch.explainEnd(code, signal))),
    ]);
    if (range === undefined) {
      throw new CliError(
        `cometbft inspect is silent about ${home.root}: ${watch.lastLines(1)[0] ?? 'no output'}`,
        exitCodes.unavailable,
        'Try again when the machine has less to do.',
      );
    }
    const initialHeight = await readInitialHeight(home.genesisFile);
    const block = (height: number): Promise<StoredBlock> =>
      readBlock(socket, height, initialHeight);
    return await use({
      ...range,
      block,
      async *blocks(from, to) {
        for (let height = from; height <= to; height += 1) yield await block(height);
      },
    });
  } finally {
    await opened.disposeAsync();
  }
}

async function storedRange(
  socket: string,
  root: string,
): Promise<{ base: number; height: number }> {
  let height: number;
  try {
    const newest = (await callSocket(socket, 'blockchain', {})) as { last_height: string };
    height = Number(newest.last_height);
  } catch (error) {
    if (!/than max height 0/.test(error instanceof Error ? error.message : '')) throw error;
    throw new CliError(`${root} has no blocks yet`, exitCodes.failed, 'Let the node make some.');
  }
  try {
    await callSocket(socket, 'header', { height: '1' });
    return { base: 1, height };
  } catch (error) {
    // A pruned or state-synced store says where it begins.
    const base = /lowest height is (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    if (base === undefined) throw error;
    return { base: Number(base), height };
  }
}

async function readInitialHeight(genesisFile: string): Promise<number> {
  const genesis = JSON.parse(await readFile(genesisFile, 'utf8')) as { initial_height?: unknown };
  return Number(genesis.initial_height ?? 1) || 1;
}

async function readBlock(
  socket: string,
  height: number,
  initialHeight: number,
): Promise<StoredBlock> {
  const found = (await callSocket(socket, 'block', { height: String(height) })) as BlockAnswer;
  if (found.block === null) throw new RpcError(`there is no block ${height} in this node`);
  const { header, data, evidence, last_commit: lastCommit } = found.block;
  const powers = height === initialHeight ? [] : await readValidators(socket, height - 1);
  const votes = powers.map((validator, index) => ({
    validator: { address: hex(validator.address), power: BigInt(validator.voting_power) },
    blockIdFlag: lastCommit.signatures[index]?.block_id_flag ?? 0,
  }));
  return {
    height,
    request: RequestFinalizeBlock.fromPartial({
      txs: (data.txs ?? []).map((tx) => base64(tx)),
      decidedLastCommit: CommitInfo.fromPartial(
        height === initialHeight ? {} : { round: lastCommit.round, votes },
      ),
      misbehavior: (evidence.evidence ?? []).flatMap(toMisbehavior),
      hash: hex(found.block_id.hash),
      height: BigInt(height),
      time: timestamp(header.time),
      nextValidatorsHash: hex(header.next_validators_hash),
      proposerAddress: hex(header.proposer_address),
    }),
    appHash: await readAppHash(socket, height),
  };
}

async function readAppHash(socket: string, height: number): Promise<Uint8Array | undefined> {
  try {
    const results = (await callSocket(socket, 'block_results', { height: String(height) })) as {
      app_hash: string;
    };
    return base64(results.app_hash);
  } catch {
    // The newest block may have been stored and not yet executed.
    return undefined;
  }
}

async function readValidators(socket: string, height: number): Promise<readonly ValidatorAnswer[]> {
  const all: ValidatorAnswer[] = [];
  for (let page = 1; ; page += 1) {
    const answer = (await callSocket(socket, 'validators', {
      height: String(height),
      page: String(page),
      per_page: '100',
    })) as { validators: ValidatorAnswer[]; total: string };
    all.push(...answer.validators);
    if (all.length >= Number(answer.total) || answer.validators.length === 0) return all;
  }
}

function toMisbehavior(evidence: EvidenceAnswer): Misbehavior[] {
  const { type, value } = evidence;
  const common = {
    time: timestamp(value.Timestamp),
    totalVotingPower: BigInt(value.TotalVotingPower),
  };
  if (type === 'tendermint/DuplicateVoteEvidence') {
    return [
      Misbehavior.fromPartial({
        ...common,
        type: MisbehaviorType.DUPLICATE_VOTE,
        height: BigInt(value.vote_a?.height ?? 0),
        validator: {
          address: hex(value.vote_a?.validator_address ?? ''),
          power: BigInt(value.ValidatorPower ?? 0),
        },
      }),
    ];
  }
  return (value.ByzantineValidators ?? []).map((validator) =>
    Misbehavior.fromPartial({
      ...common,
      type: MisbehaviorType.LIGHT_CLIENT_ATTACK,
      height: BigInt(value.CommonHeight ?? 0),
      validator: { address: hex(validator.address), power: BigInt(validator.voting_power) },
    }),
  );
}

/** JSON-RPC over a unix socket; 10 s a call. */
async function callSocket(
  socketPath: string,
  method: string,
  params: Readonly<Record<string, string>>,
): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(10_000),
      },
      (response) => {
        response.setEncoding('utf8');
        let answer = '';
        response.on('data', (part: string) => {
          answer += part;
        });
        response.on('end', () => resolve(answer));
        response.on('error', reject);
      },
    );
    call.on('error', (error) => reject(new RpcError(`${method}: ${error.message}`)));
    call.end(body);
  });
  const answer = JSON.parse(text) as {
    result?: unknown;
    error?: { message: string; data: string };
  };
  if (answer.error !== undefined) {
    throw new RpcError(`${method}: ${answer.error.data || answer.error.message}`);
  }
  return answer.result;
}

interface BlockAnswer {
  readonly block_id: { readonly hash: string };
  readonly block: {
    readonly header: {
      readonly time: string;
      readonly next_validators_hash: string;
      readonly proposer_address: string;
    };
    readonly data: { readonly txs: readonly string[] | null };
    readonly evidence: { readonly evidence: readonly EvidenceAnswer[] | null };
    readonly last_commit: {
      readonly round: number;
      readonly signatures: readonly { readonly block_id_flag: number }[];
    };
  } | null;
}

interface ValidatorAnswer {
  readonly address: string;
  readonly voting_power: string;
}

/** Go's own field names where the Go type gives no others. */
interface EvidenceAnswer {
  readonly type: string;
  readonly value: {
    readonly vote_a?: { readonly height: string; readonly validator_address: string };
    readonly TotalVotingPower: string;
    readonly Timestamp: string;
    readonly ValidatorPower?: string;
    readonly CommonHeight?: string;
    readonly ByzantineValidators?: readonly ValidatorAnswer[];
  };
}

/** RFC 3339 with up to nine digits, which a Date would cut to three. */
function timestamp(text: string): { seconds: bigint; nanos: number } {
  const match = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(text);
  const ms = Date.parse(`${match?.[1]}Z`);
  if (match === null || Number.isNaN(ms)) throw new RpcError(`${text} is no time`);
  return { seconds: BigInt(ms / 1000), nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
