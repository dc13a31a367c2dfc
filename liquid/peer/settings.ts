/** What the owner has set or done last, kept in the folder: the policy, the key that was shown. */
import { ascii, concat, readU32, u32 } from '../core/bytes.ts';
import { type Id, idOfBytes } from '../core/id.ts';
import { defaultPolicy, type Policy } from '../registry/policy.ts';
import type { Store } from '../store/store.ts';

const policyKey = ascii('c/policy');

export async function loadPolicy(store: Store): Promise<Policy> {
  const [bytes] = await store.getMany([policyKey]);
  if (bytes === undefined) return defaultPolicy;
  const kept = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Policy>;
  return { ...defaultPolicy, ...kept };
}

export async function savePolicy(store: Store, policy: Policy): Promise<void> {
  await store.write([[policyKey, new TextEncoder().encode(JSON.stringify(policy))]]);
}

/** Who this person was to the producer that scanned their QR. */
export interface Shown {
  readonly id: Id;
  /** UTC seconds until which the QR is good. */
  readonly expiry: number;
}

const shownKey = ascii('c/shown');

export async function loadShown(store: Store): Promise<Shown | undefined> {
  const [bytes] = await store.getMany([shownKey]);
  if (bytes === undefined) return undefined;
  return { expiry: readU32(bytes, 0), id: idOfBytes(bytes.slice(4)) };
}

export async function saveShown(store: Store, { id, expiry }: Shown): Promise<void> {
  await store.write([[shownKey, concat(u32(expiry), id)]]);
}
