/** Steps that end, start, freeze and damage nodes. */
import { extname } from 'node:path';
import type { AppFault } from '../app/fault.ts';
import type { Arguments } from '../arguments.ts';
import { drainDisk, fillDisk } from '../disk.ts';
import { type Damage, type Damaged, damage, forgetSigning, recallSigning, wipe } from '../files.ts';
import type { Lab } from '../lab.ts';
import type { LabNode, Part } from '../node.ts';
import { names, nodesOf, target, toNodes, type Verb, type Verbs } from './verb.ts';

const damages: readonly Damage[] = ['truncate', 'flip', 'delete'];
const damagedParts: readonly Damaged[] = ['wal', 'appStore', 'blockStore', 'state', 'evidence'];
const parts: readonly Part[] = ['application', 'CometBFT', 'both'];

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

/** Environment of a program whose clock is wrong by so much. */
function wrongClock(ms: number): Readonly<Record<string, string>> {
  const preload = new URL(`../app/clock${extname(import.meta.url)}`, import.meta.url);
  return { ARTEL_LAB_CLOCK_MS: String(ms), NODE_OPTIONS: `--import=${preload.href}` };
}

/** Small disks are given to nodes at the head of a scenario; only those can be full. */
function onDisk(
  about: string,
  word: 'fill' | 'drain',
  act: (folder: string) => Promise<void>,
): Verb {
  return {
    about,
    example: `${word}: node2`,
    read(given, plan) {
      const { indexes } = target(given, plan);
      const without = indexes.find((index) => plan.nodes[index]?.diskMiB === undefined);
      if (without !== undefined) {
        given.refuse(`${names(plan, [without])} has no disk of its own (network: {disks: ...})`);
      }
      return {
        text: `${word} the disk of ${names(plan, indexes)}`,
        async run(lab) {
          for (const node of nodesOf(lab, indexes)) await act(node.plan.home);
        },
      };
    },
  };
}

/** By the word that stands in a scenario. */
export const nodeVerbs: Verbs = {
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
    about: 'start nodes that do not run; with a fault, a wrong clock, or more environment',
    example: 'start: {nodes: node1, app: {slowMs: 300}}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'app', 'env', 'stateSync', 'ahead', 'behind');
      const faultText = fields.get('app');
      const app = faultText === undefined ? undefined : readFault(faultText);
      const env = Object.fromEntries(
        Object.entries((fields.get('env')?.value ?? {}) as object).map(([name, value]) => [
          name,
          String(value),
        ]),
      );
      const clockMs =
        (fields.get('ahead')?.durationMs() ?? 0) - (fields.get('behind')?.durationMs() ?? 0);
      if (clockMs !== 0) Object.assign(env, wrongClock(clockMs));
      const stateSync = fields.get('stateSync')?.flag() === true;
      return {
        text:
          `start ${names(plan, indexes)}${stateSync ? ' by state sync' : ''}` +
          `${clockMs === 0 ? '' : ` with its clock wrong by ${clockMs} ms`}` +
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
  recall: toNodes(
    'give back what `forget` took',
    'recall: node1',
    'give back what was signed by',
    recallSigning,
  ),
  fill: onDisk('leave no free byte on the small disk of nodes', 'fill', fillDisk),
  drain: onDisk('free the disk that was filled', 'drain', drainDisk),
};

/** Two nodes that run, for the light client of one that joins. */
function servers(lab: Lab, joining: LabNode): string {
  const urls = lab.network.nodes
    .filter((node) => node !== joining && node.running && !node.frozen)
    .map(({ plan }) => plan.rpcUrl);
  return [urls[0], urls[1] ?? urls[0]].join(',');
}
