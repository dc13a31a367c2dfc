/**
 * The facts of block 0 becoming the first state of a store, part by part: a genesis of a million
 * accounts takes no more memory than a large block.
 */
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import { eventLogHeadKey } from '../../modules/chain/keys.ts';
import { blockRecord, factsPart } from '../events/block-record.ts';
import { encodeFacts, FirstHead } from '../events/record.ts';
import { HeadReader, Overlay, settle } from '../store/overlay.ts';
import type { Store } from '../store/store.ts';
import type { AnyModule, Fact } from './composition.ts';
import { Meter } from './gas.ts';
import type { Machine } from './machine.ts';
import { collectGarbage } from './memory.ts';

/** Facts whose writes are kept in memory before they go to the store. */
const factsAtOnce = 10_000;

const partsPerCollection = 2;

/**
 * Applies the facts on an empty store and makes the result its first height. Where a fact can't be
 * had or applied the store is empty again.
 *
 * @param seen is shown each fact once it is applied.
 */
export async function loadGenesis(
  store: Store,
  machine: Machine,
  modules: ReadonlyMap<string, AnyModule>,
  context: Context,
  facts: Iterable<Fact>,
  seen: (fact: Fact) => void,
): Promise<void> {
  const load = await store.refill(context.height);
  const reader = new HeadReader(load);
  const head = new FirstHead();
  let overlay = new Overlay(reader);
  let batch: Fact[] = [];
  let part = 0;
  const flush = async (): Promise<void> => {
    const encoded = encodeFacts(modules, batch);
    head.add(encoded);
    await load.add(overlay.changes(), [factsPart(part, encoded)]);
    overlay = new Overlay(reader);
    batch = [];
    part += 1;
  };
  try {
    for (const fact of facts) {
      await apply(machine, reader, overlay, context, fact.module, fact.event);
      batch.push(fact);
      seen(fact);
      if (batch.length < factsAtOnce) continue;
      await flush();
      if (part % partsPerCollection === 0) collectGarbage();
    }
    if (batch.length > 0) await flush();
    await load.add([{ module: 'chain', writes: [[eventLogHeadKey, head.head()]] }]);
    await load.finish(blockRecord(context.timeMs, new Uint8Array(0)));
  } catch (error) {
    await store.clear();
    throw error;
  }
}

async function apply(
  machine: Machine,
  reader: HeadReader,
  overlay: Overlay,
  context: Context,
  module: string,
  event: Tagged,
): Promise<void> {
  await settle(reader, () =>
    overlay.attempt(() =>
      machine.on(overlay, context, new Meter(), () => machine.apply(module, event)),
    ),
  );
}
