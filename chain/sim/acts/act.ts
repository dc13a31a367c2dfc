/** What the makers of messages share: what they see, what they make, and how it is written. */
import type { Any } from 'cosmjs-types/google/protobuf/any';
import * as coupons from '../../../proto/generated/artel/coupons/v1/tx.ts';
import * as production from '../../../proto/generated/artel/production/v1/tx.ts';
import * as trust from '../../../proto/generated/artel/trust/v1/tx.ts';
import type { Random } from '../random.ts';
import type { World } from '../world/world.ts';

export interface Scene {
  readonly world: World;
  readonly random: Random;
  /** Addresses that can sign. */
  readonly actors: readonly string[];
  /** Time of the block before. */
  readonly nowMs: bigint;
  readonly segmentMs: bigint;
  readonly graceMs: bigint;
  readonly handOverPeriodMs: bigint;
  readonly voteLimitMs: bigint;
  /** Numbers that no two messages share. */
  readonly count: () => number;
}

/** A message by name, such as `trust.SignTrust`, and who signs it. */
export interface Act {
  readonly name: string;
  readonly signer: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A message that the world would mostly take; undefined where there is nothing to say it of. */
export type Make = (scene: Scene) => Act | undefined;

interface Codec {
  fromPartial(fields: never): unknown;
  encode(message: never): { finish(): Uint8Array };
}

const messages: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  coupons: coupons as never,
  production: production as never,
  trust: trust as never,
};

/** The field that names the signer, where it is not `signer`. */
const signerFields: Readonly<Record<string, string>> = {
  'trust.FoundCollective': 'founder',
  'coupons.ApproveRecovery': 'guardian',
};

export function pack({ name, signer, fields }: Act): Any {
  const [module = '', message = ''] = name.split('.');
  const codec = messages[module]?.[`Msg${message}`] as Codec | undefined;
  if (codec === undefined) throw new Error(`there is no message ${name}`);
  const whole = { [signerFields[name] ?? 'signer']: signer, ...fields };
  const value = codec.encode(codec.fromPartial(whole as never) as never).finish();
  return { typeUrl: `/artel.${module}.v1.Msg${message}`, value };
}

/** Said by the owner of a collective. */
export function by(
  { world }: Scene,
  collective: bigint,
  name: string,
  fields: Act['fields'],
): Act | undefined {
  const signer = world.owners.get(collective);
  return signer === undefined ? undefined : { name, signer, fields };
}

/** All or a part of it. */
export function slice(random: Random, quantity: bigint): bigint {
  if (random.chance(50)) return quantity;
  return BigInt(1 + random.below(Number(quantity)));
}

export function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

export function ascending(ids: readonly bigint[]): readonly bigint[] {
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}

/** The two numbers of a name such as `3/7`. */
export function twoOf(name: string): readonly [bigint, bigint] {
  const [one = 0n, other = 0n] = name.split('/').map(BigInt);
  return [one, other];
}

/** Where the segment of a time begins: the end of one belongs to it. */
export function segmentStart({ nowMs, segmentMs }: Scene): bigint {
  return ((nowMs - 1n) / segmentMs) * segmentMs;
}
