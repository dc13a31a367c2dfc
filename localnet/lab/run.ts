/** Plays one scenario on a network of its own, and says what happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeHome } from '../../chain/node/home.ts';
import { callRpc } from '../../chain/node/rpc.ts';
import { lastLines } from '../logs.ts';
import { loadKeys, type MakeLabGenesis } from './create.ts';
import { checkGrowth, checkPenalties, checkTransactions, GrowthCheck } from './invariants.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { heal, type Lab } from './lab.ts';
import { Load, type LoadResult } from './load.ts';
import { type MetricSample, Metrics } from './metrics.ts';
import { LabNetwork } from './network.ts';
import type { LabNode } from './node.ts';
import { Quorum } from './quorum.ts';
import { seededRandom } from './random.ts';
import type { Scenario } from './scenario.ts';
import { type HeightSample, type SeenBlock, Watch } from './watch.ts';

export interface RunOptions {
  readonly cometbft: string;
  readonly makeGenesis: MakeLabGenesis;
  /** What is wrong in the store of a node that ended: invariants, and an auditor's own books. */
  readonly audit: (storeDir: string) => Promise<readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Instead of the scenario's own. */
  readonly seed?: number | undefined;
  readonly basePort?: number | undefined;
  /** Each entry as it is written. */
  readonly tell?: (entry: JournalEntry) => void;
}

/** A block with what only its text and its successor's say. */
export interface ToldBlock extends SeenBlock {
  /** In which it was decided; undefined for the newest one. */
  readonly round: number | undefined;
  /** Pieces of evidence in it. */
  readonly evidence: number;
}

/** What a run was; reports are made of it. */
export interface RunResult {
  readonly scenario: string;
  readonly about: string;
  readonly seed: number;
  readonly nodes: readonly { readonly name: string; readonly power: number }[];
  /** From the start of the processes to the first block of each, in ms. */
  readonly upMs: number;
  readonly downMs: number;
  readonly totalMs: number;
  readonly violations: readonly string[];
  readonly journal: readonly JournalEntry[];
  readonly heights: readonly HeightSample[];
  readonly blocks: readonly ToldBlock[];
  readonly metrics: readonly MetricSample[];
  readonly load: LoadResult | undefined;
  /** The end of each node's log, where something was violated. */
  readonly logs: Readonly<Record<string, string>>;
}

/**
 * Violations are part of the result.
 *
 * @throws CliError where the network can't be; the signal's reason where that fires.
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const began = performance.now();
  const seed = options.seed ?? scenario.settings.seed;
  const settings = { ...scenario.settings, seed, basePort: options.basePort };
  const journal = new Journal(() => performance.now(), options.tell);
  const network = await LabNetwork.create({ ...options, settings });
  const opened = new AsyncDisposableStack();
  const result = { load: undefined as LoadResult | undefined, upMs: 0, downMs: 0 };
  const metrics = new Metrics(network.nodes, journal);
  const texts = new Map<number, BlockText>();
  let watch: Watch | undefined;
  let logs: RunResult['logs'] = {};
  try {
    const actions = scenario.actions(network.plan);
    await network.up();
    result.upMs = journal.ms;
    journal.restart();
    const random = seededRandom(seed);
    const load = scenario.load.rate === 0 ? undefined : loadOf(scenario, network, journal, random);
    watch = new Watch(network, journal, async ({ height }, node) => {
      texts.set(height, await readBlock(load, height, node));
    });
    const quorum = new Quorum(network.nodes);
    const { expect } = scenario;
    const { signal } = options;
    const lab: Lab = {
      network,
      journal,
      watch,
      quorum,
      load,
      expect,
      random,
      signal,
      opened,
      forks: [],
    };
    watch.start();
    metrics.start();
    opened.defer(() => metrics.stop());
    const growth = watchGrowth(lab);
    await load?.start();
    try {
      await play(lab, actions, growth);
      if (!expect.halts) await heal(lab);
      await load?.stop();
      if (!expect.halts) await load?.drain(hopeless(lab));
    } finally {
      await load?.stop();
      growth.stop();
      await growth.done;
    }
    await watch.stop();
    await watch.look();
    signal.throwIfAborted();
    if (!expect.halts) await judge(lab);
    result.load = load?.result(decisions(watch));
    if (!expect.halts) await auditOne(lab, options.audit);
  } catch (error) {
    // Up, and then the lab itself could not go on: told with all that is known until then.
    if (watch === undefined || options.signal.aborted) throw error;
    journal.note('violation', `the lab: ${error instanceof Error ? error.message : error}`);
  } finally {
    await opened.disposeAsync();
    await watch?.stop();
    if (journal.entries.some(({ kind }) => kind === 'violation')) logs = await logsOf(network);
    const down = performance.now();
    await network.destroy();
    result.downMs = Math.round(performance.now() - down);
  }
  const violations = journal.entries.filter(({ kind }) => kind === 'violation');
  return {
    scenario: scenario.name,
    about: scenario.about,
    seed,
    nodes: network.plan.nodes.map(({ name, power }) => ({ name, power })),
    ...result,
    totalMs: Math.round(performance.now() - began),
    violations: violations.map(({ text }) => text),
    journal: journal.entries,
    heights: watch?.samples ?? [],
    blocks: longest(watch).map((block) => ({
      ...block,
      round: texts.get(block.height + 1)?.roundBefore,
      evidence: texts.get(block.height)?.evidence ?? 0,
    })),
    metrics: metrics.samples,
    logs,
  };
}

/** The newest lines of each node, for a violation's report. */
async function logsOf(network: LabNetwork): Promise<RunResult['logs']> {
  const lines = network.plan.nodes.map(
    async ({ name, logFile }) => [name, await lastLines(logFile, 60)] as const,
  );
  return Object.fromEntries(await Promise.all(lines));
}

