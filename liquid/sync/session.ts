/**
 * A sync session: keys, frames, limits, resuming and the outcome of what the dialogue of its side
 * says and hears. One session has one QR, one one-time key a side, and any number of connections.
 */

import { assert } from '../../modules/_kernel/assert.ts';
import { isRefusal } from '../../modules/_kernel/refusals.ts';
import { equal, readU32, u32 } from '../core/bytes.ts';
import { type ProducerDigest, parseProducerDigest } from '../core/qr.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';
import {
  agreeAsConsumer,
  agreeAsProducer,
  oneTimeKey,
  oneTimeKeyLength,
  type SessionKeys,
} from './agreement.ts';
import { ConsumerDialogue } from './consumer.ts';
import type { Dialogue, Turn } from './dialogue.ts';
import { FrameReader, FrameWriter, lengthProblem, openAlone, sealAlone } from './frames.ts';
import { encodeStop, messageTypeOf, readStop } from './messages.ts';
import { Party } from './party.ts';
import { ProducerDialogue } from './producer.ts';
import type {
  ConsumerOptions,
  Outcome,
  ProducerOptions,
  Report,
  Session,
  SessionOptions,
  Step,
} from './types.ts';

/** A lost session can be resumed for so many seconds. */
export const resumable = 600;

/** Refused where the digest is malformed, expired or, on the consumer's side, agrees on nothing. */
export function openSession(options: SessionOptions): Result<Session> {
  const digest = parseProducerDigest(options.digest, options.now());
  if (!digest.ok) return digest;
  return options.role === 'consumer'
    ? openAsConsumer(options, digest.value)
    : accepted(new SyncSession(options, digest.value, undefined));
}

function openAsConsumer(options: ConsumerOptions, digest: ProducerDigest): Result<Session> {
  const secret = options.random(oneTimeKeyLength);
  const half = { secret, producerOneTime: digest.oneTimeKey, producer: digest.key };
  const keys = agreeAsConsumer(options.digest, half);
  if (!keys.ok) return keys;
  const before = oneTimeKey(secret);
  secret.fill(0);
  return accepted(new SyncSession(options, digest, { keys: keys.value, before }));
}

interface Agreed {
  readonly keys: SessionKeys;
  /** The consumer's one-time key, which stands in clear before its first frame. */
  readonly before: Uint8Array;
}

/** What is there once both sides' keys are known. */
interface Channel {
  readonly keys: SessionKeys;
  readonly dialogue: Dialogue;
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
}

class SyncSession implements Session {
  readonly #options: SessionOptions;
  readonly #digest: ProducerDigest;
  readonly #party: Party;
  #channel: Channel | undefined;
  /**
   * Frames that the other side may not have got: those of the last message, from `#outFirst` on.
   */
  #out: readonly Uint8Array[] = [];
  #outFirst = 0;
  #accepted = 0;
  #sent = 0;
  #received = 0;
  #isInside = false;
  #awaitsResume = false;
  #attempt = 0;
  #peersAttempt = 0;
  #deadline: number;
  #outcome: Outcome | undefined;
  #roots: Pick<Report, 'root' | 'peerRoot'> = {};

