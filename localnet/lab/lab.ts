/** A lab in use: the network, what is wrong with it now, who watches, and who sends. */
import type { Fork } from './byzantine/detector.ts';
import type { Journal } from './journal.ts';
import type { Lane } from './links/link.ts';
import type { Way } from './links/links.ts';
import type { Load } from './load.ts';
import type { LabNetwork } from './network.ts';
import type { Quorum } from './quorum.ts';
import type { Watch } from './watch.ts';

/** What a scenario says at its head about how it must end. */
export interface Expectations {
  /** Validators that must have lost bond, by name; the others must not. */
  readonly punished: readonly string[];
  /** The chain does not go on at the end, and that is right. */
  readonly halts: boolean;
}

export interface Lab {
  readonly network: LabNetwork;
  readonly journal: Journal;
  readonly watch: Watch;
  readonly quorum: Quorum;
  readonly load: Load | undefined;
  readonly expect: Expectations;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** What the detector found, by steps that asked it. */
  readonly forks: Fork[];
  /** What steps opened beside the nodes (signers, twins, proxies), closed in reverse at the end. */
  readonly opened: AsyncDisposableStack;
}

/** Both directions of every pair of two sets of nodes. */
export function pairs(left: readonly number[], right: readonly number[]): readonly Way[] {
  return left.flatMap((from) => right.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** Cuts, or joins, everything between the groups; nodes in no group stay connected to all. */
export async function partition(
  lab: Lab,
  groups: readonly (readonly number[])[],
  cut: boolean,
): Promise<void> {
  for (const [index, group] of groups.entries()) {
    for (const other of groups.slice(index + 1)) {
      for (const way of pairs(group, other)) {
        lab.quorum.cut(way, cut);
        await lab.network.links.cut(way, cut);
      }
    }
  }
}

/** Changes the lanes of these ways. */
export async function change(lab: Lab, ways: readonly Way[], lane: Partial<Lane>): Promise<void> {
  for (const way of ways) {
    if (lane.held !== undefined) lab.quorum.hold(way, lane.held);
    await lab.network.links.change(way, lane);
  }
}

/** Every link is as new, every frozen node runs again. Nodes that ended stay so. */
export async function heal(lab: Lab): Promise<void> {
  await lab.network.links.clear();
  lab.quorum.clear();
  for (const node of lab.network.nodes) if (node.frozen && node.running) await node.thaw();
}
