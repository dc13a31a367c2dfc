/** The steps that scenarios are made of: what each takes, and what it does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppFault } from './app/fault.ts';
import type { Arguments } from './arguments.ts';
import { type Damage, type Damaged, damage, forgetSigning, wipe } from './files.ts';
import { change, heal, type Lab, pairs, partition } from './lab.ts';
import type { Lane } from './links/link.ts';
import type { Way } from './links/links.ts';
import type { LabNode, Part } from './node.ts';
import type { LabPlan } from './plan.ts';

/** A step that can be taken. */
export interface Action {
  /** What the report says of it. */
  readonly text: string;
  run(lab: Lab): Promise<void>;
}

export interface Verb {
  /** One line for `artel lab verbs`. */
  readonly about: string;
  /** As it stands in a scenario. */
  readonly example: string;
  /** @throws CliError (usage) with the place in the scenario. */
  read(given: Arguments, plan: LabPlan): Action;
}

const damages: readonly Damage[] = ['truncate', 'flip', 'delete'];
const damagedParts: readonly Damaged[] = ['wal', 'appStore', 'blockStore', 'state', 'evidence'];
const parts: readonly Part[] = ['application', 'CometBFT', 'both'];

/** Nodes alone, or `{nodes, ...}` with more. */
function target(given: Arguments, plan: LabPlan, ...more: readonly string[]) {
  const isMap =
    typeof given.value === 'object' && given.value !== null && !Array.isArray(given.value);
  const fields = isMap ? given.map('nodes', ...more) : new Map([['nodes', given]]);
  const nodes = fields.get('nodes');
  if (nodes === undefined) given.refuse('it says no nodes');
  return { indexes: nodes.nodes(plan), fields };
}

function nodesOf(lab: Lab, indexes: readonly number[]): readonly LabNode[] {
  return indexes.flatMap((index) => lab.network.nodes[index] ?? []);
}

const names = (plan: LabPlan, indexes: readonly number[]): string =>
  indexes.map((index) => plan.nodes[index]?.name).join(', ');

/** A verb that does the same to each node it is given. */
function toNodes(
  about: string,
  example: string,
  word: string,
  act: (node: LabNode) => void | Promise<void>,
): Verb {
  return {
    about,
    example,
    read(given, plan) {
      const { indexes } = target(given, plan);
      return {
        text: `${word} ${names(plan, indexes)}`,
        run: async (lab) => void (await Promise.all(nodesOf(lab, indexes).map(act))),
      };
    },
  };
}

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

const faultFields = {
  fromHeight: (given: Arguments) => given.count(1),
  slowMs: (given: Arguments) => given.count(1),
  hang: (given: Arguments) => given.flag(),
  dieAt: (given: Arguments) =>
    given.choice(['before FinalizeBlock', 'after FinalizeBlock', 'before Commit', 'after Commit']),
  wrongHash: (given: Arguments) => given.flag(),
  infoAhead: (given: Arguments) => given.flag(),
  badProposals: (given: Arguments) => given.flag(),
  rejects: (given: Arguments) => given.flag(),
  version: (given: Arguments) => given.text(),
} as const;

function readFault(given: Arguments): AppFault {
  const fields = given.map(...Object.keys(faultFields));
  return Object.fromEntries(
    [...fields].map(([name, value]) => [
      name,
      faultFields[name as keyof typeof faultFields](value),
    ]),
  ) as AppFault;
}

