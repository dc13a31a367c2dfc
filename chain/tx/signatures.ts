/**
 * Whether a transaction's signatures are right: secp256k1, ed25519 and threshold multisigs of
 * those. Verdicts are a pure function of the bytes; the memory of earlier ones changes time only.
 */
import { hash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { MultiSignature } from 'cosmjs-types/cosmos/crypto/multisig/v1beta1/multisig';
import { RecentMap } from '../../modules/_kernel/recent.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import type { ParsedTx } from './decode.ts';
import type { VerifyEcdsa } from './ecdsa.ts';
import type { MultiMode } from './mode-info.ts';
import type { MultisigPublicKey, PublicKey, SimplePublicKey } from './public-key.ts';
import { type SignerData, signBytes } from './sign-bytes.ts';
import type { EcdsaQuestion } from './signature-pool.ts';
import { standardFields } from './standard-fields.ts';
import { StrictProto } from './strict.ts';

/** What the state says of a signer; `publicKey` is the account's, or the one that came along. */
export interface SigningAccount extends SignerData {
  readonly publicKey: PublicKey;
}

export interface SignatureVerifierOptions {
  readonly verifyEcdsa: VerifyEcdsa;
  /** Successful verifications remembered at least; 0 remembers none. */
  readonly remembered: number;
}

export class SignatureVerifier {
  readonly #verifyEcdsa: VerifyEcdsa;
  /** By the transaction's id: as whose each of its signers was found right. */
  readonly #successes: RecentMap<string, (SigningAccount | undefined)[]> | undefined;
  #remembered = 0;
  #computed = 0;

  constructor({ verifyEcdsa, remembered }: SignatureVerifierOptions) {
    this.#verifyEcdsa = verifyEcdsa;
    this.#successes = remembered > 0 ? new RecentMap(remembered) : undefined;
  }

  /**
   * Refuses unless signer `index` of the transaction signed it as `account` says. Sequences are
   * compared elsewhere; a wrong one fails here too, because it is signed. A success is remembered.
   */
  verify(tx: ParsedTx, index: number, account: SigningAccount): Refusal | undefined {
    if (this.#isRemembered(tx, index, account)) {
      this.#remembered += 1;
      return undefined;
    }
    const refusal = this.#verify(tx, index, account);
    if (refusal === undefined) this.#remember(tx, index, account);
    return refusal;
  }

  /** Whether a signature of the transaction was found right, whoever it was asked for. */
  knows({ id }: ParsedTx): boolean {
    return this.#successes?.get(id) !== undefined;
  }

  /**
   * What `verify` would compute, for somebody else to compute it before: undefined where the
   * verdict is remembered, nothing is remembered at all, or it takes more than one secp256k1
   * signature.
   */
  question(tx: ParsedTx, index: number, account: SigningAccount): EcdsaQuestion | undefined {
    const signer = tx.signers[index];
    const { publicKey } = account;
    if (this.#successes === undefined || signer?.mode.type !== 'single') return undefined;
    if (publicKey.type !== 'secp256k1' || signer.signature.length !== 64) return undefined;
    if (this.#isRemembered(tx, index, account)) return undefined;
    const document = signBytes(tx, signer.mode.mode, account);
    if (document === undefined) return undefined;
    const remember = (): void => {
      this.#computed += 1;
      this.#remember(tx, index, account);
    };
    const digest = hash('sha256', document, 'buffer');
    return { signature: signer.signature, digest, publicKey: publicKey.bytes, remember };
  }

  #isRemembered({ id }: ParsedTx, index: number, account: SigningAccount): boolean {
    const success = this.#successes?.get(id)?.[index];
    return success !== undefined && isSameQuestion(success, account);
  }

  #remember({ id }: ParsedTx, index: number, account: SigningAccount): void {
    const known = this.#successes?.get(id) ?? [];
    known[index] = account;
    this.#successes?.set(id, known);
  }

  #verify(tx: ParsedTx, index: number, account: SigningAccount): Refusal | undefined {
    const signer = tx.signers[index];
    if (signer === undefined) throw new Error(`the transaction has no signer ${index}`);
    const { mode, signature } = signer;
    const { publicKey } = account;
    if (mode.type === 'multi' && publicKey.type === 'multisig') {
      return this.#multisig(tx, publicKey, mode, signature, account);
    }
    if (mode.type === 'multi' || publicKey.type === 'multisig') {
      const wanted = publicKey.type === 'multisig' ? 'a multisig' : 'one key';
      return refused(account, `the account has ${wanted}, the mode info is for ${mode.type}`);
    }
    return this.#one(publicKey, signBytes(tx, mode.mode, account), signature, account);
  }

  #multisig(
    tx: ParsedTx,
    { threshold, members }: MultisigPublicKey,
    { signed, modes }: MultiMode,
    signature: Uint8Array,
    account: SigningAccount,
  ): Refusal | undefined {
    if (signed.length !== members.length) {
      return refused(account, `the bit array has ${signed.length} bits, ${members.length} members`);
    }
    if (modes.length < threshold) {
      return refused(account, `${modes.length} of ${threshold} needed members signed`);
    }
    const encoding = multiSignature.check(
      'cosmos.crypto.multisig.v1beta1.MultiSignature',
      signature,
    );
    if (encoding !== undefined) return refused(account, `MultiSignature ${encoding.problem}`);
    const { signatures } = MultiSignature.decode(signature);
    if (signatures.length !== modes.length) {
      return refused(account, `${signatures.length} signatures, ${modes.length} members marked`);
    }
    const documents = new Map(
      [...new Set(modes.map(({ mode }) => mode))].map((mode) => [
        mode,
        signBytes(tx, mode, account),
      ]),
    );
    let next = 0;
    for (const [i, member] of members.entries()) {
      if (signed[i] !== true) continue;
      const given = signatures[next];
      const mode = modes[next];
      next += 1;
      if (given === undefined || mode === undefined)
        throw new Error('counted signatures are missing');
      const problem = this.#one(member, documents.get(mode.mode), given, account);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #one(
    key: SimplePublicKey,
    document: Uint8Array | undefined,
    signature: Uint8Array,
    account: SigningAccount,
  ): Refusal | undefined {
    if (document === undefined) {
      return sdk.not_supported({
        what: 'the sign mode is not supported; use SIGN_MODE_DIRECT or SIGN_MODE_LEGACY_AMINO_JSON',
      });
    }
    return this.#fits(key, document, signature) ? undefined : refused(account, 'it does not fit');
  }

  /** How many verdicts came from memory, and how many were computed. */
  get counts(): { readonly remembered: number; readonly computed: number } {
    return { remembered: this.#remembered, computed: this.#computed };
  }

  /** Whether `signature` is `key`'s over `bytes`. */
  #fits(key: SimplePublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
    this.#computed += 1;
    if (key.type === 'secp256k1') {
      return this.#verifyEcdsa(signature, hash('sha256', bytes, 'buffer'), key.bytes);
    }
    return verifyEd25519(signature, bytes, key.bytes);
  }
}

