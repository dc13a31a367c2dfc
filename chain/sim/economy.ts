/** Messages of the labour economy: most of them as the world would take them, some not. */
import type { Any } from 'cosmjs-types/google/protobuf/any';
import * as coupons from '../../proto/generated/artel/coupons/v1/tx.ts';
import { Label, Source } from '../../proto/generated/artel/production/v1/state.ts';
import * as production from '../../proto/generated/artel/production/v1/tx.ts';
import * as trust from '../../proto/generated/artel/trust/v1/tx.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface Scene {
  readonly world: World;
  readonly random: Random;
  /** Addresses that can sign. */
  readonly actors: readonly string[];
  /** Time of the block before. */
  readonly nowMs: bigint;
  readonly segmentMs: bigint;
  /** Numbers that no two messages share. */
  readonly count: () => number;
}

/** A message and who has to sign it. */
export interface Act {
  readonly signer: string;
  readonly message: Any;
}

type Make = (scene: Scene) => Act | undefined;

/** In percent, how often a field is made wrong. */
const wrong = 6;

/** Names, weights and makers. Weights keep open work, stocks and claims from piling up. */
export const economy: readonly (readonly [weight: number, name: string, make: Make])[] = [
  [2, 'SignTrust', signTrust],
  [4, 'AnswerTrust', answerTrust],
  [2, 'CancelTrust', cancelTrust],
  [1, 'DefineType', defineType],
  [6, 'Collectivize', collectivize],
  [5, 'Transfer', transfer],
  [6, 'AcceptTransfer', acceptTransfer],
  [1, 'WithdrawTransfer', withdrawTransfer],
  [2, 'WriteOff', writeOff],
  [8, 'Order', order],
  [1, 'WithdrawOrder', withdrawOrder],
  [1, 'RejectOrder', rejectOrder],
  [8, 'Estimate', estimate],
  [8, 'StartProduction', start],
  [6, 'AllocateConsumptive', consume],
  [4, 'AllocateMeans', allocateMeans],
  [6, 'DeallocateMeans', deallocateMeans],
  [22, 'RegisterWorkload', work],
  [2, 'CountersignWorkload', countersign],
  [2, 'StornoWorkload', storno],
  [9, 'Output', output],
  [3, 'MergeLots', mergeLots],
  [2, 'Separate', separate],
  [2, 'Revalue', revalue],
  [8, 'Shelve', shelve],
  [2, 'Unshelve', unshelve],
  [4, 'HandOver', handOver],
  [2, 'Inventory', inventory],
  [1, 'ProposeCategory', proposeCategory],
  [1, 'ProposeParameters', proposeParameters],
  [10, 'Vote', vote],
  [20, 'Claim', claim],
  [5, 'Appropriate', appropriate],
  [1, 'SetGuardians', setGuardians],
  [1, 'ApproveRecovery', approveRecovery],
];

function signTrust({ world, random }: Scene): Act | undefined {
  const from = anyCollective(world, random);
  // Mostly to another component: trust that is a tree is cut by every cancellation.
  const apart = (other: bigint): boolean =>
    random.chance(wrong) || world.componentOf.get(other) !== world.componentOf.get(from);
  let to = anyCollective(world, random);
  for (let tries = 0; tries < 8 && !apart(to); tries += 1) to = anyCollective(world, random);
  return by(world, from, 'trust', 'MsgSignTrust', trust.MsgSignTrust, { from, to });
}

function answerTrust({ world, random }: Scene): Act | undefined {
  const pair = world.signatures.pick(random);
  const [to = 0n, from = 0n] = pair?.split('/').map(BigInt) ?? [];
  if (pair === undefined) return undefined;
  return by(world, from, 'trust', 'MsgSignTrust', trust.MsgSignTrust, { from, to });
}

