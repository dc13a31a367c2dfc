/** Failures that come from outside, told as one sentence and what to do. */
import { Refused } from '../client/refusals.ts';
import { CliError, exitCodes } from './context.ts';

/** What a person should read in place of an error that no command expected. */
export function explainFailure(error: unknown): CliError {
  if (error instanceof Refused) {
    const where = error.height === undefined ? '' : ` (in block ${error.height}, its fee was paid)`;
    return new CliError(`${error.message}${where}`, exitCodes.failed, error.remedy);
  }
  if (!isError(error)) return new CliError(String(error));
  const code = codeOf(error);
  if (code !== undefined && code in systemProblems) {
    const [sentence, exitCode, hint] = systemProblems[code] ?? ['', exitCodes.failed, ''];
    const path = 'path' in error ? `: ${String(error.path)}` : '';
    return new CliError(`${sentence}${path}`, exitCode, hint);
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

/** By its form: errors of the platform may come from another realm, as they do under Jest. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}

const noNode = [
  'no node answers there',
  exitCodes.failed,
  'Start one with `make localnet` or `artel dev`, or name another by --node.',
] as const;

const systemProblems: Readonly<
  Record<string, readonly [string, CliError['exitCode'], string | undefined]>
> = {
  ECONNREFUSED: noNode,
  ECONNRESET: ['the node closed the connection', exitCodes.failed, 'Is it the RPC port?'],
  ENOTFOUND: ['the host of --node is not known', exitCodes.failed, 'Check the URL.'],
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

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
