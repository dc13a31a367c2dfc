/** Two sides of a session in one process, with seeded sets, chance and clock. */
import { sha256 } from '@noble/hashes/sha2.js';
import { u32 } from '../../core/bytes.ts';
import { self } from '../../core/claims.ts';
import { type Day, dayOf } from '../../core/days.ts';
import { type Id, idOfBytes } from '../../core/id.ts';
import { generateKeyPair, type KeyPair, type Scheme } from '../../core/keys.ts';
import type { Mark } from '../../core/marks.ts';
import { defaultPolicy, type Policy } from '../../registry/policy.ts';
import { Registry } from '../../registry/registry.ts';
import { MemoryStore } from '../../store/memory.ts';
import { offerSession } from '../offer.ts';
import { openSession } from '../session.ts';
import type { Outcome, Session, SessionOptions, Terms } from '../types.ts';

export const today = dayOf(20_000);
export const noon = 20_000 * 86_400 + 43_200;

/** The same id for the same number. */
export function idOf(n: number): Id {
  return idOfBytes(sha256(u32(n)).slice(0, 20));
}

export function mark(n: number, day: Day = dayOf(today - (n % 30))): Mark {
  return { id: idOf(n), day };
}

/** Marks of the numbers from `from` up to `to`. */
export function marks(from: number, to: number): Mark[] {
  return Array.from({ length: to - from }, (_, i) => mark(from + i));
}

/** Bytes that look random and are the same for the same seed. */
export function seeded(seed: number): (length: number) => Uint8Array {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sha256(new Uint8Array([...u32(seed), ...u32(counter++)]));
      bytes.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  };
}

export async function registryOf(
  list: readonly Mark[],
  policy: Partial<Policy> = {},
): Promise<Registry> {
  const random = seeded(list.length + 1);
  const registry = await Registry.open(new MemoryStore(), {
    policy: { ...defaultPolicy, maxFresh: 1_000_000, ...policy },
    random: () => new DataView(random(4).slice().buffer).getUint32(0),
  });
  await registry.accept(
    self,
    list.map(({ id, day }) => ({ provenance: 'manual', id, day })),
    today,
  );
  return registry;
}

export const bothWays: Terms = { give: true, take: true, maxBytes: 100_000_000 };

export interface Meeting {
  readonly producer: Session;
  readonly consumer: Session;
  /** The token of the QR. */
  readonly token: Uint8Array;
  readonly producerOptions: SessionOptions;
}

interface MeetingOptions {
  readonly seed?: number;
  readonly scheme?: Scheme;
  readonly own?: { readonly producer: KeyPair; readonly consumer: KeyPair };
  readonly producer?: Partial<SessionOptions>;
  readonly consumer?: Partial<SessionOptions>;
}

/** A producer that showed its QR and a consumer that scanned it; nothing is sent yet. */
export function meet(
  producers: Registry,
  consumers: Registry,
  { seed = 1, scheme = 'ed25519', own, ...given }: MeetingOptions = {},
): Meeting {
  const random = seeded(seed);
  const entropy = scheme === 'ed25519' ? 32 : 48;
  const producerPair = own?.producer ?? generateKeyPair(scheme, random(entropy));
  const consumerPair = own?.consumer ?? generateKeyPair(scheme, random(entropy));
  const offer = offerSession(producerPair, {
    relay: 'relay.example:443',
    expiry: noon + 3 * 86_400,
    random,
  });
  if (!offer.ok) throw new Error(offer.message);
  const { digest, oneTimeSecret, token } = offer.value;
  const common = { digest, now: () => noon, random, terms: bothWays };
  const producerOptions = {
    ...common,
    role: 'producer',
    registry: producers,
    own: producerPair,
    oneTimeSecret,
    consumer: consumerPair.publicKey,
    ...given.producer,
  } as SessionOptions;
  const consumerOptions = {
    ...common,
    role: 'consumer',
    registry: consumers,
    own: consumerPair,
    ...given.consumer,
  } as SessionOptions;
  return {
    producer: opened(producerOptions),
    consumer: opened(consumerOptions),
    token,
    producerOptions,
  };
}

export function opened(options: SessionOptions): Session {
  const session = openSession(options);
  if (!session.ok) throw new Error(session.message);
  return session.value;
}

export interface Sent {
  readonly to: 'producer' | 'consumer';
  readonly frame: Uint8Array;
}

/** What a wire does with a frame: hands on these frames instead, or cuts (undefined). */
export type Wire = (sent: Sent, number: number) => readonly Uint8Array[] | undefined;

export interface Exchange {
  readonly sent: readonly Sent[];
  readonly producer: Outcome | undefined;
  readonly consumer: Outcome | undefined;
  readonly isCut: boolean;
}

/** Carries frames to and fro in their order until nobody says anything more. */
export async function exchange(
  { producer, consumer, token }: Pick<Meeting, 'producer' | 'consumer' | 'token'>,
  { room = token, wire = ({ frame }) => [frame] }: { room?: Uint8Array; wire?: Wire } = {},
): Promise<Exchange> {
  const sent: Sent[] = [];
  const queue: Sent[] = [];
  const say = (to: Sent['to'], frames: readonly Uint8Array[]): void => {
    for (const frame of frames) queue.push({ to, frame });
  };
  say('consumer', (await producer.connected(room)).frames);
  say('producer', (await consumer.connected(room)).frames);
  let isCut = false;
  for (let next = queue.shift(); next !== undefined && !isCut; next = queue.shift()) {
    const delivered = wire(next, sent.length);
    sent.push(next);
    isCut = delivered === undefined;
    for (const frame of delivered ?? []) {
      const session = next.to === 'producer' ? producer : consumer;
      const { frames } = await session.receive(frame);
      say(next.to === 'producer' ? 'consumer' : 'producer', frames);
    }
  }
  return { sent, producer: producer.outcome, consumer: consumer.outcome, isCut };
}