function cancelTrust({ world, random }: Scene): Act | undefined {
  const edge = world.edges.pick(random);
  const [from = 0n, to = 0n] = edge?.split('/').map(BigInt) ?? [];
  if (edge === undefined) return undefined;
  return by(world, from, 'trust', 'MsgCancelTrust', trust.MsgCancelTrust, { from, to });
}

function defineType({ world, random, count }: Scene): Act | undefined {
  const collective = anyCollective(world, random);
  const name = `type ${count()}`;
  const durabilityUnit = random.pick([0, 0, 1, 2]);
  const fields = { collective, name, unit: 'pieces', durabilityUnit };
  return by(world, collective, 'production', 'MsgDefineType', production.MsgDefineType, fields);
}

function collectivize({ world, random }: Scene): Act | undefined {
  const collective = anyCollective(world, random);
  const type = typeFor(world, random, collective);
  const durable = world.types.get(type)?.durable === true;
  return by(world, collective, 'production', 'MsgCollectivize', production.MsgCollectivize, {
    collective,
    type,
    quantity: durable ? 1n : BigInt(1 + random.below(50)),
    label: random.chance(wrong) ? Label.COMMONS : Label.EXCLUSIVE,
    source: random.pick([Source.APPROPRIATION, Source.EXTERNAL_TRADE]),
    durability: durable ? BigInt(100 + random.below(5000)) : 0n,
  });
}

function transfer({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random);
  if (lot === undefined) return undefined;
  const quantity = slice(random, lot.quantity);
  const to = random.chance(wrong)
    ? anyCollective(world, random)
    : neighbour(world, random, lot.owner);
  const fields = { lot: lot.id, quantity, to };
  return by(world, lot.owner, 'production', 'MsgTransfer', production.MsgTransfer, fields);
}

function acceptTransfer({ world, random }: Scene): Act | undefined {
  const offer = world.offers.pick(random);
  if (offer === undefined) return undefined;
  const fields = { transfer: offer.id };
  const codec = production.MsgAcceptTransfer;
  return by(world, offer.to, 'production', 'MsgAcceptTransfer', codec, fields);
}

function withdrawTransfer({ world, random }: Scene): Act | undefined {
  const offer = world.offers.pick(random);
  if (offer === undefined) return undefined;
  const fields = { transfer: offer.id };
  const codec = production.MsgWithdrawTransfer;
  return by(world, offer.from, 'production', 'MsgWithdrawTransfer', codec, fields);
}

function writeOff({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random);
  if (lot === undefined) return undefined;
  return by(world, lot.owner, 'production', 'MsgWriteOff', production.MsgWriteOff, {
    lot: lot.id,
    quantity: slice(random, lot.quantity),
    reason: random.pick(['broken', 'external_trade', 'gone bad']),
    ownershipRef: random.chance(wrong) ? lot.ownership + 1n : lot.ownership,
  });
}

function order({ world, random, nowMs }: Scene): Act | undefined {
  const producer = anyCollective(world, random);
  const orderer = random.chance(60) ? producer : neighbour(world, random, producer);
  const type = typeFor(world, random, producer);
  const durable = world.types.get(type)?.durable === true;
  return by(world, orderer, 'production', 'MsgOrder', production.MsgOrder, {
    collective: orderer,
    producer,
    type,
    quantity: durable ? 1n : BigInt(1 + random.below(20)),
    deliveryTimeMs: nowMs + (random.chance(wrong) ? 0n : 40n * 86_400_000n),
    label: random.chance(wrong) ? Label.COMMONS : Label.EXCLUSIVE,
    refs: [],
  });
}

function withdrawOrder({ world, random }: Scene): Act | undefined {
  const placed = random.chance(50)
    ? world.placed.pick(random)
    : world.estimates.pick(random)?.order;
  if (placed === undefined) return undefined;
  const fields = { order: placed.id };
  const codec = production.MsgWithdrawOrder;
  return by(world, placed.orderer, 'production', 'MsgWithdrawOrder', codec, fields);
}

