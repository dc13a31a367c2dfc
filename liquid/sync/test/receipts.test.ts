import { compare } from '../../core/bytes.ts';
import { dayOf } from '../../core/days.ts';
import { type Id, idOfKey } from '../../core/id.ts';
import { generateKeyPair } from '../../core/keys.ts';
import {
  completeReceipt,
  draftReceipt,
  markedSignature,
  type Receipt,
  signDraft,
} from '../../core/receipt.ts';
import type { Policy } from '../../registry/policy.ts';
import type { Registry } from '../../registry/registry.ts';
import { encodeReceiptMessage, readReceiptMessage } from '../receipt-talk.ts';
import type { ReceiptWishes, Terms } from '../types.ts';
import { bothWays, exchange, marks, meet, registryOf, seeded, today } from './peers.ts';

const random = seeded(77);

/** Of somebody who was marked so many days ago, by a key made for it. */
function receiptOf(age = 0): Receipt {
  const marked = generateKeyPair('ed25519', random(32));
  const terms = { key: marked.publicKey, day: dayOf(today - age), nonce: random(16) };
  const draft = draftReceipt(terms, generateKeyPair('ed25519', random(32)));
  const receipt = signDraft(draft, marked);
  if (!receipt.ok) throw new Error(receipt.message);
  return receipt.value;
}

/** A registry that holds these receipts, as somebody's word. */
async function holder(receipts: readonly Receipt[], others = marks(0, 50)): Promise<Registry> {
  const registry = await registryOf(others);
  const offers = receipts.map((receipt) => ({ provenance: 'receipt' as const, receipt }));
  await registry.accept(await registry.newSource(), offers, today);
  return registry;
}

const wishes = (some: Partial<ReceiptWishes> = {}): { terms: Terms } => ({
  terms: { ...bothWays, receipts: { give: false, ask: 0, ids: [], make: false, ...some } },
});

const policyOf = (policy: Partial<Policy>): Promise<Registry> => registryOf(marks(0, 50), policy);

async function proven(registry: Registry, { id }: Receipt): Promise<boolean> {
  return (await registry.find(id, today))?.proven === true;
}

