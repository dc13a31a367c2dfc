/**
 * The end of a session in which both speak of receipts: each may ask for some by id, hand out what
 * it has, and have its mark of the other side signed: docs/liquid-protocol.md, "Receipts by
 * request".
 */
import { compare, equal, readU32 } from '../core/bytes.ts';
import { self } from '../core/claims.ts';
import { daySkew } from '../core/days.ts';
import { type Id, idLength, idOfBytes } from '../core/id.ts';
import { generateKeyPair, type KeyPair, type PublicKey, signatureLength } from '../core/keys.ts';
import {
  completeReceipt,
  draftLength,
  draftReceipt,
  markedSignature,
  parseReceipt,
  type Receipt,
  receiptLength,
  signDraft,
} from '../core/receipt.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';
import type { Turn } from './dialogue.ts';
import { messageType } from './messages.ts';
import { mostAsked, type Party } from './party.ts';
import type { ReceiptReport, ReceiptWishes, Surroundings } from './types.ts';
import { Reader, Writer } from './wire.ts';

/** What a side may receive more where both speak of receipts, in bytes of frames. */
export const receiptsLimit = Math.ceil(1.1 * (receiptLength + idLength) * mostAsked) + 8192;

const nonceLength = 16;

/** One message: what answers the other side's last, and what is asked for in turn. */
export interface ReceiptMessage {
  /** 64 bytes: of the key that the other side's last draft is about. */
  readonly signature?: Uint8Array | undefined;
  /** 213 bytes each, by ascending id, as far as they were asked for. */
  readonly receipts: readonly Uint8Array[];
  /** 149 bytes: a receipt of the other side's key that wants its signature. */
  readonly draft?: Uint8Array | undefined;
  /** Ascending, each once. */
  readonly ids: readonly Id[];
}

const nothing: ReceiptMessage = { receipts: [], ids: [] };

export function encodeReceiptMessage(message: ReceiptMessage): Uint8Array {
  const to = new Writer();
  to.u8(messageType.receipts);
  const maybe = (part: Uint8Array | undefined): void => {
    to.u8(part === undefined ? 0 : 1);
    if (part !== undefined) to.bytes(part);
  };
  const all = (parts: readonly Uint8Array[]): void => {
    to.varint(parts.length);
    for (const part of parts) to.bytes(part);
  };
  maybe(message.signature);
  all(message.receipts);
  maybe(message.draft);
  all(message.ids);
  return to.done();
}

export function readReceiptMessage(bytes: Uint8Array): Result<ReceiptMessage> {
  const from = new Reader(bytes);
  from.u8();
  const maybe = (length: number): Uint8Array | undefined => {
    const flag = from.u8();
    if (flag > 1) from.fail();
    return flag === 1 ? from.bytes(length) : undefined;
  };
  const all = (length: number): Uint8Array[] => {
    const count = from.varint();
    if (count > mostAsked || count * length > from.left) from.fail();
    return from.failed ? [] : Array.from({ length: count }, () => from.bytes(length));
  };
  const signature = maybe(signatureLength);
  const receipts = all(receiptLength);
  const draft = maybe(draftLength);
  const ids = all(idLength);
  if (!from.isDone) return from.refusal('receipts');
  if (ids.some((id, i) => i > 0 && compare(ids[i - 1] as Uint8Array, id) >= 0)) {
    return unasked('ids', 'ascending, each once');
  }
  return accepted({ signature, receipts, draft, ids: ids.map(idOfBytes) });
}

interface Talkers {
  readonly own: KeyPair;
  readonly peer: PublicKey;
  readonly wishes: ReceiptWishes;
}

export class ReceiptTalk {
  readonly #surroundings: Surroundings;
  readonly #party: Party;
  readonly #talkers: Talkers;
  /** What this side has asked for last; answered by the next message. */
  #asked: ReceiptMessage = nothing;
  #hasAsked = false;
  #wasAsked = false;
  #report = { taken: 0, given: 0, made: false, signed: false };

  constructor(surroundings: Surroundings, party: Party, talkers: Talkers) {
    this.#surroundings = surroundings;
    this.#party = party;
    this.#talkers = talkers;
  }

  get report(): ReceiptReport {
    return this.#report;
  }

