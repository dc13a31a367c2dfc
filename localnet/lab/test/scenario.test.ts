/** Scenarios are data: what is wrong in one is told with its line before anything starts. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseScenario } from '../scenario.ts';

const folder = new URL('../scenarios/', import.meta.url);
const read = (steps: string): unknown => parseScenario(`steps:\n${steps}`, 'mine.yaml');

test('every scenario of the repository can be read, and is called as its file', () => {
  for (const file of readdirSync(folder)) {
    const { name, about } = parseScenario(readFileSync(new URL(file, folder), 'utf8'), file);
    expect(`${name}.yaml`).toBe(file);
    expect(about).not.toBe('');
  }
});

test.each([
  [
    '  - kill: node1\n  - kil: node2\n',
    /^mine\.yaml, line 3: there is no step "kil"; known: kill, /,
  ],
  ['  - kill: node7\n', /line 2: there is no node "node7"; there are node0, node1, node2, node3$/],
  ['  - kill: {nodes: node1, part: half}\n', /one of application, CometBFT, both is expected/],
  ['  - wait: soon\n', /a time such as 300ms or 2s is expected, not "soon"$/],
  ['  - blocks: 0\n', /a whole number from 1 on is expected, not 0$/],
  ['  - start: {nodes: node1, app: {slow: 3}}\n', /there is no "slow"; known here: fromHeight/],
  ['  - wait: 1s\n    kill: node1\n', /line 2: a step is one verb with what it needs$/],
  ['  - delay: {nodes: all}\n', /it says not by how much$/],
  ['  - {\n', /^mine\.yaml: /],
])('a scenario with %j is refused', (steps, problem) => {
  expect(() => read(steps)).toThrow(problem);
});

test('unknown parts and networks that can not be are refused', () => {
  expect(() => parseScenario('name: x', 'mine.yaml')).toThrow('mine.yaml: it has no list of steps');
  expect(() => parseScenario('nam: x\nsteps: []', 'mine.yaml')).toThrow('there is no "nam"');
  const none = 'network: {powers: []}\nsteps: []';
  expect(() => parseScenario(none, 'mine.yaml')).toThrow('at least one votes');
});