describe('receipts by request', () => {
  test('0-N1 what a registry takes only by receipt comes in when the receipts are asked for', async () => {
    const receipts = [receiptOf(), receiptOf(3), receiptOf(29)];
    for (const asking of ['producer', 'consumer'] as const) {
      const strict = await policyOf({ receiptedOnly: true });
      const giving = await holder(receipts, marks(0, 60));
      const sides = asking === 'consumer' ? [giving, strict] : [strict, giving];
      const result = await exchange(
        meet(sides[0] as Registry, sides[1] as Registry, {
          producer: wishes(asking === 'producer' ? { ask: 256 } : { give: true }),
          consumer: wishes(asking === 'consumer' ? { ask: 256 } : { give: true }),
        }),
      );
      expect([result.producer?.code, result.consumer?.code]).toEqual(['ok', 'ok']);
      expect(result[asking]?.report).toMatchObject({ gained: 3, receipts: { taken: 3, given: 0 } });
      const other = asking === 'consumer' ? result.producer : result.consumer;
      expect(other?.report.receipts).toMatchObject({ taken: 0, given: 3 });
      for (const receipt of receipts) expect(await proven(strict, receipt)).toBe(true);
      // Marks without a receipt stay out.
      expect(strict.statistics(today).reduce((sum, { count }) => sum + count, 0)).toBe(53);
    }
  });

  test('0-N3 receipted claims come in above the cap of a source', async () => {
    const receipts = Array.from({ length: 12 }, () => receiptOf());
    const capped = await policyOf({ maxFresh: 2 });
    const { consumer } = await exchange(
      meet(await holder(receipts), capped, {
        producer: wishes({ give: true }),
        consumer: wishes({ ask: 256 }),
      }),
    );
    expect(consumer?.report).toMatchObject({ gained: 12, refused: 10, receipts: { taken: 12 } });
    for (const receipt of receipts) expect(await proven(capped, receipt)).toBe(true);
  });

  test('nothing is said of receipts unless both want to, and it costs no byte', async () => {
    const receipt = receiptOf();
    const silent = await exchange(meet(await holder([receipt]), await policyOf({})));
    for (const [producer, consumer] of [
      [{ give: true }, undefined],
      [undefined, { ask: 256 }],
    ]) {
      const registry = await policyOf({});
      const { consumer: outcome, sent } = await exchange(
        meet(await holder([receipt]), registry, {
          ...(producer === undefined ? {} : { producer: wishes(producer) }),
          ...(consumer === undefined ? {} : { consumer: wishes(consumer) }),
        }),
      );
      expect([outcome?.code, outcome?.report.receipts]).toEqual(['ok', undefined]);
      expect(sent.map(({ frame }) => frame.length)).toEqual(
        silent.sent.map(({ frame }) => frame.length),
      );
      expect(await proven(registry, receipt)).toBe(false);
    }
  });

  test('a side that does not give answers with none, and so nobody learns what it has', async () => {
    const receipts = [receiptOf(), receiptOf(), receiptOf()];
    const [withheld, quarantined, shown] = receipts as [Receipt, Receipt, Receipt];
    const giving = await holder([withheld, shown]);
    await giving.withhold(withheld.id);
    const doubtful = await giving.newSource();
    const offer = { provenance: 'receipt' as const, receipt: quarantined };
    await giving.accept(doubtful, [offer], today);
    await giving.quarantine(doubtful);
    const ids = receipts.map(({ id }) => id);
    const asking = { consumer: wishes({ ask: 256, ids }) };
    const refused = await policyOf({});
    const none = await exchange(meet(giving, refused, { ...asking, producer: wishes() }));
    expect(none.consumer?.report.receipts).toMatchObject({ taken: 0 });
    const taking = await policyOf({});
    const some = await exchange(
      meet(giving, taking, { ...asking, producer: wishes({ give: true }), seed: 2 }),
    );
    expect(some.consumer?.report.receipts).toMatchObject({ taken: 1 });
    expect(await Promise.all(receipts.map((each) => proven(taking, each)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('no more than were wished for are asked for, and never more than 256', async () => {
    const receipts = Array.from({ length: 7 }, () => receiptOf());
    const limited = await exchange(
      meet(await holder(receipts, []), await registryOf([]), {
        producer: wishes({ give: true }),
        consumer: wishes({ ask: 4 }),
      }),
    );
    expect(limited.consumer?.report.receipts).toMatchObject({ taken: 4 });
    const ids = marks(0, 300).map(({ id }) => id);
    const many = await exchange(
      meet(await registryOf(marks(0, 300)), await registryOf(marks(0, 300)), {
        producer: wishes({ give: true }),
        consumer: wishes({ ask: 1000, ids }),
      }),
    );
    expect([many.consumer?.code, many.consumer?.report.receipts]).toEqual([
      'ok',
      { taken: 0, given: 0, made: false, signed: false },
    ]);
    expect(readReceiptMessage(encodeReceiptMessage({ receipts: [], ids }))).toMatchObject({
      name: 'malformed',
    });
  });

  test.each(['consumer', 'producer'] as const)(
    '0-N1 the mark of a %s is signed by both, and each of them keeps the receipt',
    async (maker) => {
      const [producers, consumers] = [await registryOf([]), await registryOf([])];
      const own = {
        producer: generateKeyPair('ed25519', random(32)),
        consumer: generateKeyPair('ed25519', random(32)),
      };
      const signer = maker === 'consumer' ? 'producer' : 'consumer';
      const result = await exchange(
        meet(producers, consumers, {
          own,
          [maker]: wishes({ make: true }),
          [signer]: wishes({ give: true }),
        }),
      );
      expect([result.producer?.code, result.consumer?.code]).toEqual(['ok', 'ok']);
      expect(result[maker]?.report.receipts).toMatchObject({ made: true, signed: false });
      expect(result[signer]?.report.receipts).toMatchObject({ made: false, signed: true });
      const id = idOfKey(own[signer].publicKey);
      const [receipt] = await producers.receipts(id);
      expect(receipt?.day).toBe(today);
      expect(await consumers.receipts(id)).toEqual([receipt]);
    },
  );

  test('a key of secp256k1 gets no receipt: there is no form for it', async () => {
    const result = await exchange(
      meet(await registryOf([]), await registryOf([]), {
        scheme: 'secp256k1',
        producer: wishes({ give: true }),
        consumer: wishes({ make: true }),
      }),
    );
    expect(result.consumer?.code).toBe('ok');
    expect(result.consumer?.report.receipts).toMatchObject({ made: false });
  });

  test('a session cut in the middle of it goes on', async () => {
    const receipts = Array.from({ length: 30 }, () => receiptOf());
    const meeting = async () =>
      meet(await holder(receipts), await policyOf({ receiptedOnly: true }), {
        producer: wishes({ give: true, ask: 10 }),
        consumer: wishes({ give: true, ask: 256, make: true }),
      });
    const whole = await exchange(await meeting());
    expect(whole.consumer?.report.receipts).toMatchObject({ taken: 30, made: true });
    for (let cut = 1; cut < whole.sent.length; cut += 1) {
      const again = await meeting();
      await exchange(again, { wire: ({ frame }, n) => (n === cut ? undefined : [frame]) });
      again.producer.lost();
      again.consumer.lost();
      const room = again.producer.rooms[0] as Uint8Array;
      const { consumer, producer } = await exchange(again, { room });
      expect([cut, producer?.code, consumer?.code]).toEqual([cut, 'ok', 'ok']);
      expect(consumer?.report.receipts).toMatchObject({ taken: 30, made: true });
    }
  });
});

describe('a side that lies about receipts', () => {
  /** Of a consumer that asks for these ids; the message is put in place of the producer's. */
  async function told(asked: readonly Id[], lie: Parameters<typeof encodeReceiptMessage>[0]) {
    const { ReceiptTalk } = await import('../receipt-talk.ts');
    const { Party } = await import('../party.ts');
    const registry = await registryOf([]);
    const surroundings = { registry, now: () => today * 86_400, random };
    const own = generateKeyPair('ed25519', random(32));
    const party = new Party({ ...surroundings, own });
    const peer = generateKeyPair('ed25519', random(32)).publicKey;
    const terms = { give: true, ask: 256, ids: asked, make: true };
    const talk = new ReceiptTalk(surroundings, party, { own, peer, wishes: terms });
    talk.open();
    const turn = await talk.hear(encodeReceiptMessage(lie));
    const kept = registry.statistics(today).length;
    return { name: 'ok' in turn ? turn.name : 'ok', kept, sources: registry.sources() };
  }

  const [one, two] = [receiptOf(), receiptOf()].toSorted((a, b) => compare(a.id, b.id)) as [
    Receipt,
    Receipt,
  ];
  const damaged = one.bytes.with(200, (one.bytes[200] as number) ^ 1);
  const draft = draftReceipt(
    { key: generateKeyPair('ed25519', random(32)).publicKey, day: today, nonce: random(16) },
    generateKeyPair('ed25519', random(32)),
  );

  test.each<[string, Parameters<typeof encodeReceiptMessage>[0], string]>([
    ['one that was not asked for', { receipts: [receiptOf().bytes], ids: [] }, 'malformed'],
    ['one twice', { receipts: [one.bytes, one.bytes], ids: [] }, 'malformed'],
    ['two in the wrong order', { receipts: [two.bytes, one.bytes], ids: [] }, 'malformed'],
    ['a forged one', { receipts: [damaged], ids: [] }, 'bad_signature'],
    [
      'a signature of another',
      { signature: markedSignature(two), receipts: [], ids: [] },
      'bad_signature',
    ],
  ])('%s: all of its message is refused and the source marked', async (_, lie, name) => {
    const outcome = await told([one.id, two.id], lie);
    expect(outcome).toMatchObject({ name, kept: 0, sources: [{ state: 'suspected' }] });
  });

  test('a draft of another key, or one that its marker has not signed, is not signed', async () => {
    const other = await told([], { receipts: [], ids: [], draft });
    expect(other.name).toBe('malformed');
    const own = generateKeyPair('ed25519', random(32));
    const mine = draftReceipt(
      { key: own.publicKey, day: today, nonce: random(16) },
      generateKeyPair('ed25519', random(32)),
    );
    expect(signDraft(mine, own).ok).toBe(true);
    const forged = mine.with(140, (mine[140] as number) ^ 1);
    expect(signDraft(forged, own)).toMatchObject({ name: 'bad_signature' });
    expect(completeReceipt(mine, new Uint8Array(64))).toMatchObject({ name: 'bad_signature' });
  });
});
