/** Hands what happens on the chain to subscribers whose query it matches. */
import type { Event } from 'cosmjs-types/tendermint/abci/types';
import { type Condition, type FlatEvents, matchesFlat } from './event-query.ts';

export interface ChainEvent {
  /** `NewBlock`, `Tx` and so on: the value of `tm.event`. */
  readonly type: string;
  readonly events: FlatEvents;
  /** The data in CometBFT's JSON, made when somebody wants it. */
  readonly json: () => unknown;
}

export interface Subscription {
  readonly conditions: readonly Condition[];
  readonly deliver: (event: ChainEvent) => void;
}

export class EventBus {
  readonly #subscriptions = new Set<Subscription>();

  /** Returns the way to end the subscription. */
  subscribe(subscription: Subscription): () => void {
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  publish(event: ChainEvent): void {
    for (const subscription of [...this.#subscriptions]) {
      if (matchesFlat(subscription.conditions, event.events)) subscription.deliver(event);
    }
  }
}

/** Attribute values by tag, with the reserved tags that CometBFT adds. */
export function flattenEvents(
  type: string,
  events: readonly Event[],
  reserved: Readonly<Record<string, string>> = {},
): FlatEvents {
  const flat = new Map<string, string[]>();
  const add = (tag: string, value: string): void => {
    const values = flat.get(tag);
    if (values === undefined) flat.set(tag, [value]);
    else values.push(value);
  };
  for (const event of events) {
    if (event.type === '') continue;
    for (const { key, value } of event.attributes) {
      if (key !== '') add(`${event.type}.${key}`, value);
    }
  }
  add('tm.event', type);
  for (const [tag, value] of Object.entries(reserved)) add(tag, value);
  return flat;
}
