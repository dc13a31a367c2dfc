/**
 * What every command is handed instead of reaching for the process itself; and how a command fails.
 */

/** The outside world of one CLI run. Tests pass their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted on the first SIGINT, SIGTERM or SIGHUP; long work ends cleanly on it. */
  readonly signal: AbortSignal;
}

/** Exit codes, documented in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  /** The command was understood and failed: refused transaction, failed check, unreachable node. */
  failed: 1,
  /** Wrong usage or bad input. */
  usage: 2,
  /** Something needed is missing on this machine (CometBFT, a free port, disk space, a lock). */
  unavailable: 3,
  /** The next block has the rules of another version: start that program on the same home. */
  upgrade: 4,
  /** Interrupted by a signal. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure that is told to a person: one sentence, and what to do about it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, exitCode: ExitCode = exitCodes.failed, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
