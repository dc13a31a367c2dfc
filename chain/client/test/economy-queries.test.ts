/** Typed reads of production and coupons: there is one for each query, and a node answers them. */
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing';
import {
  DurabilityUnit,
  Label,
  Source,
} from '../../../proto/generated/artel/production/v1/state.ts';
import * as production from '../../../proto/generated/artel/production/v1/tx.ts';
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import * as trust from '../../../proto/generated/artel/trust/v1/tx.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { ArtelClient } from '../artel-client.ts';
import { Asking } from '../asking.ts';
import { CouponQueries } from '../coupon-queries.ts';
import { accountPrefix, localMnemonic } from '../keys.ts';
import { ArtelNode } from '../node.ts';
import { ProductionQueries } from '../production-queries.ts';
import { queries } from '../registry.ts';

const patienceMs = 180_000;

test.each([
  ['production', ProductionQueries],
  ['coupons', CouponQueries],
] as const)('%s has a method for each of its queries', (module, Queries) => {
  const asking = new Asking(new ArtelNode('http://127.0.0.1:1'), undefined);
  const methods = new Queries(asking);
  for (const { name } of queries.filter((query) => query.module === module)) {
    const method = name === 'Params' ? 'parameters' : name[0]?.toLowerCase() + name.slice(1);
    expect(typeof Reflect.get(methods, method)).toBe('function');
  }
});

test(
  'what is there is told, what is not is undefined',
  async () => {
    await using chain = await startTestChain();
    const signer = await DirectSecp256k1HdWallet.fromMnemonic(localMnemonic, {
      prefix: accountPrefix,
    });
    const [account] = await signer.getAccounts();
    const me = account?.address ?? '';
    const client = new ArtelClient({ node: chain.rpcUrl, signer });
    const founded = trust.MsgFoundCollective.fromPartial({
      ...{ founder: me, name: 'bakery', kind: Kind.STEADY, consumption: Consumption.C2I },
    });
    const defined = production.MsgDefineType.fromPartial({
      ...{ signer: me, collective: 1n, name: 'oven', unit: 'piece' },
      durabilityUnit: DurabilityUnit.USES,
    });
    const collectivized = production.MsgCollectivize.fromPartial({
      ...{ signer: me, collective: 1n, type: 1n, quantity: 1n, durability: 3000n },
      ...{ label: Label.EXCLUSIVE, source: Source.APPROPRIATION },
    });
    await client.sendAndWait(me, [
      { typeUrl: '/artel.trust.v1.MsgFoundCollective', value: founded },
      { typeUrl: '/artel.production.v1.MsgDefineType', value: defined },
      { typeUrl: '/artel.production.v1.MsgCollectivize', value: collectivized },
    ]);
    const { production: goods, coupons } = client.query;
    expect(await goods.type(1n)).toMatchObject({ name: 'oven', definer: 1n });
    expect(await goods.type(2n)).toBeUndefined();
    expect((await goods.types()).rows.map(({ name }) => name)).toEqual(['oven']);
    const lot = await goods.lot(1n);
    expect(lot?.lot).toMatchObject({ owner: 1n, valueMs: 0n });
    expect(lot?.composition?.elements).toMatchObject([{ durability: 3000n }]);
    expect((await goods.lots(1n, { limit: 1n })).rows).toHaveLength(1);
    expect((await goods.lots(2n)).rows).toEqual([]);
    expect(await goods.order(1n)).toBeUndefined();
    expect((await goods.parameters(1n))?.countersign).toBe(false);
    expect(await goods.store(1n)).toMatchObject({ shelves: [], burnedMs: 0n });
    expect(await coupons.balances(me, 0n)).toMatchObject({ totalMs: 0n });
    expect(await coupons.wallet(me)).toMatchObject({ key: me, guardians: [] });
    expect(await coupons.ledger(1n)).toMatchObject({ component: 1n, debtMs: 0n });
    expect(await coupons.revision(1n)).toBeUndefined();
    expect((await coupons.parameters()).params).toMatchObject({ wMaxNum: 1n, wMaxDen: 10n });
  },
  patienceMs,
);
