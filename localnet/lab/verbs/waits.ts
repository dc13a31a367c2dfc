/** Steps that wait for something, or require that it does not come. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab.ts';
import { names, nodesOf, patienceMs, target, until, type Verbs } from './verb.ts';

/** By the word that stands in a scenario. */
export const waitVerbs: Verbs = {
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
      const withinMs = fields?.get('within')?.durationMs() ?? patienceMs;
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
          await survey(lab);
          const before = lab.watch.highest;
          await sleep(ms, undefined, { signal: lab.signal });
          await survey(lab);
          // The votes of one block may have been under way when the quorum went.
          if (lab.watch.highest <= before + 1) return;
          throw new Error(`it went on from height ${before} to ${lab.watch.highest}`);
        },
      };
    },
  },
  ended: {
    about: 'wait until nodes have ended by themselves, with such words in their log',
    example: 'ended: {nodes: node1, saying: the disk is full}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'within', 'saying');
      const withinMs = fields.get('within')?.durationMs() ?? patienceMs;
      const words = fields.get('saying')?.text();
      return {
        text:
          `wait until ${names(plan, indexes)} has ended` +
          `${words === undefined ? '' : `, saying "${words}"`}`,
        async run(lab) {
          for (const node of nodesOf(lab, indexes)) {
            await until(lab, () => !node.running, withinMs, `end of ${node.name}`);
            const log = words === undefined ? '' : await node.log();
            if (words === undefined || log.includes(words)) continue;
            const last = log.trimEnd().split('\n').slice(-8).join('\n');
            throw new Error(`${node.name} did not say "${words}"; its log ends with:\n${last}`);
          }
        },
      };
    },
  },
  says: {
    about: 'wait until nodes that run have such words in their log',
    example: 'says: {nodes: node0, words: conflicting data}',
    read(given, plan) {
      const { indexes, fields } = target(given, plan, 'words');
      const words = fields.get('words')?.text() ?? given.refuse('it says no words');
      return {
        text: `wait until ${names(plan, indexes)} says "${words}"`,
        async run(lab) {
          const end = performance.now() + patienceMs;
          for (const node of nodesOf(lab, indexes)) {
            while (!(await node.log()).includes(words)) {
              if (performance.now() > end) throw new Error(`${node.name} does not say it`);
              await sleep(200, undefined, { signal: lab.signal });
            }
          }
        },
      };
    },
  },
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
};

/** Until every node that runs has been asked, from now on. */
async function survey(lab: Lab): Promise<void> {
  const known = lab.watch.surveys + 2;
  const all = (): boolean => lab.watch.surveys >= known;
  await until(lab, all, patienceMs, 'answer of every node that runs');
}
