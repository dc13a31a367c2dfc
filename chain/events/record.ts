/** Facts as bytes: the canonical form that the event log keeps and that its head commits to. */
import { createHash, hash } from 'node:crypto';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Tagged } from '../../modules/_kernel/decider.ts';
import { protoBytes } from '../../modules/_kernel/proto-codec.ts';
import { BlockEvents } from '../../proto/generated/artel/chain/v1/state.ts';
import type { AnyModule, Fact } from '../app/composition.ts';

/** Protobuf package of a module: the folder `hub-tasks` is `artel.hubtasks.v1`. */
export function packageOf(module: string): string {
  return `artel.${module.replaceAll('-', '')}.v1`;
}

/** Full protobuf name of an event, as `artel.bank.v1.Transferred`. */
export function typeName(module: string, event: string): string {
  let prefix = prefixes.get(module);
  if (prefix === undefined) {
    prefix = `${packageOf(module)}.`;
    prefixes.set(module, prefix);
  }
  return prefix + event;
}

/** PERF: modules are few, and each is named in every block. */
const prefixes = new Map<string, string>();

/** `BlockEvents.events`, and of an `EventRecord` the type and the value: all have a length. */
const tags = { events: (1 << 3) | 2, type: (1 << 3) | 2, value: (2 << 3) | 2 } as const;

/**
 * Bytes of a block's facts in order, a `BlockEvents`; empty for a block without facts. PERF:
 * written in one pass, without a record of each event in between.
 */
export function encodeFacts(
  modules: ReadonlyMap<string, AnyModule>,
  facts: readonly Fact[],
): Uint8Array {
  const writer = new BinaryWriter();
  for (const { module, event } of facts) {
    const codec = modules.get(module)?.events[event.type]?.codec;
    if (codec === undefined) throw new Error(`event ${module}.${event.type} has no codec`);
    writer.uint32(tags.events).fork();
    writer.uint32(tags.type).string(typeName(module, event.type));
    const value = protoBytes(codec, event);
    if (value.length > 0) writer.uint32(tags.value).bytes(value);
    writer.join();
  }
  return writer.finish();
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

/** The first head of a log, where the events of its block come in parts. */
export class FirstHead {
  readonly #events = createHash('sha256');

  add(blockEvents: Uint8Array): void {
    this.#events.update(blockEvents);
  }

  head(): Uint8Array {
    return new Uint8Array(hash('sha256', this.#events.digest(), 'buffer'));
  }
}

/**
 * head after = SHA256(head before || SHA256(events of the block)). The first head has no before.
 */
export function nextHead(before: Uint8Array | undefined, blockEvents: Uint8Array): Uint8Array {
  const head = createHash('sha256');
  if (before !== undefined) head.update(before);
  return new Uint8Array(head.update(hash('sha256', blockEvents, 'buffer')).digest());
}
