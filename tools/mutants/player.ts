/**
 * Plays mutants, in a thread of its own so that one which never ends can be given up. First every
 * test by itself, to learn which sites it passes; then for a mutant the tests that pass its site,
 * until one fails: first what has killed others of its line or near it, then the quickest.
 */
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { loadTests } from './tests.ts';

export interface PlayerData {
  /** By URL, the text that stands for a source. */
  readonly sources: ReadonlyMap<string, string>;
  readonly tests: readonly string[];
  readonly mutants: number;
}

export type Message =
  | { readonly type: 'ready'; readonly problem?: string; readonly tests: number }
  | { readonly type: 'result'; readonly mutant: number; readonly result: Result };

/** `none`: no test passes the site. */
export type Result =
  | { readonly outcome: 'killed'; readonly by: string; readonly file?: string }
  | { readonly outcome: 'survived'; readonly tests: number }
  | { readonly outcome: 'none' };

const { sources, tests: urls, mutants } = workerData as PlayerData;

/** The mutant that is on; -1: none. */
let active = -1;
let passed = new Uint8Array(mutants);
let passes = 0;
let most = Number.POSITIVE_INFINITY;

class NeverEnds extends Error {}

Object.assign(globalThis, {
  __mutant(index: number): boolean {
    passes += 1;
    if (passes > most) throw new NeverEnds('passes far more sites than without a mutant');
    passed[index] = 1;
    return index === active;
  },
});

registerHooks({
  load(url, context, next) {
    const source = sources.get(url);
    if (source === undefined) return next(url, context);
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});
// The same cases each time: a mutant lives or dies by the tests, not by chance.
fc.configureGlobal({ seed: 1, numRuns: 40, endOnFailure: true });

const tests = await loadTests(urls);

interface Known {
  readonly name: string;
  readonly file: string;
  readonly run: () => unknown;
  readonly sites: Uint8Array;
  /** How many sites it passes: what it costs, on any machine. */
  readonly passes: number;
}

const known: Known[] = [];
let problem: string | undefined;
for (const { name, file, run } of tests) {
  passed = new Uint8Array(mutants);
  passes = 0;
  try {
    await run();
  } catch (error) {
    problem ??= `${name} fails without a mutant: ${error instanceof Error ? error.message : error}`;
  }
  known.push({ name, file, run, sites: passed, passes });
}
known.sort((a, b) => a.passes - b.passes);
parentPort?.postMessage({
  type: 'ready',
  tests: known.length,
  ...(problem === undefined ? {} : { problem }),
} satisfies Message);

/** Tests that have killed, the latest first. PERF: neighbours mostly die by the same few. */
const killers: Known[] = [];
const mostKillers = 4;
const quick = known[Math.floor(known.length * 0.8)]?.passes ?? 0;

function remember(test: Known): void {
  if (test.passes > quick) return;
  const others = killers.filter((other) => other !== test);
  killers.splice(0, killers.length, test, ...others.slice(0, mostKillers - 1));
}

async function play(mutant: number): Promise<Result> {
  let tried = 0;
  for (const test of new Set([...killers, ...known])) {
    if (test.sites[mutant] !== 1) continue;
    tried += 1;
    [active, passes, most] = [mutant, 0, test.passes * 20 + 100_000];
    try {
      await test.run();
    } catch {
      remember(test);
      return { outcome: 'killed', by: test.name, file: test.file };
    } finally {
      [active, most] = [-1, Number.POSITIVE_INFINITY];
    }
  }
  return tried === 0 ? { outcome: 'none' } : { outcome: 'survived', tests: tried };
}

parentPort?.on('message', (mutant: number) => {
  void play(mutant).then((result) =>
    parentPort?.postMessage({ type: 'result', mutant, result } satisfies Message),
  );
});
