/** All links of a lab, as the lab sees them: by pairs of nodes, whoever of the two dials. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { CliError, exitCodes } from '../../../chain/cli/context.ts';
import { clearPolicy, type Lane, type LinkPolicy } from './link.ts';
import type { LinkPlan, LinksAnswer, LinksOrder } from './protocol.ts';

/** One direction between two nodes, by index. */
export interface Way {
  readonly from: number;
  readonly to: number;
}

/** The number is the links' to give. */
type Unnumbered<Order> = Order extends unknown ? Omit<Order, 'id'> : never;

export class Links {
  readonly #plans: readonly LinkPlan[];
  readonly #child: ChildProcess;
  readonly #policies: LinkPolicy[];
  readonly #waiting = new Map<number, (answer: LinksAnswer) => void>();
  #nextId = 0;

  private constructor(plans: readonly LinkPlan[]) {
    this.#plans = plans;
    this.#policies = plans.map(() => clearPolicy);
    this.#child = fork(new URL(`./main${extname(import.meta.url)}`, import.meta.url), {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (answer: LinksAnswer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.once('close', () => {
      for (const [id, resolve] of this.#waiting)
        resolve({ id, problem: 'their process has ended' });
      this.#waiting.clear();
    });
  }

  /** @throws CliError (unavailable) where a port is taken. */
  static async open(plans: readonly LinkPlan[], seed: number): Promise<Links> {
    const links = new Links(plans);
    try {
      await links.#order({ order: 'open', plans, seed });
      return links;
    } catch (error) {
      await links.close();
      throw new CliError(
        `the links of the lab can't listen: ${error instanceof Error ? error.message : error}`,
        exitCodes.unavailable,
        'Stop the program that has the port, or move the lab with --base-port.',
      );
    }
  }

  /** Changes the lane of this direction; the opposite one stays as it is. */
  async change(way: Way, change: Partial<Lane>): Promise<void> {
    const { index, lane } = this.#find(way);
    const policy = this.#policies[index] ?? clearPolicy;
    await this.#set(index, { ...policy, [lane]: { ...policy[lane], ...change } });
  }

  /** Cuts the pair in both directions, or joins it again. */
  async cut(way: Way, cut: boolean): Promise<void> {
    const { index } = this.#find(way);
    await this.#set(index, { ...(this.#policies[index] ?? clearPolicy), cut });
  }

  /** Resets the pair's connections once. */
  async reset(way: Way): Promise<void> {
    await this.#order({ order: 'reset', link: this.#find(way).index });
  }

  /** Every link passes on again, without delay. Held bytes go out at once. */
  async clear(): Promise<void> {
    await Promise.all(this.#plans.map((_, index) => this.#set(index, clearPolicy)));
  }

  /** Ends all connections and the process. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #set(index: number, policy: LinkPolicy): Promise<void> {
    this.#policies[index] = policy;
    await this.#order({ order: 'set', link: index, policy });
  }

  #find({ from, to }: Way): { index: number; lane: 'forth' | 'back' } {
    const [low, high] = from < to ? [from, to] : [to, from];
    const index = this.#plans.findIndex((plan) => plan.from === low && plan.to === high);
    if (index < 0) throw new Error(`nodes ${from} and ${to} have no link`);
    return { index, lane: from < to ? 'forth' : 'back' };
  }

  async #order(order: Unnumbered<LinksOrder>): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answered = new Promise<LinksAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ ...order, id });
    const { problem } = await answered;
    if (problem !== undefined) throw new Error(problem);
  }
}
