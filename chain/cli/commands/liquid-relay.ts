/** `artel liquid relay` and `pass`: pairs two peers for a session; sees sizes and times only. */
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Command } from 'commander';
import type { Relay, RelayLimits, TlsMaterial } from '../../../liquid/relay/relay.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { parseCount } from '../values.ts';
import { answer, granted, isJson } from './liquid-folder.ts';

interface RelayFlags {
  readonly listen: string;
  readonly openRelay?: boolean;
  readonly secretFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly metrics?: string;
  readonly logLevel: string;
  readonly grace: string;
  readonly rooms?: string;
  readonly roomsPerAddress?: string;
  readonly opensPerMinute?: string;
  readonly joinSeconds?: string;
}

export function relayCommand(context: CliContext): Command {
  const command = new Command('relay')
    .description('run a relay: it pairs two peers by a one-time token and passes frames on, unread')
    .option('--listen <host:port>', 'port 0 is any free one', '127.0.0.1:7770')
    .option('--open-relay', 'open rooms for anybody, within the caps of an address')
    .option('--secret-file <file>', 'open rooms for holders of passes made with this secret')
    .option('--tls-cert <file>', 'certificate chain (PEM); read again when it changes')
    .option('--tls-key <file>', 'private key (PEM)')
    .option('--metrics <host:port>', 'serve Prometheus metrics at /metrics')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent', 'info')
    .option('--grace <seconds>', 'how long sessions may go on after Ctrl-C', '10')
    .option('--rooms <n>', 'at the same time (default: 4096)')
    .option('--rooms-per-address <n>', 'of --open-relay, at the same time (default: 16)')
    .option('--opens-per-minute <n>', 'of --open-relay, of one address (default: 60)')
    .option('--join-seconds <n>', 'how long a room waits for the other side (default: 120)')
    .option('--json', 'tell where it listens as JSON')
    .addHelpText('after', relayHelp);
  return command.action((flags: RelayFlags) => run(context, command, flags));
}

const relayHelp = `
The first line on standard output says where it listens. A QR says TLS by port 443 alone: run TLS
there, or plain on another port; sessions are encrypted end to end either way.

Examples:
  artel liquid relay --open-relay
  artel liquid relay --listen 0.0.0.0:443 --secret-file secret --tls-cert c.pem --tls-key k.pem
  artel liquid pass --secret-file secret --days 365     a pass for one of your members`;

async function run(context: CliContext, command: Command, flags: RelayFlags): Promise<void> {
  const { Relay: relayClass } = await import('../../../liquid/relay/relay.ts');
  const { parseListen } = await import('../../../liquid/relay/open-house.ts');
  const { pino } = await import('pino');
  const logger = pino({ level: flags.logLevel }, pino.destination({ fd: 2, sync: false }));
  if (flags.openRelay !== true && flags.secretFile === undefined) {
    const hint = 'Give --secret-file FILE (see `artel liquid pass`), or --open-relay.';
    throw new CliError('who may open rooms is not said', exitCodes.usage, hint);
  }
  const secret = flags.secretFile === undefined ? undefined : await secretOf(flags.secretFile);
  const tls = await tlsOf(flags);
  const relay = await relayClass.start({
    ...granted(parseListen(flags.listen)),
    secret,
    isOpen: flags.openRelay === true,
    tls,
    limits: limitsOf(flags),
    logger,
  });
  const host = flags.listen.slice(0, flags.listen.lastIndexOf(':'));
  const url = `${tls === undefined ? 'ws' : 'wss'}://${host}:${relay.port}`;
  const metrics = await serveMetrics(relay, flags.metrics);
  const watch = setInterval(() => void renew(relay, flags), tlsWatchMs);
  try {
    if (isJson(command)) answer(context, command, { relay: url, metrics: metrics?.url });
    else context.stdout.write(`relay ${url}\n`);
    await aborted(context.signal);
    await relay.stop(1000 * parseCount('--grace', flags.grace));
  } finally {
    clearInterval(watch);
    metrics?.close();
  }
}

function limitsOf(flags: RelayFlags): Partial<RelayLimits> {
  const limit = (name: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseCount(name, text, 1);
  const join = limit('--join-seconds', flags.joinSeconds);
  const given = {
    rooms: limit('--rooms', flags.rooms),
    roomsPerAddress: limit('--rooms-per-address', flags.roomsPerAddress),
    opensPerMinute: limit('--opens-per-minute', flags.opensPerMinute),
    joinMs: join === undefined ? undefined : 1000 * join,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** At least 16 bytes of anything, taken as they are. */
async function secretOf(path: string): Promise<Uint8Array> {
  const secret = await readFile(path);
  if (secret.length >= 16) return new Uint8Array(secret);
  const hint = 'Make one: head -c 32 /dev/urandom > secret';
  throw new CliError(`the secret in ${path} is shorter than 16 bytes`, exitCodes.usage, hint);
}

const tlsWatchMs = 60_000;
let tlsReadMs = 0;

async function tlsOf({ tlsCert, tlsKey }: RelayFlags): Promise<TlsMaterial | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CliError('TLS needs both --tls-cert and --tls-key', exitCodes.usage);
  }
  tlsReadMs = (await stat(tlsCert)).mtimeMs;
  return { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
}

/** Certificates live for months only, and are changed in place. */
async function renew(relay: Relay, flags: RelayFlags): Promise<void> {
  if (flags.tlsCert === undefined || (await stat(flags.tlsCert)).mtimeMs === tlsReadMs) return;
  const material = await tlsOf(flags);
  if (material !== undefined) relay.renewTls(material);
}

async function serveMetrics(relay: Relay, address: string | undefined) {
  if (address === undefined) return undefined;
  const { parseListen } = await import('../../../liquid/relay/open-house.ts');
  const { host, port } = granted(parseListen(address));
  relay.metrics.watchProcess();
  const { registry } = relay.metrics;
  const server = createServer(async (request, response) => {
    const isMetrics = request.url === '/metrics';
    response.writeHead(isMetrics ? 200 : 404, { 'Content-Type': registry.contentType });
    response.end(isMetrics ? await registry.metrics() : 'see /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  const at = typeof bound === 'object' && bound !== null ? bound.port : port;
  return { url: `http://${host}:${at}/metrics`, close: () => server.close() };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export function passCommand(context: CliContext): Command {
  const command = new Command('pass')
    .description('make a pass with which its holder opens rooms at your relay')
    .requiredOption('--secret-file <file>', 'the secret of the relay')
    .option('--days <n>', 'for how long', '365')
    .option('--json', 'as one JSON document');
  return command.action(async (flags: { secretFile: string; days: string }) => {
    const { passOf, passText } = await import('../../../liquid/relay/first-frame.ts');
    const { secureRandom, unixNow } = await import('../../../liquid/peer/folder.ts');
    const expiry = unixNow() + 86_400 * parseCount('--days', flags.days, 1);
    const pass = passOf(await secretOf(flags.secretFile), secureRandom(8), expiry);
    answer(context, command, { pass: passText(pass), expiry }, passText(pass));
  });
}
