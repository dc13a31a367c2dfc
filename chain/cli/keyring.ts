/**
 * Keys in files, one a key: `HOME/keyring/<name>.json`, private keys encrypted under a passphrase
 * by scrypt and XChaCha20-Poly1305. The format stands in docs/cli.md; a file is written whole or
 * not at all.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createMultisigThresholdPubkey, type SinglePubkey } from '@cosmjs/amino';
import { type KeyKind, publicKeyOf } from '../client/keys.ts';
import { CliError, exitCodes } from './context.ts';
import {
  assertPassphrase,
  damaged,
  defaultScryptCost,
  type EncryptedSecret,
  entryOf,
  formatVersion,
  type KeyEntry,
  type KeyFile,
  lockSecret,
  openSecret,
  type PlainSecret,
  parseKeyFile,
} from './key-file.ts';

/** Asked when a secret is locked or opened. `confirm` when a new passphrase is being chosen. */
export type AskPassphrase = (question: string, confirm: boolean) => Promise<string>;

export interface KeyringOptions {
  /** Folder of the key files; made with mode 0700 when first written to. */
  readonly folder: string;
  /** Undefined keeps private keys unencrypted (`--keyring test`). */
  readonly askPassphrase: AskPassphrase | undefined;
  /** scrypt's N, a power of two. Default 2^17 (128 MiB, about 0.4 s). */
  readonly scryptCost?: number;
}

