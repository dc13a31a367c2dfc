/**
 * `artel start` of a lab's node whose application fails on purpose: the fault stands in
 * ARTEL_LAB_APP. Everything else is as in a real node.
 */
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createApp } from '../../../chain/app/app.ts';
import { CliError } from '../../../chain/cli/context.ts';
import { runNode } from '../../../chain/node/supervisor.ts';
import { PrometheusTelemetry } from '../../../chain/telemetry/prometheus.ts';
import { serveMetrics } from '../../../chain/telemetry/server.ts';
import type { AppFault } from './fault.ts';
import { withFault } from './faulty.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: 'string', default: '' },
    metrics: { type: 'string', default: '' },
    'snapshot-interval': { type: 'string', default: '0' },
    'signature-threads': { type: 'string' },
    'log-level': { type: 'string', default: 'info' },
  },
});
const fault = JSON.parse(process.env.ARTEL_LAB_APP ?? '{}') as AppFault;
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
const logger = pino({ level: values['log-level'] });
const telemetry = new PrometheusTelemetry('lab');
try {
  await using _metrics = await serveMetrics(values.metrics, telemetry);
  await runNode({
    home: values.home,
    cometbft: process.env.COMETBFT_BIN ?? '',
    makeApp: async (home) => {
      const app = await createApp({
        path: home.storeDir,
        logger,
        version: fault.version ?? 'lab',
        telemetry,
        snapshots: {
          folder: home.snapshotsDir,
          interval: Number(values['snapshot-interval']),
          keepRecent: 2,
        },
      });
      return { application: withFault(app.application, fault, die), close: () => app.close() };
    },
    env: process.env,
    logger,
    onLine: (line) => process.stdout.write(`${line}\n`),
    signal: abort.signal,
  });
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`error: ${error.message}\n  hint: ${error.hint}\n`);
  process.exitCode = error.exitCode;
}

/** At once and without a farewell, as a crash does. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
