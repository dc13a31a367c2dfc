/** Whether the TCP ports that a node needs are free, told before anything starts. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exitCodes } from '../cli/context.ts';
import type { Listener } from './config.ts';

/**
 * Waits until every listener's port is free: a node that has just ended may hold them a moment
 * longer.
 *
 * @throws CliError (unavailable) naming the port and the setting that moves it.
 */
export async function waitForFreePorts(
  wanted: readonly Listener[],
  configFile: string,
  waitMs = 3_000,
): Promise<void> {
  const until = performance.now() + waitMs;
  for (const listener of wanted) {
    while (!(await isPortFree(listener.host, listener.port))) {
      if (performance.now() > until) {
        throw new CliError(
          `port ${listener.port} (${listener.what}) is in use by another program`,
          exitCodes.unavailable,
          `Stop that program, or move this node: ${listener.setting} in ${configFile}.`,
        );
      }
      await sleep(100);
    }
  }
}

/** Whether one can listen on this address now. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(cannotListen(host, port, error));
    });
    probe.listen({ host: host === '' ? '0.0.0.0' : host, port, exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): CliError {
  return new CliError(
    `nothing can listen on ${host}:${port}: ${error.code ?? error.message}`,
    exitCodes.unavailable,
    'Choose an address of this machine and a port that you may use.',
  );
}
