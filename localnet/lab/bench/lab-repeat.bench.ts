/** T3: ten quick scenarios, twenty times each: every run must hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseScenario } from '../scenario.ts';
import { needsCometbft, printFigure } from './figures.ts';
import { playOne } from './play.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const cometbft = await needsCometbft('repeated scenarios');
const quickest = [
  ...['all-killed', 'app-store-lost', 'frozen', 'late-joiner', 'narrow-link'],
  ...['rejects-all', 'slow-links', 'wal-deleted', 'wal-flipped', 'wiped'],
];
const names = values.tiny ? ['wal-flipped'] : quickest;
const times = values.tiny ? 1 : 20;
let held = 0;
for (let time = 0; time < times; time += 1) {
  for (const name of names) {
    const file = join(import.meta.dirname, '..', 'scenarios', `${name}.yaml`);
    const result = await playOne(parseScenario(readFileSync(file, 'utf8'), file), cometbft);
    if (result.violations.length === 0) held += 1;
    for (const text of result.violations) process.stderr.write(`${name}: ${text}\n`);
  }
  process.stderr.write(`${held} of ${(time + 1) * names.length} held\n`);
}
const all = times * names.length;
printFigure(`T3 runs that held, of ${all}`, held, 'runs', { atLeast: all });
