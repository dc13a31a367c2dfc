/** `artel start`: one node, the application with CometBFT behind it or alone. */
import { Command, Option } from 'commander';
import { CometbftUnavailable, findCometbft } from '../../../localnet/cometbft.ts';
import type { MakeApp } from '../../node/supervisor.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { homeOf } from '../settings.ts';

interface StartOptions {
  readonly home?: string;
  readonly external?: true;
  readonly listen?: string;
  readonly logLevel: string;
}

/** @param version of the software, told to CometBFT and its clients. */
export function startCommand(context: CliContext, version: string): Command {
  return new Command('start')
    .description('run the node of a home until Ctrl-C: the application, and CometBFT behind it')
    .option('--external', 'run the application alone; CometBFT is started by somebody else')
    .option('--listen <address>', 'for CometBFT, instead of the socket in the home')
    .addOption(
      new Option('--log-level <level>', "the application's; CometBFT's is in its config.toml")
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .action(async (_options: unknown, command: Command) => {
      await start(context, version, command.optsWithGlobals<StartOptions>());
    })
    .addHelpText(
      'after',
      `
--listen takes unix:///path or tcp://127.0.0.1:26658. Both logs go to standard output. A node that
fails is not started again: the exit code is 1 (3 where something is missing on this machine), and
the last line says why. More in docs/operate.md.

Examples:
  artel start --home ~/.artel
  artel start --external --listen tcp://127.0.0.1:26658`,
    );
}

async function start(context: CliContext, version: string, options: StartOptions): Promise<void> {
  const { env, stdout, signal } = context;
  const cometbft = options.external ? undefined : await requireCometbft(context);
  // Loaded here, since no other command needs the rules and the store.
  const { pino } = await import('pino');
  const { createApp } = await import('../../app/app.ts');
  const { runNode } = await import('../../node/supervisor.ts');
  const logger = pino({ level: options.logLevel }, stdout);
  const makeApp: MakeApp = (home, log) =>
    createApp({ path: home.storeDir, logger: log.child({ part: 'app' }), version });
  await runNode({
    home: homeOf(context, options.home),
    cometbft,
    makeApp,
    env,
    logger,
    onLine: (line) => stdout.write(`${line}\n`),
    signal,
    ...(options.listen === undefined ? {} : { listen: options.listen }),
  });
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
