/** Facts as bytes: the canonical form that the event log keeps and that its head commits to. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Tagged } from '../../modules/_kernel/decider.ts';
import { BlockEvents, type EventRecord } from '../../proto/generated/artel/chain/v1/state.ts';
import type { AnyModule, Fact } from '../app/composition.ts';

/** Protobuf package of a module: the folder `hub-tasks` is `artel.hubtasks.v1`. */
export function packageOf(module: string): string {
  return `artel.${module.replaceAll('-', '')}.v1`;
}

/** Bytes of a block's facts in order; empty for a block without facts. */
export function encodeFacts(
  modules: ReadonlyMap<string, AnyModule>,
  facts: readonly Fact[],
): Uint8Array {
  const events = facts.map(({ module, event }): EventRecord => {
    const codec = modules.get(module)?.events[event.type]?.codec;
    if (codec === undefined) throw new Error(`event ${module}.${event.type} has no codec`);
    return { type: `${packageOf(module)}.${event.type}`, value: codec.encode(event).finish() };
  });
  return BlockEvents.encode({ events }).finish();
}

/** The facts of a block's bytes, ready to be applied. */
export function decodeFacts(
  modules: ReadonlyMap<string, AnyModule>,
  bytes: Uint8Array,
): readonly Fact[] {
  const byPackage = new Map([...modules].map(([name, module]) => [packageOf(name), module]));
  return BlockEvents.decode(bytes).events.map(({ type, value }) => {
    const dot = type.lastIndexOf('.');
    const module = byPackage.get(type.slice(0, dot));
    const name = type.slice(dot + 1);
    const codec = module?.events[name]?.codec;
    if (module === undefined || codec === undefined) throw new Error(`unknown event type ${type}`);
    const event: Tagged = { type: name, ...codec.decode(value) };
    return { module: module.name, event };
  });
}

/**
 * head after = SHA256(head before || SHA256(events of the block)). The first head has no before.
 */
export function nextHead(before: Uint8Array | undefined, blockEvents: Uint8Array): Uint8Array {
  const hash = sha256.create();
  if (before !== undefined) hash.update(before);
  return hash.update(sha256(blockEvents)).digest();
}
