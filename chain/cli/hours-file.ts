/**
 * Who is behind the wallets that a collective registers hours for: a list that stays with the
 * collective, sealed by its own key. On chain there are wallets and hours, and no names.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { CliError, exitCodes } from './context.ts';

/** Names by wallet. */
export type Names = Readonly<Record<string, string>>;

const version = 1;

interface SealedFile {
  readonly artel_hours: number;
  readonly collective: string;
  /** Base64. */
  readonly nonce: string;
  readonly ciphertext: string;
}

/** The list of one collective in the home of one member of it. */
export class HoursFile {
  readonly #path: string;
  readonly #folder: string;
  readonly #collective: bigint;
  readonly #privateKey: Uint8Array;

  constructor(home: string, collective: bigint, privateKey: Uint8Array) {
    this.#folder = join(home, 'registered-hours');
    this.#path = join(this.#folder, `${collective}.json`);
    this.#collective = collective;
    this.#privateKey = privateKey;
  }

  /** @throws CliError where another key has sealed it, or somebody changed it. */
  async read(): Promise<Names> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    try {
      const { nonce, ciphertext } = JSON.parse(text) as SealedFile;
      const opened = this.#cipher(Buffer.from(nonce, 'base64')).decrypt(
        Buffer.from(ciphertext, 'base64'),
      );
      return JSON.parse(Buffer.from(opened).toString('utf8')) as Names;
    } catch {
      throw new CliError(
        `this key does not open ${this.#path}`,
        exitCodes.failed,
        'It is sealed by the key of the collective that wrote it; or the file was changed.',
      );
    }
  }

  /** Whole or not at all. */
  async write(names: Names): Promise<void> {
    const nonce = randomBytes(24);
    const sealed = this.#cipher(nonce).encrypt(Buffer.from(JSON.stringify(names)));
    const file: SealedFile = {
      artel_hours: version,
      collective: `${this.#collective}`,
      nonce: nonce.toString('base64'),
      ciphertext: Buffer.from(sealed).toString('base64'),
    };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}.tmp`;
    await writeFile(temporary, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.#path);
  }

  /** A key of its own for each collective, so that no list opens another. */
  #cipher(nonce: Uint8Array): ReturnType<typeof xchacha20poly1305> {
    const label = Buffer.from(`artel/registered-hours/${version} ${this.#collective}`);
    const key = hkdf(sha256, this.#privateKey, undefined, label, 32);
    return xchacha20poly1305(key, nonce, label);
  }
}
