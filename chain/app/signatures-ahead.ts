/**
 * Signatures verified by threads before their transactions are checked or executed, where these
 * come in numbers: one key a transaction, secp256k1. What is right is remembered by the verifier;
 * everything else is left to it.
 */
import type { View } from '../../modules/_kernel/tables.ts';
import type { tables as accountsTables } from '../../modules/accounts/keys.ts';
import { HeadReader } from '../store/overlay.ts';
import { publicKeyFromBytes } from '../tx/public-key.ts';
import type { SignaturePool } from '../tx/signature-pool.ts';
import type { SignatureVerifier } from '../tx/signatures.ts';
import type { Chain } from './chain.ts';
import type { Transaction } from './tx-reader.ts';

export class SignaturesAhead {
  readonly #pool: SignaturePool;
  readonly #verifier: SignatureVerifier;

  constructor(pool: SignaturePool, verifier: SignatureVerifier) {
    this.#pool = pool;
    this.#verifier = verifier;
  }

  /** Resolves when a thread has looked at the transaction; undefined where none needs to. */
  of(chain: Chain, { parsed }: Transaction): Promise<void> | undefined {
    const [signer] = parsed.signers;
    if (signer === undefined || parsed.signers.length > 1 || this.#verifier.knows(parsed)) {
      return undefined;
    }
    if (!chain.enabled.has('accounts')) return undefined;
    const accounts = chain.machine.view('accounts') as View<typeof accountsTables>;
    const account = chain.machine.reading(new HeadReader(chain.store), chain.nextContext(), () =>
      accounts.accounts.get(signer.address),
    );
    if (account === undefined || signer.sequence < account.sequence) return undefined;
    const publicKey = signer.publicKey ?? publicKeyFromBytes(account.pubKey);
    if (publicKey.type !== 'secp256k1') return undefined;
    const question = this.#verifier.question(parsed, 0, {
      chainId: chain.chainId,
      accountNumber: account.number,
      sequence: signer.sequence,
      publicKey,
    });
    return question && this.#pool.ask(question);
  }

  /** Resolves when threads have looked at all of them; others get their turns meanwhile. */
  async ofAll(chain: Chain, txs: readonly Uint8Array[], turn: () => Promise<void>): Promise<void> {
    const asked: Promise<void>[] = [];
    for (const tx of txs) {
      await turn();
      const read = chain.transactions.parse(tx);
      const answer = read.ok ? this.of(chain, read.tx) : undefined;
      if (answer !== undefined) asked.push(answer);
    }
    await Promise.all(asked);
  }
}