  constructor(options: SessionOptions, digest: ProducerDigest, agreed: Agreed | undefined) {
    this.#options = options;
    this.#digest = digest;
    this.#party = new Party(options);
    this.#deadline = digest.expiry;
    if (agreed !== undefined && options.role === 'consumer') {
      const { keys, before } = agreed;
      const dialogue = new ConsumerDialogue(options, digest.key, keys, this.#party);
      const writer = new FrameWriter(keys.toProducer);
      this.#channel = { keys, dialogue, writer, reader: new FrameReader(keys.toConsumer) };
      this.#out = writer.write(dialogue.hello(), before);
    }
  }

  get rooms(): readonly Uint8Array[] {
    const { token } = this.#digest;
    if (this.#channel === undefined) return [token];
    const { room } = this.#channel.keys;
    if (this.#options.role === 'producer' || this.#channel.reader.number > 0) return [room];
    return this.#sent === 0 ? [token] : [room, token];
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get report(): Report {
    const { gained, given, refused, warm, source } = this.#party;
    const receipts = this.#channel?.dialogue.receipts;
    return {
      sent: this.#sent,
      received: this.#received,
      rounds: this.#channel?.dialogue.rounds ?? 0,
      gained,
      given,
      refused,
      warm,
      ...this.#roots,
      ...(receipts === undefined ? {} : { receipts }),
      ...(source === undefined ? {} : { source }),
    };
  }

  async connected(room: Uint8Array): Promise<Step> {
    const isOurs = this.rooms.some((each) => equal(each, room));
    assert(isOurs, 'a session goes on in one of its own rooms only');
    const channel = this.#channel;
    if (channel === undefined || !equal(room, channel.keys.room)) {
      this.#awaitsResume = false;
      return this.#step(channel === undefined ? [] : this.#out);
    }
    this.#awaitsResume = true;
    this.#attempt += 1;
    const { resumeToProducer, resumeToConsumer } = channel.keys;
    const key = this.#options.role === 'consumer' ? resumeToProducer : resumeToConsumer;
    return this.#step([sealAlone(key, this.#attempt, u32(channel.reader.number))]);
  }

  async receive(frame: Uint8Array): Promise<Step> {
    if (this.#outcome !== undefined && !this.#awaitsResume) return { frames: [] };
    this.#received += frame.length;
    if (this.#awaitsResume && this.#channel !== undefined)
      return this.#resume(this.#channel, frame);
    if (this.#isInside) throw new Error('a frame was handed in before the last one was done with');
    this.#isInside = true;
    try {
      return await this.#hear(frame);
    } finally {
      this.#isInside = false;
    }
  }

  lost(): void {
    this.#deadline = this.#options.now() + resumable;
  }

  async stop(): Promise<Step> {
    return this.#outcome === undefined
      ? this.#end(refusals.stopped({ code: 0 }), 0)
      : { frames: [] };
  }

  abandon(): Outcome {
    if (this.#outcome === undefined) this.#conclude(refusals.not_finished());
    return this.#outcome as Outcome;
  }

  async #hear(frame: Uint8Array): Promise<Step> {
    const problem = lengthProblem(frame);
    if (problem !== undefined) return this.#end(problem);
    const opened = this.#open(frame);
    if (!opened.ok) return this.#end(opened);
    const { channel, sealed } = opened.value;
    const { dialogue, reader, writer } = channel;
    const heard = reader.read(sealed);
    if (!heard.ok) return this.#end(heard);
    const { beginning, message } = heard.value;
    this.#accepted += frame.length;
    dialogue.begin(beginning);
    if (this.#accepted > dialogue.limit) {
      const expected = `at most ${dialogue.limit} bytes`;
      return this.#end(refusals.too_large({ field: 'session', expected, actual: this.#accepted }));
    }
    if (message === undefined) return { frames: [] };
    if (messageTypeOf(message) === 'stop') {
      return this.#conclude(refusals.stopped({ code: readStop(message) }));
    }
    this.#outFirst = writer.number;
    this.#out = [];
    const turn = await dialogue.hear(message);
    return isRefusal(turn) ? this.#end(turn) : this.#turn(channel, turn);
  }

  #turn({ dialogue, writer }: Channel, { say, isEnd }: Turn): Step {
    if (say !== undefined) this.#out = writer.write(say);
    if (isEnd === true) {
      this.#roots = dialogue.roots();
      this.#outcome = { code: 'ok', report: this.report };
    }
    return this.#step(this.#out);
  }

  /** The channel, and what of the frame is encrypted: on the producer's side the first opens it. */
  #open(frame: Uint8Array): Result<{ channel: Channel; sealed: Uint8Array }> {
    if (this.#channel !== undefined) return accepted({ channel: this.#channel, sealed: frame });
    const options = this.#options as ProducerOptions;
    const consumerOneTime = frame.slice(0, oneTimeKeyLength);
    const { own, oneTimeSecret: secret } = options;
    const { expiry } = this.#digest;
    const now = options.now();
    if (now > expiry) return refusals.expired({ what: 'the producer digest', expiry, now });
    const keys = agreeAsProducer(options.digest, { secret, own, consumerOneTime });
    // A one-time key is used once: whatever comes of this frame, another first one is not heard.
    secret.fill(0);
    if (!keys.ok) return keys;
    const reader = new FrameReader(keys.value.toProducer);
    const dialogue = new ProducerDialogue(options, keys.value, this.#party);
    const writer = new FrameWriter(keys.value.toConsumer);
    this.#channel = { keys: keys.value, dialogue, writer, reader };
    return accepted({ channel: this.#channel, sealed: frame.subarray(oneTimeKeyLength) });
  }

  /** The other side says how many frames it has got; the rest is sent again, byte for byte. */
  #resume({ keys, writer }: Channel, frame: Uint8Array): Step {
    const { resumeToProducer, resumeToConsumer } = keys;
    const isConsumer = this.#options.role === 'consumer';
    const content = openAlone(isConsumer ? resumeToConsumer : resumeToProducer, frame);
    const attempt = frame.length < 4 ? 0 : readU32(frame, 0);
    if (content === undefined || attempt <= this.#peersAttempt) {
      return this.#end(refusals.unauthentic({ number: attempt }));
    }
    this.#peersAttempt = attempt;
    this.#awaitsResume = false;
    const got = readU32(content, 0);
    if (got < this.#outFirst || got > writer.number) {
      const expected = `${this.#outFirst} to ${writer.number} frames`;
      return this.#end(refusals.malformed({ field: 'resumption', expected, actual: got }));
    }
    return this.#step(this.#out.slice(got - this.#outFirst));
  }

  /** Ends the session and tells the other side, as far as there is a way to. */
  #end(refusal: Refusal, code = refusal.code): Step {
    const frames = this.#channel?.writer.write(encodeStop(code)) ?? [];
    const { outcome } = this.#conclude(refusal);
    return { ...this.#step(frames), ...(outcome === undefined ? {} : { outcome }) };
  }

  #conclude(refusal: Refusal): Step {
    this.#outcome = { code: refusal.name, refusal, report: this.report };
    return { frames: [], outcome: this.#outcome };
  }

  #step(frames: readonly Uint8Array[]): Step {
    for (const frame of frames) this.#sent += frame.length;
    return this.#outcome === undefined ? { frames } : { frames, outcome: this.#outcome };
  }
}
