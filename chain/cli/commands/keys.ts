/** `artel keys`: the keyring on this machine. The chain is never asked. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { encodeBech32Pubkey } from '@cosmjs/amino';
import { encodePubkey } from '@cosmjs/proto-signing';
import { Command, Option } from 'commander';
import { derivePrivateKey, hdPathOf, type KeyKind, mnemonicFrom } from '../../client/keys.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { assertPassphrase, type KeyEntry } from '../key-file.ts';
import { formatTable } from '../output.ts';
import { ask, confirm } from '../prompt.ts';
import { openKeyring, passphraseSource, print, type Settings, settingsOf } from '../settings.ts';
import { formatHex, parseCount, parseHex } from '../values.ts';

interface DerivationOptions {
  readonly algo: KeyKind;
  readonly index: string;
  readonly hdPath?: string;
}

export function keysCommand(context: CliContext): Command {
  const keys = new Command('keys').description('manage the keys on this machine');
  keys.addCommand(addCommand(context));
  keys.addCommand(recoverCommand(context));
  keys.addCommand(listCommand(context));
  keys.addCommand(showCommand(context));
  keys.addCommand(exportCommand(context));
  keys.addCommand(importCommand(context));
  keys.addCommand(deleteCommand(context));
  return keys.addHelpText(
    'after',
    `
Keys are kept in HOME/keyring, each encrypted under one passphrase: asked for, or the first line of
--passphrase-file or ARTEL_PASSPHRASE_FILE. --keyring test keeps them unencrypted, for automation.

Examples:
  artel keys add alice
  artel keys add board --multisig alice,bob,carol --threshold 2
  artel keys recover alice --index 1
  artel keys show alice -a`,
  );
}

function derivation(command: Command): Command {
  return command
    .addOption(
      new Option('--algo <kind>', 'kind of key')
        .choices(['secp256k1', 'ed25519'])
        .default('secp256k1'),
    )
    .option('--index <i>', "last step of the path m/44'/118'/0'/0/i", '0')
    .option('--hd-path <path>', 'another path altogether');
}

function addCommand(context: CliContext): Command {
  const add = new Command('add')
    .argument('<name>', 'name of the new key')
    .description('make a key and show its 24 words once, or join keys to a multisig key')
    .option('--multisig <names>', 'names or addresses of the member keys, separated by commas')
    .option('--threshold <k>', 'how many members must sign');
  return derivation(add).action(async (name: string, _options: unknown, command: Command) => {
    const options = command.opts<DerivationOptions & { multisig?: string; threshold?: string }>();
    const settings = settingsOf(context, command);
    const keyring = openKeyring(context, settings);
    await keyring.assertFree(name);
    if (options.multisig !== undefined) {
      const members = await Promise.all(
        options.multisig.split(',').map((member) => keyring.find(member.trim())),
      );
      const threshold = parseCount('threshold', options.threshold ?? '', 1);
      if (threshold > members.length) {
        throw new CliError(
          `the threshold ${threshold} is above the number of keys, ${members.length}`,
          exitCodes.usage,
        );
      }
      if (new Set(members.map(({ address }) => address)).size < members.length) {
        throw new CliError('a key stands twice among the members', exitCodes.usage);
      }
      showKey(context, settings, await keyring.addMultisig(name, threshold, members));
      return;
    }
    const mnemonic = mnemonicFrom(randomBytes(32));
    const path = pathOf(options);
    const key = await derivePrivateKey(options.algo, mnemonic, path);
    const entry = await keyring.add(name, options.algo, key, path);
    if (settings.output === 'json') {
      print(context, settings, { ...publicForm(entry), mnemonic });
      return;
    }
    showKey(context, settings, entry);
    context.stderr.write(
      '\nWrite these words down and keep them safe: they are shown only now, and they alone bring\nthe key back when this machine or its passphrase is lost.\n\n',
    );
    context.stdout.write(`${mnemonic}\n`);
  });
}

function pathOf({ algo, index, hdPath }: DerivationOptions): string {
  return hdPath ?? hdPathOf(algo, parseCount('index', index));
}

function recoverCommand(context: CliContext): Command {
  const recover = new Command('recover')
    .argument('<name>', 'name for the key')
    .description('bring a key back from its mnemonic, which is asked for or read from a pipe')
    .option('--mnemonic-file <file>', 'read the words from a file');
  return derivation(recover).action(async (name: string, _options: unknown, command: Command) => {
    const options = command.opts<DerivationOptions & { mnemonicFile?: string }>();
    const settings = settingsOf(context, command);
    const keyring = openKeyring(context, settings);
    await keyring.assertFree(name);
    const words = (
      options.mnemonicFile === undefined
        ? await ask(context, 'Mnemonic: ', true)
        : await readText(options.mnemonicFile)
    )
      .trim()
      .split(/\s+/)
      .join(' ');
    const path = pathOf(options);
    const key = await fromMnemonic(options.algo, words, path);
    showKey(context, settings, await keyring.add(name, options.algo, key, path));
  });
}

async function fromMnemonic(algo: KeyKind, words: string, path: string): Promise<Uint8Array> {
  try {
    return await derivePrivateKey(algo, words, path);
  } catch (error) {
    throw new CliError(
      `the mnemonic or path is wrong: ${error instanceof Error ? error.message : String(error)}`,
      exitCodes.usage,
      'Check the order and the spelling of the words (12 to 24, English).',
    );
  }
}

function listCommand(context: CliContext): Command {
  return new Command('list')
    .description('list all keys')
    .action(async (_options: unknown, command: Command) => {
      const settings = settingsOf(context, command);
      const entries = await openKeyring(context, settings).list();
      const table =
        entries.length === 0
          ? 'no keys yet: artel keys add NAME'
          : formatTable(
              ['name', 'kind', 'address'],
              entries.map(({ name, kind, address }) => [name, kind, address]),
            );
      print(context, settings, entries.map(publicForm), table);
    });
}

function showCommand(context: CliContext): Command {
  return new Command('show')
    .argument('<name>', 'name or address')
    .description('show a key')
    .option('-a, --address', 'print the address alone')
    .option('-p, --pubkey', 'print the public key alone, as protobuf JSON')
    .option('--bech32-pubkey', 'print the public key alone, as artelpub1...')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.opts<{
        address?: boolean;
        pubkey?: boolean;
        bech32Pubkey?: boolean;
      }>();
      const settings = settingsOf(context, command);
      const entry = await openKeyring(context, settings).find(name);
      if (options.address === true) context.stdout.write(`${entry.address}\n`);
      else if (options.pubkey === true) {
        context.stdout.write(`${JSON.stringify(publicForm(entry).pubkey)}\n`);
      } else if (options.bech32Pubkey === true) {
        context.stdout.write(`${encodeBech32Pubkey(entry.pubkey, 'artelpub')}\n`);
      } else showKey(context, settings, entry);
    });
}

function exportCommand(context: CliContext): Command {
  return new Command('export')
    .argument('<name>', 'name or address')
    .description('print a key, encrypted under a passphrase of its own')
    .option('--export-passphrase-file <file>', 'passphrase of the exported key')
    .option('--unsafe-hex', 'print the private key as plain hex instead')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.opts<{
        exportPassphraseFile?: string;
        unsafeHex?: boolean;
        yes?: boolean;
      }>();
      const keyring = openKeyring(context, settingsOf(context, command));
      const entry = await keyring.find(name);
      if (options.unsafeHex === true) {
        const sure =
          options.yes === true ||
          (await confirm(context, `Print the private key of ${entry.name} for all to see?`));
        if (!sure) throw new CliError('nothing was printed', exitCodes.interrupted);
        context.stdout.write(`${formatHex(await keyring.privateKey(entry.name))}\n`);
        return;
      }
      const source = passphraseSource(context, options.exportPassphraseFile);
      const passphrase =
        entry.kind === 'multisig' ? '' : await source('Passphrase for the exported key: ', true);
      if (entry.kind !== 'multisig') assertPassphrase(passphrase);
      const file = await keyring.export(entry.name, passphrase);
      context.stdout.write(`${JSON.stringify(file, null, 2)}\n`);
    });
}

function importCommand(context: CliContext): Command {
  return new Command('import')
    .argument('<name>', 'name for the key')
    .argument('<file>', 'what `artel keys export` printed, or a private key in hex')
    .description('take in an exported key')
    .addOption(
      new Option('--algo <kind>', 'kind of a key in hex')
        .choices(['secp256k1', 'ed25519'])
        .default('secp256k1'),
    )
    .option('--export-passphrase-file <file>', 'passphrase of the exported key')
    .action(async (name: string, path: string, _options: unknown, command: Command) => {
      const options = command.opts<{ algo: KeyKind; exportPassphraseFile?: string }>();
      const settings = settingsOf(context, command);
      const keyring = openKeyring(context, settings);
      await keyring.assertFree(name);
      const text = (await readText(path)).trim();
      if (!text.startsWith('{')) {
        // What the file holds is never quoted: it may be a secret with a slip in it.
        if (!/^(0x)?[0-9a-f]{64}$/i.test(text)) {
          throw new CliError(
            `${path} is neither an exported key nor a private key of 64 hex digits`,
            exitCodes.usage,
            'Import what `artel keys export` printed.',
          );
        }
        const key = parseHex('private key', text);
        showKey(context, settings, await keyring.add(name, options.algo, key));
        return;
      }
      const source = passphraseSource(context, options.exportPassphraseFile);
      const passphrase = text.includes('"ciphertext"')
        ? await source('Passphrase of the exported key: ', false)
        : '';
      showKey(context, settings, await keyring.import(name, text, passphrase));
    });
}

function deleteCommand(context: CliContext): Command {
  return new Command('delete')
    .argument('<name>', 'name of the key')
    .description('delete a key from this machine')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, _options: unknown, command: Command) => {
      const settings = settingsOf(context, command);
      const keyring = openKeyring(context, settings);
      const entry = await keyring.find(name);
      const sure =
        command.opts<{ yes?: boolean }>().yes === true ||
        (await confirm(context, `Delete ${entry.name} (${entry.address}) for good?`));
      if (!sure) throw new CliError('nothing was deleted', exitCodes.interrupted);
      await keyring.delete(entry.name);
      print(context, settings, { deleted: entry.name, address: entry.address });
    });
}

/** What `-o json` shows of a key; `pubkey` as the Cosmos SDK writes it. */
function publicForm(entry: KeyEntry): Record<string, unknown> & { readonly pubkey: unknown } {
  return {
    name: entry.name,
    kind: entry.kind,
    address: entry.address,
    pubkey: protoJson(entry.pubkey),
    ...(entry.hdPath === undefined ? {} : { hd_path: entry.hdPath }),
  };
}

function protoJson(pubkey: KeyEntry['pubkey']): unknown {
  const { typeUrl } = encodePubkey(pubkey);
  if (pubkey.type !== 'tendermint/PubKeyMultisigThreshold') {
    return { '@type': typeUrl, key: pubkey.value };
  }
  return {
    '@type': typeUrl,
    threshold: Number(pubkey.value.threshold),
    public_keys: pubkey.value.pubkeys.map(protoJson),
  };
}

function showKey(context: CliContext, settings: Settings, entry: KeyEntry): void {
  const form = publicForm(entry);
  print(context, settings, form);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`${path} can't be read (${code})`, exitCodes.usage, 'Check the path.');
  }
}
