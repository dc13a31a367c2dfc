/** Every message of the labour economy that somebody signs, and how often it is played. */
import type { Make } from './act.ts';
import { couponActs } from './coupons.ts';
import { goodsActs } from './goods.ts';
import { orderActs } from './orders.ts';
import { storeActs } from './stores.ts';
import { trustActs } from './trust.ts';

export const acts: Readonly<Record<string, Make>> = {
  ...trustActs,
  ...goodsActs,
  ...orderActs,
  ...storeActs,
  ...couponActs,
};

/** Weights that keep open work, stocks and claims from piling up; 2 where not named. */
const weights: Readonly<Record<string, number>> = {
  'trust.FoundCollective': 0,
  'trust.UpdateCollective': 1,
  'trust.SignTrust': 12,
  'trust.WithdrawSignature': 1,
  'trust.CancelTrust': 5,
  'production.DefineType': 1,
  'production.Collectivize': 4,
  'production.Transfer': 9,
  'production.AcceptTransfer': 20,
  'production.WithdrawTransfer': 1,
  'production.Order': 9,
  'production.WithdrawOrder': 1,
  'production.RejectOrder': 1,
  'production.Estimate': 9,
  'production.StartProduction': 9,
  'production.AllocateConsumptive': 12,
  'production.AllocateMeans': 4,
  'production.DeallocateMeans': 5,
  'production.RegisterWorkload': 22,
  'production.Output': 9,
  'production.MergeLots': 12,
  'production.Separate': 40,
  'production.Shelve': 7,
  'production.HandOver': 4,
  'production.VoteCategory': 4,
  'production.VoteParameters': 4,
  'production.VoteProduction': 4,
  'coupons.Claim': 20,
  'coupons.Appropriate': 6,
};

export const weighted: readonly (readonly [weight: number, name: string])[] = Object.keys(acts).map(
  (name) => [weights[name] ?? 2, name],
);