/**
 * ed25519 as noble's strict mode has it (RFC 8032, FIPS 186-5): canonical encodings, no key of
 * small order, cofactored equation. One implementation on every node: others differ on points of
 * mixed order.
 */
export function verifyEd25519(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/**
 * The keys that pay for a verification; in a simulation, without signatures, those that will have
 * to.
 */
export function signingKeys(
  publicKey: PublicKey,
  mode: MultiMode | { readonly type: 'single' },
): readonly SimplePublicKey[] {
  if (publicKey.type !== 'multisig') return [publicKey];
  if (mode.type !== 'multi') return publicKey.members.slice(0, publicKey.threshold);
  return publicKey.members.filter((_, i) => mode.signed[i] === true);
}

const multiSignature = new StrictProto([standardFields], []);

/**
 * Whether all is the same that a verdict follows from, beside the transaction's bytes (for which
 * its id stands) and the number of the signer.
 */
function isSameQuestion(a: SigningAccount, b: SigningAccount): boolean {
  return (
    a.accountNumber === b.accountNumber &&
    a.sequence === b.sequence &&
    a.chainId === b.chainId &&
    isSameKey(a.publicKey, b.publicKey)
  );
}

function isSameKey(a: PublicKey, b: PublicKey): boolean {
  if (a === b) return true;
  if (a.type !== 'multisig' || b.type !== 'multisig') {
    if (a.type === 'multisig' || b.type === 'multisig') return false;
    return a.type === b.type && Buffer.compare(a.bytes, b.bytes) === 0;
  }
  return (
    a.threshold === b.threshold &&
    a.members.length === b.members.length &&
    a.members.every((member, i) => isSameKey(member, b.members[i] ?? member))
  );
}

function refused({ chainId, accountNumber, sequence }: SigningAccount, why: string): Refusal {
  return sdk.unauthorized({
    what:
      `signature verification failed (${why}); please verify account number (${accountNumber}), ` +
      `sequence (${sequence}) and chain-id (${chainId}): unauthorized`,
  });
}
