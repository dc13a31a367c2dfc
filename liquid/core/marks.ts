/** Marks in bulk: (id, day) in flat arrays, a million of them in 22 MB. */
import { type Day, dayOf } from './days.ts';
import { type Id, idLength, idOfBytes } from './id.ts';

export interface Marks {
  readonly count: number;
  /** 20 bytes each. */
  readonly ids: Uint8Array;
  readonly days: Uint16Array;
}

export interface Mark {
  readonly id: Id;
  readonly day: Day;
}

export function markAt({ ids, days }: Marks, index: number): Mark {
  const id = idOfBytes(ids.slice(index * idLength, (index + 1) * idLength));
  return { id, day: dayOf(days[index] as number) };
}

export function marksOf(list: readonly Mark[]): Marks {
  const ids = new Uint8Array(list.length * idLength);
  list.forEach(({ id }, i) => {
    ids.set(id, i * idLength);
  });
  return { count: list.length, ids, days: Uint16Array.from(list, ({ day }) => day) };
}

export function listOf(marks: Marks): Mark[] {
  return Array.from({ length: marks.count }, (_, i) => markAt(marks, i));
}
