/**
 * What work costs in gas: pure data. The host counts, transactions pay. Signature costs and the
 * cost of a transaction's bytes are parameters (`Parameters`), because cosmos.auth has them there.
 */

/** State access, for each logical operation and each byte of key and value. */
export const storeCosts = {
  read: 1_000,
  readByte: 3,
  write: 2_000,
  writeByte: 30,
  delete: 1_000,
  /** Each row of a range, beside its bytes. */
  iterate: 30,
} as const;

/**
 * Which parameter prices a signature, by the key's type URL. A multisig pays for each signature.
 */
export const signatureCosts = {
  '/cosmos.crypto.secp256k1.PubKey': 'sigVerifyCostSecp256k1',
  '/cosmos.crypto.ed25519.PubKey': 'sigVerifyCostEd25519',
} as const;
