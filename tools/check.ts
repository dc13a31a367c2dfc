/**
 * `make check`: everything that can be said of the repository without running it. One line a step;
 * what a step has to say is shown only when it fails, and the others still run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareFolders } from './compare-folders.ts';
import { spellFinding, tidy } from './tidy.ts';

const root = join(import.meta.dirname, '..');

/** Undefined when all is well, else what to show. */
type Step = readonly [name: string, run: () => string | undefined];

const steps: readonly Step[] = [
  [
    'format and lint',
    () => program('biome', ['check', '--diagnostic-level=warn', '--error-on-warnings', '.']),
  ],
  ['types', () => program('tsc', ['-p', '.'])],
  ['types of modules without a platform', () => program('tsc', ['-p', 'modules'])],
  ['protobuf lint', () => program('buf', ['lint'])],
  ['generated code is up to date', generatedIsStale],
  ['tidy', () => tidy(root).map(spellFinding).join('\n') || undefined],
];

const started = performance.now();
const failed = steps.filter(([name, run]) => {
  const began = performance.now();
  const problem = run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (problem !== undefined) console.log(problem);
  return problem !== undefined;
});
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const names = failed.map(([name]) => name).join(', ');
console.log(
  failed.length === 0
    ? `All ${steps.length} checks passed in ${seconds} s.`
    : `${failed.length} of ${steps.length} checks failed: ${names}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Runs a program of node_modules/.bin on this very Node. */
function program(name: string, args: readonly string[]): string | undefined {
  const result = spawnSync(join(root, 'node_modules', '.bin', name), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
  if (result.error !== undefined) return result.error.message;
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`.trim();
}

function generatedIsStale(): string | undefined {
  const fresh = mkdtempSync(join(tmpdir(), 'artel-generated-'));
  try {
    const problem = program('buf', ['generate', '-o', fresh]);
    if (problem !== undefined) return problem;
    const generated = join('proto', 'generated');
    const differing = compareFolders(join(root, generated), join(fresh, generated));
    if (differing.length === 0) return undefined;
    return `Run \`make proto\`: ${differing.join(', ')}`;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
