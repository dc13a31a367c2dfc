/** Steps that cut, slow, hold and heal the links between nodes. */
import type { Arguments } from '../arguments.ts';
import { change, heal, pairs, partition } from '../lab.ts';
import type { Lane } from '../links/link.ts';
import type { Way } from '../links/links.ts';
import type { LabPlan } from '../plan.ts';
import { names, target, type Verb, type Verbs } from './verb.ts';

/** A verb that changes lanes: of `nodes` with everybody, or of `from` to `to`. */
function toLanes(
  about: string,
  example: string,
  fields: readonly string[],
  read: (
    fields: ReadonlyMap<string, Arguments>,
    given: Arguments,
  ) => {
    readonly lane: Partial<Lane>;
    readonly text: string;
  },
): Verb {
  return {
    about,
    example,
    read(given, plan) {
      const map = given.map('nodes', 'from', 'to', ...fields);
      const { lane, text } = read(map, given);
      const ways = waysOf(map, given, plan);
      const which =
        ways.length > 4 ? `${ways.length} ways` : ways.map((way) => shown(plan, way)).join(', ');
      return { text: `${text} on ${which}`, run: (lab) => change(lab, ways, lane) };
    },
  };
}

function waysOf(
  map: ReadonlyMap<string, Arguments>,
  given: Arguments,
  plan: LabPlan,
): readonly Way[] {
  const all = plan.nodes.map(({ index }) => index);
  const nodes = map.get('nodes')?.nodes(plan);
  if (nodes !== undefined) {
    const others = all.filter((index) => !nodes.includes(index));
    const rest = others.length === 0 ? nodes : others;
    return [...pairs(nodes, rest), ...(others.length === 0 ? [] : pairs(rest, nodes))];
  }
  const [from, to] = [map.get('from')?.nodes(plan), map.get('to')?.nodes(plan)];
  if (from === undefined && to === undefined) given.refuse('it says no nodes, from or to');
  return pairs(from ?? all, to ?? all);
}

const shown = (plan: LabPlan, { from, to }: Way): string =>
  `${plan.nodes[from]?.name} > ${plan.nodes[to]?.name}`;

/** By the word that stands in a scenario. */
export const linkVerbs: Verbs = {
  partition: {
    about: 'cut everything between groups of nodes',
    example: 'partition: [[node0, node1], [node2, node3]]',
    read(given, plan) {
      const groups = given.list().map((group) => group.nodes(plan));
      const text = groups.map((group) => names(plan, group)).join(' | ');
      return { text: `cut ${text}`, run: (lab) => partition(lab, groups, true) };
    },
  },
  cutOff: {
    about: 'cut nodes off from everybody, each by itself',
    example: 'cutOff: node3',
    read(given, plan) {
      const { indexes } = target(given, plan);
      const rest = plan.nodes.map(({ index }) => index).filter((at) => !indexes.includes(at));
      const groups = [...indexes.map((index) => [index]), rest];
      return {
        text: `cut off ${names(plan, indexes)}`,
        run: (lab) => partition(lab, groups, true),
      };
    },
  },
  ring: {
    about: 'leave each node only its two neighbours in a ring',
    example: 'ring',
    read(_given, plan) {
      const count = plan.nodes.length;
      return {
        text: 'leave a ring',
        async run(lab) {
          for (const { from, to } of plan.links) {
            const apart = Math.min(to - from, count - (to - from));
            if (apart > 1) await partition(lab, [[from], [to]], true);
          }
        },
      };
    },
  },
  hold: toLanes(
    'keep back all bytes one way: from and to, or all ways of nodes',
    'hold: {from: node0, to: node1}',
    [],
    () => ({ lane: { held: true }, text: 'hold' }),
  ),
  delay: toLanes(
    'delay bytes, with jitter',
    'delay: {nodes: all, by: 150ms, jitter: 50ms}',
    ['by', 'jitter'],
    (fields, given) => {
      const delayMs = fields.get('by')?.durationMs() ?? given.refuse('it says not by how much');
      const jitterMs = fields.get('jitter')?.durationMs() ?? 0;
      return { lane: { delayMs, jitterMs }, text: `delay by ${delayMs} +- ${jitterMs} ms` };
    },
  ),
  narrow: toLanes(
    'let through only so many bytes a second',
    'narrow: {nodes: node1, bytesPerSecond: 20000}',
    ['bytesPerSecond'],
    (fields, given) => {
      const bytesPerSecond =
        fields.get('bytesPerSecond')?.count(1) ?? given.refuse('it says no bytesPerSecond');
      return { lane: { bytesPerSecond }, text: `narrow to ${bytesPerSecond} B/s` };
    },
  ),
  reset: {
    about: 'reset all connections of nodes once',
    example: 'reset: node1',
    read(given, plan) {
      const { indexes } = target(given, plan);
      const all = plan.nodes.map(({ index }) => index);
      return {
        text: `reset connections of ${names(plan, indexes)}`,
        async run(lab) {
          for (const way of pairs(indexes, all)) await lab.network.links.reset(way);
        },
      };
    },
  },
  heal: {
    about: 'make every link as new, and let frozen nodes go on',
    example: 'heal',
    read: () => ({ text: 'heal', run: heal }),
  },
};
