/** Questions to the person at the terminal, on stderr, so that stdout stays the answer alone. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type CliContext, CliError, exitCodes } from './context.ts';

/** Thrown when Ctrl-C ends a question. */
export function interrupted(): CliError {
  return new CliError('interrupted', exitCodes.interrupted);
}

/** One line from the terminal or from a pipe; `hidden` shows nothing of what is typed. */
export async function ask(context: CliContext, question: string, hidden = false): Promise<string> {
  const { stdin, stderr } = context;
  if (context.signal.aborted) throw interrupted();
  stderr.write(question);
  if (!(hidden && stdin.isTTY)) return readLine(context);
  try {
    return await readHidden(context);
  } finally {
    stderr.write('\n');
  }
}

/** Refuses where nobody can be asked. */
export function assertTerminal({ stdin }: CliContext): void {
  if (stdin.isTTY) return;
  throw new CliError(
    'nobody is at the terminal to confirm this',
    exitCodes.usage,
    'Add -y to go ahead without being asked.',
  );
}

/** True for y or yes. Without a terminal there is nobody to ask: that is an error. */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  assertTerminal(context);
  return /^y(es)?$/i.test((await ask(context, `${question} [y/N] `)).trim());
}

/** First line of a passphrase file. */
export async function readPassphraseFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new CliError(
      `the passphrase file ${path} can't be read (${(error as NodeJS.ErrnoException).code})`,
      exitCodes.usage,
      'Check the path given by --passphrase-file or ARTEL_PASSPHRASE_FILE.',
    );
  }
}

/** Lines of a pipe that have arrived but were not asked for yet. */
const pending = new WeakMap<NodeJS.ReadStream, AsyncIterator<string>>();

async function readLine(context: CliContext): Promise<string> {
  const { stdin, signal } = context;
  const line = stdin.isTTY ? await nextTyped(context) : await nextPiped(context);
  if (signal.aborted) throw interrupted();
  if (line === undefined) {
    throw new CliError('the input ended where an answer was expected', exitCodes.usage);
  }
  return line;
}

/** A reader of its own for each line: the next question may be a hidden one, in raw mode. */
function nextTyped({ stdin, signal }: CliContext): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: stdin, signal });
    reader.once('line', (line) => {
      resolve(line);
      reader.close();
    });
    reader.once('close', () => resolve(undefined));
  });
}

async function nextPiped({ stdin, signal }: CliContext): Promise<string | undefined> {
  let lines = pending.get(stdin);
  if (lines === undefined) {
    lines = createInterface({ input: stdin, signal })[Symbol.asyncIterator]();
    pending.set(stdin, lines);
  }
  stdin.ref?.();
  const line = await lines.next();
  // A pipe left open would keep the process alive after its work is done.
  stdin.unref?.();
  return line.done === true ? undefined : line.value;
}

/** Raw mode: the terminal echoes nothing; backspace, Enter, Ctrl-C and Ctrl-D work. */
function readHidden({ stdin, signal }: CliContext): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (end: () => void): void => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      stdin.setRawMode(false);
      stdin.pause();
      end();
    };
    const onAbort = (): void => finish(() => reject(interrupted()));
    const onData = (data: Buffer | string): void => {
      for (const character of data.toString()) {
        if (character === '\r' || character === '\n') {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (character === '\u0003' || character === '\u0004') {
          onAbort();
          return;
        }
        if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
        else typed.push(character);
      }
    };
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
