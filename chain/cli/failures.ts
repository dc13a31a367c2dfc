/** Failures that come from outside, told as one sentence and what to do. */
import { Refused } from '../client/refusals.ts';
import { CliError, exitCodes } from './context.ts';
import { formatTime, formatWork } from './values.ts';

/** What a person should read in place of an error that no command expected. */
export function explainFailure(error: unknown): CliError {
  if (error instanceof Refused) {
    const where = error.height === undefined ? '' : ` (in block ${error.height}, its fee was paid)`;
    return new CliError(`${spelt(error.message)}${where}`, exitCodes.failed, error.remedy);
  }
  if (!isError(error)) return new CliError(String(error));
  if (error.name === 'SnapshotProblem') {
    return new CliError(firstLine(error.message), exitCodes.failed, snapshotHint);
  }
  const code = codeOf(error);
  if (code !== undefined && code in systemProblems) {
    const [sentence, exitCode, hint] = systemProblems[code] ?? ['', exitCodes.failed, ''];
    return new CliError(`${sentence}${placeOf(error)}`, exitCode, hint);
  }
  const answer = rpcProblem(error.message);
  if (answer !== undefined) {
    const hint = rpcHints.find(([pattern]) => pattern.test(answer))?.[1];
    return new CliError(`the node refused: ${answer}`, exitCodes.failed, hint);
  }
  if (error.message.startsWith('Bad status on response')) {
    return new CliError(
      `the node answered "${error.message}"`,
      exitCodes.failed,
      'Is --node the RPC port (26657), and not the P2P or REST port?',
    );
  }
  if (error.message === 'fetch failed') return new CliError(...noNode);
  return new CliError(firstLine(error.message), exitCodes.failed);
}

/**
 * Milliseconds in a sentence of the chain as people read them.
 *
 * @example spelt('the lines sum to 27000000 ms') // 'the lines sum to 7:30:00'
 */
function spelt(sentence: string): string {
  return sentence
    .replace(pointsOfTime, (_, word: string, from: string, to?: string) =>
      [`${word} ${formatTime(BigInt(from))}`, ...(to ? [formatTime(BigInt(to))] : [])].join(' to '),
    )
    .replace(/\b(\d+) ms\b/g, (_, ms: string) => formatWork(BigInt(ms)));
}

const pointsOfTime = /\b(from|at|until|it is) (\d+)(?: to (\d+))? ms\b/g;

/** By its form: errors of the platform may come from another realm, as they do under Jest. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}

const snapshotHint =
  'Take another one: `artel snapshot list` names them, `verify` reads them whole.';

const noNode = [
  'no node answers',
  exitCodes.failed,
  'Start one with `make localnet` or `artel dev`, or name another by --node.',
] as const;

const systemProblems: Readonly<
  Record<string, readonly [string, CliError['exitCode'], string | undefined]>
> = {
  ECONNREFUSED: noNode,
  ECONNRESET: ['the node closed the connection', exitCodes.failed, 'Is it the RPC port?'],
  ENOTFOUND: ['the host of the node is not known', exitCodes.failed, 'Check the URL.'],
  EHOSTUNREACH: noNode,
  ETIMEDOUT: noNode,
  UND_ERR_CONNECT_TIMEOUT: noNode,
  UND_ERR_SOCKET: ['the node closed the connection', exitCodes.failed, 'Is it the RPC port?'],
  ENOENT: ['there is no such file', exitCodes.usage, 'Check the path and --home.'],
  EISDIR: ['a folder stands where a file is expected', exitCodes.usage, 'Check the path.'],
  EACCES: ['the file is not yours to open', exitCodes.unavailable, 'Check its owner and mode.'],
  EPERM: ['the file is not yours to open', exitCodes.unavailable, 'Check its owner and mode.'],
  EROFS: ['the disk is read-only', exitCodes.unavailable, 'Choose another --home.'],
  ENOSPC: ['the disk is full', exitCodes.unavailable, 'Free some space and run it again.'],
  EADDRINUSE: [
    'the port is in use',
    exitCodes.unavailable,
    'Stop what listens there, or choose another by --base-port.',
  ],
};

/** The system's code, also where `fetch` hides it in a chain of causes. */
function codeOf(error: Error): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && isError(current); depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    const errors = 'errors' in current ? current.errors : undefined;
    current = Array.isArray(errors) ? errors[0] : current.cause;
  }
  return undefined;
}

/** Where it happened, as far as the system says: a path, an address and port, a host. */
function placeOf(error: Error): string {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && isError(current); depth += 1) {
    if ('path' in current) return `: ${String(current.path)}`;
    if ('port' in current && 'address' in current) return ` at ${current.address}:${current.port}`;
    if ('hostname' in current) return `: ${String(current.hostname)}`;
    const errors = 'errors' in current ? current.errors : undefined;
    current = Array.isArray(errors) ? errors[0] : current.cause;
  }
  return '';
}

/** The words of a JSON-RPC error, which CosmJS hands on as its JSON text. */
function rpcProblem(message: string): string | undefined {
  if (!message.startsWith('{"code":')) return undefined;
  try {
    const { message: title, data } = JSON.parse(message) as { message?: string; data?: string };
    return firstLine(data ?? title ?? message);
  } catch {
    return undefined;
  }
}

const rpcHints: readonly (readonly [RegExp, string])[] = [
  [
    /height .*(less than or equal|not available|lowest height)/,
    'See `artel status` for its height.',
  ],
  [/offset \d+: got/, "Write it as message.sender='artel1...' AND tx.height>5."],
];

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
