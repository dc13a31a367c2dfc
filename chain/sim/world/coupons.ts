/** Revisions, coupons and wallets, as a play follows them. */
import type { Facts, World } from './world.ts';

interface Revision {
  readonly revision: string;
  readonly component: string;
  readonly segment: string;
  readonly aMs?: string;
  readonly debtAfterMs?: string;
}

export function couponFacts(world: World): Facts {
  const add = (wallet: string, origin: bigint, amount: bigint): void => {
    const balances = world.balances.get(wallet) ?? new Map<bigint, bigint>();
    world.balances.set(wallet, balances);
    balances.set(origin, (balances.get(origin) ?? 0n) + amount);
  };
  const forget = (wallet: string): void => {
    for (const name of world.approvals.keys()) {
      if (name.startsWith(`${wallet}/`)) world.approvals.delete(name);
    }
  };

  return {
    'artel.coupons.v1.SegmentRevised': (f) => {
      const told = f.json('revision') as Revision;
      const [id, component, segment] = [told.revision, told.component, told.segment].map(BigInt);
      if (id === undefined || component === undefined || segment === undefined) return;
      world.revised.add({ id, component, segment });
      world.debts.set(component, BigInt(told.debtAfterMs ?? '0'));
      if (BigInt(told.aMs ?? '0') === 0n) world.happened.zeroHourSegments += 1;
      const shares = (f.json('shares') ?? []) as readonly { readonly collective: string }[];
      for (const { collective } of shares) {
        const name = `${collective}/${segment}`;
        world.revisions.set(name, id);
        for (const workload of [...world.unrevised.of(name)]) {
          world.unrevised.of(name).delete(workload);
          world.fresh.delete(workload);
          world.claimable.add(workload);
        }
      }
    },
    'artel.coupons.v1.DebtCarried': (f) =>
      world.debts.set(f.number('component'), f.number('debt_ms')),
    'artel.coupons.v1.LedgerEnded': (f) => {
      world.debts.delete(f.number('component'));
    },
    'artel.coupons.v1.CouponsExpired': (f) => {
      const component = f.number('component');
      world.debts.set(component, (world.debts.get(component) ?? 0n) - f.number('amount_ms'));
      const [collective, segment] = [f.number('collective'), f.number('segment')];
      for (const workload of [...world.claimable]) {
        if (workload.producer !== collective || workload.segment !== segment) continue;
        world.claimable.delete(workload);
        world.past.expired.add(workload);
      }
    },
    'artel.coupons.v1.CouponsClaimed': (f) => {
      const workload = world.workloads.get(f.number('workload'));
      add(f.text('wallet'), f.number('collective'), f.number('amount_ms'));
      if (workload === undefined) return;
      world.claimable.delete(workload);
      world.past.claimed.add(workload);
    },
    'artel.coupons.v1.CouponsAppropriated': (f) => {
      const wallet = f.text('wallet');
      const parts = (f.json('parts') ?? []) as readonly {
        readonly origin: string;
        readonly amountMs: string;
      }[];
      for (const { origin, amountMs } of parts) add(wallet, BigInt(origin), -BigInt(amountMs));
      world.past.receipts.add({ wallet, store: f.number('store'), nonce: f.text('nonce') });
    },
    'artel.coupons.v1.GuardiansSet': (f) => {
      forget(f.text('wallet'));
      world.guardians.set(f.text('wallet'), (f.json('guardians') ?? []) as readonly string[]);
    },
    'artel.coupons.v1.RecoveryApproved': (f) => {
      world.approvals.set(`${f.text('wallet')}/${f.text('guardian')}`, f.text('new_key'));
    },
    'artel.coupons.v1.WalletRecovered': (f) => {
      forget(f.text('wallet'));
      world.keys.set(f.text('wallet'), f.text('new_key'));
    },
  };
}
