/** Entry point of `artel`: hands the process to the program, turns signals into one abort. */
import { readFileSync } from 'node:fs';
import type { CliContext, ExitCode } from './context.ts';
import { exitCodes } from './context.ts';

/** One Ctrl-C may arrive twice: sent to the process group, and passed on by bin/artel.js. */
const sameSignalMs = 300;

const abort = new AbortController();
let askedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!abort.signal.aborted) {
      askedAtMs = performance.now();
      abort.abort(new Error(signal));
    } else if (performance.now() - askedAtMs > sameSignalMs) {
      // The second one means it.
      process.exit(exitCodes.interrupted);
    }
  });
}
// `artel ... | head` ends early, which is no failure; what has to be cleaned up still is.
let outputClosed = false;
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    outputClosed = true;
    abort.abort(error);
  });
}

const context: CliContext = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
};

process.exitCode = await run(process.argv.slice(2));
if (outputClosed) process.exit(exitCodes.ok);
// A request under way to a silent node would hold the process; the command has cleaned up by now.
if (abort.signal.aborted) process.exit();

/** The companion loads nothing of the chain. */
async function run(args: readonly string[]): Promise<ExitCode> {
  if (args[0] === 'liquid') return (await import('./companion.ts')).runCompanion(context, args);
  const { runProgram } = await import('./program.ts');
  return runProgram({ context, version: packageVersion() }, args);
}

/** The version in package.json, found upwards: sources and their build lie at different depths. */
function packageVersion(): string {
  for (const up of ['../../', '../../../']) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === 'artel' && version !== undefined) return version;
    } catch {}
  }
  return 'unknown';
}
