/**
 * Finds transactions and blocks by their events, as CometBFT's `kv` indexer does: only attributes
 * marked for it are indexed, and all conditions on attributes must hold inside one event.
 */
import type { Event } from 'cosmjs-types/tendermint/abci/types';
import { type Condition, compareDecimals } from './event-query.ts';

interface Entry<T> {
  readonly item: T;
  readonly height: bigint;
}

/** Where an attribute value occurs: entry number and event number within the entry. */
type Place = readonly [entry: number, event: number];

export class EventIndex<T> {
  readonly #heightTag: string;
  #entries: Entry<T>[] = [];
  /** By tag, then value. */
  readonly #places = new Map<string, Map<string, Place[]>>();

  /** @param heightTag the condition that means the height: `tx.height` or `block.height`. */
  constructor(heightTag: string) {
    this.#heightTag = heightTag;
  }

  add(item: T, height: bigint, events: readonly Event[]): void {
    const entry = this.#entries.push({ item, height }) - 1;
    for (const [event, { type, attributes }] of events.entries()) {
      for (const { key, value, index } of attributes) {
        if (!index || type === '' || key === '') continue;
        this.#valuesOf(`${type}.${key}`, value).push([entry, event]);
      }
    }
  }

  #valuesOf(tag: string, value: string): Place[] {
    const values = this.#places.get(tag) ?? new Map<string, Place[]>();
    this.#places.set(tag, values);
    const places = values.get(value) ?? [];
    values.set(value, places);
    return places;
  }

  /** In the order of the chain. */
  search(conditions: readonly Condition[]): T[] {
    const onHeight = conditions.filter(({ tag }) => tag === this.#heightTag);
    const onEvents = conditions.filter(({ tag }) => tag !== this.#heightTag);
    const found = onEvents.length === 0 ? this.#entries.keys() : this.#inOneEvent(onEvents);
    const items: T[] = [];
    for (const number of [...found].sort((a, b) => a - b)) {
      const entry = this.#entries[number];
      if (entry === undefined) continue;
      const height = String(entry.height);
      if (onHeight.every((condition) => matchesIndexed(condition, height))) items.push(entry.item);
    }
    return items;
  }

  #inOneEvent(conditions: readonly Condition[]): Set<number> {
    const [first, ...rest] = conditions.map((condition) => this.#matching(condition));
    const found = new Set<number>();
    for (const [place, entry] of first ?? []) {
      if (rest.every((places) => places.has(place))) found.add(entry);
    }
    return found;
  }

  #matching(condition: Condition): Map<string, number> {
    const matching = new Map<string, number>();
    const values = this.#places.get(condition.tag) ?? new Map<string, Place[]>();
    const exact = condition.operator === '=' ? condition.argument?.text : undefined;
    const candidates = exact === undefined ? values : [[exact, values.get(exact) ?? []] as const];
    for (const [value, places] of candidates) {
      if (!matchesIndexed(condition, value)) continue;
      for (const [entry, event] of places) matching.set(`${entry}/${event}`, entry);
    }
    return matching;
  }

  /** Forgets everything above `height`. */
  truncate(height: bigint): void {
    const kept = this.#entries.findIndex((entry) => entry.height > height);
    if (kept < 0) return;
    this.#entries = this.#entries.slice(0, kept);
    for (const [tag, values] of this.#places) {
      for (const [value, places] of values) {
        const left = places.filter(([entry]) => entry < kept);
        if (left.length > 0) values.set(value, left);
        else values.delete(value);
      }
      if (values.size === 0) this.#places.delete(tag);
    }
  }
}

/** Unlike a subscription, the index takes a number only where the whole value is one. */
function matchesIndexed({ operator, argument }: Condition, value: string): boolean {
  if (argument === undefined) return true;
  if (operator === '=') return value === argument.text;
  if (operator === 'CONTAINS') return value.includes(argument.text);
  if (argument.type !== 'number' || !/^-?\d+(\.\d+)?$/.test(value)) return false;
  const order = compareDecimals(value, argument.text);
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}