function rejectOrder({ world, random }: Scene): Act | undefined {
  const placed = random.chance(50) ? world.placed.pick(random) : undefined;
  const open = world.open.look(random);
  const rejected = placed?.id ?? open?.order;
  const producer = placed?.producer ?? open?.producer;
  if (rejected === undefined || producer === undefined) return undefined;
  const fields = { order: rejected, reason: 'no hands' };
  return by(world, producer, 'production', 'MsgRejectOrder', production.MsgRejectOrder, fields);
}

function estimate({ world, random }: Scene): Act | undefined {
  const placed = world.placed.pick(random);
  if (placed === undefined) return undefined;
  const fields = { order: placed.id, valueMs: BigInt(1 + random.below(20_000_000)) };
  return by(world, placed.producer, 'production', 'MsgEstimate', production.MsgEstimate, fields);
}

function start({ world, random }: Scene): Act | undefined {
  const made = world.estimates.pick(random);
  if (made === undefined) return undefined;
  const codec = production.MsgStartProduction;
  const fields = { estimate: made.id };
  return by(world, made.order.producer, 'production', 'MsgStartProduction', codec, fields);
}

function consume({ world, random }: Scene): Act | undefined {
  const open = world.open.look(random);
  if (open === undefined) return undefined;
  const own = ({ owner }: { readonly owner: bigint }): boolean => owner === open.producer;
  const lot = world.free.pick(random, random.chance(wrong) ? undefined : own);
  if (lot === undefined) return undefined;
  const unit = world.types.get(lot.type)?.unit ?? 0;
  const part = unit !== 0 && unit === world.types.get(open.type)?.unit && random.chance(70);
  const codec = production.MsgAllocateConsumptive;
  return by(world, open.producer, 'production', 'MsgAllocateConsumptive', codec, {
    production: open.id,
    lot: lot.id,
    quantity: slice(random, lot.quantity),
    as: part ? production.Use.PART : production.Use.CONSUME,
  });
}

function allocateMeans({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random, ({ elements }) => elements.length > 0);
  if (lot === undefined) return undefined;
  const open = world.open.look(random, ({ producer }) => producer === lot.owner);
  if (open === undefined) return undefined;
  const codec = production.MsgAllocateMeans;
  const repurpose = open.label === Label.COMMONS && lot.label === Label.EXCLUSIVE;
  return by(world, open.producer, 'production', 'MsgAllocateMeans', codec, {
    production: open.id,
    lot: lot.id,
    repurpose: random.chance(wrong) ? !repurpose : repurpose,
  });
}

function deallocateMeans({ world, random }: Scene): Act | undefined {
  const means = world.means.pick(random);
  if (means === undefined) return undefined;
  const codec = production.MsgDeallocateMeans;
  const fields = { allocation: means.id, used: BigInt(1 + random.below(200)) };
  return by(world, means.production.producer, 'production', 'MsgDeallocateMeans', codec, fields);
}

function work({ world, random, actors, nowMs, segmentMs }: Scene): Act | undefined {
  const open = world.open.look(random);
  if (open === undefined) return undefined;
  const wallet = random.pick(actors);
  const busy = world.busyUntil.get(wallet) ?? 0n;
  const segmentStart = ((nowMs - 1n) / segmentMs) * segmentMs;
  let from = greatest(greatest(busy, open.startedMs), segmentStart);
  if (random.chance(wrong)) from -= BigInt(random.below(5_000_000));
  const length = BigInt(1 + random.below(2_000_000));
  const to = from + length > nowMs && !random.chance(wrong) ? nowMs : from + length;
  if (to <= from) return undefined;
  const codec = production.MsgRegisterWorkload;
  const fields = { production: open.id, wallet, fromMs: from, toMs: to };
  return by(world, open.producer, 'production', 'MsgRegisterWorkload', codec, fields);
}

function countersign({ world, random, actors }: Scene): Act | undefined {
  const workload = world.fresh.pick(random);
  if (workload === undefined) return undefined;
  const wallet = random.chance(wrong) ? random.pick(actors) : workload.wallet;
  const codec = production.MsgCountersignWorkload;
  const fields = { wallet, workload: workload.id };
  return { signer: wallet, message: pack('production', 'MsgCountersignWorkload', codec, fields) };
}

