/**
 * Random histories: after each message `World` checks the invariants, recomputed from scratch, and
 * that a refused one has changed nothing. Here the goods of all and the revisions are followed by
 * a ledger of its own, from the facts alone.
 */
import fc from 'fast-check';
import { type CollectiveId, Label, type ProductionEvent } from '../types.ts';
import { lively, play, step, weights } from './history.ts';

/** What the facts say of all collectives together (README, 2-N1). */
class Ledger {
  /** a - c - w, as a revision would find it. */
  net = 0n;
  burned = 0n;
  debt = 0n;

  take(event: ProductionEvent): void {
    switch (event.type) {
      case 'WorkloadRegistered':
      case 'WorkloadReversed': {
        const hours = event.toMs - event.fromMs;
        const sign = event.type === 'WorkloadRegistered' ? 1n : -1n;
        if (event.label === Label.EXCLUSIVE) this.net += sign * hours;
        break;
      }
      case 'MeansDeallocated':
        if (event.repurposed) this.net -= event.transferMs;
        break;
      case 'LotWrittenOff':
        if (event.label === Label.EXCLUSIVE) this.net -= event.valueMs;
        break;
      case 'LotSeparated':
        if (event.label === Label.EXCLUSIVE) this.net -= event.writtenOffMs;
        break;
      case 'ProductionRejected':
        if (event.label === Label.EXCLUSIVE) this.net -= event.lostMs;
        break;
      case 'InventoryTaken': {
        const short = event.chargedMs - event.burnedMs;
        this.net -= event.chargeMs + (short > 0n ? short : 0n);
        break;
      }
      case 'BurnCounted':
        this.burned += event.amountMs;
        break;
      case 'DebtMoved':
        this.debt += event.byMs;
        break;
      default:
        break;
    }
  }
}

const collectives = [1n, 2n, 3n, 4n] as CollectiveId[];

test('goods, coupons, differences and debts balance after each message, in any history', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 90, size: 'max' }), (history) => {
      const world = lively();
      const ledger = new Ledger();
      for (const event of world.told) ledger.take(event);
      for (const one of history) {
        const outcome = play(world, one);
        const name = typeof outcome === 'string' ? outcome : one.name;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        for (const event of typeof outcome === 'string' ? [] : outcome) {
          ledger.take(event);
          seen.set(event.type, (seen.get(event.type) ?? 0) + 1);
        }
        const { reads } = world;
        const sum = (of: (id: CollectiveId) => bigint): bigint =>
          collectives.reduce((total, id) => total + of(id), 0n);
        const net = sum((id) => {
          const { a, c, w } = reads.sumsFrom(id, 0n as never);
          return a - c - w;
        });
        expect(net).toBe(ledger.net);
        const pools = [...new Set(world.components.values())].map((id) =>
          reads.poolValue(id as never),
        );
        const goods = sum(reads.exclusiveGoods) + pools.reduce((total, v) => total + v, 0n);
        const coupons = net - ledger.burned;
        expect(goods - coupons - sum(reads.difference) + ledger.debt).toBe(0n);
      }
    }),
    { numRuns: 20, seed: 5, endOnFailure: true },
  );
  // Commands that are never accepted would prove nothing.
  const facts = ['LotsRelabelled', 'PoolMoved', 'PieceKept', 'DebtMoved', 'BallotAdvanced'];
  const rare = [...Object.keys(weights), ...facts].filter((name) => !seen.has(name));
  expect(rare).toEqual([]);
});
