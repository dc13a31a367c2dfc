/**
 * What must hold in every scenario, whatever was done to the network. A and C are watched in
 * `watch.ts`, a transaction twice in `load.ts`, G asked by `run.ts`;
 * the others are here.
 *
 * A one block id a height · B growth after healing · C one app hash · D no transaction lost or
 * doubled · E one penalty a guilty key · F growth where, and only where, there is a quorum · G the
 * modules' own invariants.
 */
import { bech32 } from '@scure/base';
import { callRpc } from '../../chain/node/rpc.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './node.ts';

/**
 * So long the chain may take for a block although it has a quorum. It takes seconds, while peers
 * dial each other anew; a chain that never goes on is told apart on the slowest machine, too.
 */
const growsWithinMs = 150_000;

/** F, asked once a second. */
export class GrowthCheck {
  readonly #lab: Lab;
  #sinceMs = 0;
  #had: boolean | undefined;
  #heightThen = 0;
  /** From this survey on every node has been asked since the quorum went. */
  #knownFrom = 0;
  #known = false;
  #told = false;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** To be called after every change to the network, and now and then between them. */
  check(): void {
    const { journal, quorum, watch } = this.#lab;
    const has = quorum.present;
    if (has !== this.#had) {
      [this.#had, this.#sinceMs, this.#told] = [has, journal.ms, false];
      this.#knownFrom = watch.surveys + 2;
      this.#known = false;
    }
    const forMs = journal.ms - this.#sinceMs;
    if (this.#told) return;
    if (has && Math.min(forMs, watch.stillMs) > growsWithinMs && !this.#lab.expect.halts) {
      this.#told = true;
      journal.note(
        'violation',
        `F: no block for ${Math.round(watch.stillMs / 1000)} s though more than two thirds ` +
          'of the power run and reach each other',
      );
    }
    if (has) return;
    if (!this.#known) {
      this.#known = watch.surveys >= this.#knownFrom;
      this.#heightThen = watch.highest;
    }
    // The votes of one block may have been under way.
    if (watch.highest > this.#heightThen + 1) {
      this.#told = true;
      journal.note(
        'violation',
        `F: from height ${this.#heightThen} to ${watch.highest} without a quorum`,
      );
    }
  }
}

/** B: after healing every node that runs goes on, together. */
export async function checkGrowth(lab: Lab): Promise<void> {
  const running = lab.network.nodes.filter(
    (node) => node.running && !node.frozen && !lab.watch.isExcused(node.name),
  );
  const goal = lab.watch.highest + 2;
  for (const node of running) {
    try {
      await node.reach(goal, growsWithinMs, lab.signal);
    } catch (error) {
      lab.signal.throwIfAborted();
      lab.journal.note('violation', `B: ${(error as Error).message}`, node.name);
    }
  }
}

/** D: what a node took is in a block, and the accounts agree. */
export async function checkTransactions(lab: Lab): Promise<void> {
  const { load, journal, network, watch } = lab;
  if (load === undefined) return;
  const lost = load.lost();
  if (lost.length > 0) {
    const some = lost.slice(0, 3).join(', ');
    journal.note(
      'violation',
      `D: ${lost.length} acknowledged transactions are in no block: ${some}`,
    );
    return;
  }
  for (const node of network.nodes) {
    if (!node.running || node.frozen || watch.isExcused(node.name)) continue;
    for (const problem of await load.wrongSequences(node.plan.rpcUrl)) {
      journal.note('violation', `D: on ${node.name} ${problem}`, node.name);
    }
  }
}

interface ShownEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** How often each consensus address lost bond, by the events of all blocks of a node. */
export async function penalties(node: LabNode): Promise<ReadonlyMap<string, number>> {
  const { plan } = node;
  const head = (await node.height()) ?? 0;
  const counts = new Map<string, number>();
  for (let height = 1; height <= head; height += 1) {
    const { finalize_block_events: events } = (await callRpc(
      plan.rpcUrl,
      'block_results',
      {
        height: String(height),
      },
      30_000,
    )) as { finalize_block_events: readonly ShownEvent[] | null };
    for (const { type, attributes } of events ?? []) {
      if (type !== 'artel.validators.v1.BondCut') continue;
      const address = attributes.find(({ key }) => key === 'consensus_address')?.value ?? '';
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  return counts;
}

/** E: exactly the guilty lost bond, each once. */
export async function checkPenalties(lab: Lab): Promise<void> {
  const { network, expect, journal, watch } = lab;
  const node = network.nodes.find(
    (candidate) =>
      candidate.running &&
      !candidate.frozen &&
      !candidate.plan.late &&
      !watch.isExcused(candidate.name),
  );
  if (node === undefined) return;
  const counts = await penalties(node);
  for (const [index, { name, power }] of network.plan.nodes.entries()) {
    if (power === 0) continue;
    const { validatorAddress } = network.identities[index] ?? {};
    if (validatorAddress === undefined) continue;
    const address = bech32.encode('artelvalcons', bech32.toWords(validatorAddress));
    const due = expect.punished.includes(name) ? 1 : 0;
    const found = counts.get(address) ?? 0;
    if (found === due) continue;
    journal.note('violation', `E: ${name} was punished ${found} times, not ${due}`, name);
  }
}