function storno({ world, random }: Scene): Act | undefined {
  const inOpen = ({ production: of }: { readonly production: bigint }): boolean =>
    world.productions.has(of) || random.chance(wrong);
  const workload = world.fresh.pick(random, inOpen);
  if (workload === undefined) return undefined;
  const codec = production.MsgStornoWorkload;
  const fields = { workload: workload.id };
  return by(world, workload.producer, 'production', 'MsgStornoWorkload', codec, fields);
}

/** One line, with every part under one new element; at times two lines, or a wrong sum. */
function output({ world, random }: Scene): Act | undefined {
  const open = world.open.pick(random, ({ openMeans }) => openMeans === 0 || random.chance(wrong));
  if (open === undefined) return undefined;
  const durable = world.types.get(open.type)?.durable === true;
  const value = random.chance(wrong) ? open.inside + 1n : open.inside;
  const byProduct = !durable && random.chance(20);
  const first = byProduct ? value / 3n : value;
  // Parts come before wholes, so the last element of a lot holds the others.
  const parts = open.parts.flatMap(({ elements }) => elements.slice(-1));
  const own = first - open.partsValue;
  const element = {
    valueMs: own < 0n ? 0n : own,
    durability: parts.length > 0 ? 0n : BigInt(200 + random.below(3000)),
    parts,
    ownParts: [],
  };
  const line = {
    type: open.type,
    quantity: durable ? 1n : open.quantity,
    valueMs: first,
    elements: durable ? [element] : [],
  };
  const second = { type: open.type, quantity: 1n, valueMs: value - first, elements: [] };
  return by(world, open.producer, 'production', 'MsgOutput', production.MsgOutput, {
    production: open.id,
    lines: byProduct ? [line, second] : [line],
  });
}

function mergeLots({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random, ({ elements }) => elements.length === 0);
  if (lot === undefined) return undefined;
  const other = world.free.pick(
    random,
    ({ id, owner, type, label }) =>
      id !== lot.id &&
      owner === lot.owner &&
      (random.chance(wrong) || (type === lot.type && label === lot.label)),
  );
  if (other === undefined) return undefined;
  const lots = [lot.id, other.id].sort((a, b) => (a < b ? -1 : 1));
  return by(world, lot.owner, 'production', 'MsgMergeLots', production.MsgMergeLots, { lots });
}

function separate({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random, ({ elements }) => elements.length > 1 || random.chance(2));
  if (lot === undefined) return undefined;
  const lost = [lot.elements[random.below(Math.max(1, lot.elements.length))] ?? 1n];
  // Pieces of a kind: how many there are, the chain knows.
  const types = Array.from({ length: random.below(4) }, () => lot.type);
  return by(world, lot.owner, 'production', 'MsgSeparate', production.MsgSeparate, {
    lot: lot.id,
    lost,
    reason: 'broken',
    ownershipRef: lot.ownership,
    types,
  });
}

function revalue({ world, random }: Scene): Act | undefined {
  const lot = world.free.pick(random, ({ elements }) => elements.length > 0);
  if (lot === undefined) return undefined;
  const [element = 0n] = lot.elements;
  const durability = BigInt(1 + random.below(6_000));
  const fields = { lot: lot.id, durability, element };
  return by(world, lot.owner, 'production', 'MsgRevalue', production.MsgRevalue, fields);
}

function shelve({ world, random }: Scene): Act | undefined {
  const stores = new Set(world.stores);
  const lot = world.free.pick(random, ({ owner }) => stores.has(owner) || random.chance(2));
  if (lot === undefined) return undefined;
  const fields = { lot: lot.id, quantity: slice(random, lot.quantity) };
  return by(world, lot.owner, 'production', 'MsgShelve', production.MsgShelve, fields);
}

