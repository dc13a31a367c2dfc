import { dayOf } from '../../core/days.ts';
import { idOfBytes } from '../../core/id.ts';
import { Journal, type Move } from '../journal.ts';

function move(n: number): Move {
  const id = new Uint8Array(20);
  new DataView(id.buffer).setUint32(4, n);
  const from = n % 3 === 0 ? undefined : dayOf(20_000 + (n % 7));
  return { id: idOfBytes(id), from, to: n % 3 === 1 ? undefined : dayOf(1 + (n % 65_535)) };
}

test('a journal gives the moves since a moment, as long as they are not too many', () => {
  const most = 2 ** 18;
  const journal = new Journal();
  const moves = Array.from({ length: 1_000 }, (_, n) => move(n));
  journal.add(moves.slice(0, 100));
  const then = journal.position;
  expect(journal.since(then)).toEqual([]);
  journal.add(moves.slice(100));
  expect(journal.since(then)).toEqual(moves.slice(100));
  for (let added = 900; added < most; added += 500) journal.add(moves.slice(0, 500));
  expect(journal.since(then)).toBeUndefined();
  const later = journal.position;
  journal.add(moves);
  expect(journal.since(later)).toEqual(moves);
});
