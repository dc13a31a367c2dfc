/** Genesis: `app_state` -> the facts of block 0. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import { Json } from '../../modules/_kernel/json.ts';
import { JsonText } from '../../modules/_kernel/json-text.ts';
import { GenesisProblem } from '../../modules/_kernel/module.ts';
import type { ChainStarted, ModuleStarted } from '../../modules/chain/types.ts';
import type { StateReader } from '../store/overlay.ts';
import type { AnyModule, Fact } from './composition.ts';
import type { Machine } from './machine.ts';

/** What InitChain says beside `app_state`. */
export interface GenesisHeader {
  readonly context: Context;
  readonly initialHeight: bigint;
  readonly appVersion: bigint;
  readonly maxGas: bigint;
  readonly maxBytes: bigint;
  readonly evidenceAgeBlocks: bigint;
  readonly evidenceAgeMs: bigint;
  /** The layout that a module's store begins with. */
  readonly storeVersion: (module: string) => bigint;
}

/** State before genesis. */
export const emptyState: StateReader = {
  get: () => undefined,
  range: () => [],
};

/**
 * `app_state` as JSON: one object a module, long ones not yet parsed. Modules that it does not name
 * are left out of the chain; a module that nobody knows is refused.
 */
export function readAppState(
  known: readonly AnyModule[],
  bytes: Uint8Array,
): ReadonlyMap<string, unknown> {
  if (isEmptyAppState(bytes)) {
    throw new GenesisProblem(
      'app_state',
      'is empty: it names the modules of the chain and their state',
    );
  }
  let members: ReadonlyMap<string, unknown>;
  try {
    const texts = [...JsonText.of(bytes).members()];
    members = new Map(texts.map(([name, text]) => [name, isShort(text) ? text.value() : text]));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const start = new TextDecoder().decode(bytes.subarray(0, 40));
    throw new GenesisProblem('app_state', `is not JSON: ${error.message}: ${start}`);
  }
  const json = new Json(Object.fromEntries(members), 'app_state');
  json.only(...known.map(({ name }) => name));
  if (!json.has('chain')) json.refuse('has no field chain');
  return members;
}

/** Whether a genesis says nothing for us: no `app_state`, or an object without members. */
export function isEmptyAppState(bytes: Uint8Array): boolean {
  if (bytes.length > 64) return false;
  return /^(?:\{\s*\}|null|"")?$/.test(new TextDecoder().decode(bytes).trim());
}

/**
 * Of the JSON without white space: CometBFT brings the file's own bytes at the first start, and
 * what its database made of them where it was killed before the first block.
 */
function genesisHashOf(appState: Uint8Array): Uint8Array {
  const hash = sha256.create();
  const utf8 = new TextEncoder();
  for (const piece of compact(JsonText.of(appState))) hash.update(utf8.encode(piece));
  return hash.digest();
}

/** Whether a text is parsed at once. */
function isShort(text: JsonText): boolean {
  return text.length <= 65_536 || !(text.isList || text.isObject);
}

/** What `JSON.stringify` makes of it, piece by piece. */
function* compact(text: JsonText): Iterable<string> {
  if (isShort(text)) {
    yield JSON.stringify(text.value());
    return;
  }
  let before = text.isList ? '[' : '{';
  if (text.isList) {
    for (const item of text.items()) {
      yield before;
      yield* compact(item);
      before = ',';
    }
  } else {
    for (const [name, value] of text.members()) {
      yield `${before}${JSON.stringify(name)}:`;
      yield* compact(value);
      before = ',';
    }
  }
  yield text.isList ? ']' : '}';
}

/** The facts of block 0, modules in composition order, made as they are asked for. */
export function* genesisFacts(
  modules: readonly AnyModule[],
  state: ReadonlyMap<string, unknown>,
  { context, storeVersion, ...header }: GenesisHeader,
  appState: Uint8Array,
): Iterable<Fact> {
  const started: ChainStarted = {
    type: 'ChainStarted',
    chainId: context.chainId,
    genesisHash: genesisHashOf(appState),
    genesisTimeMs: context.timeMs,
    ...header,
  };
  yield { module: 'chain', event: started };
  for (const { name } of modules) {
    const begun: ModuleStarted = {
      type: 'ModuleStarted',
      module: name,
      storeVersion: storeVersion(name),
    };
    yield { module: 'chain', event: begun };
  }
  for (const { name, genesis } of modules) {
    const events: Iterable<Tagged> = genesis.import(state.get(name), context);
    for (const event of events) yield { module: name, event };
  }
}

/** What is wrong with the machine's current state: every invariant of every module, by name. */
export function violations(machine: Machine, modules: readonly AnyModule[]): readonly string[] {
  return modules.flatMap(({ name, invariants }) =>
    invariants.flatMap((invariant) => {
      const problem = invariant.check(machine.view(name), machine.ports(name));
      return problem === undefined ? [] : [`${name}: ${invariant.name}: ${problem}`];
    }),
  );
}
