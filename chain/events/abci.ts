/**
 * Facts as ABCI events: one typed event a fact, and the conventional ones that wallets search by.
 */
import type { Event, EventAttribute } from 'cosmjs-types/tendermint/abci/types';
import { toBase64 } from '../../modules/_kernel/json.ts';
import type { AnyModule, Fact } from '../app/composition.ts';
import { packageOf } from './record.ts';

/** The attributes that CometBFT indexes; everything else is only shown. */
const indexedConventions: ReadonlySet<string> = new Set([
  'message.action',
  'message.sender',
  'message.module',
  'transfer.recipient',
  'transfer.sender',
  'coin_spent.spender',
  'coin_received.receiver',
  'tx.acc_seq',
]);

/** An ABCI event under a conventional name. Empty values are left out: wallets fail on them. */
export function conventional(
  type: string,
  attributes: readonly (readonly [key: string, value: string])[],
): Event {
  const shown = attributes.filter(([, value]) => value !== '');
  return {
    type,
    attributes: shown.map(([key, value]) => ({
      key,
      value,
      index: indexedConventions.has(`${type}.${key}`),
    })),
  };
}

/** The typed event of each fact, followed by its conventional ones. */
export function abciEvents(
  modules: ReadonlyMap<string, AnyModule>,
  facts: readonly Fact[],
): readonly Event[] {
  return facts.flatMap(({ module, event, messageIndex }) => {
    const wire = modules.get(module)?.events[event.type];
    const attributes = Object.entries(event)
      .filter(([name]) => name !== 'type')
      .map(
        ([name, value]): EventAttribute => ({
          key: snakeCase(name),
          value: attributeText(value),
          index: name === wire?.indexed,
        }),
      );
    const msgIndex =
      messageIndex === undefined
        ? []
        : [{ key: 'msg_index', value: messageIndex.toString(), index: false }];
    const typed = {
      type: `${packageOf(module)}.${event.type}`,
      attributes: [...attributes, ...msgIndex],
    };
    const named = (wire?.conventional?.(event as never) ?? []).map(
      ({ type, attributes: pairs }) => {
        const shown = conventional(type, pairs);
        return { ...shown, attributes: [...shown.attributes, ...msgIndex] };
      },
    );
    return [typed, ...named];
  });
}

/** Plain text: decimal integers, base64 bytes, JSON for what is nested. */
function attributeText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') {
    return value.toString();
  }
  if (value instanceof Uint8Array) return toBase64(value);
  return (
    JSON.stringify(value, (_, inner) => {
      if (typeof inner === 'bigint') return inner.toString();
      return inner instanceof Uint8Array ? toBase64(inner) : inner;
    }) ?? ''
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
