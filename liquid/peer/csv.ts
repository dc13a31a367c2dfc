/** Marks as lines of text: `id hex, day, provenance`; a day as its number or as YYYY-MM-DD. */
import { hex } from '../core/bytes.ts';
import { type Claims, isProven, type Provenance, visibleDay } from '../core/claims.ts';
import { type Day, dayOf, dayOfUnixSeconds, lastDay } from '../core/days.ts';
import { type Id, parseId } from '../core/id.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';

export interface CsvMark {
  readonly id: Id;
  readonly day: Day;
  readonly provenance: Provenance;
}

export const csvHeader = 'id,day,provenance';

export function csvLine(id: Id, claims: Claims): string {
  return `${hex(id)},${visibleDay(claims)},${strongest(claims)}`;
}

/** A receipt proves, the owner's own mark comes next, the word of others last. */
function strongest(claims: Claims): Provenance {
  if (isProven(claims)) return 'receipt';
  return claims.some(({ provenance }) => provenance === 'manual') ? 'manual' : 'handshake';
}

/** Undefined for empty lines and a header. `number` counts lines from 1. */
export function parseCsvLine(text: string, number: number): Result<CsvMark | undefined> {
  const line = text.trim().replace(/^\uFEFF/, '');
  if (line === '' || line.startsWith('#')) return accepted(undefined);
  const [idText = '', dayText = '', provenance = 'manual', ...more] = line.split(/\s*[,;\t]\s*/);
  if (number === 1 && idText.toLowerCase() === 'id') return accepted(undefined);
  const id = parseId(idText);
  const day = parseDay(dayText);
  if (!id.ok || day === undefined || !isProvenance(provenance) || more.length > 0) {
    const expected = 'id in 40 hexadecimal digits, day, handshake|receipt|manual';
    return refusals.malformed({
      field: `line ${number}`,
      expected,
      actual: `"${line.slice(0, 80)}"`,
    });
  }
  return accepted({ id: id.value, day, provenance });
}

/** Days since 1970, or a date of the calendar; undefined for anything else. */
export function parseDay(text: string): Day | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= lastDay ? dayOf(Number(text)) : undefined;
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isDay = ms >= 0 && ms / 86_400_000 <= lastDay;
  return isDay && dateOf(dayOfUnixSeconds(ms / 1000)) === text
    ? dayOfUnixSeconds(ms / 1000)
    : undefined;
}

/** YYYY-MM-DD of a day, in UTC. */
export function dateOf(day: Day): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function isProvenance(text: string): text is Provenance {
  return text === 'handshake' || text === 'receipt' || text === 'manual';
}
