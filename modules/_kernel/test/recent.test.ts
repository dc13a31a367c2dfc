import fc from 'fast-check';
import { RecentMap } from '../recent.ts';

test('holds the last keys used, never more than twice its size, and never a wrong value', () => {
  const step = fc.record({ key: fc.nat(30), write: fc.boolean() });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(step, { maxLength: 200 }),
      (size, steps) => {
        const recent = new RecentMap<number, string>(size);
        const truth = new Map<number, string>();
        const order: number[] = [];
        for (const [i, { key, write }] of steps.entries()) {
          if (write) {
            recent.set(key, `${i}`);
            truth.set(key, `${i}`);
          } else {
            const got = recent.get(key);
            if (order.slice(-size).includes(key)) expect(got).toBe(truth.get(key));
            if (got === undefined) continue;
            expect(got).toBe(truth.get(key));
          }
          if (order.includes(key)) order.splice(order.indexOf(key), 1);
          order.push(key);
          expect(recent.size).toBeLessThanOrEqual(2 * size);
        }
      },
    ),
  );
});

test('clear forgets everything', () => {
  const recent = new RecentMap<number, number>(2);
  for (let i = 0; i < 4; i++) recent.set(i, i);
  recent.clear();
  expect([recent.get(3), recent.size]).toEqual([undefined, 0]);
});
