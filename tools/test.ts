/**
 * `make test`: gets CometBFT, then runs Jest over everything (or the paths given). Where CometBFT
 * can't be had, the files that start it are left out, by name, before and after.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CometbftUnavailable, findCometbft } from '../localnet/cometbft.ts';
import { listSources } from './tidy/repository.ts';

const root = join(import.meta.dirname, '..');

const leftOut = await withoutCometbft();
for (const line of leftOut) console.log(line);
const code = await jest(process.argv.slice(2), leftOut.slice(1));
for (const line of leftOut) console.log(line);
process.exitCode = code;

/** Empty where there is a CometBFT; else why there is none, then the test files that need it. */
async function withoutCometbft(): Promise<readonly string[]> {
  try {
    await findCometbft({ env: process.env, onProgress: console.log });
    return [];
  } catch (error) {
    if (!(error instanceof CometbftUnavailable)) throw error;
    const files = listSources(root).filter(
      (path) =>
        path.endsWith('.test.ts') &&
        readFileSync(join(root, path), 'utf8').includes('cometbftBinary()'),
    );
    const what = `${files.length} test files with real validators are left out:`;
    return [`${error.message}. ${error.hint} ${what}`, ...files];
  }
}

function jest(paths: readonly string[], ignored: readonly string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--experimental-vm-modules',
      join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--maxWorkers=2',
      ...paths,
      ...(ignored.length === 0 ? [] : ignoring(ignored)),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  // Ctrl-C reaches Jest through the terminal; it ends first and says so.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('close', (exit) => resolve(exit ?? 130)));
}

/** The option replaces what jest.config.js ignores, so that comes first. */
function ignoring(paths: readonly string[]): readonly string[] {
  const always = ['/node_modules/', '/dist/', '/.cache/'];
  return [...always, ...paths].flatMap((path) => ['--testPathIgnorePatterns', path]);
}
