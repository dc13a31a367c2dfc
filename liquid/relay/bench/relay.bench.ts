/**
 * S13: 1,000 pairs that echo frames of 1 kB, through the relay with all its checks, and through a
 * bare one; three alternating runs each. 1 kB is one of the padded sizes.
 *
 *   node liquid/relay/bench/relay.bench.ts [--tiny]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median } from '../../../tools/quantiles.ts';
import { joinFrame, openFrame, passOf } from '../first-frame.ts';
import { type FirstWords, type LoadFigures, play } from './load.ts';

const tiny = process.argv.includes('--tiny');
const size = tiny
  ? { pairs: 10, frameBytes: 1024, warmMs: 50, playMs: 100 }
  : { pairs: 1_000, frameBytes: 1024, warmMs: 2_000, playMs: 5_000 };
const runs = tiny ? 1 : 3;

const secret = randomBytes(32);
const now = (): number => Math.floor(Date.now() / 1000);
const pass = passOf(secret, randomBytes(8), now() + 86_400);

const folder = await mkdtemp(join(tmpdir(), 'relay-bench-'));
const secretFile = join(folder, 'secret');
await writeFile(secretFile, secret);
const artel = join(import.meta.dirname, '..', '..', '..', 'bin', 'artel.js');

const relays: Record<'own' | 'bare', { args: string[]; words: FirstWords }> = {
  own: {
    args: [
      ...[artel, 'liquid', 'relay', '--json', '--log-level', 'silent'],
      ...['--listen', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--secret-file', secretFile],
    ],
    words: {
      opener: (token) => openFrame({ token, again: false, pass }, now()),
      joiner: joinFrame,
      opened: 3,
      joined: 3,
    },
  },
  bare: {
    args: [join(import.meta.dirname, 'bare-relay.ts')],
    words: { opener: (token) => token, joiner: (token) => token, opened: 0, joined: 0 },
  },
};

interface Run extends LoadFigures {
  readonly peakMiB: number;
}

async function run(kind: 'own' | 'bare'): Promise<Run> {
  const { args, words } = relays[kind];
  const child = spawn(process.execPath, ['--no-warnings', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const port = Number(/:(\d+)"/.exec(line)?.[1]);
    const figures = await play(port, words, size);
    return { ...figures, peakMiB: peakMiB(child) };
  } finally {
    const ended = once(child, 'close');
    child.kill('SIGINT');
    await ended;
  }
}

/** The most memory that the process has held, as the kernel counts; 0 where it does not tell. */
function peakMiB({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const measured: Record<'own' | 'bare', Run[]> = { own: [], bare: [] };
for (let i = 0; i < runs; i += 1) {
  for (const kind of ['bare', 'own'] as const) measured[kind].push(await run(kind));
}
await rm(folder, { recursive: true });

const medianOf = (kind: 'own' | 'bare', figure: keyof Run): number =>
  median(measured[kind].map((each) => each[figure]));
const peer = (figure: keyof Run) => ({
  name: 'bare ws relay',
  value: medianOf('bare', figure),
  measured: true,
});
const figures = [
  {
    case: `S13: ${size.pairs} pairs, 1 kB echo`,
    value: medianOf('own', 'roundTripsPerSecond'),
    unit: 'echoes/s',
    goal: { atLeast: 0.9, peer: peer('roundTripsPerSecond') },
  },
  {
    case: 'S13: 99 % of echoes within',
    value: medianOf('own', 'p99Ms'),
    unit: 'ms',
    goal: { atMost: 1.2, peer: peer('p99Ms') },
  },
  {
    case: 'S13: most memory of the relay (RSS)',
    value: Math.max(...measured.own.map((each) => each.peakMiB)),
    unit: 'MiB',
    goal: { atMost: 150 },
  },
];
for (const figure of figures) console.log(JSON.stringify(figure));
