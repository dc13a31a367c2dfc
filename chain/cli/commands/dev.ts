/** `artel dev`: a chain in this process, and the controls of one that runs. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { homeOf, print, settingsOf } from '../settings.ts';
import { parseCount, parseDuration } from '../values.ts';

interface DevOptions {
  readonly port: string;
  readonly blockTime: string;
  readonly accounts: string;
  readonly validators: string;
  readonly chainId: string;
  readonly load?: string;
  readonly logLevel: string;
  readonly reviser?: true;
}

/** @param version of the software, told to clients. */
export function devCommand(context: CliContext, version: string): Command {
  const command = new Command('dev')
    .description(
      'run a chain in this process until Ctrl-C, with only Node: funded keys, time travel',
    )
    .option('--port <port>', 'of the RPC on 127.0.0.1; 0 takes a free one', '26657')
    .option('--block-time <time>', '"on-demand", or a time between blocks such as 1s', 'on-demand')
    .option('--accounts <n>', 'funded accounts', '10')
    .option('--validators <n>', 'validators that this process votes for', '1')
    .option('--chain-id <id>', 'of a new chain', 'artel-dev-1')
    .option('--load <file>', 'begin with a chain that `artel dev dump` wrote')
    .option('--reviser', 'send final revisions when they are due, as `artel reviser`')
    .addOption(
      new Option('--log-level <level>', 'of what goes to standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .action(async (_options: unknown, self: Command) => {
      await run(context, version, self);
    })
    .addHelpText('after', examples);
  command.addCommand(
    new Command('mine')
      .argument('[blocks]', 'how many', '1')
      .description('make blocks now')
      .action((blocks: string, _options: unknown, self: Command) =>
        control(context, self, 'artel_mine', {
          n: String(parseCount('blocks', blocks, 1)),
        }),
      ),
  );
  command.addCommand(
    new Command('advance')
      .argument('<time>', 'such as 1h30m or 40d')
      .description('move block time ahead, and make a block there')
      .action((time: string, _options: unknown, self: Command) =>
        control(context, self, 'artel_advanceTime', { ms: String(parseDuration(time)) }),
      ),
  );
  command.addCommand(
    new Command('snapshot')
      .description('remember where the chain stands; prints the id')
      .action((_options: unknown, self: Command) => control(context, self, 'artel_snapshot', {})),
  );
  command.addCommand(
    new Command('revert')
      .argument('<id>', 'that `snapshot` printed')
      .description('go back to a snapshot; what came after is forgotten')
      .action((id: string, _options: unknown, self: Command) =>
        control(context, self, 'artel_revert', { id }),
      ),
  );
  command.addCommand(
    new Command('dump')
      .argument('<file>', 'to write')
      .description('write the whole chain to a file')
      .action((file: string, _options: unknown, self: Command) =>
        control(context, self, 'artel_dump', { path: resolve(file) }),
      ),
  );
  command.addCommand(
    new Command('load')
      .argument('<file>', 'that `dump` wrote')
      .description('replace the chain by a dumped one')
      .action((file: string, _options: unknown, self: Command) =>
        control(context, self, 'artel_load', { path: resolve(file) }),
      ),
  );
  return command;
}

const examples = `
Without --home the chain lives in memory; with it (before "dev") its blocks and state are kept under
<home>/dev, and it goes on from there. The controls below speak to the chain at --node. docs/dev.md.

Examples:
  artel dev
  artel dev --block-time 1s --validators 4
  artel --home ./my-chain dev
  artel dev advance 40d`;

async function run(context: CliContext, version: string, command: Command): Promise<void> {
  const options = command.optsWithGlobals<DevOptions>();
  const { signal, stdout, stderr } = context;
  const home = command.optsWithGlobals().home as string | undefined;
  const settings = {
    port: wholeNumber('--port', options.port, 0, 65_535),
    accounts: wholeNumber('--accounts', options.accounts, 1, 1_000),
    validators: wholeNumber('--validators', options.validators, 1, 100),
    chainId: localChainId(options.chainId),
    production: production(options.blockTime),
    ...(home !== undefined && { home: resolve(homeOf(context, home), 'dev') }),
  };
  // Loaded here, since no other command needs the rules, the store and the engine.
  const { pino } = await import('pino');
  const { startArtelChain } = await import('../../dev/artel-chain.ts');
  const { readDumpFile } = await import('../../dev/dump-file.ts');
  const dump = options.load === undefined ? undefined : await readDumpFile(options.load);
  const log = pino({ level: options.logLevel }, stderr);
  const clock = { nowMs: () => BigInt(Date.now()) };
  const chain = await startArtelChain({ ...settings, log, clock, version }).catch(
    (error: unknown) => {
      throw portTaken(error, settings.port);
    },
  );
  try {
    if (dump !== undefined) await chain.engine.load(dump);
    const { greeting } = await import('../../dev/greeting.ts');
    stdout.write(greeting(chain));
    if (options.reviser === true) {
      const { reviseBeside } = await import('../revise-beside.ts');
      await reviseBeside(chain.rpcUrl, log, signal, () => until(signal));
    } else await until(signal);
  } finally {
    await chain.close();
  }
}

function portTaken(error: unknown, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new CliError(
    `port ${port} is in use by another program`,
    exitCodes.unavailable,
    `Stop that program, or choose another port: artel dev --port ${port + 1}`,
  );
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

function production(text: string): { kind: 'on-demand' } | { kind: 'interval'; everyMs: number } {
  if (text === 'on-demand') return { kind: 'on-demand' };
  const everyMs = Number(parseDuration(text));
  if (everyMs >= 1) return { kind: 'interval', everyMs };
  throw new CliError('--block-time is 0, expected 1ms or more, or on-demand', exitCodes.usage);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new CliError(`${name} is ${text}, expected ${least} to ${most}`, exitCodes.usage);
}

/** Everybody has the keys of such a chain, and its id says so. */
function localChainId(id: string): string {
  if (/^artel-(dev|local)-\d+$/.test(id)) return id;
  throw new CliError(
    `--chain-id is ${id}, expected artel-dev-<n> or artel-local-<n>`,
    exitCodes.usage,
    'The keys of this chain are public, so it must not look like another.',
  );
}

/** Calls a control method of the chain at --node and prints what it answers. */
async function control(
  context: CliContext,
  command: Command,
  method: string,
  params: Readonly<Record<string, string>>,
): Promise<void> {
  const settings = settingsOf(context, command);
  const response = await fetch(settings.node, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: context.signal,
  });
  const { result, error } = (await response.json()) as {
    result?: unknown;
    error?: { code: number; message: string; data?: string };
  };
  if (error === undefined) {
    print(context, settings, result);
    return;
  }
  if (error.code !== -32601) throw new CliError(error.data ?? error.message);
  throw new CliError(
    `${settings.node} is no chain of \`artel dev\`, or not on this machine`,
    exitCodes.failed,
    'Start one by `artel dev`; name another port by --node http://127.0.0.1:PORT.',
  );
}
