/** `artel start` runs a node, the application with CometBFT behind it; `artel abci` it alone. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { CometbftUnavailable, findCometbft } from '../../../localnet/cometbft.ts';
import { isAddress, parseAddress } from '../../../modules/_kernel/address.ts';
import { parseEndpoint } from '../../abci/endpoint.ts';
import type { MakeApp, RunNodeOptions } from '../../node/supervisor.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import {
  cachesFrom,
  type PruningOptions,
  pruningFrom,
  pruningOptions,
} from '../pruning-options.ts';
import { homeOf } from '../settings.ts';
import {
  retentionFrom,
  type SnapshotOptions,
  snapshotOptions,
  snapshotsFrom,
} from '../snapshot-options.ts';
import { parseCount, parseHeight } from '../values.ts';

interface RunOptions extends PruningOptions, SnapshotOptions {
  readonly reviser?: true;
  readonly home?: string;
  readonly listen?: string;
  readonly metrics?: string;
  readonly signatureThreads?: string;
  readonly logLevel: string;
  readonly haltHeight?: string;
}

interface StartOptions extends RunOptions {
  readonly external?: true;
  readonly stateSync?: string;
  readonly trustHeight?: string;
  readonly trustHash?: string;
}

/** @param version of the software, told to CometBFT and its clients. */
export function startCommand(context: CliContext, version: string): Command {
  return withStoreOptions(new Command('start'))
    .description('run the node of a home until Ctrl-C: the application, and CometBFT behind it')
    .option('--external', 'the application alone, as `artel abci`')
    .addOption(listenOption())
    .option(
      '--state-sync <url,url>',
      'with an empty home: join by a snapshot, checked by these RPCs',
    )
    .option('--trust-height <height>', 'with --state-sync: a block known to be right')
    .option('--trust-hash <hex>', 'with --state-sync: the hash of that block')
    .option('--reviser', 'send final revisions when they are due, as `artel reviser`')
    .addOption(metricsOption())
    .addOption(threadsOption())
    .addOption(logLevelOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StartOptions>();
      const env = await stateSyncEnv(context, options);
      const cometbft = options.external ? undefined : await requireCometbft(context);
      if (options.reviser === true && options.external === true) {
        throw new CliError('--reviser needs a CometBFT of our own', exitCodes.usage);
      }
      await run(context, version, options, { cometbft, env });
    })
    .addHelpText(
      'after',
      `
Both logs go to standard output. A node that
fails is not started again: the exit code is 1 (3 where something is missing on this machine), and
the last line says why. More in docs/operate.md.

Examples:
  artel start --home ~/.artel
  artel start --home /srv/artel --log-level warn
  artel start --state-sync http://198.51.100.7:26657,http://203.0.113.9:26657`,
    );
}

/** What CometBFT needs to join by a snapshot, beside the environment of this process. */
async function stateSyncEnv(
  context: CliContext,
  options: StartOptions,
): Promise<RunNodeOptions['env']> {
  const { stateSync, trustHeight, trustHash, external } = options;
  if ((trustHeight === undefined) !== (trustHash === undefined)) {
    throw new CliError('--trust-height and --trust-hash go together', exitCodes.usage);
  }
  if (stateSync === undefined) {
    if (trustHeight === undefined) return context.env;
    throw new CliError('--trust-height and --trust-hash go with --state-sync', exitCodes.usage);
  }
  if (external) throw new CliError('--state-sync is for a CometBFT of our own', exitCodes.usage);
  const sync = await import('../../node/state-sync.ts');
  const servers = sync.parseServers(stateSync);
  if (trustHash !== undefined && !/^[0-9a-fA-F]{64}$/.test(trustHash)) {
    throw new CliError(`--trust-hash ${trustHash} is no hash: 64 hex digits`, exitCodes.usage);
  }
  const { checkGenesis } = await import('../../node/genesis-check.ts');
  const { nodeHome } = await import('../../node/home.ts');
  const { chainId } = await checkGenesis(nodeHome(homeOf(context, options.home)));
  const trusted =
    trustHeight === undefined || trustHash === undefined
      ? await sync.agreedBlock(servers, chainId)
      : { height: parseHeight(trustHeight), hash: trustHash.toUpperCase() };
  const said = trustHeight === undefined ? ', on which the servers agree' : '';
  context.stderr.write(`trusting block ${trusted.height}, ${trusted.hash}${said}\n`);
  return { ...context.env, ...sync.stateSyncEnvironment(servers, trusted) };
}

/** @param version of the software, told to CometBFT and its clients. */
export function abciCommand(context: CliContext, version: string): Command {
  return withStoreOptions(new Command('abci'))
    .description('serve the application alone, for a CometBFT that somebody else starts')
    .addOption(listenOption())
    .option(
      '--default-state',
      "begin with the modules' defaults where the genesis has no app_state",
    )
    .option('--fund <file>', 'with --default-state: addresses that get 1,000,000 hub, one a line')
    .addOption(metricsOption())
    .addOption(threadsOption())
    .addOption(logLevelOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<AbciOptions>();
      const completeGenesis = await defaultState(options);
      await run(context, version, options, {
        cometbft: undefined,
        env: context.env,
        ...(completeGenesis !== undefined && { completeGenesis }),
      });
    })
    .addHelpText(
      'after',
      `
The home needs no configuration of CometBFT; the state is kept below it. --listen takes
unix:///path, a path alone, or tcp://127.0.0.1:26658; CometBFT gets the same as --proxy_app.
--default-state is for harnesses that write a genesis of validators only: each has the power bonded
that the genesis gives it. Every node of a network needs the same flags.

Examples:
  artel abci --home ./node0 --listen tcp://127.0.0.1:26658
  artel abci --home ./node0 --listen /run/artel/app0.sock --default-state --fund accounts.txt`,
    );
}

