/**
 * Whether the chain may grow now: whether validators with more than two thirds of the power run and
 * reach each other (invariant F). It follows from what the lab did, not from what nodes say.
 */
import type { Way } from './links/links.ts';
import type { LabNode } from './node.ts';

export class Quorum {
  readonly #nodes: readonly LabNode[];
  readonly #cut = new Set<string>();
  readonly #held = new Set<string>();
  readonly #powers: Map<string, number>;

  constructor(nodes: readonly LabNode[]) {
    this.#nodes = nodes;
    this.#powers = new Map(nodes.map(({ name, plan }) => [name, plan.power]));
  }

  /** The power of a node is another one from now on. */
  weigh(node: string, power: number): void {
    this.#powers.set(node, power);
  }

  cut({ from, to }: Way, cut: boolean): void {
    const key = from < to ? `${from}-${to}` : `${to}-${from}`;
    if (cut) this.#cut.add(key);
    else this.#cut.delete(key);
  }

  hold({ from, to }: Way, held: boolean): void {
    if (held) this.#held.add(`${from}>${to}`);
    else this.#held.delete(`${from}>${to}`);
  }

  clear(): void {
    this.#cut.clear();
    this.#held.clear();
  }

  /** True: more than two thirds of the power run and are joined, directly or through others. */
  get present(): boolean {
    const total = this.#powerOf(this.#nodes);
    return this.#groups().some((group) => 3 * this.#powerOf(group) > 2 * total);
  }

  #powerOf(nodes: readonly LabNode[]): number {
    return nodes.reduce((sum, { name }) => sum + (this.#powers.get(name) ?? 0), 0);
  }

  /** Nodes that gossip with each other, whether they vote or not: all of them pass votes on. */
  #groups(): readonly (readonly LabNode[])[] {
    const left = new Set(this.#nodes.filter(({ running, frozen }) => running && !frozen));
    const groups: LabNode[][] = [];
    for (const first of left) {
      left.delete(first);
      const group = [first];
      for (const member of group) {
        for (const other of left) {
          if (!this.#joined(member.plan.index, other.plan.index)) continue;
          left.delete(other);
          group.push(other);
        }
      }
      groups.push(group);
    }
    return groups;
  }

  #joined(one: number, other: number): boolean {
    const [low, high] = one < other ? [one, other] : [other, one];
    return (
      !this.#cut.has(`${low}-${high}`) &&
      !this.#held.has(`${low}>${high}`) &&
      !this.#held.has(`${high}>${low}`)
    );
  }
}
