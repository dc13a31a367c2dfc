/**
 * Random histories: after each message `World` checks the invariants, recomputed from scratch, and
 * that a refused one has changed nothing. Here the goods of all and the revisions are followed by
 * a ledger of its own, from the facts alone.
 */
import fc from 'fast-check';
import { Label, type ProductionEvent } from '../types.ts';
import { play, step, weights } from './history.ts';
import { oven, segmentMs, World } from './world.ts';

/** G and a - c - w of everybody together, from the facts alone (README, 2-N1). */
class Ledger {
  goods = 0n;
  net = 0n;

  take(event: ProductionEvent): void {
    switch (event.type) {
      case 'WorkloadRegistered':
      case 'WorkloadReversed': {
        const hours = event.toMs - event.fromMs;
        const sign = event.type === 'WorkloadRegistered' ? 1n : -1n;
        if (event.label === Label.EXCLUSIVE) this.#move(sign * hours);
        break;
      }
      case 'MeansDeallocated':
        if (event.repurposed) this.#move(-event.transferMs);
        break;
      case 'LotWrittenOff':
        if (event.label === Label.EXCLUSIVE) this.#move(-event.valueMs);
        break;
      case 'ProductionRejected':
        if (event.label === Label.EXCLUSIVE) this.#move(-event.lostMs);
        break;
      default:
        break;
    }
  }

  #move(valueMs: bigint): void {
    this.goods += valueMs;
    this.net += valueMs;
  }
}

test('goods in hand are always what was worked less what was lost, in any history', () => {
  const seen = new Map<string, number>();
  let repurposed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120, size: 'max' }), (history) => {
      const world = new World();
      const ledger = new Ledger();
      world.begin();
      world.begin({ type: oven });
      for (const one of history) {
        const outcome = play(world, one);
        const name = typeof outcome === 'string' ? outcome : one.name;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        if (typeof outcome === 'string') continue;
        for (const event of outcome) {
          ledger.take(event);
          if (event.type === 'MeansDeallocated' && event.repurposed) repurposed += 1;
        }
      }
      const ids = [1n, 2n, 3n] as never[];
      const goods = ids.reduce((sum, id) => sum + world.reads.exclusiveGoods(id), 0n);
      const net = ids.reduce((sum, id) => {
        const { a, c, w } = world.reads.sumsFrom(id, (world.now / segmentMs - 1n) as never);
        return sum + a - c - w;
      }, 0n);
      expect([goods, net]).toEqual([ledger.goods, ledger.net]);
      expect(goods).toBe(net);
    }),
    { numRuns: 40, seed: 5 },
  );
  // Commands that are never accepted would prove nothing.
  const rare = Object.keys(weights).filter((name) => (seen.get(name) ?? 0) < 20);
  expect(rare).toEqual([]);
  expect(repurposed).toBeGreaterThan(0);
});
