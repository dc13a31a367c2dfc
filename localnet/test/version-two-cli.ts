/**
 * `artel start` of a program of app version 2, as far as a localnet calls it: `node
 * version-two-cli.ts start --home H [--snapshot-interval N] [--state-sync URL,URL]`.
 */
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createApp } from '../../chain/app/app.ts';
import { composeVersionTwo } from '../../chain/app/test/version-two.ts';
import { CliError } from '../../chain/cli/context.ts';
import { checkGenesis } from '../../chain/node/genesis-check.ts';
import { nodeHome } from '../../chain/node/home.ts';
import { agreedBlock, parseServers, stateSyncEnvironment } from '../../chain/node/state-sync.ts';
import { runNode } from '../../chain/node/supervisor.ts';

// What else a localnet asks of `artel start` does not matter here.
const { values: given } = parseArgs({
  strict: false,
  options: {
    home: { type: 'string' },
    'snapshot-interval': { type: 'string' },
    'state-sync': { type: 'string' },
  },
});
const values = {
  home: String(given.home ?? ''),
  interval: Number(given['snapshot-interval'] ?? 0),
  stateSync: given['state-sync'],
};
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
const logger = pino();
try {
  await runNode({
    home: values.home,
    cometbft: process.env.COMETBFT_BIN ?? '',
    makeApp: (home) =>
      createApp({
        path: home.storeDir,
        logger,
        version: 'two',
        composed: composeVersionTwo(logger),
        snapshots: {
          folder: home.snapshotsDir,
          interval: values.interval,
          keepRecent: 99,
        },
      }),
    env: { ...process.env, ...(await stateSync()) },
    logger,
    onLine: (line) => process.stdout.write(`${line}\n`),
    signal: abort.signal,
  });
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`error: ${error.message}\n  hint: ${error.hint}\n`);
  process.exitCode = error.exitCode;
}

async function stateSync(): Promise<Readonly<Record<string, string>>> {
  if (values.stateSync === undefined) return {};
  const servers = parseServers(String(values.stateSync));
  const { chainId } = await checkGenesis(nodeHome(values.home));
  return stateSyncEnvironment(servers, await agreedBlock(servers, chainId));
}
