/** What is measured beside the sync, one way: all marks at once, and the seed's own trie walk. */
import { concat } from '../../core/bytes.ts';
import type { Day, Window } from '../../core/days.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { SeedConsumer } from '../../core/seed-consumer.ts';
import { SeedProducer, type SeedSession } from '../../core/seed-producer.ts';
import type { Registry } from '../../registry/registry.ts';
import { differenceOf } from '../items.ts';
import { encodeDump, readDump } from '../messages.ts';
import type { Duplex } from '../types.ts';

export type Other = 'dump' | 'seed';

const producer = generateKeyPair('ed25519', new Uint8Array(32).fill(3));
const consumer = generateKeyPair('ed25519', new Uint8Array(32).fill(4));
const id = new Uint8Array(32);
const frameLength = 65_536;

function dayAt({ first, count }: Window, age: number): Day {
  return (first + count - 1 - age) as Day;
}

/** Answers whoever named the protocol with the first frame. */
export async function answerOther(
  [first]: Uint8Array,
  duplex: Duplex,
  registry: Registry,
  window: Window,
): Promise<void> {
  if (first === 0) {
    const { position } = registry.snapshot(window);
    const marks = registry.asOf(position, (tries) => tries.marks(window));
    const dump = marks === undefined ? new Uint8Array() : encodeDump(window, marks);
    for (let at = 0; at < dump.length; at += frameLength) {
      await duplex.send(dump.subarray(at, at + frameLength));
    }
    await duplex.send(new Uint8Array(0));
    return;
  }
  const session: SeedSession = { id, hashKind: 'artel', own: producer, peer: consumer.publicKey };
  const side = new SeedProducer(session, (age) => registry.tries.trie(dayAt(window, age)));
  for await (const frame of duplex.frames) {
    const answer = side.answer(frame);
    if (!answer.ok) throw new Error(answer.message);
    await duplex.send(answer.value);
  }
}

/** How many marks the other side has that this one lacks. */
export async function askOther(
  other: Other,
  duplex: Duplex,
  registry: Registry,
  window: Window,
): Promise<number> {
  await duplex.send(Uint8Array.of(other === 'dump' ? 0 : 1));
  return other === 'dump' ? takeDump(duplex, registry, window) : walk(duplex, registry, window);
}

async function takeDump(duplex: Duplex, registry: Registry, window: Window): Promise<number> {
  const parts: Uint8Array[] = [];
  for await (const frame of duplex.frames) {
    if (frame.length === 0) break;
    parts.push(frame);
  }
  const dump = readDump(concat(...parts), window);
  if (!dump.ok) throw new Error(dump.message);
  const { position } = registry.snapshot(window);
  const own = registry.asOf(position, (tries) => tries.marks(window));
  return own === undefined ? 0 : differenceOf(own, dump.value).onlyRight.count;
}

async function walk(duplex: Duplex, registry: Registry, window: Window): Promise<number> {
  const session: SeedSession = { id, hashKind: 'artel', own: consumer, peer: producer.publicKey };
  const side = new SeedConsumer(session, { maxIds: 2 ** 31, maxBytes: 2 ** 31 });
  const days = Array.from({ length: window.count }, (_, age) => ({
    age,
    own: registry.tries.trie(dayAt(window, age)),
  }));
  let progress = side.start(days);
  for (const ask of progress.asks) await duplex.send(ask);
  let gained = 0;
  for await (const frame of duplex.frames) {
    const next = side.receive(frame);
    if (!next.ok) throw new Error(next.message);
    progress = next.value;
    gained += progress.gained.length;
    for (const ask of progress.asks) await duplex.send(ask);
    if (progress.done) break;
  }
  return gained;
}
