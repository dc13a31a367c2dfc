/** One run of CometBFT as a child process: its lines, its end, and stopping it in bounded time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliError, exitCodes } from '../cli/context.ts';
import { describeProcess, type ProcessRef } from './process.ts';

/** How a process ended: by exit code or by signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CometbftProcess {
  readonly ref: ProcessRef;
  /** Resolves when the process has ended and its last line has been handed over. */
  readonly ended: Promise<ProcessEnd>;
  /** SIGTERM, at most `graceMs` of waiting, then SIGKILL; returns when it has ended. */
  stop(graceMs: number): Promise<ProcessEnd>;
}

export interface CometbftRun {
  /** The binary. */
  readonly binary: string;
  /** Subcommand and flags. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onLine: (line: string) => void;
}

/**
 * Starts CometBFT in a process group of its own: Ctrl-C in a terminal reaches Artel alone, which
 * then stops CometBFT first and the application after it.
 *
 * @throws CliError (unavailable) where the binary can't be run.
 */
export async function spawnCometbft(run: CometbftRun): Promise<CometbftProcess> {
  const child = spawn(run.binary, run.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The log is read by `LogWatch`, which knows the plain form only.
    env: { ...run.env, CMT_LOG_FORMAT: 'plain' },
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', run.onLine);
  }
  if (child.pid === undefined) throw cannotRun(run.binary, await failed);
  // The start time is gone with a process that has ended at once; the pid is still ours to reap.
  const ref = describeProcess(child.pid) ?? { pid: child.pid, started: '' };
  return { ref, ended, stop: (graceMs) => stop(child, ended, graceMs) };
}

async function stop(
  child: ChildProcess,
  ended: Promise<ProcessEnd>,
  graceMs: number,
): Promise<ProcessEnd> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

function cannotRun(binary: string, error: Error): CliError {
  return new CliError(
    `${binary} can't be run: ${(error as NodeJS.ErrnoException).code ?? error.message}`,
    exitCodes.unavailable,
    'Point COMETBFT_BIN at the right binary, or unset it to have it looked for.',
  );
}