/** Goods that stand on a shelf: store, type and units. */
function stockOf({ world, random }: Scene): readonly [bigint, bigint, bigint] | undefined {
  const name = world.stocked.pick(random);
  const [store = 0n, type = 0n] = name?.split('/').map(BigInt) ?? [];
  if (name === undefined) return undefined;
  return [store, type, world.shelves.get(name) ?? 0n];
}

function unshelve(scene: Scene): Act | undefined {
  const [collective = 0n, type = 0n, units = 0n] = stockOf(scene) ?? [];
  if (units === 0n) return undefined;
  const fields = { collective, type, quantity: slice(scene.random, units), lot: 0n };
  return by(scene.world, collective, 'production', 'MsgUnshelve', production.MsgUnshelve, fields);
}

function handOver(scene: Scene): Act | undefined {
  const [collective = 0n, type = 0n, units = 0n] = stockOf(scene) ?? [];
  if (units === 0n) return undefined;
  const fields = { collective, type, quantity: slice(scene.random, units), lots: [] };
  return by(scene.world, collective, 'production', 'MsgHandOver', production.MsgHandOver, fields);
}

/** Mostly what is due, at times less or more. */
function inventory(scene: Scene): Act | undefined {
  const { world, random } = scene;
  const [collective = 0n, type = 0n, units = 0n] = stockOf(scene) ?? [];
  if (units === 0n) return undefined;
  const counted = random.pick([units, units, units - 1n, units + 2n]);
  const fields = { collective, type, counted, missing: [] };
  return by(world, collective, 'production', 'MsgInventory', production.MsgInventory, fields);
}

function proposeCategory({ world, random }: Scene): Act | undefined {
  const collective = anyCollective(world, random);
  const type = typeFor(world, random, collective);
  const label = random.pick([Label.COMMONS, Label.COMMONS, Label.EXCLUSIVE]);
  const codec = production.MsgProposeCategory;
  return by(world, collective, 'production', 'MsgProposeCategory', codec, {
    collective,
    type,
    label,
  });
}

function proposeParameters({ world, random }: Scene): Act | undefined {
  const collective = anyCollective(world, random);
  const json = random.pick([
    `{"voteLimitMs":"${10_000_000 + random.below(20_000_000)}"}`,
    '{"nonsense":"1"}',
  ]);
  const codec = production.MsgProposeParameters;
  return by(world, collective, 'production', 'MsgProposeParameters', codec, { collective, json });
}

/** A member of the component votes, mostly yes. */
function vote({ world, random }: Scene): Act | undefined {
  const ballot = world.voting.look(random);
  if (ballot === undefined) return undefined;
  let collective = anyCollective(world, random);
  for (
    let tries = 0;
    tries < 20 && world.componentOf.get(collective) !== ballot.component;
    tries += 1
  ) {
    collective = anyCollective(world, random);
  }
  const yes = random.chance(85);
  if (ballot.subject === 'category') {
    const fields = { collective, ballot: ballot.id, yes };
    return by(
      world,
      collective,
      'production',
      'MsgVoteCategory',
      production.MsgVoteCategory,
      fields,
    );
  }
  if (ballot.subject === 'parameters') {
    const fields = { collective, ballot: ballot.id, yes };
    const codec = production.MsgVoteParameters;
    return by(world, collective, 'production', 'MsgVoteParameters', codec, fields);
  }
  const fields = { collective, estimate: ballot.estimate, yes };
  const codec = production.MsgVoteProduction;
  return by(world, collective, 'production', 'MsgVoteProduction', codec, fields);
}

function claim({ world, random, actors }: Scene): Act | undefined {
  const revised = ({
    producer,
    segment,
  }: {
    readonly producer: bigint;
    readonly segment: bigint;
  }) => world.revisions.has(`${producer}/${segment}`);
  const workload = world.unclaimed.pick(random, revised);
  if (workload === undefined) return undefined;
  const revision = world.revisions.get(`${workload.producer}/${workload.segment}`) ?? 0n;
  const signer = random.chance(wrong) ? random.pick(actors) : world.keyOf(workload.wallet);
  return { signer, message: claimMessage(signer, workload.id, revision) };
}

