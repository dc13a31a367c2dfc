/**
 * Facts as ABCI events: one typed event a fact, and the conventional ones that wallets search by.
 */
import type { Event, EventAttribute } from 'cosmjs-types/tendermint/abci/types';
import type { AnyModule, Fact } from '../app/composition.ts';
import { typeName } from './record.ts';

/** The attributes that CometBFT indexes, by event; everything else is only shown. */
const indexedConventions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['message', new Set(['action', 'sender', 'module'])],
  ['transfer', new Set(['recipient', 'sender'])],
  ['coin_spent', new Set(['spender'])],
  ['coin_received', new Set(['receiver'])],
  ['tx', new Set(['acc_seq'])],
]);

type Attribute = readonly [key: string, value: string];

/** An ABCI event under a conventional name. Empty values are left out: wallets fail on them. */
export function conventional(
  type: string,
  attributes: readonly Attribute[],
  messageIndex?: number,
): Event {
  const shown: EventAttribute[] = [];
  const indexed = indexedConventions.get(type);
  for (const [key, value] of attributes) {
    if (value !== '') shown.push({ key, value, index: indexed?.has(key) === true });
  }
  if (messageIndex !== undefined) shown.push(messageOf(messageIndex));
  return { type, attributes: shown };
}

function messageOf(index: number): EventAttribute {
  return { key: 'msg_index', value: index.toString(), index: false };
}

/** The typed event of each fact, followed by its conventional ones; of quiet facts, none. */
export function abciEvents(
  modules: ReadonlyMap<string, AnyModule>,
  facts: readonly Fact[],
): readonly Event[] {
  const events: Event[] = [];
  for (const { module, event, messageIndex } of facts) {
    const wire = modules.get(module)?.events[event.type];
    if (wire?.quiet?.(event as never) === true) continue;
    const attributes: EventAttribute[] = [];
    for (const [name, value] of Object.entries(event)) {
      if (name === 'type') continue;
      const index = name === wire?.indexed;
      attributes.push({ key: snakeCase(name), value: attributeText(value), index });
    }
    if (messageIndex !== undefined) attributes.push(messageOf(messageIndex));
    events.push({ type: typeName(module, event.type), attributes });
    if (wire?.conventional === undefined) continue;
    for (const { type, attributes: pairs } of wire.conventional(event as never)) {
      events.push(conventional(type, pairs, messageIndex));
    }
  }
  return events;
}

/** Plain text: decimal integers, base64 bytes, JSON for what is nested. */
function attributeText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') {
    return value.toString();
  }
  if (value instanceof Uint8Array) return base64(value);
  return (
    JSON.stringify(value, (_, inner) => {
      if (typeof inner === 'bigint') return inner.toString();
      return inner instanceof Uint8Array ? base64(inner) : inner;
    }) ?? ''
  );
}

/** PERF: a tenth of the time of the library that modules have. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** PERF: fields of events are few, and each is named in every block. */
const snakeCased = new Map<string, string>();

function snakeCase(name: string): string {
  let cased = snakeCased.get(name);
  if (cased === undefined) {
    cased = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeCased.set(name, cased);
  }
  return cased;
}
