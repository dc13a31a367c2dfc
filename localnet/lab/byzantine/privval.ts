/**
 * What CometBFT and a remote signer say to each other (`tendermint.privval` of CometBFT 0.38), as
 * far as a signer needs it. On a unix socket the messages are plain: each after its length.
 */
import { BinaryReader, BinaryWriter } from 'cosmjs-types/binary';
import { Proposal, Vote } from 'cosmjs-types/tendermint/types/types';

/** CometBFT asks for less than 10 KiB at a time. */
const longestMessage = 65_536;

/** Without a signature in a request, with one in an answer. */
export type Signable =
  | { readonly kind: 'vote'; readonly vote: Vote }
  | { readonly kind: 'proposal'; readonly proposal: Proposal };

export type SignerRequest = { readonly kind: 'key' } | { readonly kind: 'ping' } | Signable;

export type SignerAnswer =
  | { readonly kind: 'key'; readonly publicKey: Uint8Array }
  | { readonly kind: 'ping' }
  | Signable
  | { readonly kind: 'refusal'; readonly to: 'vote' | 'proposal'; readonly why: string };

/** Collects what comes from a socket, and gives whole messages. */
export class SignerFrames {
  #rest = Buffer.alloc(0);

  /** @throws RangeError for a message that is longer than any of CometBFT's. */
  take(bytes: Buffer): readonly Uint8Array[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Uint8Array[] = [];
    for (;;) {
      const length = readLength(this.#rest);
      if (length === undefined || this.#rest.length < length.at + length.value) return messages;
      messages.push(this.#rest.subarray(length.at, length.at + length.value));
      this.#rest = this.#rest.subarray(length.at + length.value);
    }
  }
}

function readLength(bytes: Buffer): { readonly at: number; readonly value: number } | undefined {
  let value = 0;
  for (let at = 0; at < Math.min(bytes.length, 4); at += 1) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << (7 * at);
    if (byte < 0x80) {
      if (value > longestMessage) break;
      return { at: at + 1, value };
    }
  }
  if (bytes.length < 4 && value <= longestMessage) return undefined;
  throw new RangeError(`a message to the signer is longer than ${longestMessage} bytes`);
}

/** @throws Error for what is no request to a signer. */
export function readRequest(message: Uint8Array): SignerRequest {
  const outer = new BinaryReader(message);
  const [field] = outer.tag();
  const body = outer.bytes();
  switch (field) {
    case 1:
      return { kind: 'key' };
    case 3:
      return { kind: 'vote', vote: Vote.decode(firstField(body)) };
    case 5:
      return { kind: 'proposal', proposal: Proposal.decode(firstField(body)) };
    case 7:
      return { kind: 'ping' };
    default:
      throw new Error(`a signer is asked for nothing by message ${field}`);
  }
}

function firstField(body: Uint8Array): Uint8Array {
  const reader = new BinaryReader(body);
  const [field] = reader.tag();
  if (field !== 1) throw new Error(`field 1 is expected in a request to sign, not ${field}`);
  return reader.bytes();
}

/** With its length, ready for the socket. */
export function writeAnswer(answer: SignerAnswer): Uint8Array {
  const message = new BinaryWriter();
  const body = message.uint32((fieldOf(answer) << 3) | 2).fork();
  switch (answer.kind) {
    case 'key':
      body.uint32(10).fork().uint32(10).bytes(answer.publicKey).ldelim();
      break;
    case 'vote':
      Vote.encode(answer.vote, body.uint32(10).fork()).ldelim();
      break;
    case 'proposal':
      Proposal.encode(answer.proposal, body.uint32(10).fork()).ldelim();
      break;
    case 'refusal':
      // The empty vote or proposal is not left out by CometBFT's own writer.
      body.uint32(10).bytes(new Uint8Array());
      body.uint32(18).fork().uint32(8).int32(1).uint32(18).string(answer.why).ldelim();
      break;
    case 'ping':
      break;
  }
  body.ldelim();
  return new BinaryWriter().bytes(message.finish()).finish();
}

function fieldOf(answer: SignerAnswer): number {
  const fields = { key: 2, vote: 4, proposal: 6, ping: 8 };
  return fields[answer.kind === 'refusal' ? answer.to : answer.kind];
}
