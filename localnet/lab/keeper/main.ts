/**
 * The process that keeps the lab of `artel lab up`: it has the links and the nodes for children,
 * and takes all down, folder and all, when it is told to end, or when who started it goes before
 * the lab is up.
 */
import { once } from 'node:events';
import { makeGenesis } from '../../../chain/app/local-genesis.ts';
import { CliError, exitCodes } from '../../../chain/cli/context.ts';
import { LabNetwork } from '../network.ts';
import { sweep, takeOver } from '../sweep.ts';
import type { KeepAnswer, KeepOrder } from './protocol.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => abort.abort(new Error(signal)));
}
process.on('disconnect', leave);
const [{ root, settings, cometbft }] = (await once(process, 'message')) as [KeepOrder];
const { signal } = abort;
try {
  await takeOver(root);
  const options = { settings, root, cometbft, makeGenesis, env: process.env, signal };
  const network = await LabNetwork.create(options);
  try {
    await network.up();
    await takeOver(root, network.plan.settings);
    process.off('disconnect', leave);
    await answer({ up: true });
    if (process.connected) process.disconnect();
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await network.destroy();
  }
} catch (error) {
  await answer(problem(error));
} finally {
  await sweep(root);
}
process.exit(0);

function leave(): void {
  abort.abort(new Error('the command that started it is gone'));
}

async function answer(given: KeepAnswer): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) =>
    process.send?.(given, undefined, undefined, () => resolve()),
  );
}

function problem(error: unknown): KeepAnswer {
  if (error instanceof CliError) {
    const { message, exitCode, hint } = error;
    return { up: false, problem: message, exitCode, hint };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { up: false, problem: text, exitCode: exitCodes.failed };
}