interface AbciOptions extends RunOptions {
  readonly defaultState?: true;
  readonly fund?: string;
}

async function defaultState({
  defaultState,
  fund,
}: AbciOptions): Promise<RunNodeOptions['completeGenesis']> {
  if (defaultState === undefined) {
    if (fund === undefined) return undefined;
    throw new CliError('--fund goes with --default-state', exitCodes.usage);
  }
  const accounts = fund === undefined ? [] : await readAddresses(fund);
  const { withDefaultState } = await import('../../app/local-genesis.ts');
  return (request) => withDefaultState(request, accounts);
}

async function readAddresses(path: string): Promise<readonly string[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    const address = line === '' ? undefined : parseAddress(line);
    if (address === undefined || isAddress(address)) continue;
    throw new CliError(`${path}, line ${index + 1}: ${line} ${address.problem}`, exitCodes.usage);
  }
  return [...new Set(lines.filter((line) => line !== ''))];
}

function withStoreOptions(command: Command): Command {
  command.option('--halt-height <height>', 'end in order when this block is committed');
  for (const option of [...pruningOptions(), ...snapshotOptions()]) command.addOption(option);
  return command;
}

function listenOption(): Option {
  return new Option(
    '--listen <address>',
    'for CometBFT, instead of the socket in the home',
  ).argParser((address: string) => {
    try {
      parseEndpoint(address);
    } catch (error) {
      throw new CliError(error instanceof Error ? error.message : String(error), exitCodes.usage);
    }
    return address;
  });
}

function threadsOption(): Option {
  return new Option(
    '--signature-threads <count>',
    'threads that verify signatures ahead (default: 1, more on more than 4 processors)',
  );
}

/** CometBFT and the thread of the blocks want a processor each. */
function threadsFrom({ signatureThreads }: RunOptions): number {
  if (signatureThreads !== undefined) {
    return parseCount('--signature-threads', signatureThreads);
  }
  return Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2) - 1));
}

function metricsOption(): Option {
  return new Option(
    '--metrics <host:port>',
    'serve Prometheus metrics there, such as 127.0.0.1:26661 (default: nowhere)',
  );
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', "the application's; CometBFT's is in its config.toml")
    .choices(['debug', 'info', 'warn', 'error'])
    .default('info');
}

/** CometBFT closes the connection of a call after 11 s, and nobody would hear why. */
const longestQueryMs = 9_000;

async function run(
  context: CliContext,
  version: string,
  options: RunOptions,
  own: Pick<RunNodeOptions, 'cometbft' | 'completeGenesis' | 'env'>,
): Promise<void> {
  const { stdout, signal } = context;
  const pruning = pruningFrom(options);
  const caches = cachesFrom(options);
  const snapshots = snapshotsFrom(options);
  const retention = retentionFrom(options, pruning);
  const { haltHeight } = options;
  const signatureThreads = threadsFrom(options);
  // Loaded here, since no other command needs the rules and the store.
  const { pino } = await import('pino');
  const { createApp } = await import('../../app/app.ts');
  const { runNode } = await import('../../node/supervisor.ts');
  const logger = pino({ level: options.logLevel }, stdout);
  await using metrics = await startMetrics(options.metrics, version);
  const makeApp: MakeApp = (home, log) =>
    createApp({
      path: home.storeDir,
      logger: log.child({ part: 'app' }),
      version,
      pruning,
      ...(caches !== undefined && { caches }),
      snapshots: { ...snapshots, folder: home.snapshotsDir },
      signatureThreads,
      longestQueryMs,
      ...(retention !== undefined && { retention }),
      ...(metrics !== undefined && { telemetry: metrics.telemetry }),
    });
  const home = homeOf(context, options.home);
  const runs = (): Promise<void> =>
    runNode({
      home,
      makeApp,
      logger,
      onLine: (line) => stdout.write(`${line}\n`),
      signal,
      ...own,
      ...(haltHeight !== undefined && { haltHeight: BigInt(parseHeight(haltHeight)) }),
      ...(options.listen === undefined ? {} : { listen: options.listen }),
    });
  // Awaited here: the metrics are served as long as the node runs.
  if (options.reviser !== true) return await runs();
  const { reviseBeside, rpcUrlOf } = await import('../revise-beside.ts');
  await reviseBeside(await rpcUrlOf(home), logger.child({ part: 'reviser' }), signal, runs);
}

/** Before anything else: a port that is taken must not end a node that runs. */
async function startMetrics(address: string | undefined, version: string) {
  if (address === undefined) return undefined;
  const { PrometheusTelemetry } = await import('../../telemetry/prometheus.ts');
  const { serveMetrics } = await import('../../telemetry/server.ts');
  const telemetry = new PrometheusTelemetry(version);
  const server = await serveMetrics(address, telemetry);
  return { telemetry, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/**
 * The CometBFT binary, got where it is missing.
 *
 * @throws CliError (unavailable) in one line, with what to do instead.
 */
export async function requireCometbft(context: CliContext): Promise<string> {
  try {
    const found = await findCometbft({
      env: context.env,
      onProgress: (line) => context.stderr.write(`${line}\n`),
      signal: context.signal,
    });
    return found.path;
  } catch (error) {
    if (!(error instanceof CometbftUnavailable)) throw error;
    throw new CliError(error.message, exitCodes.unavailable, error.hint);
  }
}
