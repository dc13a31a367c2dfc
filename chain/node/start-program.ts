/**
 * `artel start` around another application than the node's own: for labs and tests, which put one
 * in its place and start it as a localnet does. What else `artel start` takes is ignored here.
 */
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { CliError } from '../cli/context.ts';
import type { SnapshotSettings } from '../snapshot/snapshots.ts';
import { PrometheusTelemetry } from '../telemetry/prometheus.ts';
import { serveMetrics } from '../telemetry/server.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { checkGenesis } from './genesis-check.ts';
import { type NodeHome, nodeHome } from './home.ts';
import { agreedBlock, parseServers, stateSyncEnvironment } from './state-sync.ts';
import { type RunningApp, runNode } from './supervisor.ts';

/** What the application is opened with. */
export interface Given {
  readonly home: NodeHome;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly snapshots: SnapshotSettings;
}

/**
 * Runs the node that the arguments of this process name, with the CometBFT of COMETBFT_BIN, until
 * SIGINT or SIGTERM. Why it ended otherwise is printed, and is the exit code.
 *
 * @param version told by the metrics.
 */
export async function startProgram(
  version: string,
  makeApp: (given: Given) => Promise<RunningApp>,
): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: {
      home: { type: 'string' },
      metrics: { type: 'string' },
      'snapshot-interval': { type: 'string' },
      'snapshot-keep-recent': { type: 'string' },
      'state-sync': { type: 'string' },
      'log-level': { type: 'string' },
    },
  });
  const text = (name: string, byDefault: string): string => String(values[name] ?? byDefault);
  const home = nodeHome(text('home', ''));
  const logger = pino({ level: text('log-level', 'info') });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
  try {
    const telemetry = new PrometheusTelemetry(version);
    const servers = values['state-sync'];
    const address = text('metrics', '');
    await using _metrics = address === '' ? undefined : await serveMetrics(address, telemetry);
    await runNode({
      home: home.root,
      cometbft: process.env.COMETBFT_BIN ?? '',
      makeApp: () =>
        makeApp({
          home,
          logger,
          telemetry,
          snapshots: {
            folder: home.snapshotsDir,
            interval: Number(text('snapshot-interval', '0')),
            keepRecent: Number(text('snapshot-keep-recent', '2')),
          },
        }),
      env: { ...process.env, ...(servers && (await joining(home, String(servers)))) },
      logger,
      onLine: (line) => process.stdout.write(`${line}\n`),
      signal: abort.signal,
    });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    process.stderr.write(`error: ${error.message}\n  hint: ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

async function joining(home: NodeHome, text: string): Promise<Readonly<Record<string, string>>> {
  const servers = parseServers(text);
  const { chainId } = await checkGenesis(home);
  return stateSyncEnvironment(servers, await agreedBlock(servers, chainId));
}
