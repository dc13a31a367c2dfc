/** Genesis: `app_state` -> the facts of block 0. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import { Json } from '../../modules/_kernel/json.ts';
import { GenesisProblem } from '../../modules/_kernel/module.ts';
import type { ChainStarted, ModuleStarted } from '../../modules/chain/types.ts';
import type { StateReader } from '../store/overlay.ts';
import type { AnyModule } from './composition.ts';
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
 * `app_state` as JSON: one object a module. Modules that it does not name are left out of the
 * chain; a module that nobody knows is refused.
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
  const json = Json.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'app_state');
  json.only(...known.map(({ name }) => name));
  const state = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  if (!json.has('chain')) json.refuse('has no field chain');
  return new Map(Object.entries(state));
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
  const compact = JSON.stringify(JSON.parse(new TextDecoder().decode(appState)));
  return sha256(new TextEncoder().encode(compact));
}

/** Applies the facts of block 0 on the machine's current overlay, modules in composition order. */
export function applyGenesis(
  machine: Machine,
  modules: readonly AnyModule[],
  state: ReadonlyMap<string, unknown>,
  { context, storeVersion, ...header }: GenesisHeader,
  appState: Uint8Array,
): void {
  const started: ChainStarted = {
    type: 'ChainStarted',
    chainId: context.chainId,
    genesisHash: genesisHashOf(appState),
    genesisTimeMs: context.timeMs,
    ...header,
  };
  machine.apply('chain', started);
  for (const { name } of modules) {
    const begun: ModuleStarted = {
      type: 'ModuleStarted',
      module: name,
      storeVersion: storeVersion(name),
    };
    machine.apply('chain', begun);
  }
  for (const { name, genesis } of modules) {
    const events: readonly Tagged[] = genesis.import(state.get(name), context);
    for (const event of events) machine.apply(name, event);
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
