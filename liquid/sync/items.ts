/** Lists of marks on the wire: by day, sorted, each once. docs/liquid-protocol.md, "Marks". */
import { compare, concat } from '../core/bytes.ts';
import { type Day, dayOfAge, type Window } from '../core/days.ts';
import { idLength } from '../core/id.ts';
import type { Mark, Marks } from '../core/marks.ts';
import { accepted, type Refusal, type Result, refusals } from '../core/refusals.ts';
import type { Reader, Writer } from './wire.ts';

/** From so many ids of a day on, their first bytes are said as 256 counts. */
const groupedFrom = 512;

/** `marks` sorted by day and id, all within the window. */
export function writeMarks(to: Writer, window: Window, { ids, days, count }: Marks): void {
  const base = window.first + window.count - 1;
  const groups: { age: number; from: number; to: number }[] = [];
  for (let from = 0; from < count; ) {
    const day = days[from] as number;
    let end = from + 1;
    while (end < count && days[end] === day) end += 1;
    groups.push({ age: base - day, from, to: end });
    from = end;
  }
  to.varint(groups.length);
  for (const group of groups) {
    to.u8(group.age);
    to.varint(group.to - group.from);
    const list = ids.subarray(group.from * idLength, group.to * idLength);
    if (group.to - group.from < groupedFrom) to.bytes(list);
    else writeGrouped(to, list);
  }
}

function writeGrouped(to: Writer, list: Uint8Array): void {
  const counts = new Uint32Array(256);
  for (let at = 0; at < list.length; at += idLength) {
    const first = list[at] as number;
    counts[first] = (counts[first] as number) + 1;
  }
  for (const count of counts) to.varint(count);
  const tail = idLength - 1;
  const rest = new Uint8Array((list.length / idLength) * tail);
  for (let at = 0, end = 0; at < list.length; at += idLength, end += tail) {
    for (let i = 0; i < tail; i += 1) rest[end + i] = list[at + 1 + i] as number;
  }
  to.bytes(rest);
}

/** Refuses what is not in its one order, and days outside the window. */
export function readMarks(from: Reader, window: Window): Result<Marks> {
  const base = (window.first + window.count - 1) as Day;
  const parts: Uint8Array[] = [];
  const lengths: { day: Day; count: number }[] = [];
  let lastDay = -1;
  const groups = from.varint();
  for (let group = 0; group < groups && !from.failed; group += 1) {
    const day = dayOfAge(base, from.u8());
    const count = from.varint();
    if (from.failed || !day.ok) break;
    if (day.value <= lastDay || day.value < window.first || count === 0) {
      return outOfOrder('days', `rising days of the window, from ${window.first} on`, day.value);
    }
    lastDay = day.value;
    const list = count < groupedFrom ? from.bytes(count * idLength) : readGrouped(from, count);
    if (from.failed) break;
    const problem = orderProblem(list);
    if (problem !== undefined) return problem;
    parts.push(list);
    lengths.push({ day: day.value, count });
  }
  if (from.failed) return from.refusal('a list of marks');
  const days = new Uint16Array(lengths.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const { day, count } of lengths) {
    days.fill(day, at, at + count);
    at += count;
  }
  return accepted({ count: days.length, ids: concat(...parts), days });
}

function readGrouped(from: Reader, count: number): Uint8Array {
  const counts = Array.from({ length: 256 }, () => from.varint());
  const tail = idLength - 1;
  if (counts.reduce((sum, each) => sum + each, 0) !== count) from.fail();
  const rest = from.bytes(count * tail);
  if (from.failed) return rest;
  const list = new Uint8Array(count * idLength);
  let item = 0;
  counts.forEach((each, first) => {
    for (const end = item + each; item < end; item += 1) {
      list[item * idLength] = first;
      list.set(rest.subarray(item * tail, (item + 1) * tail), item * idLength + 1);
    }
  });
  return list;
}

function orderProblem(list: Uint8Array): Refusal | undefined {
  for (let at = idLength; at < list.length; at += idLength) {
    let i = 0;
    while (i < idLength && list[at + i] === list[at - idLength + i]) i += 1;
    if (i === idLength || (list[at + i] as number) < (list[at - idLength + i] as number)) {
      return outOfOrder('ids of a day', 'rising, each once', at / idLength);
    }
  }
  return undefined;
}

function outOfOrder(field: string, expected: string, actual: number): Refusal {
  return refusals.malformed({ field, expected, actual });
}

/** These marks in the order of the wire. */
export function sortedMarks(list: readonly Mark[]): Mark[] {
  return list.toSorted((a, b) => a.day - b.day || compare(a.id, b.id));
}

/** The marks at these places, in the order of the wire. */
export function picked({ ids, days }: Marks, places: readonly number[]): Marks {
  const marks = { count: days.length, ids, days };
  // PERF: most lists are in their order; only what a sketch was updated with stands behind.
  const order = Uint32Array.from(places).sort();
  const isSorted = order.every(
    (place, i) => i === 0 || compareAt(marks, order[i - 1] as number, marks, place) < 0,
  );
  if (!isSorted) order.sort((a, b) => compareAt(marks, a, marks, b));
  const chosen = new Uint8Array(order.length * idLength);
  for (let i = 0; i < order.length; i += 1) {
    const from = (order[i] as number) * idLength;
    chosen.set(ids.subarray(from, from + idLength), i * idLength);
  }
  return {
    count: order.length,
    ids: chosen,
    days: Uint16Array.from(order, (place) => days[place] as number),
  };
}

/** What only one of two lists has, both in the order of the wire. */
export function differenceOf(left: Marks, right: Marks): { onlyLeft: Marks; onlyRight: Marks } {
  const onlyLeft: number[] = [];
  const onlyRight: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.count || r < right.count) {
    const order = l >= left.count ? 1 : r >= right.count ? -1 : compareAt(left, l, right, r);
    if (order < 0) onlyLeft.push(l);
    if (order > 0) onlyRight.push(r);
    if (order <= 0) l += 1;
    if (order >= 0) r += 1;
  }
  return { onlyLeft: picked(left, onlyLeft), onlyRight: picked(right, onlyRight) };
}

function compareAt(left: Marks, l: number, right: Marks, r: number): number {
  const days = (left.days[l] as number) - (right.days[r] as number);
  if (days !== 0) return days;
  for (let i = 0; i < idLength; i += 1) {
    const bytes = (left.ids[l * idLength + i] as number) - (right.ids[r * idLength + i] as number);
    if (bytes !== 0) return bytes;
  }
  return 0;
}
