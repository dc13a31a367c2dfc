/** Every refusal that a play provokes, by `codespace/name`, and how. */
import type { Make } from '../acts/act.ts';
import { couponWrongs } from './coupons.ts';
import { goodsWrongs } from './goods.ts';
import { orderWrongs } from './orders.ts';
import { storeWrongs } from './stores.ts';
import { trustWrongs } from './trust.ts';

export const wrongs: Readonly<Record<string, Make>> = {
  ...trustWrongs,
  ...goodsWrongs,
  ...orderWrongs,
  ...storeWrongs,
  ...couponWrongs,
};
