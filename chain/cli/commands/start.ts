/** `artel start` runs a node, the application with CometBFT behind it; `artel abci` it alone. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { CometbftUnavailable, findCometbft } from '../../../localnet/cometbft.ts';
import { isAddress, parseAddress } from '../../../modules/_kernel/address.ts';
import { parseEndpoint } from '../../abci/endpoint.ts';
import type { MakeApp, RunNodeOptions } from '../../node/supervisor.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { type PruningOptions, pruningFrom, pruningOptions } from '../pruning-options.ts';
import { homeOf } from '../settings.ts';

interface RunOptions extends PruningOptions {
  readonly home?: string;
  readonly listen?: string;
  readonly metrics?: string;
  readonly logLevel: string;
}

interface StartOptions extends RunOptions {
  readonly external?: true;
}

/** @param version of the software, told to CometBFT and its clients. */
export function startCommand(context: CliContext, version: string): Command {
  return withPruning(new Command('start'))
    .description('run the node of a home until Ctrl-C: the application, and CometBFT behind it')
    .option('--external', 'the application alone, as `artel abci`')
    .addOption(listenOption())
    .addOption(metricsOption())
    .addOption(logLevelOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StartOptions>();
      const cometbft = options.external ? undefined : await requireCometbft(context);
      await run(context, version, options, { cometbft });
    })
    .addHelpText(
      'after',
      `
Both logs go to standard output. A node that
fails is not started again: the exit code is 1 (3 where something is missing on this machine), and
the last line says why. More in docs/operate.md.

Examples:
  artel start --home ~/.artel
  artel start --home /srv/artel --log-level warn`,
    );
}

/** @param version of the software, told to CometBFT and its clients. */
export function abciCommand(context: CliContext, version: string): Command {
  return withPruning(new Command('abci'))
    .description('serve the application alone, for a CometBFT that somebody else starts')
    .addOption(listenOption())
    .option(
      '--default-state',
      "begin with the modules' defaults where the genesis has no app_state",
    )
    .option('--fund <file>', 'with --default-state: addresses that get 1,000,000 hub, one a line')
    .addOption(metricsOption())
    .addOption(logLevelOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<AbciOptions>();
      const completeGenesis = await defaultState(options);
      await run(context, version, options, {
        cometbft: undefined,
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

function withPruning(command: Command): Command {
  for (const option of pruningOptions()) command.addOption(option);
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

async function run(
  context: CliContext,
  version: string,
  options: RunOptions,
  own: Pick<RunNodeOptions, 'cometbft' | 'completeGenesis'>,
): Promise<void> {
  const { env, stdout, signal } = context;
  const pruning = pruningFrom(options);
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
      ...(metrics !== undefined && { telemetry: metrics.telemetry }),
    });
  await runNode({
    home: homeOf(context, options.home),
    makeApp,
    env,
    logger,
    onLine: (line) => stdout.write(`${line}\n`),
    signal,
    ...own,
    ...(options.listen === undefined ? {} : { listen: options.listen }),
  });
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
