/**
 * `make profile`: runs the pipeline bench under V8's sampling profiler, keeps the profile (Chrome's
 * developer tools and editors open it) and prints the functions that take most time themselves.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Functions by the time they take themselves, the greatest first, in milliseconds. */
export function selfTimes(profile: Profile): readonly (readonly [name: string, ms: number])[] {
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.split('/').slice(-3).join('/');
      return [id, `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`] as const;
    }),
  );
  const times = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..');
  const folder = join(root, '.cache');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'pipeline.cpuprofile');
  const bench = join(root, 'chain', 'app', 'bench', 'pipeline.bench.ts');
  const args = ['--no-warnings', '--expose-gc', bench, '--profile', file, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the bench ended with code ${code}`);
  const times = selfTimes(JSON.parse(readFileSync(file, 'utf8')) as Profile);
  const total = times.reduce((sum, [, ms]) => sum + ms, 0);
  console.log(`\n${relative(process.cwd(), file)}: ${Math.round(total)} ms, of which themselves`);
  for (const [name, ms] of times.slice(0, 40)) {
    const share = ((100 * ms) / total).toFixed(1);
    console.log(`${ms.toFixed(1).padStart(9)} ms ${share.padStart(5)} %  ${name}`);
  }
}

if (import.meta.main) await main();
