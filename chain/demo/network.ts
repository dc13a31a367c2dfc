/** Who trusts whom mutually in an edge list: members, edges and the components that they make. */
import type { DirectedEdge } from './edge-list.ts';

/** A mutual edge: two members, by their index. */
export type Mutual = readonly [a: number, b: number];

export interface Network {
  /** Names of the members that have a mutual edge. */
  readonly members: readonly string[];
  /** In the order in which the second direction stands in the list. */
  readonly edges: readonly Mutual[];
}

export interface Shape {
  readonly nodes: number;
  readonly edges: number;
  readonly components: number;
  readonly largest: number;
}

/**
 * The mutual edges of a list, whatever their weights say (a rating of either sign is a statement of
 * one about the other), or only those with `minWeight` on both sides; at most the first `limit`.
 */
export function mutualNetwork(
  list: readonly DirectedEdge[],
  { minWeight = Number.NEGATIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = {},
): Network {
  const said = new Set<string>();
  const indexOf = new Map<string, number>();
  const members: string[] = [];
  const edges: Mutual[] = [];
  const index = (name: string): number => {
    const known = indexOf.get(name);
    if (known !== undefined) return known;
    indexOf.set(name, members.length);
    return members.push(name) - 1;
  };
  for (const { from, to, weight } of list) {
    if (edges.length >= limit) break;
    if (weight < minWeight || said.has(`${from}\t${to}`)) continue;
    said.add(`${from}\t${to}`);
    if (said.has(`${to}\t${from}`)) edges.push([index(from), index(to)]);
  }
  return { members, edges };
}

/** The list of which a network is the mutual part. */
export function bothWays({ members, edges }: Network): readonly DirectedEdge[] {
  return edges.flatMap(([a, b]) => {
    const [from, to] = [members[a] ?? '', members[b] ?? ''];
    return [
      { from, to, weight: 1 },
      { from: to, to: from, weight: 1 },
    ];
  });
}

/** Counts, by an algorithm that shares nothing with the chain's. */
export function shapeOf({ members, edges }: Network): Shape {
  const parents = members.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root] ?? root] ?? root;
      root = parents[root] ?? root;
    }
    return root;
  };
  for (const [a, b] of edges) parents[rootOf(a)] = rootOf(b);
  const sizes = new Map<number, number>();
  for (const index of members.keys()) {
    const root = rootOf(index);
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
  }
  return {
    nodes: members.length,
    edges: edges.length,
    components: sizes.size,
    largest: Math.max(0, ...sizes.values()),
  };
}

/**
 * The members in an order in which each (but the first of a component) follows a neighbour, and
 * the edges turned so that the earlier end comes first. Where the later end gives the second
 * signature, a component grows by single members, which is the cheapest way (trust's README).
 */
export function inGrowingOrder({ members, edges }: Network): Network {
  const neighbours: number[][] = members.map(() => []);
  for (const [a, b] of edges) {
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  const place = new Map<number, number>();
  for (const start of members.keys()) {
    if (place.has(start)) continue;
    const queue = [start];
    place.set(start, place.size);
    for (const at of queue) {
      for (const next of neighbours[at] ?? []) {
        if (place.has(next)) continue;
        place.set(next, place.size);
        queue.push(next);
      }
    }
  }
  const ordered: string[] = [];
  for (const [index, position] of place) ordered[position] = members[index] ?? '';
  const turned = edges.map(([a, b]): Mutual => {
    const [x, y] = [place.get(a) ?? 0, place.get(b) ?? 0];
    return x < y ? [x, y] : [y, x];
  });
  return { members: ordered, edges: turned };
}
