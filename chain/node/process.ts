/**
 * Which process is meant. A pid alone is used again by the system; together with the moment the
 * process started it names one process for ever, so a recorded one can be ended without risk to
 * others.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One process. `started` is opaque: the boot and the clock tick on Linux, `ps` start time
 * elsewhere.
 */
export interface ProcessRef {
  readonly pid: number;
  readonly started: string;
}

/** The process that has this pid now; undefined where none runs (a zombie counts as ended). */
export function describeProcess(pid: number): ProcessRef | undefined {
  const started = process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process still runs. */
export function isRunning(ref: ProcessRef): boolean {
  return describeProcess(ref.pid)?.started === ref.started;
}

/** Reads a reference back from JSON; undefined where it is none. */
export function parseProcessRef(value: unknown): ProcessRef | undefined {
  const { pid, started } = (value ?? {}) as { pid?: unknown; started?: unknown };
  return Number.isSafeInteger(pid) && typeof started === 'string'
    ? { pid: Number(pid), started }
    : undefined;
}

/**
 * Ends exactly this process: SIGTERM, up to `graceMs` of waiting, then SIGKILL. Never signals a
 * process that took over the pid.
 */
export async function endProcess(
  ref: ProcessRef,
  graceMs: number,
): Promise<'gone' | 'ended' | 'killed'> {
  if (!isRunning(ref)) return 'gone';
  signalProcess(ref, 'SIGTERM');
  if (await waitForEnd(ref, graceMs)) return 'ended';
  signalProcess(ref, 'SIGKILL');
  if (await waitForEnd(ref, 5_000)) return 'killed';
  throw new Error(`process ${ref.pid} does not end, even on SIGKILL`);
}

/** Sends a signal to exactly this process; false where it has ended. */
export function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): boolean {
  if (!isRunning(ref)) return false;
  try {
    return process.kill(ref.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** True as soon as the process has ended, false after `timeoutMs`. */
export async function waitForEnd(ref: ProcessRef, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (isRunning(ref)) {
    if (performance.now() >= until) return false;
    await sleep(20);
  }
  return true;
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks and parentheses itself; what follows the last one
    // does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${ticks}`;
  } catch {
    return undefined;
  }
}

function psStart(pid: number): string | undefined {
  try {
    const out = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return out === '' || out.startsWith('Z') ? undefined : out.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
