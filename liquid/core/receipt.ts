/**
 * A receipt proves one mark: the marked key and a marker's key (which may be one-time) signed one
 * day together. It never travels with the sync set, only when asked for by id.
 */
import { ascii, concat, equal, readU32, u32 } from './bytes.ts';
import { type Day, dayOf, lastDay } from './days.ts';
import { type Id, idOfKey } from './id.ts';
import { type KeyPair, type PublicKey, parsePublicKey, sign, verify } from './keys.ts';
import { accepted, type Result, refusals } from './refusals.ts';

export const receiptLength = 213;
const bodyLength = receiptLength - 2 * 64;
const version = 1;
const domain = ascii('artel/liquid/receipt/1');

/** What both sign; each knows the other's key from the handshake. Ed25519 keys only. */
export interface ReceiptTerms {
  readonly key: PublicKey & { readonly scheme: 'ed25519' };
  readonly day: Day;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
  readonly marker: PublicKey & { readonly scheme: 'ed25519' };
}

declare const verified: unique symbol;
/** A receipt whose signatures both hold: only `parseReceipt` makes one. */
export interface Receipt {
  readonly id: Id;
  readonly day: Day;
  readonly bytes: Uint8Array;
  readonly [verified]: true;
}

/** One side's 64 bytes; the marked side's go first. */
export function signReceipt(terms: ReceiptTerms, pair: KeyPair<'ed25519'>): Uint8Array {
  return sign(pair, concat(domain, encodeTerms(terms)));
}

export function encodeReceipt(
  terms: ReceiptTerms,
  signatures: { readonly marked: Uint8Array; readonly marker: Uint8Array },
): Uint8Array {
  return concat(encodeTerms(terms), signatures.marked, signatures.marker);
}

/** A receipt that wants the signature of its id only: body || signature of the marker. */
export const draftLength = bodyLength + 64;

/** By the marker: of any Ed25519 key, with a pair made for it. */
export function draftReceipt(
  { key, day, nonce }: Pick<ReceiptTerms, 'key' | 'day' | 'nonce'>,
  marker: KeyPair<'ed25519'>,
): Uint8Array {
  const terms = { key, day, nonce, marker: marker.publicKey };
  return concat(encodeTerms(terms), signReceipt(terms, marker));
}

/** A draft with the signature of its id. */
export function completeReceipt(draft: Uint8Array, signature: Uint8Array): Result<Receipt> {
  return parseReceipt(concat(draft.subarray(0, bodyLength), signature, draft.subarray(bodyLength)));
}

/** By the one whose id it is; refused where it is another's, or the marker has not signed. */
export function signDraft(draft: Uint8Array, own: KeyPair<'ed25519'>): Result<Receipt> {
  if (draft.length !== draftLength || !equal(draft.subarray(1, 33), own.publicKey.bytes)) {
    const expected = `${draftLength} bytes, of the own key`;
    return refusals.malformed({ field: 'draft', expected, actual: `${draft.length}, or another` });
  }
  return completeReceipt(draft, sign(own, concat(domain, draft.subarray(0, bodyLength))));
}

export function parseReceipt(bytes: Uint8Array): Result<Receipt> {
  if (bytes.length !== receiptLength || bytes[0] !== version) {
    const expected = `${receiptLength} bytes of version ${version}`;
    const actual = `${bytes.length} bytes of version ${bytes[0]}`;
    return refusals.malformed({ field: 'receipt', expected, actual });
  }
  const day = readU32(bytes, 33);
  if (day > lastDay) {
    return refusals.malformed({ field: 'day', expected: `at most ${lastDay}`, actual: day });
  }
  const key = parsePublicKey('ed25519', bytes.slice(1, 33));
  if (!key.ok) return key;
  const marker = parsePublicKey('ed25519', bytes.slice(53, 85));
  if (!marker.ok) return marker;
  if (equal(key.value.bytes, marker.value.bytes)) {
    const [field, expected] = ['marker key', 'another than the marked key'];
    return refusals.malformed({ field, expected, actual: 'the same' });
  }
  const message = concat(domain, bytes.subarray(0, bodyLength));
  const signed =
    verify(key.value, message, bytes.subarray(bodyLength, bodyLength + 64)) &&
    verify(marker.value, message, bytes.subarray(bodyLength + 64));
  if (!signed) return refusals.bad_signature({ what: 'the receipt' });
  return accepted({ id: idOfKey(key.value), day, bytes: bytes.slice() } as Receipt);
}

/** The day of a draft, or of a receipt that was read before. */
export function receiptDay(bytes: Uint8Array): Day {
  return dayOf(readU32(bytes, 33));
}

/** The key of the one who marked; mostly made for this receipt alone. */
export function markerOf({ bytes }: Receipt): Uint8Array {
  return bytes.slice(53, 85);
}

/** The signature of the id: what turns a draft into the receipt. */
export function markedSignature({ bytes }: Receipt): Uint8Array {
  return bytes.slice(bodyLength, bodyLength + 64);
}

function encodeTerms({ key, day, nonce, marker }: ReceiptTerms): Uint8Array {
  return concat(Uint8Array.of(version), key.bytes, u32(day), nonce, marker.bytes);
}
