/**
 * What one person tells another without any network: the marks of a window in a signed file, or the
 * same bytes as printed QR codes. docs/liquid-protocol.md, "Files and pages".
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeBase45 } from '../core/base45.ts';
import { ascii, compare, concat, equal, hex, readU32, u16, u32 } from '../core/bytes.ts';
import { type Day, dayOf, lastDay, type Window } from '../core/days.ts';
import { type Id, idLength, idOfBytes } from '../core/id.ts';
import {
  type KeyPair,
  keyLength,
  type PublicKey,
  parsePublicKey,
  schemeCode,
  sign,
  signatureLength,
  verify,
} from '../core/keys.ts';
import type { Mark } from '../core/marks.ts';
import { digestText } from '../core/qr.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';
import type { Registry } from '../registry/registry.ts';

const magic = ascii('artel/liquid/file/1');
const headLength = magic.length + 6;

export interface ExchangeFile {
  readonly window: Window;
  readonly key: PublicKey;
  readonly marks: readonly Mark[];
}

/** The shown marks of a window, by day and id, signed; what is withheld is not in it. */
export function encodeExchange(registry: Registry, window: Window, pair: KeyPair): Uint8Array {
  const parts: Uint8Array[] = [magic, u32(window.first), u16(window.count)];
  for (let day = window.first as number; day < window.first + window.count; day += 1) {
    const trie = registry.tries.trie(dayOf(day));
    const ids = new Uint8Array(idLength * (trie?.size ?? 0));
    let at = 0;
    for (const id of trie?.ids() ?? []) {
      ids.set(id, at);
      at += idLength;
    }
    parts.push(u32(at / idLength), ids);
  }
  parts.push(Uint8Array.of(schemeCode[pair.publicKey.scheme]), pair.publicKey.bytes);
  const body = concat(...parts);
  return concat(body, sign(pair, sha256(body)));
}

/** Nothing is returned of a file that is cut, changed, unsorted or unsigned. */
export function parseExchange(bytes: Uint8Array): Result<ExchangeFile> {
  if (bytes.length < headLength || !equal(bytes.subarray(0, magic.length), magic)) {
    return malformed('file', 'an export of this program, version 1', 'something else');
  }
  const first = readU32(bytes, magic.length);
  const count = 256 * (bytes[headLength - 2] ?? 0) + (bytes[headLength - 1] ?? 0);
  if (first + count - 1 > lastDay) return malformed('window', 'of days', `from ${first}`);
  const marks: Mark[] = [];
  let at = headLength;
  for (let day = first; day < first + count; day += 1) {
    if (at + 4 > bytes.length) return cut(bytes);
    const end = at + 4 + idLength * readU32(bytes, at);
    if (end > bytes.length) return cut(bytes);
    let last: Id | undefined;
    for (at += 4; at < end; at += idLength) {
      const id = idOfBytes(bytes.slice(at, at + idLength));
      if (last !== undefined && compare(last, id) >= 0) {
        return malformed('ids of a day', 'ascending', hex(id));
      }
      marks.push({ id, day: dayOf(day) });
      last = id;
    }
  }
  const key = signerOf(bytes, at);
  if (!key.ok) return key;
  const window = { first: dayOf(first), count };
  return accepted({ window, key: key.value, marks });
}

function signerOf(bytes: Uint8Array, at: number): Result<PublicKey> {
  const scheme = bytes[at] === schemeCode.ed25519 ? 'ed25519' : 'secp256k1';
  const end = at + 1 + keyLength[scheme];
  if (bytes[at] !== schemeCode[scheme] || bytes.length !== end + signatureLength) return cut(bytes);
  const key = parsePublicKey(scheme, bytes.slice(at + 1, end));
  if (!key.ok) return key;
  const isSigned = verify(key.value, sha256(bytes.subarray(0, end)), bytes.subarray(end));
  return isSigned ? key : refusals.bad_signature({ what: 'the file' });
}

/** Version 1 in bits 4-7, kind 2 in bits 2-3, as the heads of the other digests. */
const pageHead = 0x18;
const setLength = 8;
const pageHeadLength = 1 + setLength + 4;
/** Of the file in one code: version 19 at most, which cameras read from paper. */
const pageBytes = 700;

/** The file as texts of QR codes, in any order good. */
export function pagesOf(file: Uint8Array): string[] {
  const set = sha256(file).subarray(0, setLength);
  const total = Math.ceil(file.length / pageBytes);
  return Array.from({ length: total }, (_, i) => {
    const part = file.subarray(i * pageBytes, (i + 1) * pageBytes);
    return digestText(concat(Uint8Array.of(pageHead), set, u16(i), u16(total), part));
  });
}

/** Gathers pages until a file is whole. */
export class PageCollector {
  readonly #sets = new Map<string, { total: number; parts: Map<number, Uint8Array> }>();

  /** Refuses a text that is no page; a page twice is a page. */
  add(text: string): Result<true> {
    const bytes = decodeBase45(text);
    if (bytes === undefined || bytes.length <= pageHeadLength || bytes[0] !== pageHead) {
      return malformed('page', 'a QR code of an export', `"${text.slice(0, 20)}"`);
    }
    const numbers = new DataView(bytes.buffer, bytes.byteOffset + 1 + setLength);
    const [index, total] = [numbers.getUint16(0), numbers.getUint16(2)];
    const name = hex(bytes.subarray(1, 1 + setLength));
    const set = this.#sets.get(name) ?? { total, parts: new Map<number, Uint8Array>() };
    if (index >= total || set.total !== total) {
      return malformed('page', `one of ${set.total}`, `number ${index + 1} of ${total}`);
    }
    this.#sets.set(name, set);
    set.parts.set(index, bytes.slice(pageHeadLength));
    return accepted(true);
  }

  /** The whole files, each checked against the name that all its pages carry. */
  files(): Result<readonly Uint8Array[]> {
    const files: Uint8Array[] = [];
    for (const [name, { total, parts }] of this.#sets) {
      const numbers = Array.from({ length: total }, (_, i) => i);
      const missing = numbers.filter((i) => !parts.has(i)).map((i) => i + 1);
      if (missing.length > 0) {
        const actual = `without ${missing.slice(0, 10).join(', ')}`;
        return malformed('pages', `all ${total} of the export`, actual);
      }
      const file = concat(...numbers.map((i) => parts.get(i) ?? new Uint8Array(0)));
      if (hex(sha256(file).subarray(0, setLength)) !== name) {
        return malformed('pages', 'of one export', 'a mixture');
      }
      files.push(file);
    }
    return accepted(files);
  }
}

/** A file of days only a day apart from each other's clocks; later ones are refused on import. */
export function windowOf(today: Day, maxAge: number): Window {
  const age = Math.min(maxAge, today);
  // Tomorrow's marks are those of a clock ahead.
  return { first: dayOf(today - age), count: age + 2 };
}

function cut(bytes: Uint8Array) {
  return malformed('file', 'as long as its parts', `${bytes.length} bytes`);
}

function malformed(field: string, expected: string, actual: string) {
  return refusals.malformed({ field, expected, actual });
}