  /** The consumer's first word: what it asks for. */
  open(): Uint8Array {
    return encodeReceiptMessage(this.#ask());
  }

  /** As the producer: answers, and asks itself; it ends with the first that asks for nothing. */
  async answer(message: Uint8Array): Promise<Turn | Refusal> {
    const said = await this.#hear(message);
    if ('ok' in said) return said;
    const ask = this.#hasAsked ? nothing : this.#ask();
    const say = encodeReceiptMessage({ ...ask, ...said });
    return isEmpty(ask) ? { say, isEnd: true } : { say };
  }

  /** As the consumer: answers, until nothing more is asked for. */
  async hear(message: Uint8Array): Promise<Turn | Refusal> {
    const said = await this.#hear(message);
    if ('ok' in said) return said;
    if (!this.#wasAsked) return { isEnd: true };
    return { say: encodeReceiptMessage({ ...nothing, ...said }) };
  }

  /** Takes what was asked for; what to answer to what the other side asks for. */
  async #hear(
    message: Uint8Array,
  ): Promise<Pick<ReceiptMessage, 'signature' | 'receipts'> | Refusal> {
    const read = readReceiptMessage(message);
    if (!read.ok) return read;
    const problem = await this.#take(read.value);
    if (problem !== undefined) {
      await this.#party.suspect();
      return problem;
    }
    this.#asked = nothing;
    const asks = !isEmpty(read.value);
    if (asks && this.#wasAsked) return unasked('receipts', 'asked for once');
    this.#wasAsked = asks;
    return asks ? this.#give(read.value) : { receipts: [] };
  }

  #ask(): ReceiptMessage {
    const { wishes } = this.#talkers;
    const ids = this.#party.askable(wishes);
    this.#asked = { receipts: [], ids, draft: wishes.make ? this.#draft() : undefined };
    this.#hasAsked = true;
    return this.#asked;
  }

  /** The marker's key is made for this receipt alone, so that it tells nothing of who marked. */
  #draft(): Uint8Array | undefined {
    const { random } = this.#surroundings;
    const { peer } = this.#talkers;
    if (peer.scheme !== 'ed25519') return undefined;
    const marker = generateKeyPair('ed25519', random(32));
    const nonce = random(nonceLength);
    return draftReceipt({ key: peer, day: this.#party.today, nonce }, marker);
  }

  async #take({ signature, receipts }: ReceiptMessage): Promise<Refusal | undefined> {
    const { draft, ids } = this.#asked;
    if (signature !== undefined) {
      if (draft === undefined) return unasked('signature', 'of a draft');
      const made = completeReceipt(draft, signature);
      if (!made.ok) return made;
      await this.#party.acceptReceipts([made.value], self);
      this.#report.made = true;
    }
    const came: Receipt[] = [];
    let next = 0;
    for (const bytes of receipts) {
      const receipt = parseReceipt(bytes);
      if (!receipt.ok) return receipt;
      while (next < ids.length && !equal(ids[next] as Id, receipt.value.id)) next += 1;
      if (next === ids.length) return unasked('receipts', 'those asked for, each once, in order');
      next += 1;
      came.push(receipt.value);
    }
    if (came.length > 0) this.#report.taken += await this.#party.acceptReceipts(came);
    return undefined;
  }

  async #give({
    ids,
    draft,
  }: ReceiptMessage): Promise<Pick<ReceiptMessage, 'signature' | 'receipts'> | Refusal> {
    if (!this.#talkers.wishes.give) return { receipts: [] };
    const { registry } = this.#surroundings;
    const receipts = await registry.toldReceipts(ids, this.#party.today);
    this.#report.given += receipts.length;
    const { own } = this.#talkers;
    if (draft === undefined || !isEd25519(own)) return { receipts };
    // A date is the marker's; one that no clock can say today is not signed.
    const isToday = Math.abs(readU32(draft, 33) - this.#party.today) <= daySkew;
    if (!isToday) return { receipts };
    const signed = signDraft(draft, own);
    if (!signed.ok) return signed;
    await this.#party.acceptReceipts([signed.value], self);
    this.#report.signed = true;
    return { signature: markedSignature(signed.value), receipts };
  }
}

function isEd25519(pair: KeyPair): pair is KeyPair<'ed25519'> {
  return pair.publicKey.scheme === 'ed25519';
}

function isEmpty({ ids, draft }: ReceiptMessage): boolean {
  return ids.length === 0 && draft === undefined;
}

function unasked(field: string, expected: string): Refusal {
  return refusals.malformed({ field, expected, actual: 'others' });
}