const keyNames = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export class Keyring {
  readonly #options: KeyringOptions;
  #passphrase: string | undefined;

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** All keys, by name. */
  async list(): Promise<readonly KeyEntry[]> {
    const names = await this.#names();
    return Promise.all(names.map(async (name) => entryOf(await this.#read(name))));
  }

  /** One key by name or by address. */
  async find(nameOrAddress: string): Promise<KeyEntry> {
    if (nameOrAddress.startsWith('artel1')) {
      const found = (await this.list()).find(({ address }) => address === nameOrAddress);
      if (found !== undefined) return found;
    } else if (keyNames.test(nameOrAddress)) {
      const names = await this.#names();
      if (names.includes(nameOrAddress)) return entryOf(await this.#read(nameOrAddress));
    }
    const foreign = /^([a-z]{2,20})1[02-9ac-hj-np-z]{38,}$/.exec(nameOrAddress)?.[1];
    if (foreign !== undefined && foreign !== 'artel') {
      throw new CliError(
        `address "${nameOrAddress}" has the prefix ${foreign}, not artel`,
        exitCodes.usage,
        'Accounts of this chain begin with artel1.',
      );
    }
    throw new CliError(
      `no key "${nameOrAddress}" in ${this.#options.folder}`,
      exitCodes.failed,
      'See `artel keys list`, or add it with `artel keys add`.',
    );
  }

  /** Refuses a name that is taken or can't be a file name. */
  async assertFree(name: string): Promise<void> {
    assertName(name);
    if ((await this.#names()).includes(name)) throw taken(name);
  }

  /** Stores a private key of 32 bytes. Refuses a name that is taken. */
  async add(
    name: string,
    kind: KeyKind,
    privateKey: Uint8Array,
    hdPath?: string,
  ): Promise<KeyEntry> {
    await this.assertFree(name);
    const plain: KeyFile = {
      artel_key: formatVersion,
      name,
      kind,
      public_key: Buffer.from(publicKeyOf(kind, privateKey)).toString('base64'),
      ...(hdPath === undefined ? {} : { hd_path: hdPath }),
    };
    const secret = await this.#lock(plain, privateKey);
    await this.#write({ ...plain, secret });
    return entryOf({ ...plain, secret });
  }

  /** Stores a threshold key over other keys; it has no secret of its own. */
  async addMultisig(
    name: string,
    threshold: number,
    members: readonly KeyEntry[],
  ): Promise<KeyEntry> {
    await this.assertFree(name);
    const singles = members.map((member) => {
      if (member.kind === 'multisig') {
        throw new CliError(`${member.name} is a multisig key itself`, exitCodes.usage);
      }
      return member.pubkey as SinglePubkey;
    });
    const { value } = createMultisigThresholdPubkey(singles, threshold);
    const file: KeyFile = {
      artel_key: formatVersion,
      name,
      kind: 'multisig',
      threshold,
      public_keys: value.pubkeys,
    };
    await this.#write(file);
    return entryOf(file);
  }

  /** The private key, 32 bytes. Asks for the passphrase once a keyring. */
  async privateKey(name: string): Promise<Uint8Array> {
    const file = await this.#read(name);
    if (file.secret === undefined) {
      throw new CliError(
        `${name} is a ${file.kind} key and has no private key`,
        exitCodes.usage,
        'Sign with its members and join the signatures with `artel tx multisign`.',
      );
    }
    if (file.secret.cipher === 'none') return Buffer.from(file.secret.plaintext, 'base64');
    const passphrase = this.#passphrase ?? (await this.#ask(`Passphrase of the keyring: `, false));
    const key = await openSecret(file, passphrase);
    this.#passphrase = passphrase;
    return key;
  }

  async delete(name: string): Promise<void> {
    await this.find(name);
    await rm(this.#path(name));
  }

  /** The key file under a passphrase of its own, to be carried elsewhere. */
  async export(name: string, passphrase: string): Promise<KeyFile> {
    const file = await this.#read(name);
    if (file.secret === undefined) return file;
    const { secret: _secret, ...rest } = file;
    const cost = this.#options.scryptCost ?? defaultScryptCost;
    return {
      ...rest,
      secret: await lockSecret(rest, await this.privateKey(name), passphrase, cost),
    };
  }

  /** The reverse of `export`: `passphrase` opens the file, the keyring's locks it here. */
  async import(name: string, text: string, passphrase: string): Promise<KeyEntry> {
    const file = parseKeyFile(text, 'the exported key');
    if (file.kind === 'multisig') {
      await this.assertFree(name);
      const renamed = { ...file, name };
      await this.#write(renamed);
      return entryOf(renamed);
    }
    return this.add(name, file.kind, await openSecret(file, passphrase), file.hd_path);
  }

  #path(name: string): string {
    return join(this.#options.folder, `${name}.json`);
  }

  async #names(): Promise<readonly string[]> {
    let files: string[];
    try {
      files = await readdir(this.#options.folder);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
    return files
      .filter((file) => file.endsWith('.json') && keyNames.test(file.slice(0, -5)))
      .map((file) => file.slice(0, -5))
      .sort();
  }

  async #read(name: string): Promise<KeyFile> {
    const path = this.#path(name);
    const file = parseKeyFile(await readFile(path, 'utf8'), path);
    if (file.name !== name) {
      throw damaged(path, `it holds the key "${file.name}"`);
    }
    return file;
  }

  /** Whole or not at all, never over another: a synced temporary file is linked to its name. */
  async #write(file: KeyFile): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `.${file.name}.${randomBytes(6).toString('hex')}.tmp`);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      await link(temporary, this.#path(file.name));
    } catch (error) {
      if (hasCode(error, 'EEXIST')) {
        throw taken(file.name);
      }
      throw error;
    } finally {
      await unlink(temporary);
    }
    const directory = await open(folder, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  async #lock(file: KeyFile, privateKey: Uint8Array): Promise<EncryptedSecret | PlainSecret> {
    if (this.#options.askPassphrase === undefined) {
      return { cipher: 'none', plaintext: Buffer.from(privateKey).toString('base64') };
    }
    const passphrase = this.#passphrase ?? (await this.#newPassphrase());
    this.#passphrase = passphrase;
    const cost = this.#options.scryptCost ?? defaultScryptCost;
    return lockSecret(file, privateKey, passphrase, cost);
  }

  /** One passphrase for the whole keyring: a second key must be locked with that of the first. */
  async #newPassphrase(): Promise<string> {
    for (const name of await this.#names()) {
      const file = await this.#read(name);
      if (file.secret?.cipher !== 'xchacha20-poly1305') continue;
      const passphrase = await this.#ask('Passphrase of the keyring: ', false);
      await openSecret(file, passphrase);
      return passphrase;
    }
    const passphrase = await this.#ask('New passphrase for the keyring (8 or more): ', true);
    assertPassphrase(passphrase);
    return passphrase;
  }

  #ask(question: string, confirm: boolean): Promise<string> {
    if (this.#options.askPassphrase === undefined) {
      throw new CliError(
        'this key is encrypted, and the test keyring knows no passphrase',
        exitCodes.usage,
        'Leave --keyring test out.',
      );
    }
    return this.#options.askPassphrase(question, confirm);
  }
}

function assertName(name: string): void {
  if (keyNames.test(name) && !name.startsWith('artel1')) return;
  throw new CliError(
    `"${name}" can't be the name of a key`,
    exitCodes.usage,
    'Use up to 64 letters, digits, dots, dashes and underscores, and not an address.',
  );
}

function taken(name: string): CliError {
  return new CliError(
    `there is a key "${name}" already`,
    exitCodes.usage,
    'Choose another name, or delete it with `artel keys delete`.',
  );
}

function hasCode(error: unknown, code: string): boolean {
  // By its code alone: under Jest, errors of Node are of another realm's Error.
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
