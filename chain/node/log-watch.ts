/**
 * Reads CometBFT's log for the failures that it survives as a process, and explains from the
 * last lines why one that ended did so.
 */
import { CliError, exitCodes } from '../cli/context.ts';

/** How many lines are kept for error messages, and how many of those that report an error. */
const keptLines = 20;

/**
 * After this many foreign proposals at one height whose app hash is not ours, it is we who stand
 * alone.
 */
const foreignProposals = 3;

/** Follows the lines of one CometBFT run. */
export class LogWatch {
  readonly #last: string[] = [];
  /** Apart from the rest: a Go panic is followed by a hundred lines of stack. */
  readonly #errors: string[] = [];
  #height = '';
  #wrongProposals = 0;

  /**
   * Takes the next line; answers with the failure that it tells of, or undefined.
   *
   * CometBFT stays alive after `CONSENSUS FAILURE`, and while it syncs blocks whose app hash is not
   * ours. A single proposal with another app hash is no failure of this node: any one validator can
   * send that, and must not be able to stop the others.
   */
  read(line: string): CliError | undefined {
    keep(this.#last, line);
    if (/^(?:E\[|ERROR:|panic:|fatal error:)/.test(line)) keep(this.#errors, line);
    // Only CometBFT itself begins a line so; peers' texts are quoted further right.
    const error = /^E\[[^\]]*\] (.*)$/.exec(line)?.[1];
    if (error === undefined) return undefined;
    if (error.startsWith('CONSENSUS FAILURE')) {
      if (error.includes('no space left on device')) return diskFull();
      return diverged(`CometBFT reports CONSENSUS FAILURE: ${failureReason(error)}`);
    }
    if (error.startsWith('State sync failed')) return notJoined(failureReason(error));
    if (!error.includes('err="wrong Block.Header.AppHash')) return undefined;
    const height = /\bheight=(\d+)/.exec(error)?.[1] ?? '';
    if (error.startsWith('Error in validation')) {
      return diverged(
        `the app hash of this node differs from the one that +2/3 signed at height ${height}`,
      );
    }
    this.#wrongProposals = height === this.#height ? this.#wrongProposals + 1 : 1;
    this.#height = height;
    if (this.#wrongProposals < foreignProposals) return undefined;
    return diverged(
      `the app hash of this node differs from that of ${foreignProposals} proposals ` +
        `at height ${height}`,
    );
  }

  /** The newest lines, oldest first. */
  lastLines(count = 8): readonly string[] {
    return this.#last.slice(-count);
  }

  /** Why CometBFT ended, as far as its last lines tell. */
  explainEnd(code: number | null, signal: NodeJS.Signals | null): CliError {
    const text = [...this.#errors, ...this.#last].join('\n');
    for (const [pattern, explain] of causes) {
      const match = pattern.exec(text);
      if (match !== null) return explain(match);
    }
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const telling = this.#errors.length > 0 ? this.#errors.slice(-3) : this.lastLines(5);
    const said = telling.map((line) => `\n    ${line.trimEnd().slice(0, 400)}`);
    return new CliError(
      `CometBFT ended without being asked to (${how})`,
      exitCodes.failed,
      `Its last lines:${said.join('')}`,
    );
  }
}

const causes: readonly (readonly [RegExp, (match: RegExpExecArray) => CliError])[] = [
  [/no space left on device/, diskFull],
  [
    /bind: address already in use|listen tcp (\S+): bind/,
    (match) =>
      new CliError(
        `${match[1] ?? 'a port of this node'} is in use by another program`,
        exitCodes.unavailable,
        'Stop that program, or move this node in its config.toml.',
      ),
  ],
  [
    /failed to initialize database: resource temporarily unavailable/,
    () =>
      new CliError(
        'the databases of CometBFT are open in another process',
        exitCodes.unavailable,
        'Stop the other CometBFT that runs in this home.',
      ),
  ],
  [
    /app block height \(\d+\) is (?:higher than core|too far below block store base) \(\d+\)/,
    (match) =>
      new CliError(
        `application and CometBFT of this home do not belong together: ${match[0]}`,
        exitCodes.failed,
        'Restore both from one backup, or `artel rollback --to HEIGHT`, or sync an empty --home.',
      ),
  ],
  [
    /state \(\d+\) and store \(\d+\) height mismatch/,
    (match) =>
      new CliError(
        `the databases of CometBFT in this home do not belong together: ${match[0]}`,
        exitCodes.failed,
        'Keep config/ and data/priv_validator_state.json, remove the rest of data/ and what is in ' +
          'artel/, and let the node sync.',
      ),
  ],
  [
    /found signature from the same key/,
    () =>
      new CliError(
        'the key of this validator has signed one of the last blocks (double_sign_check_height)',
        exitCodes.unavailable,
        'Stop the other node that runs with it. If there is none, this restart came too soon: ' +
          'start again when so many blocks have passed.',
      ),
  ],
  [
    /AppHash does not match AppHash after replay/,
    () => diverged('the state of the application is not the one that CometBFT has signed'),
  ],
  [
    /ERROR: (?:failed to create node: )?(.*(?:GenesisDoc|genesis).*)/,
    (match) =>
      new CliError(
        `CometBFT refuses the genesis: ${match[1] ?? ''}`,
        exitCodes.usage,
        'Put the genesis.json of the chain into config/.',
      ),
  ],
  [
    /ERROR: (.*config.*)/i,
    (match) =>
      new CliError(
        `CometBFT refuses its configuration: ${match[1] ?? ''}`,
        exitCodes.usage,
        'Mend config.toml; `artel init` in another --home shows a good one.',
      ),
  ],
];

/** Every message of parted states names what to run. */
function diverged(message: string): CliError {
  return new CliError(
    message,
    exitCodes.failed,
    '`artel replay --blocks` names the first height and module that differ in this home; ' +
      '`artel debug roots HEIGHT` and `artel debug diff` compare running nodes.',
  );
}

/** CometBFT would stay at height 0 for ever. */
function notJoined(reason: string): CliError {
  return new CliError(
    `the state sync has failed: ${reason}`,
    exitCodes.failed,
    'Start again with the same flags: what was begun is void. The log above names what was refused.',
  );
}

function diskFull(): CliError {
  return new CliError(
    'the disk is full',
    exitCodes.unavailable,
    'Free some space and start again; what was committed is kept.',
  );
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > keptLines) lines.shift();
}

function failureReason(text: string): string {
  const quoted = /\berr="((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const plain = /\berr=(\S+)/.exec(text)?.[1];
  return (quoted ?? plain ?? 'no reason given').slice(0, 300);
}
