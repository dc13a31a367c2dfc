/**
 * T1: `artel lab up -n 4 && artel lab down`, again and again: how long until every node has a
 * block, how long until it is gone, and what is left of processes, ports, mounts and folders.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { isPortFree } from '../../../chain/node/ports.ts';
import { runningIn } from '../sweep.ts';
import { needsCometbft, printFigure } from './figures.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const [times, nodes] = values.tiny ? [1, 1] : [50, 4];
await needsCometbft('lab up and down');

const run = promisify(execFile);
const artel = join(import.meta.dirname, '..', '..', '..', 'bin', 'artel.js');
const folder = await mkdtemp(join(tmpdir(), 'artel-bench-'));
const home = join(folder, 'lab');
const up: number[] = [];
const down: number[] = [];
let left = 0;
try {
  for (let time = 0; time < times; time += 1) {
    const before = mounts();
    const started = performance.now();
    const { stdout } = await run(process.execPath, [
      ...[artel, 'lab', 'up', '-n', String(nodes)],
      ...['--home', home, '-o', 'json'],
    ]);
    up.push((performance.now() - started) / 1_000);
    const ports = [...stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    const stopped = performance.now();
    await run(process.execPath, [artel, 'lab', 'down', '--home', home]);
    down.push((performance.now() - stopped) / 1_000);
    left += (await runningIn(home)).length + (existsSync(home) ? 1 : 0);
    left += mounts() === before ? 0 : 1;
    for (const port of ports) left += (await isPortFree('127.0.0.1', port)) ? 0 : 1;
  }
} finally {
  await run(process.execPath, [artel, 'lab', 'down', '--home', home]);
  await rm(folder, { recursive: true, force: true });
}
const what = `of ${times} times lab up -n ${nodes} and down`;
printFigure(`T1 slowest start to the first block of all, ${what}`, Math.max(...up), 's', {
  atMost: 5,
});
printFigure(`T1 slowest end, ${what}`, Math.max(...down), 's', { atMost: 2 });
printFigure(`T1 processes, ports, mounts and folders left, ${what}`, left, 'left', { atMost: 0 });

function mounts(): string {
  return existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8') : '';
}
