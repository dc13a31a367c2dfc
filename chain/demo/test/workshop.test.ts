import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtelNode } from '../../client/node.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { silent } from '../progress.ts';
import { builtInShop, type Planned, readShop, type Shop, ShopProblem, schedule } from '../shop.ts';
import { playWorkshop } from '../workshop.ts';

test('the 36 steps of ft06 come out as work and transfers, to the millisecond', async () => {
  await using chain = await startTestChain();
  const [, funder] = chain.accounts;
  if (funder === undefined) throw new Error('the chain has no second account');
  const signal = new AbortController().signal;
  const played = await playWorkshop({
    node: new ArtelNode(chain.rpcUrl, { signal }),
    seed: 'test',
    funder,
    gasPrice: 0,
    progress: silent,
    signal,
    shop: builtInShop(),
  });
  expect(played.wrong).toEqual([]);
  expect(played).toMatchObject({ instance: 'ft06', orders: 6, tasks: 36, machines: 6 });
  // The durations of ft06 add up to 197.
  expect(played.workedMs).toBe(197n * BigInt(played.unitMs));
  expect(played.transferredMs).toBeGreaterThan(0n);
  expect(played.outputMs).toBe(played.workedMs + played.transferredMs);
});

/** What a schedule must be, looked at from outside. */
function problemsOf({ tasks, units }: Shop, plan: readonly Planned[]): readonly string[] {
  const wrong: string[] = [];
  for (const [index, { task, from, to, units: used }] of plan.entries()) {
    if (to - from !== task.duration) wrong.push(`${task.name} takes ${to - from}`);
    for (const before of task.after)
      if ((plan[before]?.to ?? 0) > from) wrong.push(`${task.name} is early`);
    const needed = [...task.needs.values()].reduce((sum, count) => sum + count, 0);
    if (used.length !== needed) wrong.push(`${task.name} has ${used.length} of ${needed}`);
    for (const other of plan.slice(0, index)) {
      const both =
        other.from < to && other.to > from && other.units.some((unit) => used.includes(unit));
      if (both) wrong.push(`${task.name} and ${other.task.name} have one unit`);
    }
  }
  if (plan.length !== tasks.length || units.length === 0) wrong.push('tasks or units are missing');
  return wrong;
}

test('a schedule uses each unit once at a time and keeps to what comes before', () => {
  expect(problemsOf(builtInShop(), schedule(builtInShop()))).toEqual([]);
});

test('an assembly line of a text, and files that are none', () => {
  const text = [
    '<number of tasks>',
    '3',
    '<cycle time>',
    '10',
    '<task times>',
    '1 6',
    '2 4',
    '3 5',
    '<precedence relations>',
    '1,2',
    '<end>',
  ].join('\n');
  const bytes = new TextEncoder().encode(text);
  const shop = readShop('line.alb', bytes);
  expect(shop.units).toHaveLength(2);
  expect(problemsOf(shop, schedule(shop))).toEqual([]);
  expect(() => readShop('line.txt', bytes)).toThrow(ShopProblem);
  expect(() => readShop('line.sm', bytes)).toThrow('no part PRECEDENCERELATIONS');
});

const data = join(import.meta.dirname, '../../../../shared/data');
if (!existsSync(data)) {
  test('the instances of the literature are not here', () => {
    expect(existsSync(data)).toBe(false);
  });
} else {
  const files = ['salbp', 'project-scheduling'].flatMap((folder) =>
    readdirSync(join(data, folder))
      .filter((name) => name !== 'LICENSE')
      .map((name) => join(data, folder, name)),
  );
  test.each(files.map((file) => [file.split('/').at(-1), file]))(
    '%s is read and scheduled',
    (_name, file) => {
      const shop = readShop(file ?? '', readFileSync(file ?? ''));
      expect(shop.tasks.length).toBeGreaterThan(2);
      expect(problemsOf(shop, schedule(shop))).toEqual([]);
    },
  );
  test('the collection holds ft06 as it stands in the code', () => {
    const bytes = readFileSync(join(data, 'jobshop', 'benchmark_instances.json.gz'));
    expect(readShop('all.json.gz', bytes, 'ft06')).toEqual(builtInShop());
    expect(
      problemsOf(
        readShop('all.json.gz', bytes, 'la01'),
        schedule(readShop('all.json.gz', bytes, 'la01')),
      ),
    ).toEqual([]);
  });
}
