/** The global options of `artel`, resolved for one command: home, node, output, keyring. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, CliError, exitCodes } from './context.ts';
import { Keyring } from './keyring.ts';
import { formatAnswer, formatJson, type OutputFormat } from './output.ts';
import { ask, readPassphraseFile } from './prompt.ts';

export const defaultNode = 'http://127.0.0.1:26657';

export interface Settings {
  readonly home: string;
  /** URL of the node's RPC. */
  readonly node: string;
  readonly output: OutputFormat;
  readonly keyringKind: 'file' | 'test';
  readonly passphraseFile: string | undefined;
}

/** Home of the node and the keys: `--home`, else ARTEL_HOME, else `~/.artel`. */
export function homeOf(context: CliContext, given: string | undefined): string {
  return resolve(given ?? context.env.ARTEL_HOME ?? join(context.env.HOME ?? homedir(), '.artel'));
}

/** Reads the global options, wherever on the line they stood. */
export function settingsOf(context: CliContext, command: Command): Settings {
  const options = command.optsWithGlobals();
  const node = String(options.node ?? context.env.ARTEL_NODE ?? defaultNode);
  return {
    home: homeOf(context, options.home as string | undefined),
    node: nodeUrl(node),
    output: options.output === 'json' ? 'json' : 'table',
    keyringKind: options.keyring === 'test' ? 'test' : 'file',
    passphraseFile:
      (options.passphraseFile as string | undefined) ?? context.env.ARTEL_PASSPHRASE_FILE,
  };
}

function nodeUrl(text: string): string {
  const url = text.replace(/^tcp:\/\//, 'http://');
  if (URL.canParse(url) && /^(https?|wss?):$/.test(new URL(url).protocol)) return url;
  throw new CliError(
    `"${text}" is not the URL of a node`,
    exitCodes.usage,
    `Write it as ${defaultNode}.`,
  );
}

/** Prints an answer: JSON of `value`, or `table` (default: `value` laid out for people). */
export function print(
  context: CliContext,
  settings: Settings,
  value: unknown,
  table: string = formatAnswer(value),
): void {
  context.stdout.write(`${settings.output === 'json' ? formatJson(value) : table}\n`);
}

/** Runs that have been told of the unencrypted keyring. */
const warned = new WeakSet<CliContext>();

/** The keyring that the options ask for. */
export function openKeyring(context: CliContext, settings: Settings): Keyring {
  if (settings.keyringKind === 'test') {
    if (!warned.has(context)) {
      context.stderr.write('warning: --keyring test keeps private keys unencrypted\n');
    }
    warned.add(context);
    return new Keyring({ folder: join(settings.home, 'keyring-test'), askPassphrase: undefined });
  }
  return new Keyring({
    folder: join(settings.home, 'keyring'),
    askPassphrase: passphraseSource(context, settings.passphraseFile),
    ...scryptCost(context),
  });
}

/** From the file where one is given, else asked for, twice when it is new. */
export function passphraseSource(
  context: CliContext,
  file: string | undefined,
): (question: string, confirm: boolean) => Promise<string> {
  return async (question, confirm) => {
    if (file !== undefined) return readPassphraseFile(file);
    const first = await ask(context, question, true);
    if (!confirm || !context.stdin.isTTY) return first;
    if ((await ask(context, 'The same again: ', true)) === first) return first;
    throw new CliError('the two passphrases differ', exitCodes.usage, 'Nothing was stored.');
  };
}

/**
 * Tests make locking quick by ARTEL_TEST_SCRYPT_COST; a file always says what it was locked with.
 */
function scryptCost({ env }: CliContext): { scryptCost?: number } {
  const cost = Number(env.ARTEL_TEST_SCRYPT_COST ?? 0);
  return cost > 1 ? { scryptCost: cost } : {};
}
