/** One node of a lab as it runs: started, ended, frozen, in whole or in one of its two halves. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeHome, readHomeLock } from '../../chain/node/home.ts';
import { isRunning, type ProcessRef, signalProcess, waitForEnd } from '../../chain/node/process.ts';
import { fetchStatus, poll } from '../../chain/node/rpc.ts';
import { lastLines } from '../logs.ts';
import { type StartedNode, startNode } from '../up.ts';
import type { AppFault } from './app/fault.ts';
import type { LabNodePlan } from './plan.ts';

/** A node is two processes that end together. */
export type Part = 'application' | 'CometBFT' | 'both';

/** How nodes are started. */
export interface NodeStarter {
  /** How `artel` is called on this machine. */
  readonly artel: readonly [string, ...string[]];
  /** The same, with an application that can be told to fail. */
  readonly faulty: readonly [string, ...string[]];
  readonly cometbft: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodeArguments: readonly string[];
}

export interface StartOptions {
  /** What the application does wrong in this run. */
  readonly app?: AppFault | undefined;
  /** More environment, such as FAIL_TEST_INDEX. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** Only a process that never ends takes so long, however busy the machine is. */
const endWithinMs = 120_000;

export class LabNode {
  readonly plan: LabNodePlan;
  readonly #starter: NodeStarter;
  #started: StartedNode | undefined;
  /** Where in the log the last start begins. */
  #logFrom = 0;
  #frozen = false;
  #told = false;

  constructor(plan: LabNodePlan, starter: NodeStarter) {
    this.plan = plan;
    this.#starter = starter;
  }

  get name(): string {
    return this.plan.name;
  }

  /** Whether its supervising process runs, frozen or not. */
  get running(): boolean {
    return this.#started !== undefined && isRunning(this.#started.ref);
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** True where it ended, though nobody told it to. */
  get endedUnasked(): boolean {
    return this.#started !== undefined && !this.#told && !this.running;
  }

  /** Resolves when the process that was started last has ended, with how. */
  get ended(): Promise<string> | undefined {
    return this.#started?.ended;
  }

  start(options: StartOptions = {}): void {
    if (this.running) throw new Error(`${this.name} runs already`);
    const { artel, faulty, env, cometbft, nodeArguments } = this.#starter;
    this.#told = false;
    this.#frozen = false;
    this.#logFrom = statSync(this.plan.logFile, { throwIfNoEntry: false })?.size ?? 0;
    this.#started = startNode(
      this.plan,
      {
        artel: options.app === undefined ? artel : faulty,
        env: {
          ...env,
          // Keys of a lab are worth nothing, and twins share one on purpose.
          ARTEL_VALIDATOR_LOCKS: join(this.plan.home, 'artel', 'validator-locks'),
          ...options.env,
          ...(options.app !== undefined && { ARTEL_LAB_APP: JSON.stringify(options.app) }),
        },
        nodeArguments: [...nodeArguments, ...(options.nodeArguments ?? [])],
      },
      cometbft,
    );
  }

  /** What it has printed since it was started last. */
  async log(): Promise<string> {
    return (await readFile(this.plan.logFile)).subarray(this.#logFrom).toString('utf8');
  }

  /** SIGTERM to the node: it ends in order. */
  async terminate(): Promise<void> {
    await this.#end('SIGTERM', 'application');
  }

  /** SIGKILL to a part; the other one ends by itself, as in real life. */
  async kill(part: Part = 'both'): Promise<void> {
    await this.#end('SIGKILL', part);
  }

  async freeze(part: Part = 'both'): Promise<void> {
    await this.#signal('SIGSTOP', part);
    this.#frozen = true;
  }

  async thaw(): Promise<void> {
    await this.#signal('SIGCONT', 'both');
    this.#frozen = false;
  }

  /** Whatever is left of it is gone afterwards. */
  async destroy(): Promise<void> {
    this.#told = true;
    const processes = await this.#processes('both');
    for (const ref of processes) signalProcess(ref, 'SIGKILL');
    for (const ref of processes) await waitForEnd(ref, endWithinMs);
  }

  /** Its newest height; undefined where it doesn't answer. */
  async height(): Promise<number | undefined> {
    return poll(async () => (await fetchStatus(this.plan.rpcUrl, 10_000)).height, { timeoutMs: 0 });
  }

  /** @throws Error with the end of its log where it is not at `height` in time. */
  async reach(height: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const there = await poll(
      async () => (await fetchStatus(this.plan.rpcUrl, 10_000)).height >= height || undefined,
      { timeoutMs, ...(signal && { signal }) },
    );
    signal?.throwIfAborted();
    if (there) return;
    const at = await this.height();
    throw new Error(
      `${this.name} is ${at === undefined ? 'silent' : `at height ${at}`}, not at ${height} ` +
        `after ${timeoutMs / 1000} s; its log ends with:\n${await lastLines(this.plan.logFile, 8)}`,
    );
  }

  async #end(signal: NodeJS.Signals, part: Part): Promise<void> {
    this.#told = true;
    const all = await this.#processes('both');
    await this.#signal(signal, part);
    if (this.#frozen) await this.thaw();
    for (const ref of all) {
      if (!(await waitForEnd(ref, endWithinMs))) {
        throw new Error(
          `${this.name}: process ${ref.pid} still runs ${endWithinMs / 1000} s after ${signal}`,
        );
      }
    }
  }

  async #signal(signal: NodeJS.Signals, part: Part): Promise<void> {
    for (const ref of await this.#processes(part)) signalProcess(ref, signal);
  }

  async #processes(part: Part): Promise<readonly ProcessRef[]> {
    const lock = await readHomeLock(nodeHome(this.plan.home));
    // A node that has just been started has not written its lock yet.
    const own = this.#started === undefined ? [] : [this.#started.ref];
    const application = [...own, ...(lock === undefined ? [] : [lock.node])];
    const cometbft = lock?.cometbft === undefined ? [] : [lock.cometbft];
    const chosen = {
      application,
      CometBFT: cometbft,
      both: [...application, ...cometbft],
    }[part];
    return chosen.filter(isRunning);
  }
}
