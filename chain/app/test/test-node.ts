/** A driven application on a small genesis, with accounts whose keys a test holds. */
import { pino } from 'pino';
import { devAccounts } from '../../dev/accounts.ts';
import { Driver } from '../../dev/driver.ts';
import { type Envelope, type SigningKey, sendMessage, signedTx } from '../../dev/sender.ts';
import { type AppOptions, createApp } from '../app.ts';
import { makeGenesis } from '../local-genesis.ts';

export const chainId = 'artel-dev-test';
export const genesisTimeS = 1_767_225_600n;

/** ed25519 public keys of two validators nobody signs for; the first two accounts own them. */
export const validatorKeys: readonly Uint8Array[] = [
  new Uint8Array(32).fill(1),
  new Uint8Array(32).fill(2),
];

/** The first five have funds and an account, the sixth has neither. */
const keys: readonly SigningKey[] = await devAccounts(6);

export class TestNode extends Driver {
  readonly #sequences = new Map<string, bigint>();

  static async open(options: Partial<AppOptions> = {}): Promise<TestNode> {
    const logger = pino({ level: 'silent' });
    const app = await createApp({
      path: ':memory:',
      logger,
      version: 'test',
      proposalMs: Number.POSITIVE_INFINITY,
      ...options,
    });
    const { lastBlockHeight } = await app.application.info();
    return new TestNode(app, lastBlockHeight, genesisTimeS + lastBlockHeight);
  }

  /** A node on its first genesis. */
  static async begun(
    options: Partial<AppOptions> = {},
    without: readonly string[] = [],
  ): Promise<TestNode> {
    const node = await TestNode.open(options);
    await node.beginWith(genesisState(without), without.includes('validators'));
    return node;
  }

  /** `withValidators`: consensus names a validator itself, where no module does. */
  async beginWith(appState: unknown, withValidators = false) {
    const validators = withValidators
      ? [{ pubKey: { ed25519: new Uint8Array(32).fill(1) }, power: 1n }]
      : [];
    const maxGas = 50_000_000n;
    return this.begin({ chainId, timeS: genesisTimeS, appState, maxGas, validators });
  }

  /** A transfer of account `from`, with its next sequence. */
  send(from: number, to: string, amount: string, envelope: Partial<Envelope> = {}): Uint8Array {
    const key = keyOf(from);
    const sequence = this.#sequences.get(key.address) ?? 0n;
    this.#sequences.set(key.address, sequence + 1n);
    return signedTx(key, { ...transfer(from, to, amount), sequence, ...envelope });
  }
}

export function genesisState(without: readonly string[] = []): Record<string, unknown> {
  const doc = makeGenesis({
    chainId,
    genesisTimeMs: Number(genesisTimeS) * 1000,
    validators: validatorKeys.map((publicKey, index) => ({ name: `v${index}`, publicKey })),
    accounts: keys.slice(0, 5).map(({ address }) => address),
    without,
  });
  return doc.app_state as Record<string, unknown>;
}

/** What account `from` signs to send tokens, at sequence 0. */
export function transfer(from: number, to: string, amount: string): Envelope {
  return {
    messages: [sendMessage(keyOf(from).address, to, amount)],
    chainId,
    accountNumber: BigInt(from),
    sequence: 0n,
  };
}

export function keyOf(index: number): SigningKey {
  const key = keys[index];
  if (key === undefined) throw new Error(`no key ${index}`);
  return key;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
