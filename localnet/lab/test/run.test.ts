/** Scenarios on real nodes: the guide's example holds, a node that computes wrongly is caught. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGenesis } from '../../../chain/app/local-genesis.ts';
import { auditStore } from '../../../chain/cli/commands/lab.ts';
import { cometbftBinary } from '../../../chain/node/test/fixtures.ts';
import { runScenario } from '../run.ts';
import { parseScenario } from '../scenario.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

async function play(text: string) {
  return runScenario(parseScenario(text, 'test.yaml'), {
    cometbft: await cometbftBinary(),
    makeGenesis,
    audit: auditStore,
    env: { ...process.env, NODE_COMPILE_CACHE: join(repository, '.cache', 'compile') },
    signal: new AbortController().signal,
  });
}

test("the guide's own scenario holds", async () => {
  const guide = readFileSync(join(repository, 'docs', 'lab.md'), 'utf8');
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
  const result = await play(text);
  expect(result.violations).toEqual([]);
  expect(result.load?.committed).toBe(result.load?.acknowledged);
  expect(result.load?.committed).toBeGreaterThan(20);
}, 600_000);

test('a node that computes another state is told from the rest', async () => {
  const result = await play(`
steps:
  - blocks: 1
  - terminate: node3
  - start: {nodes: node3, app: {wrongHash: true}}
  - ended: node3
`);
  expect(result.violations).toEqual([]);
  expect(result.journal.map(({ text }) => text)).toContain('wait until node3 has ended');
}, 600_000);

test('a validator that signs twice is punished once, however often and wrongly it is proved', async () => {
  const scenario = new URL('../scenarios/evidence.yaml', import.meta.url);
  const result = await play(readFileSync(scenario, 'utf8'));
  expect(result.violations).toEqual([]);
  const steps = result.journal.filter(({ kind }) => kind === 'step');
  expect(steps.length).toBeGreaterThan(8);
}, 600_000);
