/** Brings a lab up that stays when the command ends, tells how it is, and takes it down again. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { CliError, type ExitCode, exitCodes } from '../../../chain/cli/context.ts';
import { isRunning, signalProcess, waitForEnd } from '../../../chain/node/process.ts';
import { findBasePort, type LabPlan, type LabSettings, planLab } from '../plan.ts';
import { claimLab, readLab, sweep, sweepTemporary } from '../sweep.ts';
import type { KeepAnswer, KeepOrder } from './protocol.ts';

export interface KeepOptions {
  /** A new or empty folder; it goes with the lab. */
  readonly root: string;
  readonly settings: LabSettings;
  readonly findCometbft: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** How long the keeper may take to end its nodes, before it is ended itself and they are swept. */
const endWithinMs = 20_000;

/**
 * Returns when every node has a block.
 *
 * @throws CliError where the lab can't be; the signal's reason where that fires. Nothing is left
 *   then.
 */
export async function bringLabUp(options: KeepOptions): Promise<LabPlan> {
  const { root, signal } = options;
  await sweepTemporary();
  await claimLab(root);
  let up = false;
  let keeper: ChildProcess | undefined;
  try {
    const basePort = await findBasePort(options.settings);
    const settings = { ...options.settings, basePort };
    const cometbft = await options.findCometbft();
    signal.throwIfAborted();
    keeper = fork(new URL(`./main${extname(import.meta.url)}`, import.meta.url), {
      execArgv: ['--no-warnings'],
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...options.env },
    });
    await order(keeper, { root, settings, cometbft }, signal);
    up = true;
    return planLab(root, settings, basePort);
  } finally {
    if (!up) {
      if (keeper !== undefined) await end(keeper);
      await sweep(root);
    } else if (keeper !== undefined) {
      keeper.unref();
      if (keeper.connected) keeper.disconnect();
    }
  }
}

/** Until the keeper says how it went. */
async function order(keeper: ChildProcess, given: KeepOrder, signal: AbortSignal): Promise<void> {
  const answered = new Promise<KeepAnswer>((resolve) => {
    keeper.once('message', (answer: KeepAnswer) => resolve(answer));
    keeper.once('exit', (code, how) =>
      resolve({
        up: false,
        problem: `the process that keeps the lab has ended (${how ?? `exit code ${code}`})`,
        exitCode: exitCodes.failed,
      }),
    );
  });
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  keeper.send(given);
  const answer = await Promise.race([answered, aborted]);
  if (answer === undefined) throw signal.reason;
  if (answer.up) return;
  throw new CliError(answer.problem, answer.exitCode as ExitCode, answer.hint);
}

async function end(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  const ended = new Promise((resolve) => keeper.once('exit', resolve));
  keeper.kill('SIGTERM');
  const timer = setTimeout(() => keeper.kill('SIGKILL'), endWithinMs);
  await ended;
  clearTimeout(timer);
}

/**
 * Ends the lab in `root`, however it was left, and whatever killed labs left in the temporary
 * folder.
 *
 * @returns how many labs that were; 0 where there is none.
 */
export async function bringLabDown(root: string): Promise<number> {
  const swept = await sweepTemporary();
  const record = await readLab(root);
  if (record === undefined) return swept;
  if (isRunning(record.manager)) {
    signalProcess(record.manager, 'SIGTERM');
    if (!(await waitForEnd(record.manager, endWithinMs))) {
      signalProcess(record.manager, 'SIGKILL');
      await waitForEnd(record.manager, 5_000);
    }
  }
  await sweep(root);
  return swept + 1;
}

/** The plan of the lab that is up in `root`. @throws CliError (usage) where none is. */
export async function keptLab(root: string): Promise<LabPlan> {
  const record = await readLab(root);
  const { settings } = record ?? {};
  if (record !== undefined && isRunning(record.manager) && settings?.basePort !== undefined) {
    return planLab(root, settings, settings.basePort);
  }
  throw new CliError(
    `no lab is up in ${root}`,
    exitCodes.usage,
    'Bring one up with `artel lab up`, or name its folder with --home.',
  );
}
