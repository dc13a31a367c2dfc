/** Messages of wallets. */
import type { SimWorkload } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { Act, Make, Scene } from './act.ts';

export const couponActs: Readonly<Record<string, Make>> = {
  'coupons.Claim': ({ world, random }) => {
    const workload = world.claimable.pick(random);
    return workload === undefined ? undefined : claimOf(world, workload);
  },

  'coupons.Appropriate': (scene) => {
    const { world, random, actors } = scene;
    const store = world.stores.look(random);
    if (store === undefined) return undefined;
    for (let tries = 0; tries < 6; tries += 1) {
      const wallet = random.pick(actors);
      const [usable] = world.couponsAt(wallet, store);
      if (usable > 1n) {
        // Half of it at most: another may be under way in the same block.
        const amountMs = BigInt(1 + random.below(Math.min(Number(usable / 2n), 2_000_000)));
        return appropriation(scene, wallet, store, amountMs);
      }
    }
    return undefined;
  },

  /** The neighbours in the list of actors. */
  'coupons.SetGuardians': ({ world, random, actors }) => {
    const at = random.below(actors.length);
    const wallet = actors[at] as string;
    const guardians = [1, 2, 3]
      .slice(0, 1 + random.below(3))
      .map((step) => actors[(at + step) % actors.length] as string);
    const threshold = 1 + random.below(guardians.length);
    const signer = world.keyOf(wallet);
    const fields = { wallet, guardians: guardians.sort(), threshold };
    return { name: 'coupons.SetGuardians', signer, fields };
  },

  'coupons.ApproveRecovery': ({ world, random, actors }) => {
    const wallet = random.pick(actors);
    const guardians = world.guardians.get(wallet) ?? [];
    if (guardians.length === 0) return undefined;
    const guardian = random.pick(guardians);
    // Often the key that another has named, so that recoveries come about.
    const named = guardians
      .map((other) => world.approvals.get(`${wallet}/${other}`))
      .filter((key) => key !== undefined);
    const newKey = named.length > 0 && random.chance(70) ? random.pick(named) : random.pick(actors);
    const same = world.approvals.get(`${wallet}/${guardian}`) === newKey;
    if (same || newKey === world.keyOf(wallet)) return undefined;
    return { name: 'coupons.ApproveRecovery', signer: guardian, fields: { wallet, newKey } };
  },
};

export function claimOf(world: World, { id, wallet, producer, segment }: SimWorkload): Act {
  const revision = world.revisions.get(`${producer}/${segment}`) ?? 0n;
  const fields = { workload: id, revision };
  return { name: 'coupons.Claim', signer: world.keyOf(wallet), fields };
}

export function appropriation(
  { world, count }: Scene,
  wallet: string,
  store: bigint,
  amountMs: bigint,
): Act {
  const nonce = new Uint8Array(32);
  new DataView(nonce.buffer).setUint32(0, count());
  const fields = { wallet, store, amountMs, nonce };
  return { name: 'coupons.Appropriate', signer: world.keyOf(wallet), fields };
}
