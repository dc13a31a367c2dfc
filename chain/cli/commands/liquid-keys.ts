/** `artel liquid keys` and `show`: ids without identity, and the QR that proves one. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { fromHex, hex } from '../../../liquid/core/bytes.ts';
import { keyPair, type Scheme } from '../../../liquid/core/keys.ts';
import type { StoredKey } from '../../../liquid/peer/key-table.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { confirm } from '../prompt.ts';
import { parseCount } from '../values.ts';
import { answer, isJson, keyOf, ofFolder, withFolder } from './liquid-folder.ts';

export function keysCommand(context: CliContext): Command {
  const keys = new Command('keys').description('make, give away and destroy any number of keys');
  for (const make of [newCommand, listCommand, exportKey, importKey, deleteCommand]) {
    keys.addCommand(make(context));
  }
  return keys.addHelpText(
    'after',
    `
A key knows nothing of its owner, and an id nothing of other ids of the same person. Secrets lie in
the folder unencrypted, readable for its owner alone: whoever has the folder is all its ids.

Examples:
  artel liquid keys new
  artel liquid keys new --algo secp256k1 --count 10
  artel liquid keys export 3f0c > moved.key`,
  );
}

function algo(): Option {
  return new Option('--algo <kind>', 'kind of key')
    .choices(['ed25519', 'secp256k1'])
    .default('ed25519');
}

const row = ({ id, pair, made }: StoredKey) => ({
  id: hex(id),
  algo: pair.publicKey.scheme,
  public_key: hex(pair.publicKey.bytes),
  made,
});

function newCommand(context: CliContext): Command {
  const command = ofFolder(new Command('new'))
    .description('make keys, and print their ids')
    .addOption(algo())
    .option('--count <n>', 'how many', '1');
  return command.action(async (options: { algo: Scheme; count: string }) => {
    const count = parseCount('--count', options.count, 1);
    const made = await withFolder(context, command, ({ keys }) =>
      keys.generate(options.algo, count),
    );
    answer(context, command, made.map(row), made.map(({ id }) => hex(id)).join('\n'));
  });
}

function listCommand(context: CliContext): Command {
  const command = ofFolder(new Command('list')).description('list the keys of the folder');
  return command.action(async () => {
    const keys = await withFolder(context, command, (folder) => folder.keys.list());
    answer(context, command, keys.map(row));
  });
}

function exportKey(context: CliContext): Command {
  const command = ofFolder(new Command('export'))
    .argument('<id>', 'id, or its beginning')
    .description('print a key with its secret, to give it away or to keep it elsewhere');
  return command.action(async (id: string) => {
    const { pair } = await withFolder(context, command, (folder) => keyOf(folder, id));
    const secret = hex(pair.secret);
    const algorithm = pair.publicKey.scheme;
    answer(context, command, { algo: algorithm, secret }, `${algorithm} ${secret}`);
  });
}

function importKey(context: CliContext): Command {
  const command = ofFolder(new Command('import'))
    .argument('<file>', 'what `keys export` printed')
    .description('take over a key');
  return command.action(async (file: string) => {
    const text = await readFile(file, 'utf8');
    const [, scheme, secret] = /^(ed25519|secp256k1) ([0-9a-f]{64})\s*$/i.exec(text) ?? [];
    const bytes = fromHex(secret ?? '');
    if (bytes === undefined || bytes.length === 0) {
      const hint = 'It is one line: ed25519 or secp256k1, and 64 hexadecimal digits.';
      throw new CliError(`${file} holds no key`, exitCodes.usage, hint);
    }
    const pair = keyPair(scheme?.toLowerCase() as Scheme, bytes);
    const keys = await withFolder(context, command, (folder) => folder.keys.add([pair]));
    answer(context, command, keys.map(row), keys.map(({ id }) => hex(id)).join('\n'));
  });
}

function deleteCommand(context: CliContext): Command {
  const command = ofFolder(new Command('delete'))
    .argument('<id>', 'id, or its beginning')
    .description('destroy a key: nobody can prove its id any more')
    .option('-y, --yes', 'do not ask');
  return command.action(async (beginning: string, { yes }: { yes?: boolean }) => {
    await withFolder(context, command, async (folder) => {
      const { id } = await keyOf(folder, beginning);
      if (yes !== true && !(await confirm(context, `Destroy the key of ${hex(id)} for good?`))) {
        throw new CliError('not confirmed, nothing was destroyed', exitCodes.interrupted);
      }
      await folder.keys.delete(id);
      answer(context, command, { destroyed: hex(id) });
    });
  });
}

/** The consumer's QR, before the service. */
export function showCommand(context: CliContext): Command {
  const command = ofFolder(new Command('show'))
    .description('show who you are to somebody who may serve you: a QR with a signed key')
    .option('--key <id>', 'id, or its beginning (default: a new key)')
    .addOption(algo())
    .option('--valid <seconds>', 'for how long it is good', '3600')
    .option('--print-qr-text', 'print the text of the QR instead of drawing it')
    .option('--png <file>', 'write it as an image');
  return command.action(async (options: ShowOptions) => {
    const { encodeConsumerDigest, digestText, nonceLength } = await import(
      '../../../liquid/core/qr.ts'
    );
    const { secureRandom } = await import('../../../liquid/peer/folder.ts');
    const shown = await withFolder(context, command, async (folder) => {
      const [made] = options.key === undefined ? await folder.keys.generate(options.algo) : [];
      const { id, pair } = made ?? (await keyOf(folder, options.key ?? ''));
      const expiry = folder.now() + parseCount('--valid', options.valid, 1);
      const text = digestText(
        encodeConsumerDigest(pair, { expiry, nonce: secureRandom(nonceLength) }),
      );
      await folder.setShown({ id, expiry });
      return { id: hex(id), expiry, qr: text };
    });
    await showQr(context, command, shown.qr, options);
    if (isJson(command)) answer(context, command, shown);
    else context.stderr.write(`id ${shown.id}; \`artel liquid sync\` uses its key from now on\n`);
  });
}

interface ShowOptions extends QrOutput {
  readonly key?: string;
  readonly algo: Scheme;
  readonly valid: string;
}

export interface QrOutput {
  readonly printQrText?: boolean;
  readonly png?: string;
}

/** Draws a QR, prints its text, or writes it to a file, as the options ask. */
export async function showQr(
  context: CliContext,
  command: Command,
  text: string,
  { printQrText, png }: QrOutput,
): Promise<void> {
  const { qrForTerminal, qrPng } = await import('../../../liquid/qr/draw.ts');
  if (png !== undefined) {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(png, qrPng(text));
    context.stderr.write(`the QR is in ${png}\n`);
  }
  if (printQrText === true) context.stdout.write(`${text}\n`);
  else if (png === undefined) {
    const out = isJson(command) ? context.stderr : context.stdout;
    out.write(`${qrForTerminal(text)}\n`);
  }
}
