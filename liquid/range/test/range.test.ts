import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, fromHex, hex, u32 } from '../../core/bytes.ts';
import { dayOf } from '../../core/days.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { listOf } from '../../core/marks.ts';
import { SeedConsumer } from '../../core/seed-consumer.ts';
import { SeedProducer } from '../../core/seed-producer.ts';
import { marks, registryOf, seeded, today } from '../../sync/test/peers.ts';
import { type Item, itemsOfMarks, markOfRecord, RangeItems } from '../items.ts';
import { RangeSide } from '../range.ts';

type Ranges = readonly (readonly [number, number])[];

interface Case {
  readonly name: string;
  readonly days: number;
  readonly client: Ranges;
  readonly server: Ranges;
  readonly limits: readonly [number, number];
  readonly messages?: readonly string[];
  readonly sha256: string;
  readonly count: number;
}

const file = join(import.meta.dirname, '../../test/vectors/range.json');
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] };

function itemsOf(ranges: Ranges, days: number): RangeItems {
  const list: Item[] = [];
  for (const [from, to] of ranges) {
    for (let n = from; n < to; n += 1) {
      list.push({ timestamp: 1000 + (n % days), record: sha256(u32(n)) });
    }
  }
  return made(list);
}

function made(list: readonly Item[]): RangeItems {
  const items = RangeItems.of(list);
  if (!items.ok) throw new Error(items.message);
  return items.value;
}

interface Talk {
  readonly messages: readonly string[];
  readonly have: ReadonlySet<string>;
  readonly need: ReadonlySet<string>;
}

/** The client asks until it knows all. */
function talk(
  client: RangeItems,
  server: RangeItems,
  limits: readonly [number, number] = [0, 0],
): Talk {
  const asking = new RangeSide(client, { isInitiator: true, limit: limits[0] });
  const asked = new RangeSide(server, { isInitiator: false, limit: limits[1] });
  const messages: string[] = [];
  const have = new Set<string>();
  const need = new Set<string>();
  let next: Uint8Array | undefined = asking.begin();
  while (next !== undefined) {
    const answer = asked.reconcile(next);
    if (!answer.ok || answer.value.say === undefined) throw new Error('no answer');
    messages.push(hex(next), hex(answer.value.say));
    const told = asking.reconcile(answer.value.say);
    if (!told.ok) throw new Error(told.message);
    for (const record of told.value.have) have.add(hex(record));
    for (const record of told.value.need) need.add(hex(record));
    next = told.value.say;
  }
  return { messages, have, need };
}

function numbers(ranges: Ranges): Set<string> {
  const all = new Set<string>();
  for (const [from, to] of ranges) {
    for (let n = from; n < to; n += 1) all.add(hex(sha256(u32(n))));
  }
  return all;
}

function without(all: ReadonlySet<string>, some: ReadonlySet<string>): Set<string> {
  return new Set([...all].filter((each) => !some.has(each)));
}

describe('0-P15 range sync', () => {
  test.each(cases.map((each) => [each.name, each] as const))(
    'says byte for byte what the reference says: %s',
    (_, { client, server, days, limits, messages, sha256: digest, count }) => {
      const said = talk(itemsOf(client, days), itemsOf(server, days), limits);
      if (messages !== undefined) expect(said.messages).toEqual(messages);
      expect(said.messages.length).toBe(count);
      expect(hex(sha256(ascii(said.messages.join(' '))))).toBe(digest);
      expect(said.have).toEqual(without(numbers(client), numbers(server)));
      expect(said.need).toEqual(without(numbers(server), numbers(client)));
    },
  );

  test('a limited message is never longer than its limit', () => {
    const [limit, days] = [4096, 30];
    const said = talk(itemsOf([[0, 2000]], days), itemsOf([[1000, 3000]], days), [limit, limit]);
    for (const message of said.messages) expect(message.length / 2).toBeLessThanOrEqual(limit);
  });

  test('finds the same marks as the walk of the tries', async () => {
    const window = { first: dayOf(today - 30), count: 31 };
    const [own, other] = [await registryOf(marks(0, 700)), await registryOf(marks(60, 790))];
    const setOf = (registry: typeof own): RangeItems => {
      const { position } = registry.snapshot(window);
      const all = registry.asOf(position, (tries) => tries.marks(window));
      if (all === undefined) throw new Error('too long ago');
      expect(listOf(all).length).toBe(all.count);
      return made(itemsOfMarks(all));
    };
    const gained = [...talk(setOf(own), setOf(other)).need].map((record) => {
      const mark = markOfRecord(fromHex(record) ?? new Uint8Array(32));
      if (!mark.ok) throw new Error(mark.message);
      return `${hex(mark.value.id)} ${mark.value.day}`;
    });

    const [ours, theirs] = [generateKeyPair('ed25519'), generateKeyPair('ed25519')];
    const common = { id: new Uint8Array(32), hashKind: 'artel' } as const;
    const producer = new SeedProducer({ ...common, own: theirs, peer: ours.publicKey }, (age) =>
      other.tries.trie(dayOf(today - age)),
    );
    const limits = { maxIds: 1_000_000, maxBytes: 100_000_000 };
    const consumer = new SeedConsumer({ ...common, own: ours, peer: theirs.publicKey }, limits);
    const walked: string[] = [];
    const days = Array.from({ length: 31 }, (_, age) => ({
      age,
      own: own.tries.trie(dayOf(today - age)),
    }));
    const asks = [...consumer.start(days).asks];
    for (let ask = asks.shift(); ask !== undefined; ask = asks.shift()) {
      const answer = producer.answer(ask);
      if (!answer.ok) throw new Error(answer.message);
      const progress = consumer.receive(answer.value);
      if (!progress.ok) throw new Error(progress.message);
      asks.push(...progress.value.asks);
      for (const { age, id } of progress.value.gained) walked.push(`${hex(id)} ${today - age}`);
    }
    expect(gained.toSorted()).toEqual(walked.toSorted());
    expect(gained.length).toBe(90);
  });

  test('damaged messages are refused, without room for what they promise', () => {
    const items = itemsOf([[0, 100]], 5);
    const random = seeded(5);
    const message = new RangeSide(itemsOf([[0, 90]], 5), { isInitiator: true }).begin();
    for (let n = 0; n < 3_000; n += 1) {
      const [place = 0, value = 0, cut = 0] = random(3);
      const damaged = message.with((place * 7) % message.length, value);
      const side = new RangeSide(items, { isInitiator: n % 2 === 0, limit: 4096 });
      side.reconcile(damaged.subarray(0, damaged.length - (cut % 3)));
    }
    const side = new RangeSide(items, { isInitiator: false });
    const huge = [255, 255, 255, 255, 255, 255, 127];
    for (const bytes of [
      [],
      [0x50],
      [0x61, 0, 0, 3],
      [0x61, 0, 0, 2, ...huge],
      [0x61, 0, 33, 0],
      [0x61, ...huge, ...huge, 0],
      [0x61, 0, 0, 1, 5, 5],
    ]) {
      expect(side.reconcile(Uint8Array.from(bytes))).toMatchObject({ ok: false });
    }
    expect(side.reconcile(Uint8Array.of(0x62))).toMatchObject({
      value: { say: Uint8Array.of(0x61) },
    });
    const asking = new RangeSide(items, { isInitiator: true });
    expect(asking.reconcile(Uint8Array.of(0x62))).toMatchObject({ ok: false });
  });
});
