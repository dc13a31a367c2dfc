/** What the owner has set, kept in the folder: the policy of the registry. */
import { ascii } from '../core/bytes.ts';
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