export function claimMessage(signer: string, workload: bigint, revision: bigint): Any {
  return pack('coupons', 'MsgClaim', coupons.MsgClaim, { signer, workload, revision });
}

function appropriate({ world, random, actors, count }: Scene): Act | undefined {
  const store = random.chance(wrong) ? anyCollective(world, random) : world.stores.look(random);
  if (store === undefined) return undefined;
  const wallet = random.pick(actors);
  const nonce = new Uint8Array(32);
  new DataView(nonce.buffer).setUint32(0, random.chance(wrong) ? 1 : count());
  const amountMs = BigInt(1 + random.below(200_000));
  const signer = world.keyOf(wallet);
  const fields = { signer, wallet, store, amountMs, nonce };
  const message = pack('coupons', 'MsgAppropriate', coupons.MsgAppropriate, fields);
  return { signer, message };
}

/** The neighbours in the list of actors: each wallet has the same two. */
function setGuardians({ world, random, actors }: Scene): Act {
  const at = random.below(actors.length);
  const wallet = actors[at] ?? '';
  const guardians = [1, 2].map((step) => actors[(at + step) % actors.length] ?? '');
  const signer = world.keyOf(wallet);
  const fields = { signer, wallet, guardians: guardians.sort(), threshold: 2 };
  return {
    signer,
    message: pack('coupons', 'MsgSetGuardians', coupons.MsgSetGuardians, fields),
  };
}

/** Mostly back to the wallet's own key, which is refused: lost keys would end the play. */
function approveRecovery({ random, actors }: Scene): Act {
  const at = random.below(actors.length);
  const wallet = actors[at] ?? '';
  const guardian = actors[(at + 1) % actors.length] ?? '';
  const fields = { guardian, wallet, newKey: random.chance(70) ? random.pick(actors) : wallet };
  return {
    signer: guardian,
    message: pack('coupons', 'MsgApproveRecovery', coupons.MsgApproveRecovery, fields),
  };
}

function anyCollective({ collectives }: World, random: Random): bigint {
  return BigInt(1 + random.below(Math.max(1, collectives)));
}

/** Another collective with an edge that stands, or any. */
function neighbour(world: World, random: Random, collective: bigint): bigint {
  return world.neighbours.get(collective)?.look(random) ?? anyCollective(world, random);
}

/** A type of the component, mostly. */
function typeFor({ types, componentOf }: World, random: Random, collective: bigint): bigint {
  for (let tries = 0; tries < 20; tries += 1) {
    const type = BigInt(1 + random.below(Math.max(1, types.size)));
    const definer = types.get(type)?.definer ?? 0n;
    if (componentOf.get(definer) === componentOf.get(collective)) return type;
  }
  return 1n;
}

/** Mostly all or a part of it, at times nothing or more than there is. */
function slice(random: Random, quantity: bigint): bigint {
  if (random.chance(wrong)) return random.pick([0n, quantity + 1n]);
  if (random.chance(50)) return quantity;
  return BigInt(1 + random.below(Number(quantity)));
}

function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

interface Codec {
  fromPartial(fields: never): unknown;
  encode(message: never): { finish(): Uint8Array };
}

/** A message by the owner of a collective. */
function by(
  world: World,
  collective: bigint,
  module: string,
  name: string,
  codec: Codec,
  fields: object,
): Act | undefined {
  const signer = world.owners.get(collective);
  if (signer === undefined) return undefined;
  return { signer, message: pack(module, name, codec, { signer, ...fields }) };
}

function pack(module: string, name: string, codec: Codec, fields: object): Any {
  const value = codec.encode(codec.fromPartial(fields as never) as never).finish();
  return { typeUrl: `/artel.${module}.v1.${name}`, value };
}