/** All verbs, by the word that stands in a scenario. */
export const verbs: Readonly<Record<string, Verb>> = {
  kill: {
    about: 'end nodes by SIGKILL, or one part of them: the other part then ends by itself',
    example: 'kill: {nodes: [node1, node2], part: CometBFT}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'part');
      const part = fields.get('part')?.choice(parts) ?? 'both';
      return {
        text: `kill ${names(plan, indexes)}${part === 'both' ? '' : ` (${part})`}`,
        run: async (lab) =>
          void (await Promise.all(nodesOf(lab, indexes).map((node) => node.kill(part)))),
      };
    },
  },
  terminate: toNodes('end nodes in order, by SIGTERM', 'terminate: node1', 'terminate', (node) =>
    node.terminate(),
  ),
  start: {
    about: 'start nodes that do not run; with a fault of their application or more environment',
    example: 'start: {nodes: node1, app: {slowMs: 300}}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'app', 'env', 'stateSync');
      const faultText = fields.get('app');
      const app = faultText === undefined ? undefined : readFault(faultText);
      const env = Object.fromEntries(
        Object.entries((fields.get('env')?.value ?? {}) as object).map(([name, value]) => [
          name,
          String(value),
        ]),
      );
      const stateSync = fields.get('stateSync')?.flag() === true;
      return {
        text:
          `start ${names(plan, indexes)}${stateSync ? ' by state sync' : ''}` +
          `${app === undefined ? '' : ` with ${JSON.stringify(app)}`}`,
        async run(lab) {
          for (const node of nodesOf(lab, indexes)) {
            const nodeArguments = stateSync ? ['--state-sync', servers(lab, node)] : [];
            node.start({ app, env, nodeArguments });
          }
        },
      };
    },
  },
  freeze: toNodes('stop nodes where they are, by SIGSTOP', 'freeze: node2', 'freeze', (node) =>
    node.freeze(),
  ),
  thaw: toNodes('let frozen nodes go on', 'thaw: node2', 'thaw', (node) => node.thaw()),
  damage: {
    about: 'damage a part of the data of nodes that do not run',
    example: 'damage: {nodes: node1, part: wal, how: truncate}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'part', 'how');
      const part = fields.get('part')?.choice(damagedParts) ?? given.refuse('it says no part');
      const how = fields.get('how')?.choice(damages) ?? given.refuse('it says not how');
      return {
        text: `${how} the ${part} of ${names(plan, indexes)}`,
        async run(lab) {
          for (const node of nodesOf(lab, indexes)) await damage(node, part, how);
        },
      };
    },
  },
  wipe: toNodes(
    'empty homes of nodes that do not run, but for keys and what was signed last',
    'wipe: node1',
    'wipe',
    wipe,
  ),
  forget: toNodes(
    'make validators that do not run forget what they signed last, as nobody should',
    'forget: node1',
    'forget what was signed by',
    forgetSigning,
  ),
  silent: {
    about: 'require that nodes do not answer for a time: they can not start',
    example: 'silent: {nodes: node1, for: 4s}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'for');
      const ms = fields.get('for')?.durationMs() ?? 4_000;
      return {
        text: `${names(plan, indexes)} must not answer for ${ms} ms`,
        async run(lab) {
          await sleep(ms, undefined, { signal: lab.signal });
          for (const node of nodesOf(lab, indexes)) {
            const height = await node.height();
            if (height !== undefined) throw new Error(`${node.name} answers at height ${height}`);
          }
        },
      };
    },
  },
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
  wait: {
    about: 'let time pass',
    example: 'wait: 3s',
    read(given) {
      const ms = given.durationMs();
      return {
        text: `wait ${ms} ms`,
        run: async (lab) => void (await sleep(ms, undefined, { signal: lab.signal })),
      };
    },
  },
  blocks: {
    about: 'wait until the chain, or each of the nodes, is so many blocks on',
    example: 'blocks: {more: 3, nodes: all, within: 20s}',
    read(given, plan) {
      const fields =
        typeof given.value === 'number' ? undefined : given.map('more', 'nodes', 'within');
      const more = (fields?.get('more') ?? given).count(1);
      const indexes = fields?.get('nodes')?.nodes(plan);
      const withinMs = fields?.get('within')?.durationMs() ?? 30_000;
      const who = indexes === undefined ? 'the chain' : names(plan, indexes);
      return {
        text: `wait until ${who} is ${more} blocks on`,
        async run(lab) {
          const goal = lab.watch.highest + more;
          if (indexes === undefined) {
            await until(lab, () => lab.watch.highest >= goal, withinMs, `height ${goal}`);
            return;
          }
          for (const node of nodesOf(lab, indexes)) await node.reach(goal, withinMs, lab.signal);
        },
      };
    },
  },
  stands: {
    about: 'require that the chain makes no block for a time',
    example: 'stands: 5s',
    read(given) {
      const ms = given.durationMs();
      return {
        text: `the chain stands still for ${ms} ms`,
        async run(lab) {
          // The block under way when the quorum went may still arrive.
          await sleep(1_500, undefined, { signal: lab.signal });
          const before = lab.watch.highest;
          await sleep(ms, undefined, { signal: lab.signal });
          if (lab.watch.highest === before) return;
          throw new Error(`it went on from height ${before} to ${lab.watch.highest}`);
        },
      };
    },
  },
  ended: {
    about: 'wait until nodes have ended by themselves',
    example: 'ended: {nodes: node1, within: 10s}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'within');
      const withinMs = fields.get('within')?.durationMs() ?? 10_000;
      return {
        text: `wait until ${names(plan, indexes)} has ended`,
        async run(lab) {
          for (const node of nodesOf(lab, indexes)) {
            await until(lab, () => !node.running, withinMs, `the end of ${node.name}`);
          }
        },
      };
    },
  },
};

/** @throws Error where `true` does not come in time. */
export async function until(
  lab: Lab,
  check: () => boolean,
  withinMs: number,
  what: string,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!check()) {
    if (performance.now() > end) throw new Error(`no ${what} within ${withinMs / 1000} s`);
    await sleep(50, undefined, { signal: lab.signal });
  }
}

/** Two nodes that run, for the light client of one that joins. */
function servers(lab: Lab, joining: LabNode): string {
  const urls = lab.network.nodes
    .filter((node) => node !== joining && node.running && !node.frozen)
    .map(({ plan }) => plan.rpcUrl);
  return [urls[0], urls[1] ?? urls[0]].join(',');
}
