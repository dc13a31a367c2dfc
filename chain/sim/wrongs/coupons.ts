/** How each refusal about coupons and wallets comes about; revisions apart, which nobody signs. */
import { type Make, type Scene, segmentStart, twoOf } from '../acts/act.ts';
import { appropriation, claimOf } from '../acts/coupons.ts';
import type { Past } from '../world/pool.ts';
import type { SimWorkload } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { changed, nowhere } from './change.ts';

const lateClaim =
  (past: (world: World) => Past<SimWorkload>): Make =>
  ({ world, random }) => {
    const workload = past(world).look(random);
    return workload === undefined ? undefined : claimOf(world, workload);
  };

/** A claim that names another revision. */
const otherRevision = (isOf: (segment: bigint, of: SimWorkload, scene: Scene) => boolean): Make =>
  changed('coupons.Claim', (scene, { fields }) => {
    const { world, random } = scene;
    const workload = world.workloads.get(fields.workload as bigint);
    if (workload === undefined) return undefined;
    for (let tries = 0; tries < 100; tries += 1) {
      const other = world.revised.look(random);
      if (other === undefined || other.id === fields.revision) continue;
      if (isOf(other.segment, workload, scene)) return { revision: other.id };
    }
    return undefined;
  });

export const couponWrongs: Readonly<Record<string, Make>> = {
  'coupons/unknown_collective': changed('coupons.Appropriate', { store: nowhere }),
  'coupons/unknown_workload': changed('coupons.Claim', { workload: nowhere }),
  'coupons/not_the_key': (scene) => {
    const { world, random, actors } = scene;
    const workload = world.claimable.look(random);
    const stranger = actors.find((actor) => actor !== world.keyOf(workload?.wallet ?? ''));
    if (workload === undefined || stranger === undefined) return undefined;
    return { ...claimOf(world, workload), signer: stranger };
  },
  'coupons/workload_cancelled': lateClaim(({ past }) => past.reversed),
  'coupons/unknown_revision': changed('coupons.Claim', { revision: nowhere }),
  'coupons/wrong_segment': otherRevision((segment, of) => segment !== of.segment),
  'coupons/revision_of_another_component': otherRevision((segment, of) => segment === of.segment),
  'coupons/already_claimed': lateClaim(({ past }) => past.claimed),
  'coupons/coupons_expired': lateClaim(({ past }) => past.expired),
  'coupons/zero_amount': changed('coupons.Appropriate', { amountMs: 0n }),
  'coupons/invalid_nonce': changed('coupons.Appropriate', { nonce: new Uint8Array(31) }),
  'coupons/not_a_store': changed('coupons.Appropriate', ({ world, random }) => {
    const store = world.producers.look(random);
    return store === undefined ? undefined : { store };
  }),
  'coupons/nonce_used': ({ world, random }) => {
    const used = world.past.receipts.look(random);
    if (used === undefined) return undefined;
    const nonce = Uint8Array.from(Buffer.from(used.nonce, 'base64'));
    const fields = { wallet: used.wallet, store: used.store, amountMs: 1n, nonce };
    return { name: 'coupons.Appropriate', signer: world.keyOf(used.wallet), fields };
  },
  'coupons/insufficient_coupons': changed('coupons.Appropriate', { amountMs: 10n ** 15n }),
  'coupons/other_origin': (scene) => {
    const { world, random, actors } = scene;
    const [wallet, store] = [random.pick(actors), world.stores.look(random)];
    if (store === undefined) return undefined;
    const [usable, all] = world.couponsAt(wallet, store);
    return all > usable ? appropriation(scene, wallet, store, all) : undefined;
  },
  'coupons/invalid_guardians': changed('coupons.SetGuardians', { threshold: 17 }),
  'coupons/not_a_guardian': ({ world, random, actors }) => {
    const wallet = random.pick(actors);
    const guardians = world.guardians.get(wallet) ?? [];
    const signer = actors.find((actor) => !guardians.includes(actor)) ?? '';
    return { name: 'coupons.ApproveRecovery', signer, fields: { wallet, newKey: signer } };
  },
  'coupons/already_the_key': changed('coupons.ApproveRecovery', ({ world }, { fields }) => ({
    newKey: world.keyOf(fields.wallet as string),
  })),
  'coupons/already_approved': ({ world, random }) => {
    const open = [...world.approvals];
    if (open.length === 0) return undefined;
    const [name, newKey] = random.pick(open);
    const [wallet = '', signer = ''] = name.split('/');
    if (world.keyOf(wallet) === newKey) return undefined;
    return { name: 'coupons.ApproveRecovery', signer, fields: { wallet, newKey } };
  },
  /** The second signature that would join two components, in the grace of a segment. */
  'coupons/in_grace': (scene) => {
    const { world, random, nowMs, graceMs } = scene;
    if (nowMs - segmentStart(scene) >= graceMs / 2n) return undefined;
    const pair = world.signatures.pick(random, (waiting) => {
      const [to, from] = twoOf(waiting);
      return world.component(to) !== world.component(from);
    });
    if (pair === undefined) return undefined;
    const [to, from] = twoOf(pair);
    const signer = world.owners.get(from);
    return signer === undefined
      ? undefined
      : { name: 'trust.SignTrust', signer, fields: { from, to } };
  },
};
