/** What the commands of `artel liquid` share: the folder, answers, QR input, and how they fail. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Id, parseId } from '../../../liquid/core/id.ts';
import type { Result } from '../../../liquid/core/refusals.ts';
import type { Folder } from '../../../liquid/peer/folder.ts';
import type { StoredKey } from '../../../liquid/peer/key-table.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { formatAnswer } from '../output.ts';

/** Adds `--db` and `--json`. */
export function ofFolder(command: Command): Command {
  return command
    .option('--db <dir>', 'folder of the registry and its keys (default: ARTEL_HOME/liquid)')
    .option('--json', 'answer with one JSON document on one line, as -o json');
}

export function folderPath({ env }: CliContext, command: Command): string {
  const { db } = command.opts<{ db?: string }>();
  const home = env.ARTEL_HOME ?? join(env.HOME ?? homedir(), '.artel');
  return resolve(db ?? join(home, 'liquid'));
}

/** Opens the folder, works, closes it whatever happens, and tells failures as the CLI does. */
export async function withFolder<T>(
  context: CliContext,
  command: Command,
  work: (folder: Folder) => Promise<T>,
): Promise<T> {
  return told(async () => {
    const { Folder: opener } = await import('../../../liquid/peer/folder.ts');
    const path = folderPath(context, command);
    await using folder = await opener.open(path, testClock(context));
    return await work(folder);
  });
}

/** Tests set a clock by ARTEL_TEST_NOW, in UTC seconds. */
function testClock({ env }: CliContext): { now?: () => number } {
  const fixed = Number(env.ARTEL_TEST_NOW ?? 'none');
  return Number.isInteger(fixed) ? { now: () => fixed } : {};
}

export function isJson(command: Command): boolean {
  const { json, output } = command.optsWithGlobals<{ json?: boolean; output?: string }>();
  return json === true || output === 'json';
}

/** Prints an answer: `value` as one line of JSON, or `table` (default: laid out for people). */
export function answer(
  context: CliContext,
  command: Command,
  value: unknown,
  table?: string,
): void {
  const text = isJson(command) ? JSON.stringify(value) : (table ?? formatAnswer(value));
  context.stdout.write(`${text}\n`);
}

/** The value, or the refusal as a failure of this command. */
export function granted<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new CliError(result.message, exitCodes.usage, result.remedy);
}

/** A text that was given, or read from a picture of its QR code. */
export async function qrText(options: {
  readonly qr?: string;
  readonly qrImage?: string;
}): Promise<string | undefined> {
  if (options.qrImage === undefined) return options.qr;
  const [first = ''] = await codesIn(options.qrImage);
  return first;
}

/** The texts of all QR codes in an image file. */
export async function codesIn(path: string): Promise<readonly string[]> {
  const { readCodes, readImage } = await import('../../../liquid/qr/read.ts');
  const image = granted(readImage(new Uint8Array(await readFile(path))));
  const codes = await readCodes(image);
  if (codes.ok) return codes.value;
  throw new CliError(
    `no QR code can be read in ${path}`,
    exitCodes.usage,
    'Take the picture closer, sharper and with even light, or give the text by --qr.',
  );
}

export function idOf(text: string): Id {
  return granted(parseId(text));
}

/** The key that is meant: by the beginning of its id. */
export async function keyOf(folder: Folder, beginning: string): Promise<StoredKey> {
  const found = await folder.keys.find(beginning);
  const [key] = found;
  if (key !== undefined && found.length === 1) return key;
  throw new CliError(
    key === undefined ? `no key begins with ${beginning}` : `${found.length} keys begin with it`,
    exitCodes.usage,
    'See `artel liquid keys list`.',
  );
}

/** Makes failures of the companion those of the CLI. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(error) ?? error;
  }
}

function explained(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || error instanceof CliError) return undefined;
  // Also a quota, or a limit on the size of files.
  const full = /no space left|file too large|quota exceeded/i;
  if (reasonsOf(error).some((reason) => full.test(reason))) {
    const hint = 'Free some space and run it again; nothing was changed by the last step.';
    return new CliError('the disk is full', exitCodes.unavailable, hint);
  }
  if (error.name === 'StoreUnavailable') {
    return new CliError(error.message, exitCodes.unavailable, 'Or name another folder by --db.');
  }
  if (error.name === 'SessionRefused' && 'refusal' in error) {
    const { remedy } = error.refusal as { readonly remedy: string };
    return new CliError(error.message, exitCodes.failed, remedy);
  }
  if (error.name === 'RelayFailure' && 'code' in error) {
    return new CliError(error.message, exitCodes.failed, relayHints[Number(error.code)]);
  }
  return undefined;
}

/** What an error says, and the causes below it. */
function reasonsOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [String(error.message), ...reasonsOf('cause' in error ? error.cause : undefined)];
}

const relayHints: Readonly<Record<number, string>> = {
  0: 'Does it run, and is its address right? It is tried three times.',
  1001: 'Try again when it is back.',
  4401: 'Ask its operator for a pass, and give it by --pass-file.',
  4404: 'The QR is late, was used, or somebody else joined first: ask for a new one.',
  4408: 'The other side did not come: show a new QR.',
  4409: 'Show a new QR.',
  4429: 'Wait a minute, or ask the operator of the relay for a pass.',
  4503: 'Try again later, or use another relay.',
};
