/** Answers as people read them: labour time as h:mm:ss, times as dates, choices as words. */
import { formatDuration, formatTime, formatWork } from './values.ts';

/** Fields in ms that are points of time, and spans of the calendar. */
const times = /(?:_at|^at|_time|^time|^from|^to|^after|^end)_ms$/;
/** Amounts of a final revision, which is a message of the paper's letters (D2.10). */
const figures: ReadonlySet<string> = new Set(['a', 'c', 'w', 'debt_before', 'net', 'debt_after']);
const spans = /(?:period|grace|length|notice)_ms$/;

/**
 * The same answer with what ends in `_ms` spelt out, and named without it; choices as they are
 * entered.
 *
 * @example forPeople({ value_ms: '27000000' }) // { value: '7:30:00' }
 */
export function forPeople(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forPeople);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const isNumber = /^-?\d+$/.test(String(field));
      if (isNumber && figures.has(name)) return [name, formatWork(BigInt(field))];
      if (!isNumber || !name.endsWith('_ms'))
        return [name, choice(name, field) ?? forPeople(field)];
      const short = name.slice(0, -3);
      const isTaken = Object.hasOwn(value, short);
      return [isTaken ? `${short}_time` : short, spell(name, BigInt(field))];
    }),
  );
}

/** @example choice('durability_unit', 'DURABILITY_UNIT_USES') // 'uses' */
function choice(name: string, value: unknown): string | undefined {
  const prefix = `${name.toUpperCase()}_`;
  if (typeof value !== 'string' || !value.startsWith(prefix)) return undefined;
  const word = value.slice(prefix.length);
  if (!/^[A-Z]+(?:_[A-Z]+)*$/.test(word)) return undefined;
  return word === 'UNSPECIFIED' ? '' : word.toLowerCase().replaceAll('_', '-');
}

function spell(name: string, ms: bigint): string {
  if (times.test(name)) return ms === 0n ? '' : formatTime(ms);
  return spans.test(name) ? formatDuration(ms) : formatWork(ms);
}

/**
 * The list of a paged answer as columns and rows, records within records flattened: for CSV, where
 * numbers stay as they are.
 */
export function listOf(answer: unknown): {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const list = Object.values(answer as object).find(Array.isArray) ?? [];
  const records = list.map((entry) => flat(entry));
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return { columns, rows: records.map((record) => columns.map((name) => record[name] ?? '')) };
}

function flat(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return { value: String(value) };
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) =>
      typeof field === 'object' && field !== null && !Array.isArray(field)
        ? Object.entries(flat(field))
        : [[name, String(field)]],
    ),
  );
}