function loadOf(
  { load }: Scenario,
  network: LabNetwork,
  journal: Journal,
  random: () => number,
): Load {
  return new Load({
    chainId: network.plan.settings.chainId,
    keys: loadKeys(network.plan),
    nodes: network.nodes,
    ...load,
    journal,
    random,
  });
}

/** So many blocks on, what is not in one will never be; a chain that stands will not take it. */
const drainBlocks = 50;
const drainStillMs = 150_000;

/** True once there is no more hope for what the load still waits for. */
function hopeless({ watch, signal }: Lab): () => boolean {
  const until = watch.highest + drainBlocks;
  return () => signal.aborted || watch.highest >= until || watch.stillMs > drainStillMs;
}

/** The steps, in their order; what fails is a violation, and ends the scenario. */
async function play(
  lab: Lab,
  actions: ReturnType<Scenario['actions']>,
  growth: Growth,
): Promise<void> {
  for (const action of actions) {
    lab.signal.throwIfAborted();
    lab.journal.note('step', action.text);
    try {
      await action.run(lab);
      growth.check();
    } catch (error) {
      lab.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      lab.journal.note('violation', `step "${action.text}": ${reason}`);
      return;
    }
  }
}

/** Asks every invariant. */
async function judge(lab: Lab): Promise<void> {
  await checkGrowth(lab);
  await lab.watch.look();
  await checkTransactions(lab);
  await checkPenalties(lab);
}

/** G, on a node that is ended for it. */
async function auditOne(lab: Lab, audit: RunOptions['audit']): Promise<void> {
  const node = lab.network.nodes.find(
    (candidate) => candidate.running && !lab.watch.isExcused(candidate.name),
  );
  if (node === undefined) return;
  await node.terminate();
  for (const problem of await audit(nodeHome(node.plan.home).storeDir)) {
    lab.journal.note('violation', `G: ${node.name}: ${problem}`, node.name);
  }
}

interface Growth {
  check(): void;
  stop(): void;
  readonly done: Promise<void>;
}

function watchGrowth(lab: Lab): Growth {
  const check = new GrowthCheck(lab);
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      check.check();
      await sleep(1_000);
    }
  };
  const stop = (): void => {
    stopped = true;
  };
  return { check: () => check.check(), stop, done: loop() };
}

interface BlockText {
  /** In which the block before was decided. */
  readonly roundBefore: number;
  readonly evidence: number;
}

/** Reads a block, and tells the load which of its transactions are in it. @throws RpcError */
async function readBlock(
  load: Load | undefined,
  height: number,
  { plan }: LabNode,
): Promise<BlockText> {
  const at = { height: String(height) };
  const { block } = (await callRpc(plan.rpcUrl, 'block', at, 30_000)) as {
    block: {
      data: { txs: readonly string[] | null };
      evidence: { evidence: readonly unknown[] | null };
      last_commit: { round: number };
    };
  };
  const transactions = (block.data.txs ?? []).map((text) => Buffer.from(text, 'base64'));
  if (load !== undefined && transactions.length > 0) {
    const { txs_results: results } = (await callRpc(plan.rpcUrl, 'block_results', at, 30_000)) as {
      txs_results: readonly { code: number }[] | null;
    };
    const codes = (results ?? []).map(({ code }) => code);
    load.seen(height, transactions, codes);
  }
  const evidence = (block.evidence.evidence ?? []).length;
  return { roundBefore: block.last_commit.round, evidence };
}

/**
 * When a block was decided: the time in a header is the median of the votes for the block before.
 */
function decisions(watch: Watch): (height: number) => number | undefined {
  const times = new Map(longest(watch).map(({ height, timeMs }) => [height - 1, timeMs]));
  return (height) => times.get(height);
}

/** The blocks of the node that has most of them. */
function longest(watch: Watch | undefined): readonly SeenBlock[] {
  const all = [...(watch?.blocks.values() ?? [])].sort((left, right) => right.size - left.size);
  return [...(all[0]?.values() ?? [])];
}
